import { pseudonymiser, type Pseudonymise } from '../privacy/pseudonym.ts';
import { SECRETS } from './names.ts';
import type { Secrets, SecretValues } from './secrets.ts';

type Asked = readonly [
  customers: Promise<SecretValues>,
  operators: Promise<SecretValues>,
  ids: Promise<SecretValues>,
];
interface Made {
  readonly keys: string;
  readonly pseudonymise: Pseudonymise;
}
const made = new WeakMap<Pick<Secrets, 'get'>, Made>();
/** Secrets that have not changed give the same promises again: no event has to wait for them, or make new pseudonyms. */
const answered = new WeakMap<Pick<Secrets, 'get'>, { asked: Asked; pseudonyms: Promise<Pseudonymise> }>();

/**
 * The current pseudonyms. Customers and operators go by the newest key. Ids go by the oldest enabled one:
 * events of the last days carry it, and a ledger file of today must still meet them. Adding a key thus changes no id; it
 * takes over when the old one is disabled.
 * @throws TransientError `secret-missing` or `secrets-unavailable`
 */
export function pseudonymsFrom(secrets: Pick<Secrets, 'get'>): Promise<Pseudonymise> {
  const asked: Asked = [
    secrets.get(SECRETS.pseudonymKey),
    secrets.get(SECRETS.operatorKey),
    secrets.get(SECRETS.idKey),
  ];
  const before = answered.get(secrets);
  if (before && before.asked.every((promise, index) => promise === asked[index])) return before.pseudonyms;
  const pseudonyms = madeBy(secrets, asked);
  answered.set(secrets, { asked, pseudonyms });
  return pseudonyms;
}

async function madeBy(secrets: Pick<Secrets, 'get'>, asked: Asked): Promise<Pseudonymise> {
  const [[customers], [operators], ids] = await Promise.all(asked);
  const oldest = ids.at(-1) ?? ids[0];
  const keys = [customers, operators, oldest].join('\n');
  const before = made.get(secrets);
  if (before?.keys === keys) return before.pseudonymise;
  const pseudonymise = pseudonymiser({ customers, operators, ids: oldest });
  made.set(secrets, { keys, pseudonymise });
  return pseudonymise;
}
