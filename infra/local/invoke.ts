/** `npm run invoke`: lists the functions of the running host; `npm run invoke -- land` runs a timer function now. */
import { read, wholeNumber } from './demo/options.ts';
import { UsageError } from '../kit/usage-error.ts';

const EXIT_USAGE = 2;
const DEFAULT_PORT = 7071;
const USAGE = `Usage: npm run invoke [-- NAME] [-- --port N]

  NAME      a timer function to run now; without it, the functions are listed
  --port N  where the functions host listens (default 7071)`;

interface ListedFunction {
  name: string;
  trigger: Record<string, unknown> & { kind: string };
}

async function main(): Promise<number> {
  const { values, positionals } = read(
    process.argv.slice(2),
    { port: { type: 'string' }, help: { type: 'boolean' } },
    true,
  );
  if (values.help === true || positionals.length > 1) {
    console.log(USAGE);
    return values.help === true ? 0 : EXIT_USAGE;
  }
  const port = wholeNumber('--port', values.port, 1, 65_535) ?? DEFAULT_PORT;
  const base = `http://127.0.0.1:${port}/admin/functions`;
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
    `${name} ${result.succeeded ? 'succeeded' : `failed: ${result.error}`} (${result.durationMs} ms)`,
  );
  return result.succeeded ? 0 : 1;
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
    console.error(
      refused ? 'No functions host listens there. Is `npm start` running? See --help for --port.' : cause,
    );
    process.exit(1);
  },
);
