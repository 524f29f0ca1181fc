import { BlobServiceClient } from '@azure/storage-blob';

import { messageOf } from '../../../../shared/errors.ts';
import type { HostedFunction, TimerTrigger } from '../functions.ts';
import type { Invoker } from '../invoker.ts';
import type { Listener } from '../listener.ts';
import type { Log } from '../log.ts';
import { pause, withRetry, type Attempt } from '../retry.ts';
import { BlobLock, LEASE_SECONDS } from './lease.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { timerStatus, TimerStatusStore, type TimerStatus } from './status.ts';

const CONTAINER = 'azure-webjobs-hosts';
const RENEW_MS = (LEASE_SECONDS * 1_000) / 3;
/** setTimeout is limited to 31 bits of milliseconds, so long waits are split into days. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1_000;

export interface TimerListenerOptions {
  fn: HostedFunction<TimerTrigger>;
  storage: string;
  hostId: string;
  invoker: Invoker;
  log: Log;
  clock: () => number;
}

/**
 * Runs one timer function in one process at a time (a blob lease decides which). Runs never overlap; occurrences missed
 * during a run are skipped; if any were missed while no host ran, the next start runs it once, with isPastDue.
 */
export class TimerListener implements Listener {
  readonly functionName: string;
  readonly #host: TimerListenerOptions;
  readonly #schedule: Schedule;
  readonly #monitored: boolean;
  readonly #container;
  readonly #lock: BlobLock;
  readonly #store: TimerStatusStore;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #holding = false;
  #status: TimerStatus | undefined;
  /** The current run, if any; the next one starts after it. */
  #run: Promise<unknown> = Promise.resolve();

  constructor(host: TimerListenerOptions) {
    const { fn, storage, hostId, clock } = host;
    this.functionName = fn.name;
    this.#host = host;
    this.#schedule = parseSchedule(fn.trigger.schedule, clock());
    this.#monitored = fn.trigger.useMonitor && this.#schedule.monitored;
    this.#container = BlobServiceClient.fromConnectionString(storage).getContainerClient(CONTAINER);
    this.#lock = new BlobLock(this.#container, `locks/${hostId}/Host.Functions.${fn.name}.Listener`);
    this.#store = new TimerStatusStore(this.#container, hostId, fn.name);
  }

  async start(): Promise<void> {
    await this.#container.createIfNotExists();
    this.#loop = this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async status(): Promise<Record<string, unknown>> {
    const next = this.#schedule.next(this.#host.clock());
    return {
      schedule: this.#host.fn.trigger.schedule,
      runsHere: this.#holding,
      next: next === undefined ? null : new Date(next).toISOString(),
      last: this.#status?.Last ?? null,
    };
  }

  /** Runs the function now, after the current run. Rejects with the function's exception. */
  async invokeNow(): Promise<void> {
    await this.#once(false, async (invoke) => invoke(undefined));
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#holding = await this.#lock.acquire();
        if (this.#holding) await this.#runWhileHeld();
      } catch (thrown) {
        this.#report(thrown);
      }
      await pause(RENEW_MS, signal);
    }
  }

  async #runWhileHeld(): Promise<void> {
    const lost = new AbortController();
    const stop = (): void => lost.abort();
    this.#stopping.signal.addEventListener('abort', stop);
    const renew = setInterval(() => {
      this.#lock.renew().then(
        (held) => held || stop(),
        (thrown: unknown) => this.#report(thrown),
      );
    }, RENEW_MS);
    try {
      await this.#firstRuns(lost.signal);
      while (!lost.signal.aborted) await this.#nextRun(lost.signal);
    } finally {
      clearInterval(renew);
      this.#stopping.signal.removeEventListener('abort', stop);
      this.#holding = false;
      await this.#lock.release().catch((thrown: unknown) => this.#report(thrown));
    }
  }

  /** What is due as soon as this process becomes the runner: a run on start-up, or a missed one. */
  async #firstRuns(signal: AbortSignal): Promise<void> {
    const { fn, clock } = this.#host;
    const now = clock();
    let pastDue = false;
    if (this.#monitored) {
      this.#status = await this.#store.read();
      const expected = this.#expectedNext();
      if (expected !== undefined) pastDue = expected < now;
      else await this.#record(undefined, now);
    }
    if (signal.aborted || (!pastDue && !fn.trigger.runOnStartup)) return;
    await this.#scheduled(pastDue, signal);
  }

  /** When the run after the last recorded one was due, by the current schedule, which may have changed since. */
  #expectedNext(): number | undefined {
    if (this.#status === undefined) return undefined;
    const last = Date.parse(this.#status.Last);
    return this.#schedule.next(Math.max(last, Date.parse(this.#status.LastUpdated)));
  }

  async #nextRun(signal: AbortSignal): Promise<void> {
    const due = this.#schedule.next(this.#host.clock());
    while (!signal.aborted) {
      const waitMs = due === undefined ? LONGEST_WAIT_MS : due - this.#host.clock();
      if (waitMs <= 0) break;
      await pause(Math.min(waitMs, LONGEST_WAIT_MS), signal);
    }
    if (!signal.aborted) await this.#scheduled(false, signal);
  }

  async #scheduled(isPastDue: boolean, signal: AbortSignal): Promise<void> {
    const startedAt = this.#host.clock();
    await this.#once(isPastDue, async (invoke) => withRetry(this.#host.fn.retry, signal, invoke));
    // A failed run counts as a run.
    if (this.#monitored) await this.#record(startedAt, this.#host.clock());
  }

  /** Waits for the current run, so runs never overlap, whoever triggers them. */
  async #once(isPastDue: boolean, run: (invoke: Attempt) => Promise<unknown>): Promise<void> {
    const { fn, invoker } = this.#host;
    const before = this.#run;
    const mine = before.then(() =>
      run(async (retryContext) =>
        invoker.invoke(fn, () => ({
          inputData: [{ name: fn.triggerName, data: { json: this.#timerInfo(isPastDue) } }],
          triggerMetadata: {},
          ...(retryContext === undefined ? {} : { retryContext }),
        })),
      ),
    );
    this.#run = mine.catch(() => undefined);
    await mine;
  }

  #timerInfo(isPastDue: boolean): string {
    const ScheduleStatus = this.#monitored ? (this.#status ?? null) : null;
    return JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: isPastDue });
  }

  async #record(last: number | undefined, now: number): Promise<void> {
    const next = this.#schedule.next(now);
    if (next === undefined) return;
    this.#status = timerStatus(last, next, now);
    await this.#store.write(this.#status);
  }

  #report(thrown: unknown): void {
    const message = `${this.functionName}: ${messageOf(thrown)}`;
    this.#host.log({ level: 'warning', category: 'Host.Timers', message, functionName: this.functionName });
  }
}
