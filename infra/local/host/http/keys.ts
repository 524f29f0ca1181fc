import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { BlobServiceClient, RestError } from '@azure/storage-blob';

import type { AuthLevel } from '../functions.ts';

const CONTAINER = 'azure-webjobs-secrets';

interface StoredKey {
  name: string;
  value: string;
  encrypted: false;
}

export interface HostKeys {
  masterKey: StoredKey;
  /** Keys that open every function. */
  functionKeys: StoredKey[];
  systemKeys: StoredKey[];
}

/**
 * Function and host keys, stored where Azure stores them (a blob per host in `azure-webjobs-secrets`), so all processes
 * of one host agree on them. They are created at first use.
 */
export class Keys {
  readonly #host: HostKeys;
  readonly #functions: ReadonlyMap<string, string>;

  constructor(host: HostKeys, functions: ReadonlyMap<string, string>) {
    this.#host = host;
    this.#functions = functions;
  }

  /** Whether the request has a key that is sufficient for the function. */
  allows(functionName: string, level: AuthLevel, request: IncomingMessage, url: URL): boolean {
    if (level === 'anonymous') return true;
    const header = request.headers['x-functions-key'];
    const given = (typeof header === 'string' ? header : undefined) ?? url.searchParams.get('code');
    if (given === null) return false;
    const accepted = [this.#host.masterKey.value];
    if (level === 'function') {
      accepted.push(...this.#host.functionKeys.map((key) => key.value));
      const own = this.#functions.get(functionName);
      if (own !== undefined) accepted.push(own);
    }
    return accepted.some((key) => timingSafeEqual(digest(key), digest(given)));
  }

  /** For the local administrator: all keys. */
  list(): { master: string; host: string[]; functions: Record<string, string> } {
    return {
      master: this.#host.masterKey.value,
      host: this.#host.functionKeys.map((key) => key.value),
      functions: Object.fromEntries(this.#functions),
    };
  }
}

/** Loads the keys of `functionNames` and creates missing ones. */
export async function loadKeys(storage: string, hostId: string, functionNames: string[]): Promise<Keys> {
  const host = await loadOrCreate<HostKeys>(storage, `${hostId}/host.json`, () => ({
    masterKey: newKey('master'),
    functionKeys: [newKey('default')],
    systemKeys: [],
  }));
  const functions = new Map<string, string>();
  for (const name of functionNames) {
    const file = `${hostId}/${name.toLowerCase()}.json`;
    const { keys } = await loadOrCreate<{ keys: StoredKey[] }>(storage, file, () => ({
      keys: [newKey('default')],
    }));
    const own = keys[0];
    if (own !== undefined) functions.set(name, own.value);
  }
  return new Keys(host, functions);
}

async function loadOrCreate<T>(storage: string, name: string, create: () => T): Promise<T> {
  const container = BlobServiceClient.fromConnectionString(storage).getContainerClient(CONTAINER);
  await container.createIfNotExists();
  const blob = container.getBlockBlobClient(name);
  const fresh = Buffer.from(JSON.stringify(create()));
  try {
    await blob.uploadData(fresh, { conditions: { ifNoneMatch: '*' } });
  } catch (thrown) {
    if (!(thrown instanceof RestError) || thrown.code !== 'BlobAlreadyExists') throw thrown;
  }
  return JSON.parse((await blob.downloadToBuffer()).toString()) as T;
}

function newKey(name: string): StoredKey {
  return { name, value: randomBytes(40).toString('base64url'), encrypted: false };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
