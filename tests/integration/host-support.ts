import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundleFunctions, bundleLocal } from '../../infra/build/bundle.ts';
import { forkChild, type Child } from '../../infra/kit/child.ts';

export interface BuiltHost {
  dir: string;
  hostScript: string;
  appScript: string;
  remove(): void;
}

/** Builds the host and the fixture app into a folder of its own, inside the repository so that packages resolve. */
export async function buildFixtureHost(): Promise<BuiltHost> {
  mkdirSync('.tillstream', { recursive: true });
  const dir = mkdtempSync('.tillstream/host-test-');
  const hostScript = join(dir, 'host.js');
  const appScript = join(dir, 'app', 'main.js');
  await bundleLocal('infra/local/host/main.ts', hostScript);
  await bundleFunctions('tests/fixtures/host-app/main.ts', appScript);
  return { dir, hostScript, appScript, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

interface HostReady {
  ready: true;
  port: number;
  functions: string[];
}

export interface FixtureHost {
  child: Child<HostReady>;
  url: string;
  /** What the functions of the fixture have recorded so far. */
  records(): FixtureRecord[];
  /** What the host has logged so far. */
  logs(): {
    level: string;
    category: string;
    message: string;
    invocationId?: string;
    functionName?: string;
  }[];
}

export interface FixtureRecord {
  at: number;
  pid: number;
  functionName: string;
  invocationId: string;
  triggerMetadata?: Record<string, unknown>;
  retryContext?: { retryCount: number; maxRetryCount: number; exception?: { message: string } };
  kind?: string;
  events?: unknown[];
  message?: unknown;
  timer?: { isPastDue: boolean; schedule: unknown; scheduleStatus: Record<string, string> | null };
}

let hosts = 0;

/** Starts a host process on a free port. `hostJson` is laid over a host.json with short local intervals. */
export async function startFixtureHost(
  built: BuiltHost,
  env: Record<string, string>,
  { only = [], hostJson = {}, args = [] }: { only?: string[]; hostJson?: object; args?: string[] } = {},
): Promise<FixtureHost> {
  const base = join(built.dir, `host-${++hosts}`);
  const [hostFile, logFile, recordFile] = [
    `${base}.json`,
    `${base}.log`,
    env['RECORD_FILE'] ?? `${base}.records`,
  ];
  writeFileSync(hostFile, JSON.stringify({ version: '2.0', ...hostJson }));
  writeFileSync(recordFile, '', { flag: 'a' });
  const child = await forkChild<HostReady>(
    built.hostScript,
    ['--app', built.appScript, '--port', '0', '--host-json', hostFile, '--only', only.join(','), ...args],
    { PATH: process.env['PATH'], SELDOM: '0 0 0 1 1 *', HUB: 'pos-events', RECORD_FILE: recordFile, ...env },
    { name: 'fixture host', logFile, readyWithinMs: 60_000 },
  );
  return {
    child,
    url: `http://127.0.0.1:${child.ready.port}`,
    records: () => jsonLines<FixtureRecord>(recordFile),
    logs: () => jsonLines(logFile),
  };
}

function jsonLines<T>(file: string): T[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as T);
}

/** Polls until `get` gives something other than undefined and false. */
export async function eventually<T>(
  what: string,
  get: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await get();
    if (value !== undefined && value !== null && value !== false)
      return value as Exclude<T, false | null | undefined>;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
