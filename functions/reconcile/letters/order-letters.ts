import { createHash } from 'node:crypto';
import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import type {
  LetterAction,
  LetterOrder,
  LetterOrders,
  SettledOrder,
} from '../../../shared/azure/letter-orders.ts';
import { PermanentError } from '../../../shared/errors.ts';
import { needsDecision } from '../../../shared/pos/dead-letter.ts';
import { editedLetter } from '../../../shared/pos/letter-edit.ts';
import { findLetters, type LetterFilter } from './find-letters.ts';

/** Orders what is to be done with dead letters, from the API or a page: see `LetterOrders`. */
export interface OrderParts {
  readonly store: Pick<DeadLetterStore, 'see' | 'newest'>;
  readonly orders: LetterOrders;
}

export interface Asked {
  readonly action: LetterAction;
  readonly reason: string;
  /** What an edit makes of the payload. */
  readonly payload?: string | undefined;
  /** Whether an edited letter is replayed at once. */
  readonly thenReplay?: boolean | undefined;
}

/** Who orders it, when, and the key by which a repeat is known. */
export interface Orderer {
  readonly id: string;
  readonly name: string;
  readonly at: string;
  readonly key: string;
}

export type Ordered =
  | {
      readonly kind: 'ordered';
      readonly order: string;
      readonly letters: SettledOrder[];
      readonly isRepeat: boolean;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly etag: string }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly text: string;
      readonly where?: string | undefined;
    }
  | { readonly kind: 'key-reused' };

export type OrderedMany =
  | Extract<Ordered, { kind: 'ordered' | 'key-reused' }>
  | { readonly kind: 'counted'; readonly matched: number; readonly forPerson: number }
  | { readonly kind: 'count-differs'; readonly matched: number; readonly forPerson: number }
  | { readonly kind: 'too-many'; readonly matched: number };

/** As many as one transaction of the table takes, so an order is there as a whole or not at all. */
export const MAX_AT_ONCE = 100;
/** Of so many letters the filter is tried. */
export const MAX_READ = 2_000;

/** One letter. To name it is the decision that it counts, where a person has to decide. */
export async function orderLetter(
  parts: OrderParts,
  name: string,
  seen: string,
  asked: Asked,
  who: Orderer,
): Promise<Ordered> {
  const content = { ...asked, letter: name, seen };
  const before = await repeated(parts, content, who);
  if (before) return before;
  const found = await parts.store.see(name);
  if (!found) return { kind: 'unknown' };
  if (found.etag !== seen) return { kind: 'changed', etag: found.etag };
  const { letter } = found;
  const isReplayed = asked.action === 'replay' || asked.thenReplay === true;
  if (isReplayed && letter.replay.to === 'nowhere')
    return { kind: 'refused', code: 'no-way-back', text: `It is kept for the record: ${letter.code}` };
  if (asked.action === 'edit') {
    try {
      editedLetter(letter, asked.payload ?? '');
    } catch (thrown) {
      if (!(thrown instanceof PermanentError)) throw thrown;
      return { kind: 'refused', code: thrown.code, text: thrown.message, where: thrown.where };
    }
  }
  return order(parts, [{ name, etag: found.etag }], content, who);
}

/**
 * All letters that fit, without those that a person must decide one by one.
 * @param expected so many must fit; without it they are only counted.
 */
export async function orderLetters(
  parts: OrderParts,
  filter: LetterFilter,
  expected: number | undefined,
  asked: Asked,
  who: Orderer,
): Promise<OrderedMany> {
  const content = { ...asked, filter, expected };
  const before = expected === undefined ? undefined : await repeated(parts, content, who);
  if (before) return before;
  const { found, unread } = await findLetters(parts.store, filter, MAX_READ);
  const fitting = found.filter(
    ({ letter }) =>
      !needsDecision(letter.code) && (asked.action !== 'replay' || letter.replay.to !== 'nowhere'),
  );
  const counts = { matched: fitting.length, forPerson: found.length - fitting.length };
  if (expected === undefined) return { kind: 'counted', ...counts };
  if (unread > 0 || fitting.length > MAX_AT_ONCE)
    return { kind: 'too-many', matched: fitting.length + unread };
  if (fitting.length !== expected) return { kind: 'count-differs', ...counts };
  return order(parts, fitting, content, who);
}

const digestOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const orderIdOf = ({ id, key }: Orderer): string => digestOf(id, key);

async function repeated(
  { orders }: OrderParts,
  content: object,
  who: Orderer,
): Promise<Extract<Ordered, { kind: 'ordered' | 'key-reused' }> | undefined> {
  const id = orderIdOf(who);
  const letters = await orders.of(id);
  const [first] = letters;
  if (!first) return undefined;
  if (first.asked !== digestOf(JSON.stringify(content))) return { kind: 'key-reused' };
  return { kind: 'ordered', order: id, letters, isRepeat: true };
}

async function order(
  { orders }: OrderParts,
  letters: ReadonlyArray<{ readonly name: string; readonly etag: string }>,
  content: Asked & object,
  who: Orderer,
): Promise<Extract<Ordered, { kind: 'ordered' }>> {
  const id = orderIdOf(who);
  const { action, reason, payload = '', thenReplay = false } = content;
  const all = letters.map(({ name, etag }): LetterOrder => ({
    order: id,
    asked: digestOf(JSON.stringify(content)),
    letter: name,
    etag,
    action,
    thenReplay: action === 'edit' && thenReplay,
    by: who.name,
    reason,
    at: who.at,
    payload,
  }));
  await orders.add(all);
  return {
    kind: 'ordered',
    order: id,
    letters: all.map((one) => ({ ...one, state: 'open' })),
    isRepeat: false,
  };
}
