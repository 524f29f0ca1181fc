import { createHmac } from 'node:crypto';

/**
 * Pseudonyms of customers, gift cards and the like: equal for equal ids, and worthless without the key (GDPR
 * article 4 no. 5). Deleting the key makes them anonymous for good.
 */
export type PseudonymKind = 'customer' | 'gift-card' | 'id';
export type Pseudonymise = (kind: PseudonymKind, id: string) => string;

/** 132 bits of HMAC-SHA256 in base64url; the kind keeps a customer apart from a gift card of the same number. */
export function pseudonymiser(key: string): Pseudonymise {
  return (kind, id) =>
    createHmac('sha256', key).update(`${kind}\n${id.trim()}`).digest('base64url').slice(0, 22);
}
