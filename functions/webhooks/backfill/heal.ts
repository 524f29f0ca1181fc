import { gapKeyOf, type GapObject, type GapState, type Gaps } from '../../../shared/azure/gaps.ts';
import type { Days } from '../../../shared/azure/days/days.ts';
import { PermanentError, TransientError } from '../../../shared/errors.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { DeadLetter } from '../../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import {
  VENDOR_NOT_FOUND,
  type HydrateRequest,
  type ListedObject,
  type ReadResult,
} from '../../../shared/pos/sources/source.ts';
import { scrubFreeText } from '../../../shared/privacy/scrub.ts';
import { DAY_MS, HOUR_MS, toInstant } from '../../../shared/time.ts';
import { fetchObject, publishFetched, type Asker, type FetchParts } from '../fetch-object.ts';
import { buryAll, letterOfRejection, letterOfRequest } from '../letters.ts';
import type { Landed } from './landed.ts';
import type { Place } from './places.ts';

export interface HealParts extends FetchParts {
  readonly gaps: Gaps;
  readonly days: Pick<Days, 'addUnfetched' | 'removeUnfetched' | 'markDirty'>;
  /** Waits for the vendor's sake. */
  readonly pause: (ms: number) => Promise<void>;
}

/** What is compared at the moment. */
export interface Comparing {
  readonly businessDate: BusinessDate;
  readonly place: Place;
  readonly asker: Asker;
  readonly landed: Landed;
}

type WithoutRead = Omit<ListedObject, 'read'>;

/** An order may lead to another, as a payment to its order; more than this is a circle. */
const MAX_LED_TO = 5;
/** Where the vendor has no ladder of its own for what it lists and does not give. */
const WAITS_MS = [HOUR_MS, 4 * HOUR_MS, DAY_MS];

const PUBLISHING = 'being published';

/** Whether everything that the object leads to has landed, as far as its id tells. */
export async function hasCome(
  { place, businessDate, landed }: Comparing,
  { transactions, events = [], businessDate: ofObject = businessDate }: WithoutRead,
): Promise<boolean> {
  if (transactions.length + events.length === 0) return false;
  for (const transaction of transactions)
    if (!(await landed.has(place.source, ofObject, transaction))) return false;
  for (const eventId of events) if (!(await landed.hasEvent(place.source, ofObject, eventId))) return false;
  return true;
}

/**
 * Fetches an object that did not come, publishes what has not landed, and notes what became of it. Killed anywhere and run
 * again it ends the same: events count once by their ids, and letters and rows have names that follow from the object.
 * @throws TransientError while the vendor cannot be asked at all.
 */
export async function heal(parts: HealParts, now: Comparing, listed: ListedObject): Promise<GapState> {
  const key = gapKeyOf(now.place.source, now.place.sender, listed);
  const before = await parts.gaps.object(now.businessDate, key);
  if (before && (before.state !== 'waiting' || before.notBeforeMs > parts.clock())) return before.state;
  const { read: _read, ...ask } = listed;
  const { object, id } = ask;
  const { businessDate, place } = now;
  const put = (note: Note): Promise<void> =>
    parts.gaps.putObject({
      businessDate,
      key,
      source: place.source,
      ...(place.sender === undefined ? {} : { sender: place.sender }),
      ...(place.location === undefined ? {} : { location: place.location }),
      object,
      vendorId: scrubFreeText(id),
      ...(note.state === 'waiting' || note.state === 'failed' ? { ask: JSON.stringify(ask) } : {}),
      ...note,
      atMs: parts.clock(),
    });
  const note = await outcomeOf(parts, now, listed, before, put);
  // The report's row first: a kill in between leaves a day that says too much, never one that says too little.
  if (note.state === 'failed') {
    await parts.days.addUnfetched(businessDate, {
      key,
      stores: place.location === undefined ? [] : place.stores,
      subject: `${place.source} ${object} ${scrubFreeText(id)}`,
      reason: note.reason ?? '',
    });
    await parts.days.markDirty([businessDate]);
  }
  await put(note);
  return note.state;
}

type Note = Pick<GapObject, 'state' | 'reason' | 'storeId' | 'events' | 'attempts' | 'notBeforeMs'>;

