import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { standardSigner } from '../../infra/local/demo/terminal-http.ts';
import {
  buildDemo,
  summaryOf,
  type BuiltDemo,
  type RunningCommand,
  type Summary,
} from '../support/built-demo.ts';

jest.setTimeout(300_000);

let demo: BuiltDemo;
beforeAll(async () => {
  demo = await buildDemo();
});
afterAll(() => demo.remove());

const smallRun = (folder: string, ...more: string[]): string[] => [
  '--once',
  '--stores',
  '2',
  '--seed',
  '5',
  '--port',
  '0',
  '--data',
  folder,
  ...more,
];

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`Waited too long for ${what}`);
    await delay(20);
  }
}

function acknowledgedSoFar(folder: string): number {
  try {
    const sent = JSON.parse(readFileSync(join(folder, 'sent-2026-03-02.json'), 'utf8')) as {
      acknowledged: Record<string, number>;
    };
    return Object.values(sent.acknowledged).reduce((sum, count) => sum + count, 0);
  } catch {
    return 0;
  }
}

/** What must not depend on whether a run was disturbed: all but how often things were sent. */
function outcomeOf({
  deadLetters,
  acknowledged,
  distinct,
  alerts,
  daysReconciled,
  exceptions,
  plantedDifferences,
  holds,
}: Summary) {
  return {
    deadLetters,
    acknowledged,
    distinct,
    alerts,
    daysReconciled,
    exceptions,
    plantedDifferences,
    holds,
  };
}

let undisturbed: Summary;

it('plays a day, finds all that was planted, keeps every promise and ends with 0', async () => {
  const folder = demo.newFolder();
  const { exitCode, output, errors } = await demo.run('start', smallRun(folder)).ended;
  expect(errors).toBe('');
  undisturbed = summaryOf(folder);
  expect(undisturbed.promises.filter(({ holds }) => !holds)).toEqual([]);
  expect(exitCode).toBe(0);
  expect(undisturbed.landed).toBe(undisturbed.distinct + undisturbed.duplicates);
  expect(undisturbed.duplicates).toBeGreaterThan(0);
  expect(undisturbed.sent['forgedRefused']).toBe(3);
  for (const { planted, found, falseAlarms } of Object.values(undisturbed.alerts)) {
    expect({ found, falseAlarms }).toEqual({ found: planted, falseAlarms: [] });
  }
  const { planted, found, missed } = undisturbed.plantedDifferences;
  expect(planted).toBeGreaterThanOrEqual(9);
  expect({ found, missed }).toEqual({ found: planted, missed: [] });
  expect(undisturbed.deadLetters).toEqual({ schema: 1 });
  expect(undisturbed.unplannedExceptions).toBe(0);
  expect(output).toContain('Promises\n  ok      P1 acknowledged means durable');
  // The pages are gone with the run.
  expect(output).not.toContain('/finance');
  // Only the owner may read the secrets.
  expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0);
});

it('P8 killed anywhere: a whole run killed twice, and started again, ends as the undisturbed one', async () => {
  const folder = demo.newFolder();
  const kill = async (run: RunningCommand): Promise<void> => {
    run.process.kill('SIGKILL');
    await run.ended;
  };
  const first = demo.run('start', smallRun(folder));
  await until(() => acknowledgedSoFar(folder) > undisturbed.acknowledged / 3, 'a third of the day');
  await kill(first);
  expect(acknowledgedSoFar(folder)).toBeLessThan(undisturbed.acknowledged);
  // Once more, when all is sent and the rest of the way is under way.
  const second = demo.run('start', smallRun(folder));
  await until(() => second.output().includes('played'), 'the end of the day');
  await kill(second);
  const { exitCode, errors } = await demo.run('start', smallRun(folder)).ended;
  expect(errors).toBe('');
  expect(outcomeOf(summaryOf(folder))).toEqual(outcomeOf(undisturbed));
  expect(exitCode).toBe(0);
});

it('P8 killed anywhere: a run that is killed with its storage still ends as the undisturbed one', async () => {
  const folder = demo.newFolder();
  const first = demo.run('start', smallRun(folder));
  await until(() => first.output().includes('played'), 'the end of the day');
  const children = JSON.parse(readFileSync(join(folder, 'children.json'), 'utf8')) as { pid: number }[];
  first.process.kill('SIGKILL');
  for (const { pid } of children) process.kill(pid, 'SIGKILL');
  await first.ended;
  const { exitCode, errors } = await demo.run('start', smallRun(folder)).ended;
  expect(errors).toBe('');
  expect(outcomeOf(summaryOf(folder))).toEqual(outcomeOf(undisturbed));
  expect(exitCode).toBe(0);
});

it('goes on with the next day on the same folder, until Ctrl+C', async () => {
  const folder = demo.newFolder();
  const args = ['--stores', '1', '--port', '0', '--data', folder];
  expect((await demo.run('start', [...args, '--once']).ended).exitCode).toBe(0);
  const second = demo.run('start', args);
  await until(() => second.output().includes('until Ctrl+C'), 'the second summary');
  expect(summaryOf(folder)).toMatchObject({ dates: ['2026-03-02', '2026-03-03'], holds: true });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(second.output())?.[0] ?? '';
  expect(second.output()).toContain(`${url}/finance `);
  expect((await fetch(`${url}/health`)).status).toBe(200);

  // Meanwhile the folder is held.
  const other = await demo.run('start', [...args, '--once']).ended;
  expect(other.exitCode).toBe(2);
  expect(other.errors).toMatch(
    /^The data folder .* is in use by process \d+\. Stop it, or name another folder with --data\.\n$/,
  );

  const stoppedMs = Date.now();
  second.process.kill('SIGINT');
  expect((await second.ended).exitCode).toBe(0);
  expect(Date.now() - stoppedMs).toBeLessThan(30_000);
});

