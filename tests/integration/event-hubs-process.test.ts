/** The endpoint as a process of its own: its flags, its words and its end. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_RETRIES, Opened, until } from '../support/event-hubs-endpoint.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly exit: Promise<number | null>;
}

function run(...flags: string[]): Run {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(__dirname, '../../infra/local/event-hubs/main.ts'), ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  opened.defer(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { child, out: () => out, err: () => err, exit };
}

const printed = (endpoint: Run): Promise<void> =>
  until('the connection string is printed', () => endpoint.out().includes('\n'), 60_000);

test('prints its connection string, serves the configured hubs and ends on SIGTERM', async () => {
  const folder = await opened.folder();
  const config = join(folder, 'Config.json');
  const entities = [{ Name: 'mine', PartitionCount: '3', ConsumerGroups: [{ Name: 'g' }] }];
  await writeFile(config, JSON.stringify({ UserConfig: { NamespaceConfig: [{ Entities: entities }] } }));
  const endpoint = run(
    '--data',
    join(folder, 'data'),
    '--port',
    '0',
    '--config',
    config,
    '--durability',
    'machine',
  );
  await printed(endpoint);
  const connectionString = endpoint.out().trim();
  expect(connectionString).toMatch(/^Endpoint=sb:\/\/localhost:\d+;.*;UseDevelopmentEmulator=true$/);
  const producer = opened.producer(connectionString, NO_RETRIES, 'mine');
  expect(await producer.getPartitionIds()).toEqual(['0', '1', '2']);
  await producer.sendBatch([{ body: 1 }]);
  await producer.close();
  endpoint.child.kill('SIGTERM');
  expect(await endpoint.exit).toBe(0);
  expect(endpoint.err()).toBe('');
});

test('a folder that is held, a port that is taken and wrong flags cost one line and exit code 2', async () => {
  const folder = await opened.folder();
  const first = run('--data', join(folder, 'a'), '--port', '0');
  await printed(first);
  const port = /:(\d+);/.exec(first.out())?.[1] ?? '';
  const failing: [Run, RegExp][] = [
    [
      run('--data', join(folder, 'a'), '--port', '0'),
      new RegExp(`in use by process ${first.child.pid}. Stop that process`),
    ],
    [
      run('--data', join(folder, 'b'), '--port', port),
      new RegExp(`Port ${port} is taken. Stop what uses it`),
    ],
    [run('--durability', 'none'), /--durability must be process or machine/],
    [run('--config', join(folder, 'missing.json')), /missing.json/],
    [run('--what'), /--what/],
  ];
  for (const [endpoint, words] of failing) {
    expect(await endpoint.exit).toBe(2);
    expect(endpoint.err()).toMatch(words);
    expect(endpoint.err().trim().split('\n')).toHaveLength(1);
  }
});

test('speaks TLS where it has a certificate, as Azure does', async () => {
  const folder = await opened.folder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    );
  } catch {
    console.warn('skipped: openssl is not installed, so no certificate can be created');
    return;
  }
  const endpoint = run('--data', join(folder, 'data'), '--port', '0', '--tls-key', key, '--tls-cert', cert);
  await printed(endpoint);
  // The client runs in a process that trusts the certificate from its start.
  const script = `
    const { EventHubProducerClient } = require('@azure/event-hubs');
    const producer = new EventHubProducerClient(process.argv[1], 'pos-events');
    producer.sendBatch([{ body: 1 }]).then(() => producer.close()).then(() => console.log('sent'));`;
  const output = execFileSync(process.execPath, ['-e', script, endpoint.out().trim()], {
    cwd: join(__dirname, '../..'),
    env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
    timeout: 60_000,
  });
  expect(output.toString().trim()).toBe('sent');
});
