import { readFile } from 'node:fs/promises';
import { SecretClient } from '@azure/keyvault-secrets';
import { z } from 'zod';
import { TransientError } from '../errors.ts';
import type { SecretsLocation } from '../settings.ts';
import type { Clock } from '../time.ts';
import { credentialOf } from './clients.ts';
import type { Logger } from './log.ts';
import { asOurError, isNotFound } from './sdk-errors.ts';

/**
 * Secrets by name, the newest first. Two at once are valid, so that a secret can be rotated: add the new version,
 * change the sender, disable the old version. No restart is needed.
 */
export interface Secrets {
  /** @throws TransientError `secret-missing` or `secrets-unavailable` when there is no good value at all. */
  get(name: string): Promise<readonly [string, ...string[]]>;
}

/** Reads the values that are valid now, newest first; none when there is no such secret. */
export type SecretReader = (name: string) => Promise<readonly string[]>;

const MAX_VALID = 2;
const FAILED_FOR_MS = 5_000;

/**
 * Keeps what was read. After `refreshMs` the next call starts another read behind the scenes, and the last good value
 * stays in force meanwhile, and for as long as the vault is away.
 */
export function cachedSecrets(options: {
  read: SecretReader;
  refreshMs: number;
  clock: Clock;
  log: Logger;
}): Secrets {
  const { clock, log, refreshMs } = options;
  const known = new Map<string, { values: readonly [string, ...string[]]; readAtMs: number }>();
  const underway = new Map<string, Promise<readonly [string, ...string[]]>>();
  const failed = new Map<string, { reason: unknown; atMs: number }>();

  async function load(name: string): Promise<readonly [string, ...string[]]> {
    const [newest, ...older] = (await options.read(name)).slice(0, MAX_VALID);
    if (newest === undefined) {
      throw new TransientError('secret-missing', `There is no enabled secret ${name}: add one`);
    }
    const values = [newest, ...older] as const;
    known.set(name, { values, readAtMs: clock() });
    return values;
  }

  function loadOnce(name: string): Promise<readonly [string, ...string[]]> {
    let loading = underway.get(name);
    if (!loading) {
      loading = load(name)
        .catch((reason: unknown) => {
          failed.set(name, { reason, atMs: clock() });
          throw reason;
        })
        .finally(() => underway.delete(name));
      underway.set(name, loading);
    }
    return loading;
  }

  return {
    async get(name) {
      const found = known.get(name);
      if (!found) {
        const fault = failed.get(name);
        // Anyone may call a source that is not set up here: that must not become a call of the vault each time.
        if (fault && clock() - fault.atMs < FAILED_FOR_MS) throw fault.reason;
        return loadOnce(name);
      }
      if (clock() - found.readAtMs >= refreshMs && !underway.has(name)) {
        loadOnce(name).catch((thrown: unknown) => {
          known.set(name, { ...found, readAtMs: clock() });
          log.error('A secret keeps its last good value', { secret: name }, thrown);
        });
      }
      return found.values;
    },
  };
}

export function secretReader(location: SecretsLocation, clock: Clock): SecretReader {
  return location.kind === 'file' ? fileReader(location.path) : vaultReader(location, clock);
}

const fileSchema = z.record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1))]));

/** `{"name": "value"}` or `{"name": ["newest", "older"]}`; for this machine only. */
function fileReader(path: string): SecretReader {
  return async (name) => {
    let content: unknown;
    try {
      content = JSON.parse(await readFile(path, 'utf8'));
    } catch (cause) {
      throw new TransientError('secrets-unavailable', `The secrets file ${path} can not be read`, { cause });
    }
    const parsed = fileSchema.safeParse(content);
    if (!parsed.success) {
      throw new TransientError('secrets-unavailable', `The secrets file ${path} is not {"name": ["value"]}`);
    }
    const values = parsed.data[name] ?? [];
    return typeof values === 'string' ? [values] : values;
  };
}

export interface SecretVersion {
  readonly version?: string;
  readonly enabled?: boolean;
  readonly notBefore?: Date;
  readonly expiresOn?: Date;
  readonly createdOn?: Date;
}

/** The two newest versions that are enabled and within their time, newest first. */
export function validVersions(versions: readonly SecretVersion[], nowMs: number): string[] {
  return versions
    .filter(
      ({ enabled, notBefore, expiresOn }) =>
        enabled === true &&
        (notBefore === undefined || notBefore.getTime() <= nowMs) &&
        (expiresOn === undefined || expiresOn.getTime() > nowMs),
    )
    .sort((one, other) => (other.createdOn?.getTime() ?? 0) - (one.createdOn?.getTime() ?? 0))
    .flatMap(({ version }) => (version === undefined ? [] : [version]))
    .slice(0, MAX_VALID);
}

function vaultReader(location: Extract<SecretsLocation, { kind: 'key-vault' }>, clock: Clock): SecretReader {
  const client = new SecretClient(location.vaultUri, credentialOf(location.clientId));
  return async (name) => {
    try {
      const versions: SecretVersion[] = [];
      for await (const version of client.listPropertiesOfSecretVersions(name)) versions.push(version);
      const values = await Promise.all(
        validVersions(versions, clock()).map((version) => client.getSecret(name, { version })),
      );
      return values.flatMap(({ value }) => (value === undefined ? [] : [value]));
    } catch (thrown) {
      if (isNotFound(thrown)) return [];
      throw asOurError(thrown, `Reading the secret ${name}`);
    }
  };
}
