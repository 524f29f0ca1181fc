import type { Logger } from '../../shared/log.ts';
import type { OpenBook, OutboxRow } from '../../shared/azure/state/store-rows.ts';
import { LostRace, type StoreStates } from '../../shared/azure/state/store-state.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import { messageOf, PermanentError, TransientError } from '../../shared/errors.ts';
import { isAdmissionDoubt, type AdmissionDoubt } from '../../shared/pos/dead-letter.ts';
import type { PosEvent, PositionedEvent } from '../../shared/pos/event.ts';
import type { StoreState } from '../../shared/one-effect/store-state.ts';
import { forEachBounded } from '../../shared/bounded.ts';
import { bookCache, keyedLock } from './book-cache.ts';

/**
 * Folds events into the books of their stores, each event once (promise P2): one read (none while the book is cached)
 * and one commit for each batch and store, in the order of the events.
 */
export interface FoldStoresOptions<Item, Effect, Header> {
  readonly states: StoreStates<Item, Effect, Header>;
  /** False for an event that the fold leaves as it is; without it every event is taken to matter. */
  readonly concerns?: ((event: PosEvent) => boolean) | undefined;
  /** Takes committed alerts onward. @throws TransientError */
  readonly deliver: (storeId: string, row: OutboxRow) => Promise<void>;
  /** Receives events that cannot be folded or whose effect cannot be stored. @throws TransientError */
  readonly bury: (event: PositionedEvent, reason: PermanentError) => Promise<void>;
  readonly log: Logger;
  /** Memory that cached books may take, about. */
  readonly maxCachedBytes?: number;
}

export type Fold<Item, Effect, Header> = (book: StoreState<Item, Effect, Header>, event: PosEvent) => Alert[];

/** @throws TransientError when a store could not be stored; what was stored of the batch stays and is not repeated. */
export type FoldStores<Item, Effect, Header> = (
  events: readonly PositionedEvent[],
  fold: Fold<Item, Effect, Header>,
) => Promise<void>;

/** Stores that are read and stored at the same time. */
const WIDTH = 8;
const MAX_LOST_RACES = 10;
/** How often to retry reading an unreadable state: a read during a commit may have seen half of it. */
const MAX_READS = 3;
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
    const races = new LostRaces();
    let damagedReads = 0;
    for (;;) {
      let open: OpenBook<Item, Effect, Header> | undefined;
      try {
        open = cache.take(storeId) ?? (await options.states.load(storeId));
        for (let chunk = left.first(); chunk.length > 0; chunk = left.next()) {
          const { alerts, doubts } = foldChunk(open.book, chunk, fold, options.concerns);
          // Before the commit: what is killed in between is kept twice, under one name.
          for (const { event, reason } of doubts) await options.bury(event, reason);
          await options.states.commit(open, alerts);
        }
        await deliverAll(open);
        cache.putBack(storeId, open);
        return;
      } catch (thrown) {
        if (thrown instanceof TransientError) throw thrown;
        if (thrown instanceof FoldFault) {
          await options.bury(thrown.at, thrown.reason);
          left.drop(thrown.at);
        } else if (!open || thrown instanceof LostRace) {
          if (open) races.lost(thrown as LostRace, open.etag);
          else damagedReads += 1;
          if (damagedReads >= MAX_READS || races.areNone) return buryAll(left.all, asPermanent(thrown));
        } else {
          const refused = left.split();
          if (refused) await options.bury(refused, asPermanent(thrown));
        }
        // The book holds what was not stored. It is read again, and all is folded again: the marks skip what was.
      }
    }
  }

  /** If a store's state is damaged, its events become dead letters, which can be replayed after the repair. */
  async function buryAll(events: readonly PositionedEvent[], reason: PermanentError): Promise<void> {
    options.log.error('The state of a store is damaged', { events: events.length }, reason);
    for (const event of events) await options.bury(event, reason);
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

interface Doubt {
  readonly event: PositionedEvent;
  readonly reason: PermanentError;
}

function foldChunk<Item, Effect, Header>(
  book: StoreState<Item, Effect, Header>,
  chunk: readonly PositionedEvent[],
  fold: Fold<Item, Effect, Header>,
  concerns: ((event: PosEvent) => boolean) | undefined,
): { alerts: Alert[]; doubts: Doubt[] } {
  const alerts: Alert[] = [];
  const doubts: Doubt[] = [];
  for (const positioned of chunk) {
    try {
      const isOurs = concerns?.(positioned.event) ?? true;
      const admission = book.admit(positioned, isOurs);
      if (admission === 'new') {
        const raised = fold(book, positioned.event);
        book.tally.alerts += raised.length;
        alerts.push(...raised);
      } else if (isOurs && isAdmissionDoubt(admission)) {
        doubts.push({ event: positioned, reason: new PermanentError(admission, DOUBTS[admission]) });
      }
    } catch (thrown) {
      throw new FoldFault(positioned, thrown);
    }
  }
  return { alerts, doubts };
}

const DOUBTS: Readonly<Record<AdmissionDoubt, string>> = {
  conflict:
    'Its id, or the number and version of its transaction, arrived before with different content. The first counts; it is in ' +
    'the raw landing under the same eventId or transactionId. If both happened, replay this letter; otherwise leave it',
  'too-old':
    'It is older than the memory of event ids, so it may have been counted already, or may replace a forgotten version. If it ' +
    'was never counted, replay this letter; otherwise leave it',
};

/** An event on which a rule threw, such as a sum beyond the safe integers. */
class FoldFault extends Error {
  readonly at: PositionedEvent;
  readonly reason: PermanentError;

  constructor(at: PositionedEvent, cause: unknown) {
    super(messageOf(cause), { cause });
    this.at = at;
    this.reason =
      cause instanceof PermanentError
        ? cause
        : new PermanentError('fold', `The event cannot be folded: ${messageOf(cause)}`, { cause });
  }
}

/** Nothing of this kind passes by trying again. */
function asPermanent(thrown: unknown): PermanentError {
  if (thrown instanceof PermanentError) return thrown;
  const code = thrown instanceof LostRace ? 'state-damaged' : 'unexpected';
  return new PermanentError(code, messageOf(thrown), { cause: thrown });
}

/** Races over one store that were lost to others, or so it seems. */
class LostRaces {
  private count = 0;
  private stuck = 0;
  private last: string | undefined;

  /** @throws TransientError when others are faster again and again. */
  lost(race: LostRace, etag: string | undefined): void {
    this.count += 1;
    this.stuck = this.count > 1 && etag === this.last ? this.stuck + 1 : 0;
    this.last = etag;
    if (this.count > MAX_LOST_RACES) throw new TransientError('lost-races', race.message, { cause: race });
  }

  /** Nobody else changed the store in between: some row is there that should not be. */
  get areNone(): boolean {
    return this.stuck >= MAX_READS;
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

  get all(): readonly PositionedEvent[] {
    return this.events;
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
