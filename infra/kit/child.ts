import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';

export interface ChildOptions {
  /** For error messages. */
  name: string;
  /** File to append the child's output to; by default, this process's own output. */
  logFile?: string;
  /** Additional arguments for node itself. */
  execArgv?: string[];
  /** How long the child may take to become ready. Default 30 s. */
  readyWithinMs?: number;
}

export interface Child<T> {
  process: ChildProcess;
  /** The child's ready message. */
  ready: T;
  /** Asks the child to end (SIGTERM) and kills it after `graceMs`. Resolves once it is gone. */
  stop(graceMs: number): Promise<void>;
  /** Kills it at once (SIGKILL). */
  kill(): void;
}

const READY_WITHIN_MS = 30_000;
/** How much of the child's last output an error includes. */
const LAST_WORDS = 2_000;

/**
 * Starts a Node process and waits for its message `{ ready: true, ... }`. The child is expected to end when the channel
 * to its parent closes, so none outlives a killed parent. Rejects, with the child's last output, if it
 * ends or takes too long before it is ready.
 */
export async function forkChild<T extends { ready: true }>(
  scriptPath: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { name, logFile, execArgv = [], readyWithinMs = READY_WITHIN_MS }: ChildOptions,
): Promise<Child<T>> {
  const child = fork(scriptPath, args, { env, execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const lastWords = collectOutput(child, logFile);
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const stop = async (graceMs: number): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };

  const ready = await new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs} ms`), readyWithinMs);
    const endedEarly = (code: number | null, signal: NodeJS.Signals | null): void =>
      fail(`ended (${signal ?? `exit code ${code}`}) before it was ready`);
    const fail = (what: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${name} ${what}. ${lastWords()}`.trim()));
    };
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', endedEarly);
    child.on('message', (message: Partial<T>) => {
      if (message.ready !== true) return;
      clearTimeout(timer);
      child.off('close', endedEarly);
      resolve(message as T);
    });
  });
  return { process: child, ready, stop, kill: () => void child.kill('SIGKILL') };
}

function collectOutput(child: ChildProcess, logFile: string | undefined): () => string {
  let last = '';
  const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  for (const [stream, own] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    stream?.on('data', (chunk: Buffer) => {
      last = (last + chunk.toString()).slice(-LAST_WORDS);
      (file ?? own).write(chunk);
    });
  }
  child.once('close', () => file?.end());
  return () => last.trim();
}
