import { readFile } from 'node:fs/promises';
import { SecretClient } from '@azure/keyvault-secrets';
import { z } from 'zod';
import { TransientError } from '../errors.ts';
import type { SecretsLocation } from '../settings.ts';
import type { Clock } from '../time.ts';
import { credentialOf } from './clients.ts';
import type { Logger } from '../log.ts';
import { asOurError, isNotFound } from './sdk-errors.ts';

/**
 * Secrets by name, the newest first. Two at once are valid, so secrets can be rotated: add the new version,
 * change the sender, disable the old version. No restart is needed.
 */
export interface Secrets {
  /**
   * The values that are valid now; undefined where the store was asked and has none, or none that is enabled.
   * @throws TransientError `secrets-unavailable` and the like when the store cannot be asked and nothing is known.
   */
  find(name: string): Promise<SecretValues | undefined>;
  /** As `find`; the same promise as long as nothing has changed, so callers can tell by it. @throws TransientError `secret-missing` where there is none. */
  get(name: string): Promise<SecretValues>;
}

export type SecretValues = readonly [newest: string, ...older: string[]];

/** Reads the values that are valid now, newest first; none when there is no such secret. */
export type SecretReader = (name: string) => Promise<readonly string[]>;

const MAX_VALID = 2;
const FAILED_FOR_MS = 5_000;
/** A till waits two seconds in all: a store that does not answer within this share of them counts as unavailable. */
const WAIT_MS = 1_000;

/**
 * Keeps what was read. After `refreshMs` the next call starts another read behind the scenes; after twice that time it
 * waits for the read, so a revoked secret never lives longer than that. Values that were read stay in effect longer
 * only while the store cannot be reached; a store that answers "none" is believed at once.
 */
export function cachedSecrets(options: CachedSecretsOptions): Secrets {
  const { clock, refreshMs, waitMs = WAIT_MS } = options;
  const { known, failed, load } = secretLoads(options);
  const refreshAfterMs = ({ values }: Known): number =>
    values ? refreshMs : Math.min(refreshMs, FAILED_FOR_MS);
  /** What needs no read: the same promise for as long as the values are the same. */
  const fresh = (name: string): Known | undefined => {
    const found = known.get(name);
    return found && clock() - found.askedAtMs < refreshAfterMs(found) ? found : undefined;
  };

  const refreshed = async (name: string): Promise<SecretValues | undefined> => {
    const found = known.get(name);
    if (!found) {
      const fault = failed.get(name);
      // Anyone may call a source that is not set up here: that must not become a call of the vault each time.
      if (fault && clock() - fault.atMs < FAILED_FOR_MS) throw fault.reason;
      return load(name);
    }
    const loading = load(name).catch(() => found.values);
    if (found.values && clock() - found.askedAtMs < 2 * refreshAfterMs(found)) return found.values;
    return within(loading, waitMs, () => {
      // Only those who ask now wait for a slow store, not everyone until it answers.
      found.askedAtMs = clock();
      return found.values;
    });
  };
  const find = (name: string): Promise<SecretValues | undefined> => fresh(name)?.found ?? refreshed(name);
  const needed = async (name: string): Promise<SecretValues> => {
    const values = await find(name);
    if (values) return values;
    throw new TransientError('secret-missing', `There is no enabled secret ${name}: add one`);
  };

  return {
    find,
    get(name) {
      const found = fresh(name);
      return found?.values ? (found.found as Promise<SecretValues>) : needed(name);
    },
  };
}

interface CachedSecretsOptions {
  readonly read: SecretReader;
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly waitMs?: number;
}

interface Known {
  readonly values: SecretValues | undefined;
  readonly found: Promise<SecretValues | undefined>;
  askedAtMs: number;
}

/** What was read, what could not be, and how to read it once for all who wait. */
function secretLoads({ read, clock, log }: CachedSecretsOptions) {
  const known = new Map<string, Known>();
  const underway = new Map<string, Promise<SecretValues | undefined>>();
  const failed = new Map<string, { reason: unknown; atMs: number }>();

  async function loadNow(name: string): Promise<SecretValues | undefined> {
    const [newest, ...older] = (await read(name)).slice(0, MAX_VALID);
    const values = newest === undefined ? undefined : ([newest, ...older] as const);
    const before = known.get(name);
    if (before?.values && !values) log.warn('A secret was revoked', { secret: name });
    known.set(name, { values, found: Promise.resolve(values), askedAtMs: clock() });
    failed.delete(name);
    return values;
  }

  function load(name: string): Promise<SecretValues | undefined> {
    let loading = underway.get(name);
    if (!loading) {
      loading = loadNow(name)
        .catch((reason: unknown) => {
          failed.set(name, { reason, atMs: clock() });
          const kept = known.get(name);
          if (kept) {
            kept.askedAtMs = clock();
            log.error(
              'A secret keeps its last known value, as its store cannot be reached',
              { secret: name },
              reason,
            );
          }
          throw reason;
        })
        .finally(() => underway.delete(name));
      underway.set(name, loading);
    }
    return loading;
  }

  return { known, failed, load };
}

async function within<T>(promise: Promise<T>, ms: number, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise()), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
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
      throw new TransientError('secrets-unavailable', `The secrets file ${path} cannot be read`, { cause });
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
