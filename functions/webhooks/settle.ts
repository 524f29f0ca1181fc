import { forEachBounded } from '../../shared/bounded.ts';
import { publishable } from '../../shared/pos/publishable.ts';
import type { PublishResult, Publisher } from './publisher.ts';
import type { StoreId } from '../../shared/ids.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { HydrateRequest, ReadResult } from '../../shared/pos/sources/source.ts';
import { accepted, nothingGood, type Refused } from './answers.ts';
import {
  buryAll,
  foreignStoreFault,
  letterOfForeignStore,
  letterOfRejection,
  letterOfTooLarge,
  type LetterContext,
} from './letters.ts';
import type { HttpAnswer } from './problem.ts';

const HYDRATE_AT_ONCE = 16;

export interface SettleParts {
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  /** Queues a notification, to fetch the rest from the vendor. @throws TransientError */
  readonly requestHydration: (request: HydrateRequest) => Promise<void>;
}

/** What became of a request's records: received = published + spilled + hydrating + dead + ignored + duplicates. */
export interface Count {
  received: number;
  published: number;
  spilled: number;
  hydrating: number;
  deadLetters: number;
  ignored: number;
  duplicates: number;
  warnings: number;
  spillReason?: string;
}

/**
 * Makes everything durable at once, then says what became of it.
 * @param stores the stores that the sender may write; undefined is all.
 * @throws TransientError when something is not durable.
 */
export async function settle(
  parts: SettleParts,
  read: ReadResult,
  stores: ReadonlySet<StoreId> | undefined,
  letters: LetterContext,
  count: Count,
): Promise<HttpAnswer> {
  count.received = read.received;
  count.ignored = read.ignored.length;
  count.duplicates = read.duplicates;
  count.warnings = read.warnings.length;
  const foreign = stores ? read.events.filter(({ storeId }) => !stores.has(storeId)) : [];
  const isForeign = new Set(foreign);
  const events = read.events.filter((event) => !isForeign.has(event)).map(publishable);
  const refusals = [
    ...read.rejected.map((rejection) => letterOfRejection(rejection, letters)),
    ...foreign.map((event) => letterOfForeignStore(publishable(event), letters)),
  ];
  const outcomes = await Promise.allSettled([
    events.length === 0 ? nothingPublished() : parts.publisher.publish(events),
    buryAll(parts.deadLetters, refusals),
    forEachBounded(read.hydrate, HYDRATE_AT_ONCE, (request) => parts.requestHydration(request)),
  ] as const);
  const [publishing, burying, hydrating] = outcomes;
  if (burying.status === 'fulfilled') count.deadLetters = refusals.length;
  if (hydrating.status === 'fulfilled') count.hydrating = read.hydrate.length;
  if (publishing.status === 'rejected') throw publishing.reason;
  const { published, spilled, tooLarge, spillReason } = publishing.value;
  count.published = published;
  count.spilled = spilled;
  if (spillReason !== undefined) count.spillReason = spillReason;
  await buryAll(
    parts.deadLetters,
    tooLarge.map((event) => letterOfTooLarge(event, letters)),
  );
  count.deadLetters += tooLarge.length;
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const refused: Refused[] = [
    ...tooLarge.map(({ eventId }) => ({
      eventId,
      code: 'event-too-large',
      where: '',
      message: 'An event must not exceed 1 MiB',
    })),
    ...foreign.map(({ eventId, storeId }) => ({
      eventId,
      where: '/storeId',
      ...foreignStoreFault(storeId, letters.sender),
    })),
  ];
  const isNothingGood =
    published + spilled + read.hydrate.length + read.ignored.length + read.duplicates === 0 &&
    !read.acceptRejected;
  return isNothingGood ? nothingGood(read, refused) : accepted(read, refused);
}

const nothingPublished = (): Promise<PublishResult> =>
  Promise.resolve({ published: 0, spilled: 0, tooLarge: [] });
