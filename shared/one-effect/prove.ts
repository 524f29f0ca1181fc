import { agree, contentFingerprint } from '../pos/event-content.ts';
import type { PosEvent } from '../pos/event.ts';
import { seenIdOf } from './seen-ids.ts';

/**
 * Proves that nothing is lost: every delivery that the hub took is an effect, a duplicate, a dead letter, or still on its
 * way. What each is follows from what is stored, not from what any function said of itself.
 */

/** One delivery, as it landed. */
export interface Delivery {
  readonly event: PosEvent;
  readonly partition: string;
  readonly sequenceNumber: number;
}

/** What a consumer stored of a store. */
interface StoredBook {
  /** The content that it has under an id; undefined where it has not seen the id, empty where it kept none. */
  contentOf(seenId: string): string | undefined;
  /** How far it has read a hub partition; undefined where it never did. */
  markOf(partition: string): number | undefined;
  /** Whether its transaction counts in this version and with this content, under another event id. */
  countsAlready(event: PosEvent): boolean;
}

export interface Consumer {
  readonly name: string;
  readonly concerns: (event: PosEvent) => boolean;
  readonly bookOf: (storeId: string) => Promise<StoredBook>;
}

export interface ProofLine {
  readonly source: string;
  readonly storeId: string;
  received: number;
  effects: number;
  duplicates: number;
  deadLetters: number;
  /** Read by no consumer yet. */
  waiting: number;
  /** Neither: lost. */
  readonly lost: string[];
}

const MAX_NAMED = 20;

/**
 * @param buried ids of events that lie in dead letters of the stream.
 * @returns by source and store, in order.
 */
export async function proveDeliveries(
  deliveries: AsyncIterable<Delivery> | Iterable<Delivery>,
  consumers: readonly Consumer[],
  buried: ReadonlySet<string>,
): Promise<ProofLine[]> {
  const lines = new Map<string, ProofLine>();
  const first = new Map<string, string>();
  const books = new Map<string, Promise<StoredBook>>();
  for await (const delivery of deliveries) {
    const { event } = delivery;
    const { source, storeId, eventId } = event;
    const key = JSON.stringify([source, storeId]);
    const line: ProofLine = lines.get(key) ?? {
      source,
      storeId,
      received: 0,
      effects: 0,
      duplicates: 0,
      deadLetters: 0,
      waiting: 0,
      lost: [],
    };
    lines.set(key, line);
    line.received += 1;
    const content = contentFingerprint(event);
    const id = JSON.stringify([storeId, eventId]);
    const former = first.get(id);
    if (former !== undefined && agree(former, content)) {
      line.duplicates += 1;
      continue;
    }
    if (former === undefined) first.set(id, content);
    const fates: Fate[] = [];
    for (const consumer of consumers) {
      if (!consumer.concerns(event)) continue;
      const name = JSON.stringify([consumer.name, storeId]);
      const book = books.get(name) ?? consumer.bookOf(storeId);
      books.set(name, book);
      fates.push(fateIn(await book, delivery, content));
    }
    count(line, fates, buried, eventId);
  }
  return [...lines].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, line]) => line);
}

type Fate = 'effect' | 'repeat' | 'waiting' | 'other-content' | 'unknown';

function fateIn(book: StoredBook, { event, partition, sequenceNumber }: Delivery, content: string): Fate {
  const own = event.decision ? `${event.eventId}\n${content}` : event.eventId;
  const seen = book.contentOf(seenIdOf(own));
  if (seen !== undefined) return seen === '' || agree(seen, content) ? 'effect' : 'other-content';
  if (book.countsAlready(event)) return 'repeat';
  if (sequenceNumber > (book.markOf(partition) ?? -1)) return 'waiting';
  return 'unknown';
}

/** All consumers have to agree: an event that is in the stock and not in the tills is lost as well. */
function count(line: ProofLine, fates: readonly Fate[], buried: ReadonlySet<string>, eventId: string): void {
  if (fates.every((fate) => fate === 'effect')) line.effects += 1;
  else if (fates.every((fate) => fate === 'effect' || fate === 'repeat')) line.duplicates += 1;
  else if (buried.has(eventId)) line.deadLetters += 1;
  else if (fates.every((fate) => fate !== 'unknown' && fate !== 'other-content')) line.waiting += 1;
  else if (line.lost.length < MAX_NAMED) line.lost.push(eventId);
  else line.lost.push('');
}
