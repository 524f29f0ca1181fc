import type { DayBlob } from '../../../shared/azure/days/days.ts';
import type { RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import { messageOf, PermanentError } from '../../../shared/errors.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import { mayBeOfDate, parseRawLine } from '../../../shared/pos/landing-line.ts';
import { isPlausibleDate } from '../../../shared/pos/plausible-date.ts';
import { concerns } from './day-state.ts';
import type { LeftOut } from './left-out.ts';

/** Hears of a blob that cannot be read. */
export type OnUnreadable = (stores: readonly string[] | undefined, name: string, reason: string) => void;

export interface EventParts {
  readonly blobs: RawBlobs;
  /** Also what is not available counts as unreadable: it was tried as often as it is worth. */
  readonly isTolerant?: boolean;
}

/**
 * Gives the events of a business date in these blobs, repeats included.
 */
export async function forEachEvent(
  parts: EventParts,
  blobs: readonly DayBlob[],
  businessDate: BusinessDate,
  isOurs: (storeId: string) => boolean,
  onUnreadable: OnUnreadable,
  take: (event: PosEvent) => void,
): Promise<void> {
  for (const blob of blobs) {
    if (!concerns(blob.stores, isOurs)) continue;
    await readBlob(parts, blob, isOurs, onUnreadable, (line) => {
      if (!mayBeOfDate(line, businessDate)) return;
      const { event, enqueuedAt } = parseRawLine(line);
      if (event?.businessDate !== businessDate || !isOurs(event.storeId)) return;
      if (isPlausibleDate(businessDate, enqueuedAt)) take(event);
    });
  }
}

/** What is said of a neighbouring date that cannot be searched for documents that this date lacks. */
export const NOT_SEARCHED = "Not searched for this date's documents";

/**
 * The same for a date that is only searched for what another date lacks: what cannot be read there is left out, and said.
 * @param notDone begins what is said, such as `NOT_SEARCHED`.
 */
export function forEachEventSearched(
  parts: EventParts,
  { blobs, businessDate }: { readonly blobs: readonly DayBlob[]; readonly businessDate: BusinessDate },
  isOurs: (storeId: string) => boolean,
  leftOut: LeftOut,
  notDone: string,
  take: (event: PosEvent) => void,
): Promise<void> {
  return forEachEvent(
    parts,
    blobs,
    businessDate,
    isOurs,
    (of, name, reason) => leftOut.note('raw-blob', of, name, `${notDone}: ${reason}`),
    (event) => {
      try {
        take(event);
      } catch (thrown) {
        leftOut.note('store', [event.storeId], event.eventId, `${notDone}: ${messageOf(thrown)}`);
      }
    },
  );
}

/** Counts, by store, the events that arrived on a date with a business date decades off. */
export async function quarantinedEvents(
  parts: EventParts,
  blobs: readonly DayBlob[],
  arrivalDate: BusinessDate,
  isOurs: (storeId: string) => boolean,
  leftOut: LeftOut,
): Promise<void> {
  const onUnreadable: OnUnreadable = (stores, name, reason) => leftOut.part('raw-blob', stores, name, reason);
  const found = new Map<StoreId, Map<string, Set<string>>>();
  for (const blob of blobs) {
    if (!concerns(blob.stores, isOurs)) continue;
    await readBlob(parts, blob, isOurs, onUnreadable, (line) => {
      const { event, enqueuedAt } = parseRawLine(line);
      if (!event || !isOurs(event.storeId) || enqueuedAt.slice(0, 10) !== arrivalDate) return;
      if (isPlausibleDate(event.businessDate, enqueuedAt)) return;
      const dates = found.get(event.storeId) ?? new Map<string, Set<string>>();
      found.set(event.storeId, dates);
      dates.set(event.businessDate, (dates.get(event.businessDate) ?? new Set()).add(event.eventId));
    });
  }
  for (const [storeId, dates] of found) leftOut.quarantined(storeId, dates);
}

async function readBlob(
  { blobs, isTolerant = false }: EventParts,
  blob: DayBlob,
  isOurs: (storeId: string) => boolean,
  onUnreadable: OnUnreadable,
  take: (line: string) => void,
): Promise<void> {
  try {
    for await (const lines of blobs.lines(blob.name)) {
      for (const line of lines) take(line);
    }
  } catch (thrown) {
    // A line that is no JSON is damage too.
    const isPermanent = thrown instanceof PermanentError || thrown instanceof SyntaxError;
    if (!isPermanent && !isTolerant) throw thrown;
    onUnreadable(blob.stores?.filter(isOurs), blob.name, messageOf(thrown));
  }
}
