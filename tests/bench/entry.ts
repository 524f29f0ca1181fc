/** Importing the built entry, as a cold start does, in plain Node processes of their own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../../infra/build/bundle.ts';
import type { BenchRow } from './row.ts';

const RUNS = 7;
const BUDGET_MS = 300;

/** Plays the worker's module, so all functions are registered, and prints the processor time of the import. */
const SCRIPT = `
  import Module from 'node:module';
  const core = {
    version: '3.0.0', hostVersion: '4.0.0', Disposable: class {}, registerFunction: () => {},
    registerHook: () => {}, setProgrammingModel: () => {}, getProgrammingModel: () => undefined, log: () => {},
  };
  const load = Module._load;
  Module._load = (request, ...rest) => (request === '@azure/functions-core' ? core : load(request, ...rest));
  const before = process.cpuUsage();
  await import(process.argv[1]);
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);
`;

export async function bench(): Promise<BenchRow[]> {
  mkdirSync('.tillstream', { recursive: true });
  const dir = mkdtempSync('.tillstream/bench-');
  try {
    const entry = join(process.cwd(), dir, 'main.js');
    await bundleFunctions('functions/main.ts', entry);
    const runs = Array.from({ length: RUNS }, () => {
      const args = ['--input-type=module', '-e', SCRIPT, entry];
      return Number(execFileSync(process.execPath, args, { encoding: 'utf8', env: {} }));
    });
    const value = runs.sort((one, other) => one - other)[RUNS >> 1] ?? 0;
    const megabytes = (statSync(entry).size / 1_000_000).toFixed(1);
    return [
      {
        name: 'importing the entry, all threads',
        value,
        unit: 'ms of CPU',
        ratio: value / BUDGET_MS,
        ratioOf: `the budget of ${BUDGET_MS} ms`,
        note: `one file of ${megabytes} MB`,
      },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
