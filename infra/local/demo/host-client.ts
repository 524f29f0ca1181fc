import { setTimeout as delay } from 'node:timers/promises';
import { TransientError } from '../../../shared/errors.ts';
import { SECOND_MS } from '../../../shared/time.ts';

/** What `/admin/host/status` says of one function. */
interface FunctionStatus {
  readonly kind: string;
  readonly invocations: number;
  readonly failures: number;
  readonly inFlight: number;
  readonly lag?: number;
  readonly messages?: number;
  readonly error?: string;
}

interface HostStatus {
  readonly inFlight: number;
  readonly functions: Readonly<Record<string, FunctionStatus>>;
}

/** Client of the local host's admin endpoints. */
export interface HostClient {
  status(): Promise<HostStatus>;
  /** Runs a timer function now. @throws TransientError when it failed. */
  invoke(name: string): Promise<void>;
  /** Waits until everything is processed. @throws TransientError when there is no progress for a minute. */
  whenIdle(onWaiting: (left: number) => void, signal: AbortSignal): Promise<void>;
}

const POLL_MS = 100;
const STANDSTILL_MS = 90 * SECOND_MS;
/** One idle check may fall between two processing steps of an event. */
const QUIET_LOOKS = 3;

export function connectHost(url: string): HostClient {
  async function status(): Promise<HostStatus> {
    const response = await fetch(`${url}/admin/host/status`);
    if (!response.ok) throw new TransientError('host', `The host's status answered ${response.status}`);
    return (await response.json()) as HostStatus;
  }
  return {
    status,
    async invoke(name) {
      const response = await fetch(`${url}/admin/functions/${name}`, { method: 'POST' });
      if (response.ok) return;
      const answer = (await response.json().catch(() => ({}))) as { error?: string };
      throw new TransientError('host', `${name} failed: ${answer.error ?? `status ${response.status}`}`);
    },
    async whenIdle(onWaiting, signal) {
      let quiet = 0;
      let last = '';
      let movedAtMs = performance.now();
      while (quiet < QUIET_LOOKS) {
        signal.throwIfAborted();
        const now = await status();
        const left = workLeft(now);
        quiet = left === 0 ? quiet + 1 : 0;
        const seen = JSON.stringify(now);
        if (seen !== last) movedAtMs = performance.now();
        last = seen;
        if (performance.now() - movedAtMs > STANDSTILL_MS) {
          throw new TransientError('standstill', `There is no more progress, with ${left} left to process`);
        }
        onWaiting(left);
        await delay(POLL_MS, undefined, { signal });
      }
    },
  };
}

/** Unread events, queue messages, and running functions (except timers, which come and go). */
function workLeft({ functions }: HostStatus): number {
  let left = 0;
  for (const { kind, inFlight, lag = 0, messages = 0, error } of Object.values(functions)) {
    if (error !== undefined) left += 1;
    left += lag + messages + (kind === 'timer' || kind === 'http' ? 0 : inFlight);
  }
  return left;
}
