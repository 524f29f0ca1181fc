/** `npm run invoke`: lists the functions of the running host; `npm run invoke -- land` runs a timer function now. */
import { join, resolve } from 'node:path';
import { folder, read, wholeNumber } from '../kit/command-line.ts';
import { START_DEFAULTS } from './demo/options.ts';
import { runningUrl } from './demo/running-file.ts';
import { UsageError } from '../kit/usage-error.ts';

const EXIT_USAGE = 2;
const USAGE = `Usage: npm run invoke -- [NAME] [--data DIR | --port N]

  NAME        timer function to run now; without it, lists the functions
  --data DIR  data folder of the demonstration (default ${START_DEFAULTS.data})
  --port N    port of another functions host, such as func start`;

interface ListedFunction {
  name: string;
  trigger: Record<string, unknown> & { kind: string };
}

async function main(): Promise<number> {
  const { values, positionals } = read(
    process.argv.slice(2),
    { port: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    true,
  );
  if (values.help === true || positionals.length > 1) {
    console.log(USAGE);
    return values.help === true ? 0 : EXIT_USAGE;
  }
  const host = await hostOf(values.port, values.data);
  const base = `${host}/admin/functions`;
  const [name] = positionals;
  const response = await fetch(
    name === undefined ? base : `${base}/${encodeURIComponent(name)}`,
    name === undefined ? {} : { method: 'POST' },
  );
  if (name === undefined) {
    for (const fn of (await response.json()) as ListedFunction[]) console.log(describe(fn));
    return 0;
  }
  if (response.headers.get('content-type')?.startsWith('application/json') !== true) {
    console.error(await response.text());
    return 1;
  }
  const result = (await response.json()) as { succeeded: boolean; error: string | null; durationMs: number };
  console.log(
    `${name} at ${host} ${result.succeeded ? 'succeeded' : `failed: ${result.error}`} (${result.durationMs} ms)`,
  );
  return result.succeeded ? 0 : 1;
}

/** @throws UsageError when no demonstration is running: another program on its port is not the intended host. */
async function hostOf(port: string | undefined, data: string | undefined): Promise<string> {
  const number = wholeNumber('--port', port, 1, 65_535);
  if (number !== undefined && data !== undefined)
    throw new UsageError('--port and --data both select a host. Use only one of them.');
  if (number !== undefined) return `http://127.0.0.1:${number}`;
  const path = resolve(folder(data, START_DEFAULTS.data));
  const url = await runningUrl({ file: (...names) => join(path, ...names) });
  if (url !== undefined) return url;
  throw new UsageError(
    `No demonstration is running on ${path}. Start one with npm start, or give another host with --data or --port.`,
  );
}

function describe({ name, trigger }: ListedFunction): string {
  const { kind, ...rest } = trigger;
  const details = Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`);
  return `${name.padEnd(16)} ${kind.padEnd(9)} ${details.join(' ')}`;
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    if (thrown instanceof UsageError) {
      console.error(thrown.message);
      process.exit(EXIT_USAGE);
    }
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
    const refused = (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    console.error(refused ? 'No functions host is listening there. See --help.' : cause);
    process.exit(1);
  },
);
