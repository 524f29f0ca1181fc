/**
 * After a deployment: sends one signed event and follows it to the raw landing, with the Azure sign-in of the user who runs
 * it. It needs to read the vault's secrets, the table `days` and the container `raw`.
 *
 *   npx tsx infra/smoke/smoke.ts --url URL --vault NAME --raw ACCOUNT --state ACCOUNT [--store ID] [--timeout-s N]
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { CONTAINERS, SECRETS, TABLES } from '../../shared/azure/names.ts';
import { rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { secretReader } from '../../shared/azure/secrets.ts';
import { messageOf } from '../../shared/errors.ts';
import type { StorageConnection } from '../../shared/settings.ts';
import { SECOND_MS } from '../../shared/time.ts';
import { smoke } from './follow.ts';

const USAGE =
  'npx tsx infra/smoke/smoke.ts --url URL --vault NAME --raw ACCOUNT --state ACCOUNT [--store ID] [--timeout-s N]';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function storage(account: string): StorageConnection {
  const service = (name: string): string => `https://${account}.${name}.core.windows.net`;
  return {
    kind: 'identity',
    blobServiceUri: service('blob'),
    queueServiceUri: undefined,
    tableServiceUri: service('table'),
    clientId: undefined,
  };
}

function options(): {
  url: string;
  vault: string;
  raw: string;
  state: string;
  store: string;
  timeoutS: number;
} {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      vault: { type: 'string' },
      raw: { type: 'string' },
      state: { type: 'string' },
      store: { type: 'string', default: 'smoke-test' },
      'timeout-s': { type: 'string', default: '600' },
    },
  });
  const { url, vault, raw, state, store, 'timeout-s': timeout } = values;
  if (url === undefined || vault === undefined || raw === undefined || state === undefined)
    throw new Error(USAGE);
  return { url: url.replace(/\/+$/, ''), vault, raw, state, store, timeoutS: Number(timeout) };
}

async function main(): Promise<void> {
  const { url, vault, raw, state, store, timeoutS } = options();
  const readSecret = secretReader(
    { kind: 'key-vault', vaultUri: `https://${vault}.vault.azure.net/`, clientId: undefined },
    Date.now,
  );
  const name = SECRETS.webhook('tillstream');
  const [secret] = await readSecret(name);
  if (secret === undefined)
    throw new Error(`The vault ${vault} has no enabled secret ${name}: see docs/it.md`);
  const days = tableDays(tableClient(storage(state), TABLES.days));
  const blobs = rawBlobs(containerClient(storage(raw), CONTAINERS.raw));
  await smoke(
    {
      fetch,
      secret,
      clock: Date.now,
      pause: (durationMs) => pause(durationMs),
      blobsOf: async (businessDate) => (await days.inputsOf(businessDate)).blobs.map((blob) => blob.name),
      lines: (blob) => blobs.lines(blob),
      say,
    },
    { url, storeId: store, id: `smoke-${randomUUID()}`, timeoutMs: timeoutS * SECOND_MS },
  );
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
});
