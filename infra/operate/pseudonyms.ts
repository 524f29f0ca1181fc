import { SECRETS } from '../../shared/azure/names.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { pseudonymiser, type PseudonymKind } from '../../shared/privacy/pseudonym.ts';

export const PERSON_KINDS = ['operator', 'customer', 'gift-card'] as const satisfies readonly PseudonymKind[];
export type PersonKind = (typeof PERSON_KINDS)[number];

/**
 * The pseudonyms of ids, to find the person behind a pseudonym if you have both key and id. A pseudonym cannot be
 * reversed: pass every candidate id.
 * @returns a line for each id and each enabled key, newest first.
 * @throws TransientError `secret-missing` or `secrets-unavailable`
 */
export async function pseudonymLines(
  secrets: Pick<Secrets, 'get'>,
  kind: PersonKind,
  ids: readonly string[],
): Promise<string[]> {
  const keys = await secrets.get(kind === 'operator' ? SECRETS.operatorKey : SECRETS.pseudonymKey);
  const makers = keys.map((key) => pseudonymiser({ customers: key, operators: key, ids: key }));
  return ids.flatMap((id) =>
    makers.map((make, age) => `${make(kind, id)}  ${id}${age === 0 ? '' : '  (older key)'}`),
  );
}
