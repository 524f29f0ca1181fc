/**
 * `npm test`: everything that can run on this machine, in one go. Each static check counts as one test; Jest's tests
 * count one by one. What is skipped is named at the end, and the last line is `N passed, N failed[, N skipped]`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Outcome {
  passed: number;
  failed: number;
  skipped: string[];
}

interface JestResults {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

const CHECKS: readonly [name: string, command: string][] = [
  ['build', 'npm run --silent build'],
  ['types', 'npm run --silent typecheck'],
  ['lint', 'npm run --silent lint'],
  ['layer rules', 'npm run --silent layers'],
  ['unused code', 'npm run --silent unused'],
  ['format', 'npm run --silent format:check'],
];

function run(command: string): boolean {
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}

function check(name: string, command: string): Outcome {
  const startedMs = Date.now();
  const ok = run(command);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds(startedMs)})`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] };
}

function jest(project: string, extra: string, folder: string): Outcome {
  const startedMs = Date.now();
  const file = join(folder, `${project}.json`);
  const ok = run(`jest --selectProjects ${project} --json --outputFile=${file} ${extra}`);
  let results: JestResults;
  try {
    results = JSON.parse(readFileSync(file, 'utf8')) as JestResults;
  } catch {
    console.log(`FAILED ${project} tests: Jest ended without results`);
    return { passed: 0, failed: 1, skipped: [] };
  }
  const skipped = results.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => fullName),
  );
  // A suite that fails to load, and a run that fails without a failing test, must not look green.
  const failed = Math.max(results.numFailedTests + results.numRuntimeErrorTestSuites, ok ? 0 : 1);
  console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${project} tests (${seconds(startedMs)})`);
  return { passed: results.numPassedTests, failed, skipped };
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-test-'));
  try {
    const outcomes = [
      ...CHECKS.map(([name, command]) => check(name, command)),
      jest('unit', '', folder),
      // One suite at a time: each starts servers of its own, and two cores are soon busy.
      jest('integration', '--runInBand', folder),
    ];
    const total = (pick: (outcome: Outcome) => number) =>
      outcomes.reduce((sum, outcome) => sum + pick(outcome), 0);
    const skipped = outcomes.flatMap((outcome) => outcome.skipped);
    for (const name of skipped) console.log(`skipped: ${name}`);
    const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
    const failed = total((outcome) => outcome.failed);
    console.log(`${total((outcome) => outcome.passed)} passed, ${failed} failed${tail}`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
