import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { portToUse } from '../../infra/kit/port.ts';
import { HUB } from '../../shared/azure/names.ts';
import { signStandardWebhook } from '../../shared/standard-webhooks.ts';
import { buildDemo, type BuiltDemo, type RunningCommand } from '../support/built-demo.ts';

let demo: BuiltDemo;
beforeAll(async () => {
  demo = await buildDemo();
});
afterAll(() => demo.remove());

const freePorts = ['event-hubs', 'blob', 'queue', 'table'].flatMap((name) => [`--${name}-port`, '0']);

/** Runs `what` until it gives an answer, or the command has ended. */
async function eventually<T>(command: RunningCommand, what: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const answer = await what().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (command.process.exitCode !== null || Date.now() > deadlineMs) {
      throw new Error(`No answer. ${command.output()}`);
    }
    await delay(50);
  }
}

const settingsOf = (command: RunningCommand): Promise<Record<string, string>> =>
  eventually(
    command,
    async () => (JSON.parse(command.output()) as { Values: Record<string, string> }).Values,
  );

async function firstEvent(connectionString: string): Promise<unknown> {
  const consumer = new EventHubConsumerClient('$Default', connectionString, HUB);
  try {
    return await new Promise((resolve, reject) => {
      consumer.subscribe(
        {
          processEvents: (events) => {
            if (events[0]) resolve(events[0].body);
            return Promise.resolve();
          },
          processError: (error) => {
            reject(error);
            return Promise.resolve();
          },
        },
        { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
      );
    });
  } finally {
    await consumer.close();
  }
}

test('what it prints is all that the built app needs under another host: an event goes in and is in the hub', async () => {
  const azure = demo.run('azure', ['--data', demo.newFolder(), ...freePorts]);
  const settings = await settingsOf(azure);
  const port = await portToUse(0, '--port');
  const host = demo.run(
    'host',
    ['--app', demo.entry, '--port', String(port), '--only', 'receive,health'],
    settings,
  );
  await eventually(host, async () =>
    (await fetch(`http://127.0.0.1:${port}/health`)).ok ? true : undefined,
  );

  const secrets = JSON.parse(readFileSync(settings['Secrets__file'] ?? '', 'utf8')) as Record<
    string,
    [string]
  >;
  const body = JSON.stringify({
    id: 'azure-local-1',
    kind: 'drawer',
    storeId: 'BER01',
    tillId: 'T1',
    occurredAt: '2026-03-02T10:00:00Z',
    action: 'noSale',
    currency: 'EUR',
    amountMinor: 0,
  });
  const timestampS = Math.floor(Date.now() / 1000);
  const signed = { secret: secrets['webhook-tillstream']?.[0] ?? '', id: 'azure-local-1', timestampS, body };
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/tillstream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': signed.id,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': signStandardWebhook(signed),
    },
    body,
  });
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 1, rejected: [], warnings: [] }]);
  expect(await firstEvent(settings['PosEvents'] ?? '')).toMatchObject({
    eventId: 'tillstream:azure-local-1',
    businessDate: '2026-03-02',
  });

  host.process.kill('SIGTERM');
  azure.process.kill('SIGINT');
  expect((await azure.ended).exitCode).toBe(0);
  await host.ended;
});

test('a held folder, a taken port and a wrong option are one line each, with exit code 2', async () => {
  const folder = demo.newFolder();
  const azure = demo.run('azure', ['--data', folder, ...freePorts]);
  const settings = await settingsOf(azure);
  const taken = /TableEndpoint=http:\/\/[^:]+:(\d+)/.exec(settings['State'] ?? '')?.[1] ?? '';
  for (const [args, message] of [
    [
      ['--data', folder, ...freePorts],
      /^The data folder .* is in use by process \d+\. Stop it, or name another.*\n$/,
    ],
    [
      ['--data', demo.newFolder(), ...freePorts, '--table-port', taken],
      new RegExp(`^Port ${taken} is taken. Choose another with --table-port.*\n$`),
    ],
    [['--blob-port', 'x'], /^--blob-port takes a whole number.*\n$/],
    [['--wrong'], /^Unknown option '--wrong'.*\n$/],
  ] as const) {
    const { exitCode, output, errors } = await demo.run('azure', args).ended;
    expect([exitCode, output]).toEqual([2, '']);
    expect(errors).toMatch(message);
  }
  azure.process.kill('SIGINT');
  await azure.ended;
});
