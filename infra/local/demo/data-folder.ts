import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DirectoryHeldError, isAlive, lockDirectory, startOf } from '../../kit/directory-lock.ts';
import { makeFolder } from '../../kit/make-folder.ts';
import { UsageError } from '../../kit/usage-error.ts';

/** A run's data folder, locked by one run at a time. */
export interface DataFolder {
  readonly path: string;
  readonly logs: string;
  /** Azurite's data, shared by all commands. */
  readonly storage: string;
  /** The previous run, or its machine, was killed and did not release the folder. */
  readonly wasKilled: boolean;
  file(...names: string[]): string;
  appendLog(name: string, text: string): void;
  /** Records a child, so a run after a kill waits for it to exit. */
  noteChild(pid: number): Promise<void>;
  release(): Promise<void>;
}

/** A process by id and start time, because ids are reused. */
interface ProcessMark {
  readonly pid: number;
  readonly started: string | undefined;
}

const CHILDREN_FILE = 'children.json';
/** Children exit when their parent is gone; storage saves its files first. */
const ORPHANS_END_WITHIN_MS = 20_000;

/** @throws UsageError when another run holds the folder, or it cannot be written. */
export async function holdDataFolder(dir: string): Promise<DataFolder> {
  const path = resolve(dir);
  const childrenPath = join(path, CHILDREN_FILE);
  const lock = await lockOf(path);
  const wasKilled = await waitForOrphans(childrenPath);
  const children: ProcessMark[] = [];
  return {
    path,
    logs: join(path, 'logs'),
    storage: join(path, 'azurite'),
    wasKilled,
    file: (...names) => join(path, ...names),
    appendLog: (name, text) => appendFileSync(join(path, 'logs', name), text),
    async noteChild(pid) {
      children.push({ pid, started: await startOf(pid) });
      writeFileAtomically(childrenPath, JSON.stringify(children));
    },
    async release() {
      writeFileAtomically(childrenPath, '[]');
      await lock.release();
    },
  };
}

async function lockOf(path: string) {
  try {
    makeFolder(join(path, 'logs'));
    return await lockDirectory(path);
  } catch (thrown) {
    if (thrown instanceof DirectoryHeldError) {
      throw new UsageError(`${thrown.message.split('. ')[0]}. Stop it, or name another folder with --data.`);
    }
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    throw new UsageError(`The data folder ${path} cannot be used (${code}). Name another with --data.`);
  }
}

/** @returns whether an earlier run left children behind, which have exited since. */
async function waitForOrphans(childrenPath: string): Promise<boolean> {
  const before = (readJson(childrenPath) as ProcessMark[] | undefined) ?? [];
  const deadlineMs = performance.now() + ORPHANS_END_WITHIN_MS;
  for (;;) {
    const alive = await Promise.all(before.map((mark) => isAlive(mark, childrenPath)));
    const left = before.filter((_, index) => alive[index]);
    if (left.length === 0) return before.length > 0;
    if (performance.now() > deadlineMs) {
      const pids = left.map(({ pid }) => pid).join(', ');
      throw new UsageError(`Processes of a killed run still use the data folder. End them first: ${pids}.`);
    }
    await delay(50);
  }
}

/** A reader, or a run after a kill, sees either the old or the new content. */
export function writeFileAtomically(path: string, content: string, mode = 0o644): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, path);
}

/** Undefined when there is no such file. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
  return JSON.parse(text) as unknown;
}
