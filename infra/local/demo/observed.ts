import type { Alert } from '../../../shared/alerts/alert.ts';
import { containerClient } from '../../../shared/azure/clients.ts';
import { parseRawLine } from '../../../shared/pos/landing-line.ts';
import { CONTAINERS } from '../../../shared/azure/names.ts';
import { rawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import type { Catalog } from '../../../shared/pos/master-data.ts';
import type { PositionedEvent } from '../../../shared/pos/event.ts';
import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { ownEffects, type OwnEffects } from './observed-own.ts';
import { replayRaw, type Replayed } from './observed-replay.ts';
import { readStates, type ObservedStates } from './observed-states.ts';
import { FAULTY_SUFFIX } from './sender.ts';

/** What the product has stored at the end of a run, independent of what the demonstration sent. */
export interface Observed {
  readonly raw: RawLanding;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly states: ObservedStates;
  readonly replayed: Replayed;
  readonly reports: ReadonlyMap<BusinessDate, DayReport>;
  readonly alerts: readonly Alert[];
  /** Only if others have sent events too. */
  readonly own?: OwnEffects;
  /** Dead letters of other senders, included in `deadLetters`. */
  readonly foreignLetters: number;
}

export interface RawLanding {
  /** Distinct hub positions. */
  readonly lines: number;
  readonly unreadable: number;
  readonly eventIds: ReadonlySet<string>;
  /** The hub partitions with a store's events. */
  readonly partitionsByStore: ReadonlyMap<string, ReadonlySet<string>>;
  /** The last position of each hub partition. */
  readonly positions: ReadonlyMap<string, number>;
  /** Lines with content that must never be stored. */
  readonly revealing: number;
}

export interface ObserveOptions {
  readonly storage: StorageConnection;
  readonly alerts: readonly Alert[];
  readonly catalog: Catalog;
  /** Texts that must not be in any stored event: card numbers, names, raw customer ids. */
  readonly secretTexts: readonly string[];
  readonly profile: PostingProfile;
  /** The demonstration's own events; all others are from other senders. */
  readonly ownEventIds: ReadonlySet<string>;
}

export async function observe(options: ObserveOptions): Promise<Observed> {
  const { storage } = options;
  const [raw, letters, states, replayed, reports] = await Promise.all([
    readLanding(storage, options.secretTexts, () => {}),
    readDeadLetters(storage),
    readStates(storage),
    replayRaw(storage, options.catalog),
    readReports(storage),
  ]);
  const { catalog, profile, ownEventIds, alerts } = options;
  const hasForeign = [...raw.eventIds].some((id) => !ownEventIds.has(id));
  return {
    raw,
    deadLetters: byCode(letters),
    foreignLetters: letters.filter((letter) => !isOwnLetter(letter)).length,
    states,
    replayed,
    reports,
    alerts,
    ...(hasForeign
      ? { own: await ownEffects(storage, catalog, profile, ({ eventId }) => ownEventIds.has(eventId)) }
      : {}),
  };
}

/** Reads the whole landing; `onEvent` receives every event, including repeats. */
export async function readLanding(
  storage: StorageConnection,
  secretTexts: readonly string[],
  onEvent: (landed: PositionedEvent) => void,
): Promise<RawLanding> {
  const blobs = rawBlobs(containerClient(storage, CONTAINERS.raw));
  const positions = new Map<string, number>();
  const eventIds = new Set<string>();
  const partitionsByStore = new Map<string, Set<string>>();
  let [lines, unreadable, revealing] = [0, 0, 0];
  for await (const name of blobs.names('')) {
    for await (const texts of blobs.lines(name)) {
      for (const text of texts) {
        const { hubPartition, hubSequenceNumber, event } = parseRawLine(text);
        // An interrupted landing may have written a blob that overlaps the next one.
        if (hubSequenceNumber <= (positions.get(hubPartition) ?? -1)) continue;
        positions.set(hubPartition, hubSequenceNumber);
        lines += 1;
        if (secretTexts.some((secret) => text.includes(secret))) revealing += 1;
        if (!event) {
          unreadable += 1;
          continue;
        }
        onEvent({ event, hubPartition, hubSequenceNumber });
        eventIds.add(event.eventId);
        const partitions = partitionsByStore.get(event.storeId);
        if (partitions) partitions.add(hubPartition);
        else partitionsByStore.set(event.storeId, new Set([hubPartition]));
      }
    }
  }
  return { lines, unreadable, eventIds, partitionsByStore, revealing, positions };
}

interface Letter {
  readonly code?: string;
  readonly payload?: string;
}

/** Dead letters by their reason. */
export async function countDeadLetters(storage: StorageConnection): Promise<Map<string, number>> {
  return byCode(await readDeadLetters(storage));
}

async function readDeadLetters(storage: StorageConnection): Promise<Letter[]> {
  const container = containerClient(storage, CONTAINERS.deadLetters);
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) if (name.endsWith('.json')) names.push(name);
  const letters: Letter[] = [];
  await forEachBounded(names, 8, async (name) => {
    const body = await container.getBlobClient(name).downloadToBuffer();
    letters.push(JSON.parse(body.toString('utf8')) as Letter);
  });
  return letters;
}

function byCode(letters: readonly Letter[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { code = 'unknown' } of letters) counts.set(code, (counts.get(code) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The one malformed event of each day. */
function isOwnLetter({ payload = '' }: Letter): boolean {
  return payload.includes(FAULTY_SUFFIX);
}

/** Reports of all dates, including those that only occur in the ledger. */
async function readReports(storage: StorageConnection): Promise<Map<BusinessDate, DayReport>> {
  const container = containerClient(storage, CONTAINERS.reports);
  const reports = new Map<BusinessDate, DayReport>();
  for await (const { name } of container.listBlobsFlat()) {
    if (!name.endsWith('/report.json')) continue;
    const body = await container.getBlobClient(name).downloadToBuffer();
    const report = JSON.parse(body.toString('utf8')) as DayReport;
    reports.set(report.businessDate, report);
  }
  return reports;
}
