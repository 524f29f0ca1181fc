import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

describe('bad input', () => {
  it('says in one line that a port is taken', async () => {
    const server: Server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { exitCode, errors } = await demo.run('start', ['--port', `${port}`, '--data', demo.newFolder()])
      .ended;
    server.close();
    expect(errors).toBe(
      `Port ${port} is taken. Choose another with --port, or let --port 0 take a free one.\n`,
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
