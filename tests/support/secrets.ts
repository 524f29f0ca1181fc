import type { SecretValues, Secrets } from '../../shared/azure/secrets.ts';
import { TransientError } from '../../shared/errors.ts';

/** Secrets of which the tests know all; of any other there is none. */
export function secretsOf(values: Readonly<Record<string, SecretValues | undefined>>): Secrets {
  return {
    find: (name) => Promise.resolve(values[name]),
    get: (name) => {
      const found = values[name];
      return found ? Promise.resolve(found) : Promise.reject(new TransientError('secret-missing', name));
    },
  };
}

export const PSEUDONYM_KEYS: Readonly<Record<string, SecretValues>> = {
  'pseudonym-key': ['key of customers'],
  'pseudonym-key-operators': ['key of operators'],
  'pseudonym-key-ids': ['key of ids'],
};
