import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions, bundleLocal } from '../../infra/build/bundle.ts';

/** The built product in a folder of its own, so tests neither need `npm run build` nor disturb it. */
export interface BuiltDemo {
  /** Starts `dist/local/<command>.js`. */
  run(
    command: 'start' | 'replay' | 'azure' | 'host' | 'chaos' | 'invoke',
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): RunningCommand;
  /** The built entry of the product. */
  readonly entry: string;
  /** A folder for data, removed at the end. */
  newFolder(): string;
  remove(): void;
}

export interface RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<{ exitCode: number | null; output: string; errors: string }>;
  output(): string;
}

export async function buildDemo(): Promise<BuiltDemo> {
  mkdirSync('.tillstream', { recursive: true });
  // Below the project, since the built files find their packages in its node_modules.
  const root = join(process.cwd(), mkdtempSync('.tillstream/demo-test-'));
  const dist = join(root, 'dist');
  mkdirSync(join(dist, 'functions'), { recursive: true });
  writeFileSync(join(dist, 'functions', 'package.json'), '{"type":"module"}');
  copyFileSync('host.json', join(root, 'host.json'));
  await Promise.all([
    bundleFunctions('functions/main.ts', join(dist, 'functions', 'main.js')),
    bundleLocal('infra/local/host/main.ts', join(dist, 'local', 'host.js')),
    bundleLocal('infra/local/event-hubs/main.ts', join(dist, 'local', 'event-hubs.js')),
    bundleLocal('infra/local/start.ts', join(dist, 'local', 'start.js')),
    bundleLocal('infra/local/replay.ts', join(dist, 'local', 'replay.js')),
    bundleLocal('infra/local/azure.ts', join(dist, 'local', 'azure.js')),
    bundleLocal('infra/local/chaos.ts', join(dist, 'local', 'chaos.js')),
    bundleLocal('infra/local/invoke.ts', join(dist, 'local', 'invoke.js')),
  ]);
  const folders: string[] = [];
  const running = new Set<ChildProcess>();
  return {
    entry: join(dist, 'functions', 'main.js'),
    run(command, args, environment = {}) {
      const child = spawn(process.execPath, [join(dist, 'local', `${command}.js`), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
      });
      running.add(child);
      let [output, errors] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      const ended = new Promise<{ exitCode: number | null; output: string; errors: string }>((resolve) => {
        child.once('close', (exitCode) => {
          running.delete(child);
          resolve({ exitCode, output, errors });
        });
      });
      return { process: child, ended, output: () => output };
    },
    newFolder() {
      const folder = mkdtempSync(join(tmpdir(), 'tillstream-demo-'));
      folders.push(folder);
      return folder;
    },
    remove() {
      for (const child of running) child.kill('SIGKILL');
      for (const folder of [root, ...folders])
        rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
    },
  };
}

/** What a run wrote into `summary.json`. */
export interface Summary {
  readonly dates: readonly string[];
  readonly acknowledged: number;
  readonly landed: number;
  readonly distinct: number;
  readonly duplicates: number;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly sent: Readonly<Record<string, number>>;
  readonly alerts: Readonly<
    Record<string, { raised: number; planted: number; found: number; falseAlarms: readonly string[] }>
  >;
  readonly daysReconciled: number;
  readonly exceptions: Readonly<Record<string, number>>;
  readonly plantedDifferences: { planted: number; found: number; missed: readonly string[] };
  readonly unplannedExceptions: number;
  readonly foreignEvents: number;
  readonly foreignExceptions: number;
  readonly promises: readonly { promise: string; holds: boolean; detail: string }[];
  readonly holds: boolean;
}

export function summaryOf(folder: string): Summary {
  return JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
}
