import { createHash } from 'node:crypto';
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { Alert } from '../../alerts/alert.ts';
import { lifeSchema, subjectOf, type AlertActor, type AlertLife } from '../../alerts/life.ts';
import { nextDueMs, type Announcement } from '../../alerts/life-steps.ts';
import type { BusinessDate } from '../../ids.ts';
import { textOf, textProperties } from '../../row-text.ts';
import { epochMsOf, toInstant } from '../../time.ts';
import { asOurError, statusOf } from '../sdk-errors.ts';
import { tableRows, type Row, type StoredRow } from '../table-rows.ts';

/**
 * The table `responses`: what became of alerts.
 *
 * | Partition | Row | Holds |
 * |---|---|---|
 * | `live` | `alert <alertId>` | the life of an alert, while somebody may still answer it |
 * | `live` | `mute <digest>` | a subject that is quiet, and until when |
 * | `live` | `say <alertId> <occasion>` | what is to be said because of a step of a life |
 * | `live` | `held ...`, `batch ...` | see held-alerts.ts |
 * | `past <business date>` | `alert <alertId>` | the life of an alert that is over |
 * | `routes` | name | a route that is off, see route-switches.ts |
 *
 * A life, what is said because of it, and the mute that comes with it change in one transaction, guarded by the ETag of the
 * life: a process that is killed leaves all of it or nothing, and of two at once one goes first and the other looks again.
 */
export interface Responses {
  /** @throws TransientError */
  life(alertId: string, businessDate: BusinessDate): Promise<StoredLife | undefined>;
  /** All that are not in the past yet; a row that cannot be read is reported by itself. @throws TransientError */
  lives(): Promise<{ readonly lives: StoredLife[]; readonly unreadable: readonly string[] }>;
  /** @returns false when somebody was faster. @throws TransientError */
  commit(before: StoredLife | undefined, change: LifeChange): Promise<boolean>;
  /** Puts a life away that is over. One that has changed since stays. @throws TransientError */
  putAway(stored: StoredLife): Promise<void>;
  /** A mute of this alert's subject that is in force. @throws TransientError */
  muteOf(alert: Alert, nowMs: number): Promise<Mute | undefined>;
  mutes(): Promise<readonly Mute[]>;
  removeMute(mute: Mute): Promise<void>;
  announcements(): Promise<readonly StoredAnnouncement[]>;
  removeAnnouncement(announcement: StoredAnnouncement): Promise<void>;
}

export interface StoredLife {
  readonly life: AlertLife;
  /** Undefined for one of the past, which comes back by being written anew. */
  readonly etag: string | undefined;
}

interface LifeChange {
  readonly life: AlertLife;
  readonly says?: readonly Announcement[];
  readonly mute?: { readonly until: string } | 'ends' | undefined;
}

export interface Mute {
  readonly rowKey: string;
  /** Kind, store, till, operator, product, as JSON. */
  readonly subject: string;
  readonly until: string;
  readonly by: AlertActor;
}

export interface StoredAnnouncement extends Announcement {
  readonly rowKey: string;
  readonly alert: Alert;
}

export const LIVE = 'live';
const pastOf = (businessDate: string): string => `past ${businessDate}`;
const keyOf = (alertId: string): string => `alert ${alertId}`;

export function tableResponses(table: TableClient): Responses {
  const rows = tableRows(table);
  return {
    async life(alertId, businessDate) {
      const live = await rows.get(LIVE, keyOf(alertId));
      if (live) return { life: lifeOf(live), etag: live.etag };
      // In this order: a life is written to the past before it leaves the present.
      const past = await rows.get(pastOf(businessDate), keyOf(alertId));
      return past && { life: lifeOf(past), etag: undefined };
    },

    async lives() {
      const lives: StoredLife[] = [];
      const unreadable: string[] = [];
      for (const row of await rows.inPartition(LIVE, 'alert ')) {
        try {
          lives.push({ life: lifeOf(row), etag: row.etag });
        } catch {
          unreadable.push(row.rowKey);
        }
      }
      return { lives, unreadable };
    },

    commit: (before, change) => commit(table, before, change),

    async putAway({ life, etag }) {
      await rows.put({ ...rowOf(life), partitionKey: pastOf(life.businessDate) });
      await rows.remove(LIVE, keyOf(life.alertId), etag);
    },

    async muteOf(alert, nowMs) {
      const row = await rows.get(LIVE, muteKeyOf(subjectOf(alert)));
      const mute = row && muteIn(row);
      return mute && epochMsOf(mute.until) > nowMs ? mute : undefined;
    },
    mutes: async () => (await rows.inPartition(LIVE, 'mute ')).map(muteIn),
    removeMute: ({ rowKey }) => rows.remove(LIVE, rowKey),

    announcements: async () =>
      (await rows.inPartition(LIVE, 'say ')).map((row) => ({
        rowKey: row.rowKey,
        ...(JSON.parse(textOf(row)) as Announcement & { alert: Alert }),
      })),
    removeAnnouncement: ({ rowKey }) => rows.remove(LIVE, rowKey),
  };
}

async function commit(
  table: TableClient,
  before: StoredLife | undefined,
  { life, says = [], mute }: LifeChange,
): Promise<boolean> {
  const row = rowOf(life);
  const etag = before?.etag;
  const actions: TransactionAction[] = [
    etag === undefined ? ['create', row] : ['update', row, 'Replace', { etag }],
  ];
  for (const { occasion, route, remark } of says) {
    const text = JSON.stringify({
      occasion,
      ...(route === undefined ? {} : { route }),
      remark,
      alert: life.alert,
    });
    actions.push([
      'upsert',
      { partitionKey: LIVE, rowKey: `say ${life.alertId} ${occasion}`, ...textProperties(text) },
      'Replace',
    ]);
  }
  if (mute !== undefined && life.alert) {
    const subject = subjectOf(life.alert);
    // A mute that ends is written and not deleted, as deleting what is not there would undo the transaction.
    const until = mute === 'ends' ? toInstant(0) : mute.until;
    const kept: Row = {
      partitionKey: LIVE,
      rowKey: muteKeyOf(subject),
      until,
      subject,
      by: JSON.stringify(life.by),
    };
    actions.push(['upsert', kept, 'Replace']);
  }
  try {
    await table.submitTransaction(actions);
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 409 || statusOf(thrown) === 412 || statusOf(thrown) === 404) return false;
    throw asOurError(thrown, 'Writing what became of an alert');
  }
}

function rowOf(life: AlertLife): Row {
  const due = nextDueMs(life);
  return {
    partitionKey: LIVE,
    rowKey: keyOf(life.alertId),
    storeId: life.storeId,
    businessDate: life.businessDate,
    state: life.state,
    version: life.version,
    ...(due === undefined ? {} : { dueAt: toInstant(due) }),
    ...textProperties(JSON.stringify(life)),
  };
}

const lifeOf = (row: StoredRow): AlertLife => lifeSchema.parse(JSON.parse(textOf(row)));

const muteKeyOf = (subject: string): string =>
  `mute ${createHash('sha256').update(subject).digest('hex').slice(0, 32)}`;

const muteIn = (row: StoredRow): Mute => ({
  rowKey: row.rowKey,
  subject: String(row['subject']),
  until: String(row['until']),
  by: JSON.parse(String(row['by'])) as AlertActor,
});
