import type { Clock } from '../../shared/time.ts';
import { json, type HttpAnswer } from './problem.ts';

/** A thing that must be reachable; it throws when it is not. */
type Probe = () => Promise<void>;
export type Health = () => Promise<HttpAnswer>;

export interface HealthParts {
  readonly probes: Readonly<Record<string, Probe>>;
  /** More to tell, such as the state of the circuit breaker. */
  readonly state: () => Readonly<Record<string, string>>;
  readonly clock: Clock;
}

const PROBE_TIMEOUT_MS = 2_000;
/** Anyone may ask; asking often must not load what is asked about. */
const KEEP_MS = 5_000;

/**
 * `GET /health`: 200 when webhooks can be made durable at full strength, 503 otherwise. It names what is away, and
 * neither addresses nor reasons.
 */
export function createHealth({ probes, state, clock }: HealthParts): Health {
  let last: { atMs: number; answer: Promise<HttpAnswer> } | undefined;

  async function ask(): Promise<HttpAnswer> {
    const checks = await Promise.all(
      Object.entries(probes).map(async ([name, probe]) => [name, await reachable(probe)] as const),
    );
    const isHealthy = checks.every(([, status]) => status === 'reachable');
    return json(isHealthy ? 200 : 503, {
      status: isHealthy ? 'healthy' : 'degraded',
      checks: Object.fromEntries(checks),
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
