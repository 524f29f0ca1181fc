import { setTimeout as delay } from 'node:timers/promises';
import { MINUTE_MS } from '../../../shared/time.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { Child } from '../../kit/child.ts';

/** One process of a run, restarted whenever it exits unexpectedly. */
export interface Supervised<T> {
  /** The first process's ready message; a restarted process has the same address. */
  readonly ready: T;
  /** Stops the process permanently. */
  stop(): Promise<void>;
  /** Kills the process and starts it again after `forMs`. Resolves once it is down. */
  takeDown(forMs: number): Promise<void>;
  /** Resolves when the process is up. */
  whenUp(): Promise<void>;
}

export interface SupervisedOptions<T extends { ready: true }> {
  /** For messages. */
  readonly name: string;
  /** Starts the process; `before` is the previous ready message, whose address it must reuse. */
  readonly start: (before: T | undefined) => Promise<Child<T>>;
  readonly graceMs: number;
  readonly say: (text: string) => void;
  /** Once aborted, nothing is restarted: after Ctrl+C the processes exit by themselves because they get the same signal. */
  readonly signal: AbortSignal;
  /** Called when it exits too often or cannot be restarted. */
  readonly onLost: (what: string) => void;
  /** Monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/** A process that exits more often than this within a minute has an error that restarting does not fix. */
const MAX_RESTARTS = 5;

/** Starts a process and keeps it running like a cloud service: clients see a short outage, not a failure. */
export async function supervise<T extends { ready: true }>(
  options: SupervisedOptions<T>,
): Promise<Supervised<T>> {
  const { name, start, graceMs, say, signal, onLost, now = () => performance.now() } = options;
  const restartsMs: number[] = [];
  let child = await start(undefined);
  const { ready } = child;
  let isStopping = false;
  let downForMs = 0;
  let up = Promise.resolve();

  const restart = async (why: string): Promise<void> => {
    const [oldest] = restartsMs.splice(0, Math.max(0, restartsMs.length - MAX_RESTARTS + 1));
    restartsMs.push(now());
    if (oldest !== undefined && now() - oldest < MINUTE_MS) {
      onLost(`${name} ended (${why}), ${MAX_RESTARTS} times within a minute`);
      return;
    }
    const waitMs = downForMs;
    downForMs = 0;
    say(`${name} ended (${why})${waitMs > 0 ? `, and stays down for ${waitMs / 1000} s` : ''}`);
    await delay(waitMs);
    if (isStopping || signal.aborted) return;
    child = await start(ready);
    watch();
    if (isStopping) await child.stop(graceMs);
    else say(`${name} is up again`);
  };
  const watch = (): void => {
    child.process.once('exit', (code, killedBy) => {
      if (isStopping || signal.aborted) return;
      up = restart(killedBy ?? `exit code ${code}`).catch((thrown: unknown) => onLost(messageOf(thrown)));
    });
  };
  watch();
  return {
    ready,
    stop: async () => {
      isStopping = true;
      await child.stop(graceMs);
    },
    takeDown: async (forMs) => {
      await up;
      downForMs = forMs;
      const gone = new Promise<void>((resolve) => void child.process.once('exit', () => resolve()));
      child.kill();
      await gone;
    },
    whenUp: () => up,
  };
}
