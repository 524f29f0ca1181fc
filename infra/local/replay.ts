/** `npm run replay`: sends your own till log through the built product and reports the outcome of every record. */
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { holdDataFolder } from './demo/data-folder.ts';
import { openScreen } from './demo/screen.ts';
import { UsageError } from '../kit/usage-error.ts';
import { parseReplayOptions, REPLAY_HELP } from './replay/options.ts';
import { checkFile, runReplay } from './replay/run.ts';

const EXIT_OK = 0;
const EXIT_BROKEN = 1;
const EXIT_USAGE = 2;

/** The built files are next to this one: `dist/local/replay.js`, `dist/functions/main.js`. */
const dist = dirname(dirname(resolve(process.argv[1] ?? 'dist/local/replay.js')));

const screen = openScreen({
  write: (text) => process.stdout.write(text),
  isTerminal: process.stdout.isTTY,
  colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  now: () => performance.now(),
});

async function main(): Promise<number> {
  const options = parseReplayOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(REPLAY_HELP);
    return EXIT_OK;
  }
  checkFile(options.file);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stopping.abort(new Error('Stopped.')));
  const folder = await holdDataFolder(options.data);
  try {
    const agrees = await runReplay({
      ...options,
      folder,
      dist,
      hostJson: join(dirname(dist), 'host.json'),
      clock: Date.now,
      signal: stopping.signal,
      onLost: (what) => stopping.abort(new Error(what)),
      screen,
    });
    return agrees ? EXIT_OK : EXIT_BROKEN;
  } catch (thrown) {
    throw stopping.signal.aborted ? stopping.signal.reason : thrown;
  } finally {
    await folder.release();
  }
}

main().then(
  (exitCode) => process.exit(exitCode),
  (thrown: unknown) => {
    screen.clear();
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exit(thrown instanceof UsageError ? EXIT_USAGE : EXIT_BROKEN);
  },
);
