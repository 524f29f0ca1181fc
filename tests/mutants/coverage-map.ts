import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { JestProcess, Measurement } from './jest-process.ts';
import type { Place } from './places.ts';

/** Where the measurements are kept from run to run. */
const CACHE = 'node_modules/.cache/mutants/coverage.json';

interface Kept extends Measurement {
  /** Digest of the test file and of the files of the rooms that it ran. */
  readonly digest: string;
}

function digestOf(test: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of [test, ...files]) hash.update(existsSync(file) ? readFileSync(file) : '').update('\0');
  return hash.digest('hex');
}

const distances = new Map<string, number>();

/** 0 where the test is named after the file, 1 where it imports it, 2 where it only runs it. */
function distanceOf(test: string, file: string): number {
  const key = `${test} ${file}`;
  const known = distances.get(key);
  if (known !== undefined) return known;
  const isNamedAfter = basename(test).startsWith(`${basename(file, '.ts')}.`);
  const distance = isNamedAfter ? 0 : readFileSync(test, 'utf8').includes(`/${file}'`) ? 1 : 2;
  distances.set(key, distance);
  return distance;
}

/** Which test file runs which line, and how long it takes. */
export class CoverageMap {
  readonly #byTest: ReadonlyMap<string, Measurement>;

  private constructor(byTest: ReadonlyMap<string, Measurement>) {
    this.#byTest = byTest;
  }

  /**
   * Measures the test files that changed since they were measured.
   *
   * @param from the files of the rooms
   * @param progress told of each test file that is measured, and of each that fails without a break: it is left out
   */
  static async of(
    jest: JestProcess,
    tests: readonly string[],
    from: readonly string[],
    progress: (line: string) => void,
  ): Promise<CoverageMap> {
    const kept: Record<string, Kept> = existsSync(CACHE)
      ? (JSON.parse(readFileSync(CACHE, 'utf8')) as Record<string, Kept>)
      : {};
    const byTest = new Map<string, Measurement>();
    for (const [at, test] of tests.entries()) {
      let known = kept[test];
      if (known?.digest !== digestOf(test, Object.keys(known?.lines ?? {}))) {
        const measured = await jest.measure(test, from);
        if (measured === undefined) {
          progress(`left out, gave no answer: ${test}`);
          continue;
        }
        known = { ...measured, digest: digestOf(test, Object.keys(measured.lines)) };
        progress(`measured ${at + 1} of ${tests.length}: ${test} (${(known.elapsedMs / 1000).toFixed(1)} s)`);
        if (known.passed) {
          kept[test] = known;
          mkdirSync(dirname(CACHE), { recursive: true });
          writeFileSync(CACHE, JSON.stringify(kept));
        }
      }
      if (known.passed) byTest.set(test, known);
      else progress(`left out, it fails without a break: ${test}`);
    }
    return new CoverageMap(byTest);
  }

  /**
   * The test files that run the place, as many as take `budgetMs` together (at least one): first those that are about its
   * file, then those that import it, then the quickest.
   */
  testsOf({ file, line }: Place, budgetMs: number): readonly string[] {
    const ran = [...this.#byTest].filter(([, { lines }]) => (lines[file] ?? []).includes(line));
    // A line in the middle of an expression may have no place of its own in the compiled text.
    const around = [...this.#byTest].filter(([, { lines }]) =>
      (lines[file] ?? []).some((covered) => Math.abs(covered - line) <= 3),
    );
    let left = budgetMs;
    return (ran.length > 0 ? ran : around)
      .sort(
        ([one, { elapsedMs }], [other, otherRun]) =>
          distanceOf(one, file) - distanceOf(other, file) || elapsedMs - otherRun.elapsedMs,
      )
      .filter(([, { elapsedMs }], at) => (left -= elapsedMs) > 0 || at === 0)
      .map(([test]) => test);
  }

  elapsedMs(tests: readonly string[]): number {
    return tests.reduce((sum, test) => sum + (this.#byTest.get(test)?.elapsedMs ?? 0), 0);
  }
}