it('P1 acknowledged means durable: Event Hubs is taken away in the middle of a day, and nothing is lost', async () => {
  const folder = demo.newFolder();
  const day = demo.run('start', smallRun(folder));
  await until(() => acknowledgedSoFar(folder) > undisturbed.acknowledged / 3, 'a third of the day');
  const chaos = await demo.run('chaos', ['hub', 'down', '1s', '--data', folder]).ended;
  expect(chaos).toMatchObject({ exitCode: 0, errors: '' });
  expect(chaos.output).toMatch(/The hub of \S+ is down.*\nThe hub is up again/);
  const { exitCode, output } = await day.ended;
  expect(output).toContain('The Event Hubs endpoint is up again');
  const summary = summaryOf(folder);
  expect(summary.promises.filter(({ holds }) => !holds)).toEqual([]);
  // A store keeps its order through the spill lane, so all is as if nothing had happened.
  const { alerts, ...books } = outcomeOf(summary);
  const { alerts: calmAlerts, ...calmBooks } = outcomeOf(undisturbed);
  expect(books).toEqual(calmBooks);
  for (const [kind, { found, planted }] of Object.entries(alerts))
    expect({ kind, found, planted }).toEqual({ kind, found: planted, planted: calmAlerts[kind]?.planted });
  expect(exitCode).toBe(0);
});

it('counts what others send like its own, and tells it apart', async () => {
  const folder = demo.newFolder();
  const first = demo.run(
    'start',
    smallRun(folder).filter((arg) => arg !== '--once'),
  );
  await until(() => first.output().includes('until Ctrl+C'), 'the first summary');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(first.output())?.[0] ?? '';
  const secrets = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as Record<string, string[]>;
  const sign = standardSigner(secrets['webhook-tillstream']?.[0] ?? '', Date.now);
  // The documented sale, of a product that the chain does not have, in a store of its own and in one of the chain's.
  for (const [storeId, id] of [
    ['berlin-1', 'foreign-1'],
    ['LIS01', 'foreign-2'],
  ] as const) {
    const body = Buffer.from(JSON.stringify({ ...foreignSale(), id, storeId, transactionId: id }));
    const answer = await fetch(`${url}/webhooks/tillstream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...sign(body, id) },
      body,
    });
    expect(answer.status).toBe(200);
  }
  first.process.kill('SIGINT');
  await first.ended;
  const { exitCode, output } = await demo.run('start', smallRun(folder)).ended;
  const summary = summaryOf(folder);
  expect(summary.promises.filter(({ holds }) => !holds)).toEqual([]);
  expect(exitCode).toBe(0);
  expect(summary).toMatchObject({ foreignEvents: 2, unplannedExceptions: 0 });
  expect(summary.foreignExceptions).toBeGreaterThanOrEqual(2);
  expect(output).toContain('2 events came from other senders');
});

/** The example of docs/terminals.md. */
function documentedSale(): Record<string, unknown> {
  const page = readFileSync('docs/terminals.md', 'utf8');
  return JSON.parse(/```json\n(\{\n {2}"id"[\s\S]*?)```/.exec(page)?.[1] ?? '') as Record<string, unknown>;
}

function foreignSale(): Record<string, unknown> {
  const sale = documentedSale();
  const lines = (sale['lines'] as object[]).map((line) => ({ ...line, productCode: '4006381333931' }));
  return { ...sale, lines };
}

it('runs a timer of the demonstration that is meant, and of no other', async () => {
  const { exitCode, errors } = await demo.run('invoke', ['land', '--data', demo.newFolder()]).ended;
  expect(exitCode).toBe(2);
  expect(errors).toMatch(/^No demonstration is running on /);
});

describe('bad input', () => {
  it('ends on a data folder that cannot be made, instead of trying for ever', async () => {
    const { exitCode, errors } = await demo.run('start', ['--once', '--data', '/proc/tillstream/x']).ended;
    expect(errors).toMatch(/^The data folder \/proc\/tillstream\/x cannot be used \(\w+\)\. Name another/);
    expect(exitCode).toBe(2);
  });

  it.each([
    ['hub', 'gone'],
    ['hub', 'down', '11m'],
    ['disk', 'kill'],
  ])('says what chaos takes: %s %s %s', async (...args) => {
    const { exitCode, errors } = await demo.run('chaos', args).ended;
    expect(errors).toContain('See --help.');
    expect(exitCode).toBe(2);
  });

  it('says in one line that a port is taken', async () => {
    const server: Server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { exitCode, errors } = await demo.run('start', ['--port', `${port}`, '--data', demo.newFolder()])
      .ended;
    server.close();
    expect(errors).toBe(
      `Port ${port} is taken. Choose another with --port, or use --port 0 for a free one.\n`,
    );
    expect(exitCode).toBe(2);
  });

  it('says in one line what is wrong with an option, and keeps to what a folder was begun with', async () => {
    const wrong = await demo.run('start', ['--speed', 'warp']).ended;
    expect(wrong).toMatchObject({
      exitCode: 2,
      errors: '--speed takes max or realtime, not "warp". See --help.\n',
    });
    const help = await demo.run('start', ['--help']).ended;
    expect(help.exitCode).toBe(0);
    expect(help.output).toContain('npm start -- [options]');
  });
});
