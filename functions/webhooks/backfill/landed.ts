import type { Days } from '../../../shared/azure/days/days.ts';
import type { RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { Logger } from '../../../shared/log.ts';
import { PermanentError } from '../../../shared/errors.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { PosEvent, PosSource } from '../../../shared/pos/event.ts';
import { mayBeOfDate, parseRawLine } from '../../../shared/pos/landing-line.ts';
import { addDays } from '../../../shared/time.ts';

export interface LandedParts {
  readonly days: Pick<Days, 'inputsOf'>;
  readonly blobs: Pick<RawBlobs, 'lines'>;
}

/** What has landed, by the transactions of some sources. A date is read when it is first asked about. */
export interface Landed {
  /** Whether a transaction of about this date has landed in this version or a later one. */
  has(
    source: PosSource,
    businessDate: BusinessDate,
    transaction: { readonly transactionId: string; readonly version: number },
  ): Promise<boolean>;
  /** Whether an event that is no transaction, of about this date, has landed. */
  hasEvent(source: PosSource, businessDate: BusinessDate, eventId: string): Promise<boolean>;
  /** Whether it counts as landed only because it was noted: no webhook brought it. */
  isNoted(
    source: PosSource,
    transaction: { readonly transactionId: string; readonly version: number },
  ): boolean;
  /** What is on its way by now counts as landed: an object that is listed twice is fetched once. */
  note(events: readonly PosEvent[]): void;
}

/** Dates that are held at once: the one that is compared, those beside it, and some of older orders. */
const MAX_DATES = 6;

export function landedTransactions(parts: LandedParts, sources: ReadonlySet<PosSource>, log: Logger): Landed {
  const dates = new Map<BusinessDate, Promise<Map<string, number>>>();
  const noted = new Map<string, number>();
  const versionsOf = (businessDate: BusinessDate): Promise<Map<string, number>> => {
    const held = dates.get(businessDate) ?? readVersions(parts, sources, businessDate, log);
    // Inserted again, so the order of the map is that of the last use.
    dates.delete(businessDate);
    dates.set(businessDate, held);
    for (const oldest of dates.keys()) {
      if (dates.size <= MAX_DATES) break;
      dates.delete(oldest);
    }
    return held;
  };
  const hasKey = async (key: string, businessDate: BusinessDate, version: number): Promise<boolean> => {
    if ((noted.get(key) ?? -1) >= version) return true;
    for (const date of [businessDate, addDays(businessDate, -1), addDays(businessDate, 1)]) {
      const landed = (await versionsOf(date)).get(key);
      if (landed !== undefined && landed >= version) return true;
    }
    return false;
  };
  return {
    has: (source, businessDate, { transactionId, version }) =>
      hasKey(keyOf(source, transactionId), businessDate, version),
    hasEvent: (source, businessDate, eventId) => hasKey(eventKeyOf(source, eventId), businessDate, 0),
    isNoted: (source, { transactionId, version }) =>
      (noted.get(keyOf(source, transactionId)) ?? -1) >= version,
    note: (events) => events.forEach((event) => noteVersion(noted, event)),
  };
}

function noteVersion(versions: Map<string, number>, event: PosEvent): void {
  const { source } = event;
  const key =
    event.kind === 'transaction' ? keyOf(source, event.transactionId) : eventKeyOf(source, event.eventId);
  versions.set(key, Math.max(event.version, versions.get(key) ?? 0));
}

async function readVersions(
  parts: LandedParts,
  sources: ReadonlySet<PosSource>,
  businessDate: BusinessDate,
  log: Logger,
): Promise<Map<string, number>> {
  const marks = [...sources].map((source) => `"source":${JSON.stringify(source)}`);
  const versions = new Map<string, number>();
  await forEachLanded(
    parts,
    businessDate,
    log,
    (event) => {
      if (sources.has(event.source)) noteVersion(versions, event);
    },
    (line) => marks.some((mark) => line.includes(mark)),
  );
  return versions;
}

/** A line feed is in no source's name. */
const keyOf = (source: PosSource, transactionId: string): string => `${source}\n${transactionId}`;
const eventKeyOf = (source: PosSource, eventId: string): string => `${source}\n\n${eventId}`;

/** @param mayMatter a cheap test of a line before it is parsed. */
export async function forEachLanded(
  { days, blobs }: LandedParts,
  businessDate: BusinessDate,
  log: Logger,
  take: (event: PosEvent) => void,
  mayMatter: (line: string) => boolean = () => true,
): Promise<void> {
  for (const { name } of (await days.inputsOf(businessDate)).blobs) {
    try {
      for await (const lines of blobs.lines(name)) {
        for (const line of lines) {
          if (!mayBeOfDate(line, businessDate) || !mayMatter(line)) continue;
          const { event } = parseRawLine(line);
          if (event?.businessDate === businessDate) take(event);
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof PermanentError) && !(thrown instanceof SyntaxError)) throw thrown;
      // What it held is fetched a second time at worst, and counts once; the day's report names the blob.
      log.error('A raw blob could not be read', { businessDate, blob: name }, thrown);
    }
  }
}
