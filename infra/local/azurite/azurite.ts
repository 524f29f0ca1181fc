import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { join } from 'node:path';

interface StoragePorts {
  blob: number;
  queue: number;
  table: number;
}

export interface AzuriteOptions {
  /** Created if missing. Only one Azurite at a time may use it. */
  dataDir: string;
  /** Default: free ports. */
  ports?: StoragePorts;
  /** Receives Azurite's output, which is little because access logs are off. */
  log?: (text: string) => void;
}

export interface Azurite {
  connectionString: string;
  ports: StoragePorts;
  pid: number;
  /** Writes everything to disk and exits; kills it if that takes longer than 30 s. */
  stop(): Promise<void>;
  /** Kills it immediately. Azurite then loses what it acknowledged in the last five seconds. */
  kill(): void;
}

/** The well-known account and key of every storage emulator: not a secret. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 30_000;

/**
 * Runs in Azurite's process before its own code. Azurite saves on a signal, but would neither notice that its parent is
 * dead, nor exit while the channel to it is open.
 */
const PRELOAD = `
// When the parent is gone, so are the pipes: a last log line must not fail and prevent saving.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.once('SIGTERM', () => {
  process.channel?.unref();
  setTimeout(() => process.exit(1), ${STOP_WITHIN_MS}).unref();
});
`;

/**
 * Starts the storage emulator as a child that ends with this process. Rejects with one clear error if it cannot start, for
 * example because a port is taken.
 *
 * Durability: Azurite keeps its indexes in memory and saves them every five seconds and on shutdown. It stands in
 * for Azure's durable storage, so stop it instead of killing it. Our own processes may be killed at any time;
 * that does not affect it.
 */
export async function startAzurite({ dataDir, ports, log }: AzuriteOptions): Promise<Azurite> {
  mkdirSync(dataDir, { recursive: true });
  const child = fork(script(), args(dataDir, ports), {
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(PRELOAD)}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl+C reaches the whole process group, but the parent decides when Azurite stops.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const listening = await whenListening(child, log);
  letGo(child);
  const endpoint = (service: keyof StoragePorts): string =>
    `http://127.0.0.1:${listening[service]}/${ACCOUNT}`;
  return {
    ports: listening,
    pid: child.pid ?? 0,
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${endpoint('blob')};` +
      `QueueEndpoint=${endpoint('queue')};TableEndpoint=${endpoint('table')};`,
    stop: async () => {
      child.ref();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Lets this process exit while the child still runs; the child then exits too. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
}

/** Azurite's entry point, from the node_modules of the running program. */
function script(): string {
  return createRequire(process.argv[1] ?? join(process.cwd(), 'package.json')).resolve(
    'azurite/dist/src/azurite.js',
  );
}

function args(dataDir: string, ports: StoragePorts | undefined): string[] {
  const services = (['blob', 'queue', 'table'] as const).flatMap((service) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    String(ports?.[service] ?? 0),
  ]);
  // The SDKs use newer versions of the storage protocol than Azurite knows; the features we use are old enough.
  return [
    '--location',
    dataDir,
    '--silent',
    '--loose',
    '--skipApiVersionCheck',
    '--disableTelemetry',
    ...services,
  ];
}

async function whenListening(child: ChildProcess, log: AzuriteOptions['log']): Promise<StoragePorts> {
  const found: Partial<StoragePorts> = {};
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`was not ready within ${START_WITHIN_MS} ms`), START_WITHIN_MS);
    const fail = (what: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`Azurite ${what}. ${said.trim()}`.trim()));
    };
    const endedEarly = (): void => {
      const taken = /EADDRINUSE[^\n]*?:(\d+)/.exec(said)?.[1];
      fail(taken === undefined ? 'ended before it was ready' : `cannot listen: port ${taken} is taken`);
    };
    const read = (chunk: Buffer): void => {
      log?.(chunk.toString());
      said = (said + chunk.toString()).slice(-4_000);
      for (const [, service, port] of said.matchAll(
        /(Blob|Queue|Table) service is successfully listening at \S+:(\d+)/g,
      )) {
        found[service?.toLowerCase() as keyof StoragePorts] = Number(port);
      }
      const { blob, queue, table } = found;
      if (blob === undefined || queue === undefined || table === undefined) return;
      clearTimeout(timer);
      child.off('close', endedEarly);
      resolve({ blob, queue, table });
    };
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', endedEarly);
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
}
