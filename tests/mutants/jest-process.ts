import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Place } from './places.ts';

/** What one test file did without a break. */
export interface Measurement {
  readonly passed: boolean;
  readonly elapsedMs: number;
  /** The lines that ran, by file. */
  readonly lines: Readonly<Record<string, readonly number[]>>;
}

/** Which test noticed a break; `test` is its full name. */
export interface Noticed {
  readonly killedBy?: { readonly file: string; readonly test: string };
}

/** Jest's command line in the installed package. */
const JEST = join('node_modules', 'jest', 'bin', 'jest.js');

/**
 * One Jest process that runs test files again and again (see runner.cjs). It is replaced when it holds too much memory,
 * when it ends, and when it gives no answer in time: a break can make a loop endless.
 */
export class JestProcess {
  #child: ChildProcess | undefined;
  readonly #choose: readonly string[];

  /** @param choose arguments that tell Jest which test files there are */
  constructor(choose: readonly string[]) {
    this.#choose = choose;
  }

  /** The test files that Jest chose, as paths from the repository's root. */
  async start(): Promise<readonly string[]> {
    // Jest itself is a test's grandchild here when the tool's own test runs.
    const { JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...env } = process.env;
    const child = fork(
      JEST,
      [
        '--config',
        'tests/mutants/jest.config.cjs',
        '--runInBand',
        '--silent',
        '--passWithNoTests',
        ...this.#choose,
      ],
      // Without the loader of TypeScript that this process runs under.
      { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    );
    this.#child = child;
    let errors = '';
    child.stderr?.on('data', (text: Buffer) => (errors = (errors + text.toString()).slice(-4_000)));
    const first = await answerOf(child, 300_000);
    if (first === undefined) throw new Error(`Jest did not start:\n${errors}`);
    return (first as { tests: string[] }).tests;
  }

  measure(test: string, from: readonly string[]): Promise<Measurement | undefined> {
    return this.ask<Measurement>({ measure: test, from }, 600_000);
  }

  /** Undefined: there was no answer in `timeoutMs`. */
  tryOut(mutant: Place, tests: readonly string[], timeoutMs: number): Promise<Noticed | undefined> {
    return this.ask<Noticed>({ mutant, tests }, timeoutMs);
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  private async ask<T>(question: object, timeoutMs: number): Promise<T | undefined> {
    if (this.#child === undefined) await this.start();
    const child = this.#child!;
    const answer = answerOf(child, timeoutMs);
    child.send(question);
    const answered = await answer;
    if (answered === undefined || (answered as { tired?: boolean }).tired === true) this.stop();
    return answered as T | undefined;
  }
}

/** The next message; undefined when the process ends, or says nothing in `timeoutMs`. */
function answerOf(child: ChildProcess, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const done = (answer: unknown) => {
      clearTimeout(timer);
      child.off('message', done);
      child.off('exit', gone);
      resolve(answer);
    };
    const gone = () => done(undefined);
    const timer = setTimeout(gone, timeoutMs);
    child.once('message', done);
    child.once('exit', gone);
  });
}
