import type { Logger } from '../../shared/azure/log.ts';
import type { OpenBook, OutboxRow } from '../../shared/azure/state/store-rows.ts';
import { LostRace, type StoreStates } from '../../shared/azure/state/store-state.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import { messageOf, PermanentError, TransientError } from '../../shared/errors.ts';
import type { PosEvent, PositionedEvent } from '../../shared/pos/event.ts';
import type { StoreBook } from '../../shared/pos/store-book.ts';
import { bookCache, forEachBounded, keyedLock } from './book-cache.ts';

/**
 * Folds events into the books of their stores, each event once (promise P2): one read (none while the book is cached)
 * and one commit for each batch and store, in the order of the events.
 */
export interface FoldStoresOptions<Item, Effect, Header> {
  readonly states: StoreStates<Item, Effect, Header>;
  /** Takes committed alerts onward. @throws TransientError */
  readonly deliver: (storeId: string, row: OutboxRow) => Promise<void>;
  /** An event that can not be folded, or whose effect can not be stored, leaves here. @throws TransientError */
  readonly bury: (event: PositionedEvent, reason: PermanentError) => Promise<void>;
  readonly log: Logger;
  /** Memory that cached books may take, about. */
  readonly maxCachedBytes?: number;
}

export type Fold<Item, Effect, Header> = (book: StoreBook<Item, Effect, Header>, event: PosEvent) => Alert[];

/** @throws TransientError when a store could not be stored; what was stored of the batch stays and is not repeated. */
export type FoldStores<Item, Effect, Header> = (
  events: readonly PositionedEvent[],
  fold: Fold<Item, Effect, Header>,
) => Promise<void>;

/** Stores that are read and stored at the same time. */
const WIDTH = 8;
const MAX_LOST_RACES = 10;
/** For each of the two folds; an instance of 2 GB has room for both and for its work. */
const MAX_CACHED_BYTES = 256 * 2 ** 20;
/** Lines in one commit: with everyday baskets a tenth of what a transaction may hold. */
const MAX_COMMIT_WEIGHT = 8_000;

export function createFoldStores<Item, Effect, Header>(
  options: FoldStoresOptions<Item, Effect, Header>,
): FoldStores<Item, Effect, Header> {
  const cache = bookCache<OpenBook<Item, Effect, Header>>(
    options.maxCachedBytes ?? MAX_CACHED_BYTES,
    ({ book }) => book.approximateBytes,
  );
  const lock = keyedLock();

  async function foldStore(
    storeId: string,
    events: readonly PositionedEvent[],
    fold: Fold<Item, Effect, Header>,
  ) {
    const left = new StoreEvents(events);
    let lostRaces = 0;
    for (;;) {
      const open = cache.take(storeId) ?? (await options.states.load(storeId));
      try {
        for (let chunk = left.first(); chunk.length > 0; chunk = left.next()) {
          await options.states.commit(open, foldChunk(open.book, chunk, fold));
        }
        await deliverAll(open);
        cache.putBack(storeId, open);
        return;
      } catch (thrown) {
        if (thrown instanceof LostRace) {
          lostRaces += 1;
          if (lostRaces > MAX_LOST_RACES) {
            throw new TransientError('lost-races', thrown.message, { cause: thrown });
          }
        } else if (thrown instanceof FoldFault) {
          await options.bury(thrown.at, thrown.reason);
          left.drop(thrown.at);
        } else if (thrown instanceof PermanentError) {
          const refused = left.split();
          if (refused) await options.bury(refused, thrown);
        } else {
          throw thrown;
        }
        // The book holds what was not stored. It is read again, and all is folded again: the marks skip what was.
      }
    }
  }

  async function deliverAll(open: OpenBook<Item, Effect, Header>): Promise<void> {
    while (open.outbox[0]) {
      try {
        await options.deliver(open.storeId, open.outbox[0]);
      } catch (thrown) {
        // They are safe in the outbox: the next batch of the store or the sweep takes them along.
        options.log.warn('Alerts wait in the outbox', { storeId: open.storeId, error: messageOf(thrown) });
        return;
      }
      open.outbox.shift();
    }
  }

  return (events, fold) =>
    forEachBounded(byStore(events), WIDTH, ([storeId, ofStore]) =>
      lock(storeId, () => foldStore(storeId, ofStore, fold)),
    );
}

function byStore(events: readonly PositionedEvent[]): Map<string, PositionedEvent[]> {
  const stores = new Map<string, PositionedEvent[]>();
  for (const positioned of events) {
    const ofStore = stores.get(positioned.event.storeId);
    if (ofStore) ofStore.push(positioned);
    else stores.set(positioned.event.storeId, [positioned]);
  }
  return stores;
}

function foldChunk<Item, Effect, Header>(
  book: StoreBook<Item, Effect, Header>,
  chunk: readonly PositionedEvent[],
  fold: Fold<Item, Effect, Header>,
): Alert[] {
  const alerts: Alert[] = [];
  for (const positioned of chunk) {
    if (book.admit(positioned) !== 'new') continue;
    try {
      const raised = fold(book, positioned.event);
      book.tally.alerts += raised.length;
      alerts.push(...raised);
    } catch (thrown) {
      throw new FoldFault(positioned, thrown);
    }
  }
  return alerts;
}

/** An event on which a rule threw, such as a sum beyond the safe integers. */
class FoldFault extends Error {
  readonly at: PositionedEvent;
  readonly reason: PermanentError;

  constructor(at: PositionedEvent, cause: unknown) {
    super(messageOf(cause), { cause });
    this.at = at;
    this.reason = new PermanentError('fold', `The event can not be folded: ${messageOf(cause)}`, { cause });
  }
}

/** The events of one store in a batch, cut in order into chunks that fit into one commit each. */
class StoreEvents {
  private events: readonly PositionedEvent[];
  private from = 0;
  private to = 0;
  private maxEvents = Number.POSITIVE_INFINITY;

  constructor(events: readonly PositionedEvent[]) {
    this.events = events;
  }

  first(): readonly PositionedEvent[] {
    this.to = 0;
    return this.next();
  }

  next(): readonly PositionedEvent[] {
    this.from = this.to;
    let weight = 0;
    while (this.to < this.events.length && this.to - this.from < this.maxEvents) {
      weight += weightOf(this.events[this.to]?.event);
      if (weight > MAX_COMMIT_WEIGHT && this.to > this.from) break;
      this.to += 1;
    }
    return this.events.slice(this.from, this.to);
  }

  drop(event: PositionedEvent): void {
    this.events = this.events.filter((other) => other !== event);
  }

  /** After a commit was refused: cuts smaller chunks or, if it was one event alone, drops and returns it. */
  split(): PositionedEvent | undefined {
    const refused = this.events[this.from];
    if (this.to - this.from > 1) {
      this.maxEvents = Math.ceil((this.to - this.from) / 2);
      return undefined;
    }
    if (refused) this.drop(refused);
    return refused;
  }
}

function weightOf(event: PosEvent | undefined): number {
  if (event?.kind === 'transaction') return 1 + event.lines.length;
  return event?.kind === 'stock' ? 1 + event.items.length : 1;
}
