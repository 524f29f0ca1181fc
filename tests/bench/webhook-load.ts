import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { signedHeaders } from '../support/webhook-fixture.ts';
import type { BenchRow } from './row.ts';
import { basketBody } from './webhook-basket.ts';
import { cpuMsOf, post, withHost } from './webhook-on-host.ts';

/** Requests come when they come, not when the one before is answered: what waits shows in the times. */
const PER_SECOND = 500;
const TICK_MS = 10;
const WARM_UP_S = 5;
const SHORT_S = 5;
const MINUTE_S = 60;
/** Four seconds behind: whoever cannot keep up does not catch up, and the rest counts as errors. */
const MAX_WAITING = 2_000;

/**
 * 500 signed requests a second through the real host into the real hub, all of it, and who asks, on this machine; for a
 * minute with `--minute`. An error ends it.
 */
export const bench = (): Promise<BenchRow[]> =>
  withHost(async (port, pid) => {
    const seconds = process.argv.includes('--minute') ? MINUTE_S : SHORT_S;
    await load(port, WARM_UP_S);
    const beforeMs = cpuMsOf(pid);
    const { timesMs, errors } = await load(port, seconds);
    const usedMs = cpuMsOf(pid) - beforeMs;
    timesMs.sort((one, other) => one - other);
    const at = (share: number): number => timesMs[Math.floor(share * (timesMs.length - 1))] ?? 0;
    return [
      {
        name: `webhook, ${PER_SECOND} requests/s for ${seconds} s: p99`,
        value: at(0.99),
        unit: 'ms',
        note: `${timesMs.length} requests, ${errors} errors; p50 ${at(0.5).toFixed(1)} ms, p99.9 ${at(0.999).toFixed(1)} ms, longest ${at(1).toFixed(0)} ms, as the client sees it; the host used ${(usedMs / seconds / 1000).toFixed(2)} cores`,
      },
    ];
  });

let nextId = 0;

async function load(port: number, seconds: number): Promise<{ timesMs: number[]; errors: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 400 });
  const timesMs: number[] = [];
  const underway: Promise<void>[] = [];
  let errors = 0;
  let waiting = 0;
  const one = async (): Promise<void> => {
    nextId += 1;
    waiting += 1;
    const body = basketBody(1, `load-${nextId}`);
    const startedMs = performance.now();
    const status = await post(
      port,
      'webhooks/tillstream',
      agent,
      body,
      signedHeaders(body, {}, Date.now()),
    ).catch(() => 0);
    waiting -= 1;
    timesMs.push(performance.now() - startedMs);
    if (status !== 200) errors += 1;
  };
  const startMs = performance.now();
  for (let sent = 0; sent < seconds * PER_SECOND;) {
    const due = Math.min(
      seconds * PER_SECOND,
      Math.floor(((performance.now() - startMs) * PER_SECOND) / 1_000),
    );
    for (; sent < due; sent += 1) underway.push(one());
    if (waiting > MAX_WAITING) {
      errors += seconds * PER_SECOND - sent;
      break;
    }
    await wait(TICK_MS);
  }
  await Promise.all(underway);
  agent.destroy();
  return { timesMs, errors };
}
