import { ownValue } from '../../../own-value.ts';
import type { z } from 'zod';
import { keptPseudonym, type PseudonymKind, type Pseudonymise } from '../../../privacy/pseudonym.ts';

/** What a dead letter keeps of a record of our own format. */

/** Fields that identify a person or a gift card. */
const PSEUDONYMS: Readonly<Record<string, PseudonymKind>> = {
  customerId: 'customer',
  giftCardNumber: 'gift-card',
  cardToken: 'card',
  operatorId: 'operator',
  approvedBy: 'operator',
};
/** A larger number in a field that we do not know may be a phone or card number. */
const MAX_UNKNOWN_NUMBER = 1e6;
const REMOVED = '[removed]';

/**
 * The record without what may be personal. A field that we do not know may hold anything, also a name; so may an object
 * where a text belongs: both are masked. Who is identified is kept as the pseudonym that mapping would make, so
 * mapping the record again gives the same event.
 */
export function keptRecord(
  record: unknown,
  error: z.ZodError | undefined,
  pseudonymise: Pseudonymise,
): unknown {
  const copy: unknown = structuredClone(record);
  for (const issue of error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      const fields = at(copy, issue.path) as Record<string, unknown>;
      for (const key of issue.keys) if (!isHarmless(fields[key])) fields[key] = REMOVED;
    } else if (issue.path.length > 0) {
      const parent = at(copy, issue.path.slice(0, -1)) as Record<PropertyKey, unknown> | undefined;
      const key = issue.path.at(-1) ?? '';
      if (typeof parent?.[key] === 'object') parent[key] = REMOVED;
    }
  }
  return withPseudonyms(copy, pseudonymise);
}

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((node, part) => (node as Record<PropertyKey, unknown> | undefined)?.[part], value);

const isHarmless = (value: unknown): boolean =>
  (typeof value === 'number' && Math.abs(value) < MAX_UNKNOWN_NUMBER) ||
  typeof value === 'boolean' ||
  value === null;

function withPseudonyms(record: unknown, pseudonymise: Pseudonymise): unknown {
  const json = JSON.stringify(record, (key, value: unknown) => {
    const kind = ownValue(PSEUDONYMS, key);
    if (kind === undefined || (typeof value !== 'string' && typeof value !== 'number')) return value;
    return value === REMOVED ? value : keptPseudonym(pseudonymise, kind, String(value));
  });
  return JSON.parse(json);
}
