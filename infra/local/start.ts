/** `npm start`: plays a demonstration chain's trading days through the built product, on this machine. */
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { holdDataFolder, writeFileAtomically, type DataFolder } from './demo/data-folder.ts';
import { parseStartOptions, START_HELP, type StartOptions } from './demo/options.ts';
import { runDemo } from './demo/run.ts';
import { openScreen } from './demo/screen.ts';
import { summaryJson } from './demo/summary.ts';
import { UsageError } from '../kit/usage-error.ts';

const EXIT_OK = 0;
const EXIT_BROKEN = 1;
const EXIT_USAGE = 2;
/** The exit code that shells use for a process ended by Ctrl+C. */
const EXIT_INTERRUPTED = 130;

const screen = openScreen({
  write: (text) => process.stdout.write(text),
  isTerminal: process.stdout.isTTY,
  colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  now: () => performance.now(),
});

/** The built files are next to this one: `dist/local/start.js`, `dist/functions/main.js`. */
const dist = dirname(dirname(resolve(process.argv[1] ?? 'dist/local/start.js')));

async function main(): Promise<number> {
  const options = parseStartOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(START_HELP);
    return EXIT_OK;
  }
  const folder = await holdDataFolder(options.data);
  try {
    return await play(options, folder);
  } finally {
    await folder.release();
  }
}

async function play(options: StartOptions, folder: DataFolder): Promise<number> {
  const stopping = new AbortController();
  const interrupted = (): void => stopping.abort(new Error('stopped'));
  let isEnding = false;
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  try {
    const run = await runDemo({
      ...options,
      folder,
      dist,
      hostJson: join(dirname(dist), 'host.json'),
      screen,
      clock: Date.now,
      signal: stopping.signal,
      onLost: (what) => {
        // After Ctrl+C the children exit by themselves because they get the same signal.
        if (!isEnding && !stopping.signal.aborted) stopping.abort(new Error(what));
      },
    });
    writeFileAtomically(
      folder.file('summary.json'),
      `${JSON.stringify(summaryJson(run.outcome), undefined, 2)}\n`,
    );
    const exitCode = run.outcome.verdict.holds ? EXIT_OK : EXIT_BROKEN;
    if (!options.once) {
      screen.say(`\nRunning until Ctrl+C. The next start plays the next day.`);
      await untilAborted(stopping.signal);
    }
    isEnding = true;
    await run.stop();
    return options.once ? exitCode : EXIT_OK;
  } catch (thrown) {
    if (stopping.signal.aborted && messageOf(stopping.signal.reason) === 'stopped') {
      screen.say('Stopped. The next start continues from here.');
      // The caller of a single run waits for its verdict, and there is none.
      return options.once ? EXIT_INTERRUPTED : EXIT_OK;
    }
    throw stopping.signal.aborted ? stopping.signal.reason : thrown;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolveWait, reject) => {
    const over = (): void => {
      const reason = signal.reason as Error;
      if (reason.message === 'stopped') resolveWait();
      else reject(reason);
    };
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
  });
}

main().then(
  (exitCode) => process.exit(exitCode),
  (thrown: unknown) => {
    screen.clear();
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exit(thrown instanceof UsageError ? EXIT_USAGE : EXIT_BROKEN);
  },
);
