import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { SECRETS } from '../../../shared/azure/names.ts';
import { writeFileAtomically } from './data-folder.ts';

/** The route that returns alerts to the demonstration. */
export const ALERT_ROUTE = 'demo';

/** The secrets of one data folder, created at its first start; the local replacement for Key Vault. */
export interface DemoSecrets {
  readonly path: string;
  /** Newest first. @throws RangeError when the file has no such secret. */
  get(name: string): readonly [string, ...string[]];
}

const OWNER_ONLY = 0o600;

export function openSecrets(path: string): DemoSecrets {
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string[]>) : {};
  // A folder of an older release lacks newer secrets.
  const secrets: Record<string, string[]> = { ...newSecrets(), ...known };
  if (Object.keys(secrets).length > Object.keys(known).length)
    writeFileAtomically(path, `${JSON.stringify(secrets, undefined, 2)}\n`, OWNER_ONLY);
  return {
    path,
    get(name) {
      const [newest, ...older] = secrets[name] ?? [];
      if (newest === undefined) throw new RangeError(`${path} has no secret ${name}`);
      return [newest, ...older];
    },
  };
}

function newSecrets(): Record<string, string[]> {
  const random = (): string => randomBytes(32).toString('base64');
  return {
    [SECRETS.webhook('tillstream')]: [`whsec_${random()}`],
    [SECRETS.webhook('poslog')]: [`whsec_${random()}`],
    [SECRETS.webhook('square')]: [random()],
    [SECRETS.pseudonymKey]: [random()],
    [SECRETS.operatorKey]: [random()],
    [SECRETS.idKey]: [random()],
    [SECRETS.alertLinkKey]: [random()],
    [SECRETS.alertChannel(ALERT_ROUTE)]: [`whsec_${random()}`],
  };
}
