/** `npm run chaos -- hub down 30s`: takes down part of a running demonstration to show that nothing is lost. */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../shared/errors.ts';
import { MINUTE_MS, SECOND_MS } from '../../shared/time.ts';
import { folder as folderOption, oneOf, read } from '../kit/command-line.ts';
import { CHAOS_PARTS, readChaosAnswer, writeChaosRequest, type ChaosAnswer } from './demo/chaos-file.ts';
import { START_DEFAULTS } from './demo/options.ts';
import { runningUrl } from './demo/running-file.ts';
import { UsageError } from '../kit/usage-error.ts';

const USAGE = `Takes down part of a running demonstration (npm start) to show that nothing is lost.

  npm run chaos -- hub down 30s     kills Event Hubs, which comes back after 30 seconds
  npm run chaos -- host kill        kills the functions host and restarts it immediately

  PART        hub (Event Hubs) or host (webhooks, stream, timers and pages)
  kill        restart the part immediately
  down TIME   keep the part down: 500ms, 30s, 2m; at most 10m
  --data DIR  the demonstration's data folder (default ${START_DEFAULTS.data})
`;

const EXIT_USAGE = 2;
const MAX_DOWN_MS = 10 * MINUTE_MS;
const POLL_MS = 100;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS };
/** How long a part may take to stop, and to come back when its time is up. */
const PATIENCE_MS = 60 * SECOND_MS;

const WHAT_HAPPENS = {
  hub: [
    'Events are still accepted: the webhook puts them into the "spill" queue and answers 2xx.',
    'The spilled events now go to Event Hubs, and each one counts once.',
  ],
  host: [
    'Webhooks do not answer: terminals keep their events and retry.',
    'Webhooks answer again, and interrupted work resumes where it stopped.',
  ],
} as const;

async function main(): Promise<void> {
  const { values, positionals } = read(
    process.argv.slice(2),
    { data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    true,
  );
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const [partText = '', action = '', time] = positionals;
  const part = oneOf('PART', partText, CHAOS_PARTS);
  const downForMs = durationOf(action, time);
  const path = resolve(folderOption(values.data, START_DEFAULTS.data));
  const folder = { file: (...names: string[]) => join(path, ...names) };
  const url = await runningUrl(folder);
  if (url === undefined)
    throw new UsageError(
      `No demonstration is running on ${path}. Start one with npm start, or give its folder with --data.`,
    );
  const id = randomUUID();
  writeChaosRequest(folder, { id, part, downForMs });
  await answered(folder, { id, state: 'down' }, PATIENCE_MS);
  console.log(`The ${part} of ${url} is down. ${WHAT_HAPPENS[part][0]}`);
  await answered(folder, { id, state: 'up' }, downForMs + PATIENCE_MS);
  console.log(`The ${part} is up again. ${WHAT_HAPPENS[part][1]}`);
  console.log(`Look at ${url}/health and ${url}/operations.`);
}

function durationOf(action: string, time: string | undefined): number {
  if (action === 'kill' && time === undefined) return 0;
  const [, amount = '', unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(time ?? '') ?? [];
  const durationMs = Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
  if (action === 'down' && durationMs <= MAX_DOWN_MS) return durationMs;
  throw new UsageError(
    `"${[action, time].filter(Boolean).join(' ')}" is neither kill nor down TIME, such as 30s, up to 10m. See --help.`,
  );
}

async function answered(
  folder: { file(...names: string[]): string },
  { id, state }: ChaosAnswer,
  withinMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = readChaosAnswer(folder);
    if (answer?.id === id && (answer.state === state || answer.state === 'up')) return;
    if (performance.now() > deadlineMs)
      throw new UsageError(
        `The demonstration did not confirm within ${withinMs / 1000} s that the part is ${state}. See its logs.`,
      );
    await delay(POLL_MS);
  }
}

main().catch((thrown: unknown) => {
  console.error(messageOf(thrown));
  process.exit(thrown instanceof UsageError ? EXIT_USAGE : 1);
});
