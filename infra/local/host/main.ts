/** The process of one functions host: `node dist/local/host.js --app dist/functions/main.js --port 7071`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { messageOf } from '../../../shared/errors.ts';
import { ROLES, STORE_ROLE_PREFIX } from '../../../shared/azure/names.ts';
import { startHost } from './host.ts';
import { lineBuffer } from './line-buffer.ts';

/** The same grace period that Azure gives Node. */
const GRACE_MS = 5_000;
/** Ten minutes in Azure. Shorter here, so developers do not wait long for a killed host's messages. */
const QUEUE_LEASE_SECONDS = '30';
/**
 * What this host reports to the app: a developer's machine, like Core Tools, with a sign-in in front of
 * the app that sets and strips `x-ms-client-principal*` as Easy Auth does.
 */
const OWN_SETTINGS = { AZURE_FUNCTIONS_ENVIRONMENT: 'Development', Pages__signIn: 'easy-auth' };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      app: { type: 'string', default: 'dist/functions/main.js' },
      port: { type: 'string', default: '7071' },
      'host-json': { type: 'string', default: 'host.json' },
      only: { type: 'string', default: '' },
      'queue-lease-seconds': { type: 'string', default: QUEUE_LEASE_SECONDS },
    },
  });
  Object.assign(process.env, OWN_SETTINGS);
  const signInKey = process.env['LOCAL_SIGN_IN_KEY'];
  const output = lineBuffer((lines) => process.stdout.write(lines));
  process.on('exit', output.flush);
  const host = await startHost({
    appPath: resolve(values.app),
    hostJson: readFileSync(values['host-json'], 'utf8'),
    port: Number(values.port),
    only: values.only.split(',').filter((name) => name !== ''),
    roles: [...Object.values(ROLES), `${STORE_ROLE_PREFIX}BOS01`],
    settings: process.env,
    queueLeaseMs: Number(values['queue-lease-seconds']) * 1_000,
    ...(signInKey === undefined ? {} : { signInKey: Buffer.from(signInKey, 'base64') }),
    write: output.add,
    clock: Date.now,
  });

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    host.stop(GRACE_MS).then(
      () => process.exit(0),
      (thrown: unknown) => {
        host.log({ level: 'error', category: 'Host.Shutdown', message: String(thrown) });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  // Azure's worker exits on an unhandled error or rejection, which ends all running work. A host that
  // kept running would hide such bugs until deployment.
  process.on('uncaughtException', (thrown) => {
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    host.log({ level: 'critical', category: 'Host.Worker', message: `Worker uncaught exception: ${detail}` });
    process.exit(1);
  });
  process.send?.({ ready: true, port: host.port, functions: host.functions });
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exit(1);
});
