/**
 * `npm run mutants -- [ROOM ...] [--every N] [--list]`: breaks the pure rooms in one place at a time and runs the tests
 * that know that room. A break that no test notices is listed. `--every N` tries each N-th place only.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutationsOf, type Mutation } from './operators.ts';

/** The tests of each pure room, the quickest first. */
const ROOMS: Readonly<Record<string, { readonly path: string; readonly tests: readonly string[] }>> = {
  reconciliation: {
    path: 'shared/reconciliation',
    tests: [
      'tests/unit/match-statements.test.ts',
      'tests/unit/wrong-explanations.test.ts',
      'tests/unit/control-totals.test.ts',
      'tests/unit/shift-count.test.ts',
      'tests/unit/account-key.test.ts',
      'tests/unit/poslog.test.ts',
      'tests/unit/reconcile-pages.test.ts',
      'tests/property/balances.test.ts',
      'tests/property/identity.test.ts',
      'tests/property/brute-force.test.ts',
      'tests/property/books-prove-themselves.test.ts',
    ],
  },
  ledger: {
    path: 'shared/ledger',
    tests: [
      'tests/unit/expected-postings.test.ts',
      'tests/unit/shift-count.test.ts',
      'tests/unit/ledger-csv.test.ts',
      'tests/property/ledger-csv.test.ts',
    ],
  },
  money: { path: 'shared/money.ts', tests: ['tests/property/money.test.ts'] },
  time: { path: 'shared/time.ts', tests: ['tests/property/time.test.ts', 'tests/unit/far-dates.test.ts'] },
};

interface Planted extends Mutation {
  readonly file: string;
}

function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)))
    .filter((file) => file.endsWith('.ts'));
}

/** Whether the tests pass, with the break or without. */
function testsPass(tests: readonly string[], mutant: Planted | undefined): boolean {
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/jest/bin/jest.js',
      ...tests,
      '--config',
      'tests/mutants/jest.config.cjs',
      '--silent',
      '--bail',
    ],
    {
      env: { ...process.env, ...(mutant && { MUTANT: JSON.stringify(mutant) }) },
      stdio: 'ignore',
      timeout: 120_000,
    },
  );
  return status === 0;
}

function main(): number {
  const { values, positionals } = parseArgs({
    options: {
      every: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      list: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const every = Number(values.every);
  let [planted, killed] = [0, 0];
  for (const [room, { path, tests }] of Object.entries(ROOMS)) {
    if (positionals.length > 0 && !positionals.includes(room)) continue;
    const mutants = filesOf(path)
      .flatMap((file) =>
        mutationsOf(readFileSync(file, 'utf8')).map((mutation): Planted => ({ file, ...mutation })),
      )
      .filter((_mutant, index) => index % every === Number(values.from) % every);
    if (values.list) {
      for (const { file, line, was, text } of mutants)
        console.log(`${file}:${line} ${was.trim()} -> ${text.trim()}`);
      continue;
    }
    if (!testsPass(tests, undefined)) {
      console.error(`The tests of ${room} fail without a break: ${tests.join(' ')}`);
      return 1;
    }
    for (const mutant of mutants) {
      planted += 1;
      if (!testsPass(tests, mutant)) killed += 1;
      else
        console.log(`survived: ${mutant.file}:${mutant.line} ${mutant.was.trim()} -> ${mutant.text.trim()}`);
    }
  }
  if (!values.list)
    console.log(
      `${killed} of ${planted} breaks were noticed (${((100 * killed) / Math.max(1, planted)).toFixed(1)} %)`,
    );
  return 0;
}

process.exitCode = main();