async function outcomeOf(
  parts: HealParts,
  now: Comparing,
  listed: ListedObject,
  before: GapObject | undefined,
  put: (note: Note) => Promise<void>,
): Promise<Note> {
  const attempts = before?.attempts ?? 0;
  const request = requestOf(now.asker, listed);
  let read: ReadResult;
  try {
    read = listed.read ?? (await fetched(parts, now, request));
  } catch (thrown) {
    if (thrown instanceof TransientError && thrown.code !== VENDOR_NOT_FOUND) throw thrown;
    return notFetched(parts, request, thrown, attempts);
  }
  const none = { events: 0, attempts, notBeforeMs: 0 };
  await buryAll(parts.deadLetters, lettersOf(read, listed, request));
  const missing = await notLanded(now, read.events);
  const [first] = missing;
  let deadLetters = read.rejected.length;
  if (first) {
    // A run that is killed behind this knows by it that what has landed then is its own.
    await put({ ...none, state: 'waiting', reason: PUBLISHING, events: missing.length });
    deadLetters += (await publishFetched(parts, now.asker, missing)).deadLetters;
    now.landed.note(missing);
  }
  const ofEvents = { ...none, events: missing.length, ...(first ? { storeId: first.storeId } : {}) };
  if (deadLetters > 0) {
    const reason = read.rejected[0]?.message ?? 'It may not be published: see its dead letter';
    return { ...ofEvents, state: 'failed', reason };
  }
  if (first || before?.reason === PUBLISHING) return { ...ofEvents, state: 'healed' };
  if (read.events.length > 0) return { ...none, state: 'received' };
  const [ignored] = read.ignored;
  return { ...none, state: 'ignored', ...(ignored ? { reason: ignored.reason } : {}) };
}

/** The same letters as the webhook would lead to: one fault of one object is one decision. */
function lettersOf({ rejected }: ReadResult, listed: ListedObject, request: HydrateRequest): DeadLetter[] {
  if (listed.read) return rejected.map((rejection) => letterOfRejection(rejection, request));
  const [first] = rejected;
  if (!first) return [];
  const fault = new PermanentError(first.code, first.message, { where: first.where });
  return [letterOfRequest(request, fault, request.receivedAt, 1)];
}

/** The vendor lists it and does not give it, or gives what cannot be mapped. */
async function notFetched(
  parts: HealParts,
  request: HydrateRequest,
  thrown: unknown,
  attempts: number,
): Promise<Note> {
  const isKnown = thrown instanceof PermanentError || thrown instanceof TransientError;
  // Mapping is pure: what nobody foresaw is a fault of this one object.
  const fault = isKnown ? thrown : unforeseen(thrown);
  const waitMs = fault instanceof TransientError ? WAITS_MS[attempts] : undefined;
  const tried = { events: 0, attempts: attempts + 1, reason: fault.message };
  if (waitMs !== undefined) return { ...tried, state: 'waiting', notBeforeMs: parts.clock() + waitMs };
  await parts.deadLetters.bury(letterOfRequest(request, fault, request.receivedAt, attempts + 1));
  return { ...tried, state: 'failed', notBeforeMs: 0 };
}

const unforeseen = (cause: unknown): PermanentError =>
  new PermanentError('mapping-failed', 'What the vendor answered could not be mapped', { cause });

const requestOf = (asker: Asker, { object, id, version }: WithoutRead): HydrateRequest => ({
  ...asker,
  object,
  id,
  version,
});

/** The object and what it leads to, as one result. */
async function fetched(parts: HealParts, { place }: Comparing, request: HydrateRequest): Promise<ReadResult> {
  const pending = [request];
  const all: ReadResult[] = [];
  for (let next = pending.shift(); next; next = pending.shift()) {
    if (all.length >= MAX_LED_TO)
      throw new PermanentError('led-in-circles', 'The object leads to others without end');
    await parts.pause(place.list.pauseMs);
    const read = await fetchObject(parts, next);
    all.push(read);
    pending.push(...read.hydrate);
  }
  const [first] = all;
  if (!first || all.length === 1) return first ?? Promise.reject(new Error('nothing was asked for'));
  return {
    ...first,
    events: all.flatMap(({ events }) => events),
    rejected: all.flatMap(({ rejected }) => rejected),
    ignored: all.flatMap(({ ignored }) => ignored),
  };
}

/** Events of other dates as well: an order of last week that was refunded today is listed today. */
async function notLanded({ place, landed }: Comparing, events: readonly PosEvent[]): Promise<PosEvent[]> {
  const missing: PosEvent[] = [];
  for (const event of events) {
    const isKnown = await (event.kind === 'transaction'
      ? landed.has(place.source, event.businessDate, event)
      : landed.hasEvent(place.source, event.businessDate, event.eventId));
    if (!isKnown) missing.push(event);
  }
  return missing;
}

/** Looks again at what failed: a replayed letter, or a later webhook, may have brought it. */
export async function lookAgain(parts: HealParts, now: Comparing, row: GapObject): Promise<void> {
  const ask = askOf(row);
  if (!ask || !(await hasCome(now, ask))) return;
  await parts.gaps.putObject({ ...row, state: 'healed', reason: 'It came later', atMs: parts.clock() });
  await parts.days.removeUnfetched(row.businessDate, row.key);
  await parts.days.markDirty([row.businessDate]);
}

export function askOf({ ask }: GapObject): WithoutRead | undefined {
  return ask === undefined ? undefined : (JSON.parse(ask) as WithoutRead);
}

export const askerOf = (place: Place, nowMs: number, traceparent: string): Asker => ({
  source: place.source,
  ...(place.sender === undefined ? {} : { sender: place.sender }),
  receivedAt: toInstant(nowMs),
  traceparent,
});
