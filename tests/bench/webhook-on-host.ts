import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { bundleFunctions, bundleLocal } from '../../infra/build/bundle.ts';
import { forkChild } from '../../infra/kit/child.ts';
import { MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { startLocalAzure } from '../support/local-azure.ts';
import { CATALOG, SECRET, signedHeaders } from '../support/webhook-fixture.ts';
import { basketBody } from './webhook-basket.ts';
import type { BenchRow } from './row.ts';

/** Many short rounds of both by turns, so what else the machine does weighs on both alike. */
const ROUNDS = 30;
const REQUESTS = 200;
/** Until the compiler is done with both: a host lives for hours. */
const WARM_UP = 3_000;
const CONCURRENCY = 32;

/** The webhook through the functions host and into the real hub, against an empty function on the same host. */
export const benchOnHost = (): Promise<BenchRow[]> => withHost(measure);

/** The real app's webhooks on the real host, with the hub and storage of this machine. */
export async function withHost<T>(measureOn: (port: number, pid: number) => Promise<T>): Promise<T> {
  mkdirSync('.tillstream', { recursive: true });
  const dir = mkdtempSync('.tillstream/bench-');
  const secrets = { 'webhook-tillstream': SECRET };
  const azure = await startLocalAzure({ secrets });
  try {
    await azure.putMasterData(MASTER_DATA_FILES.stores, { stores: [...CATALOG.stores.values()] });
    await azure.putMasterData(MASTER_DATA_FILES.products, { products: [...CATALOG.products.values()] });
    const hostScript = join(dir, 'host.js');
    const appScript = join(dir, 'app', 'main.js');
    await bundleLocal('infra/local/host/main.ts', hostScript);
    await bundleFunctions('tests/fixtures/bench-app/main.ts', appScript);
    const host = await forkChild<{ ready: true; port: number }>(
      hostScript,
      ['--app', appScript, '--port', '0'],
      { ...process.env, ...azure.env },
      { name: 'The host', logFile: join(dir, 'host.log') },
    );
    try {
      return await measureOn(host.ready.port, host.process.pid ?? 0);
    } finally {
      await host.stop(5_000);
    }
  } finally {
    await azure.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(port: number, pid: number): Promise<BenchRow[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const load = { port, pid, agent };
  await costOf('empty', WARM_UP, load);
  await costOf('webhooks/tillstream', WARM_UP, load);
  const rounds: { empty: Cost; webhook: Cost }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const empty = await costOf('empty', REQUESTS, load);
    rounds.push({ empty, webhook: await costOf('webhooks/tillstream', REQUESTS, load) });
  }
  agent.destroy();
  const perSecond = median(rounds.map(({ webhook }) => webhook.perSecond));
  return [
    {
      name: 'webhook through the host, 1 event a body',
      value: Math.round(1000 / median(rounds.map(({ webhook }) => webhook.cpuMs))),
      unit: 'requests/s a core',
      ratio: median(rounds.map(({ empty, webhook }) => empty.cpuMs / webhook.cpuMs)),
      ratioOf: 'an empty function on the same host',
      note: `${Math.round(perSecond)} requests/s on the wall, all processes on this machine`,
    },
  ];
}

interface Cost {
  /** Processor time of the host for one request. */
  readonly cpuMs: number;
  readonly perSecond: number;
}
interface Load {
  readonly port: number;
  readonly pid: number;
  readonly agent: Agent;
}

let nextId = 0;

async function costOf(path: string, requests: number, { port, pid, agent }: Load): Promise<Cost> {
  let left = requests;
  const startedMs = performance.now();
  const before = cpuMsOf(pid);
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      nextId += 1;
      const body = basketBody(1, `bench-${nextId}`);
      const status = await post(port, path, agent, body, signedHeaders(body, {}, Date.now()));
      if (status !== 200) throw new Error(`/${path} answers ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const wallMs = performance.now() - startedMs;
  return { cpuMs: (cpuMsOf(pid) - before) / requests, perSecond: (requests * 1000) / wallMs };
}

export function post(
  port: number,
  path: string,
  agent: Agent,
  body: Buffer,
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: `/${path}`, method: 'POST', agent };
    const sent = request(
      { ...options, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Processor time of all threads of a process in milliseconds, from Linux's scheduler: of them the first number, in nanoseconds. */
export function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

const median = (values: number[]): number =>
  values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
