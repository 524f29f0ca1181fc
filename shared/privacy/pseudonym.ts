import { createHmac } from 'node:crypto';

/**
 * Pseudonyms of customers, gift cards and the like: equal for equal ids, and worthless without the key (GDPR
 * article 4 no. 5). Deleting the key makes them anonymous for good.
 */
export type PseudonymKind = 'customer' | 'gift-card' | 'id';
export type Pseudonymise = (kind: PseudonymKind, id: string) => string;

/** Marks a pseudonym that is kept in place of an id, such as in a dead letter, so that mapping it again changes nothing. */
const KEPT_PREFIX = 'pseudonym:';

/** 132 bits of HMAC-SHA256 in base64url; the kind keeps a customer apart from a gift card of the same number. */
export function pseudonymiser(key: string): Pseudonymise {
  return (kind, id) =>
    id.startsWith(KEPT_PREFIX)
      ? id.slice(KEPT_PREFIX.length)
      : createHmac('sha256', key).update(`${kind}\n${id.trim()}`).digest('base64url').slice(0, 22);
}

/** What stands for the id in a record that is kept to be mapped again. */
export function keptPseudonym(pseudonymise: Pseudonymise, kind: PseudonymKind, id: string): string {
  return `${KEPT_PREFIX}${pseudonymise(kind, id)}`;
}
