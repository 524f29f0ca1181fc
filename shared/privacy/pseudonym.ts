import { createHmac } from 'node:crypto';

/**
 * Pseudonyms: equal for equal ids, and worthless without the key (GDPR article 4 no. 5). Deleting a key makes its
 * pseudonyms anonymous for good.
 *
 * Each purpose has its own key, so customers can be forgotten while cashiers remain distinguishable:
 * `customer`, `gift-card` and `card` (tokens of payment cards) share the customers' key, `operator` has the operators', and `id` (card numbers in ids)
 * has the ids'.
 */
export type PseudonymKind = 'customer' | 'gift-card' | 'card' | 'operator' | 'id';
export type Pseudonymise = (kind: PseudonymKind, id: string) => string;

export interface PseudonymKeys {
  readonly customers: string;
  readonly operators: string;
  readonly ids: string;
}

/** Marks a pseudonym that replaces an id, such as in a dead letter, so mapping it again does not change it. */
const KEPT_PREFIX = 'pseudonym:';
/** Shows on pages and in alerts that this is not the till's own operator number. */
const OPERATOR_PREFIX = 'op-';
const OPERATOR_CHARACTERS = 14;
const LENGTH = 22;
/** A chain has a few thousand cashiers, and every event names one. */
const MAX_KNOWN = 20_000;

/** 132 bits of HMAC-SHA256 in base64url (84 for operators); the kind keeps a customer apart from a gift card of the same number. */
export function pseudonymiser(keys: PseudonymKeys): Pseudonymise {
  const keyOf: Readonly<Record<PseudonymKind, string>> = {
    customer: keys.customers,
    'gift-card': keys.customers,
    card: keys.customers,
    operator: keys.operators,
    id: keys.ids,
  };
  const operators = new Map<string, string>();
  const make = (kind: PseudonymKind, id: string): string =>
    createHmac('sha256', keyOf[kind]).update(`${kind}\n${id.trim()}`).digest('base64url').slice(0, LENGTH);
  const operator = (id: string): string => {
    let known = operators.get(id);
    if (known === undefined) {
      known = `${OPERATOR_PREFIX}${make('operator', id).slice(0, OPERATOR_CHARACTERS)}`;
      if (operators.size >= MAX_KNOWN) operators.clear();
      operators.set(id, known);
    }
    return known;
  };
  return (kind, id) => {
    if (id.startsWith(KEPT_PREFIX)) return id.slice(KEPT_PREFIX.length);
    return kind === 'operator' ? operator(id) : make(kind, id);
  };
}

/** What replaces the id in a record that is kept to be mapped again. */
export function keptPseudonym(pseudonymise: Pseudonymise, kind: PseudonymKind, id: string): string {
  return `${KEPT_PREFIX}${pseudonymise(kind, id)}`;
}
