import type { Clock } from '../../shared/time.ts';
import { json, type HttpAnswer } from './problem.ts';

/** A thing that must be reachable; it throws when it is not. */
type Probe = () => Promise<void>;
export type Health = () => Promise<HttpAnswer>;

export interface HealthParts {
  /** Of these one is enough to make an event durable: the hub, or the spill queue. */
  readonly durable: Readonly<Record<string, Probe>>;
  /** Without these no webhook can be accepted. */
  readonly needed: Readonly<Record<string, Probe>>;
  /** More to tell, such as the state of the circuit breaker. */
  readonly state: () => Readonly<Record<string, string>>;
  readonly clock: Clock;
}

const PROBE_TIMEOUT_MS = 2_000;
/** Anyone may ask; asking often must not load what is asked about. */
const KEEP_MS = 5_000;

/** `GET /health/live`: the process runs. A restart would not fix anything that `GET /health` reports. */
export const alive = (): HttpAnswer => json(200, { status: 'alive' });

/**
 * `GET /health`: readiness. 200 while webhooks are accepted, as `healthy`, or as `degraded` where something is away and
 * the spill queue stands in for the hub; 503 as `unavailable` when nothing can be accepted. It names what is away, and
 * neither addresses nor reasons.
 */
export function createHealth({ durable, needed, state, clock }: HealthParts): Health {
  let last: { atMs: number; answer: Promise<HttpAnswer> } | undefined;

  async function ask(): Promise<HttpAnswer> {
    const checked = async (probes: Readonly<Record<string, Probe>>) =>
      Promise.all(
        Object.entries(probes).map(async ([name, probe]) => [name, await reachable(probe)] as const),
      );
    const [ofDurable, ofNeeded] = await Promise.all([checked(durable), checked(needed)]);
    const isReachable = ([, status]: readonly [string, string]): boolean => status === 'reachable';
    const isReady = ofDurable.some(isReachable) && ofNeeded.every(isReachable);
    const isHealthy = isReady && ofDurable.every(isReachable);
    return json(isReady ? 200 : 503, {
      status: isHealthy ? 'healthy' : isReady ? 'degraded' : 'unavailable',
      checks: Object.fromEntries([...ofDurable, ...ofNeeded]),
      ...state(),
    });
  }

  return () => {
    if (!last || clock() - last.atMs >= KEEP_MS) last = { atMs: clock(), answer: ask() };
    return last.answer;
  };
}

async function reachable(probe: Probe): Promise<'reachable' | 'unreachable' | 'slow'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'slow'>((resolve) => {
    timer = setTimeout(() => resolve('slow'), PROBE_TIMEOUT_MS);
  });
  const probing = probe().then(
    () => 'reachable' as const,
    () => 'unreachable' as const,
  );
  try {
    return await Promise.race([probing, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
