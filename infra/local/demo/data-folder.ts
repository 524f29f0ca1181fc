import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from './usage-error.ts';

/** A process by its number and when it began, since numbers are used again. */
interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since boot where the system tells it (Linux); elsewhere the number alone must do. */
  readonly startedTicks: string | undefined;
}

interface LockFile {
  readonly holder: ProcessMark;
  readonly children: readonly ProcessMark[];
}

/** The folder of one run: everything it keeps, held by one run at a time. */
export interface DataFolder {
  readonly path: string;
  readonly logs: string;
  file(...names: string[]): string;
  /** Notes a child, so that a run after a kill waits for it to be gone. */
  noteChild(pid: number): void;
  release(): void;
}

/** Children end when their parent is gone; storage saves its files first. */
const ORPHANS_END_WITHIN_MS = 15_000;

/** @throws UsageError when another run holds the folder, or it cannot be written. */
export async function holdDataFolder(dir: string): Promise<DataFolder> {
  const path = resolve(dir);
  const lockPath = join(path, 'lock.json');
  try {
    mkdirSync(join(path, 'logs'), { recursive: true });
  } catch (cause) {
    throw new UsageError(
      `The data folder ${path} cannot be made (${(cause as NodeJS.ErrnoException).code}). Name another with --data.`,
    );
  }
  const before = takeLock(path, lockPath);
  await waitForOrphans(before);
  let children: ProcessMark[] = [];
  return {
    path,
    logs: join(path, 'logs'),
    file: (...names) => join(path, ...names),
    noteChild(pid) {
      children = [...children.filter(isRunning), markOf(pid)];
      writeFileAtomically(lockPath, JSON.stringify({ holder: markOf(process.pid), children }));
    },
    release: () => rmSync(lockPath, { force: true }),
  };
}

function takeLock(path: string, lockPath: string): LockFile | undefined {
  const mine: LockFile = { holder: markOf(process.pid), children: [] };
  for (;;) {
    try {
      writeFileSync(lockPath, JSON.stringify(mine), { flag: 'wx' });
      return undefined;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    }
    const held = readLock(lockPath);
    if (held && isRunning(held.holder)) {
      throw new UsageError(
        `Another run (process ${held.holder.pid}) holds ${path}. Stop it, or name another folder with --data.`,
      );
    }
    if (held) {
      // Its run was killed: the lock changes hands in one step, and its children are waited for.
      writeFileAtomically(lockPath, JSON.stringify({ ...mine, children: held.children }));
      return held;
    }
    rmSync(lockPath, { force: true });
  }
}

function readLock(lockPath: string): LockFile | undefined {
  try {
    return JSON.parse(readFileSync(lockPath, 'utf8')) as LockFile;
  } catch {
    // A run was killed while it wrote its lock: nobody holds it.
    return undefined;
  }
}

async function waitForOrphans(before: LockFile | undefined): Promise<void> {
  const deadline = performance.now() + ORPHANS_END_WITHIN_MS;
  for (;;) {
    const left = (before?.children ?? []).filter(isRunning);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      const pids = left.map(({ pid }) => pid).join(', ');
      throw new UsageError(`Processes of a killed run still use the data folder. End them first: ${pids}.`);
    }
    await delay(50);
  }
}

function markOf(pid: number): ProcessMark {
  return { pid, startedTicks: startedTicksOf(pid) };
}

function isRunning({ pid, startedTicks }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: it runs, but as somebody else.
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startedTicks === undefined || startedTicksOf(pid) === startedTicks;
}

function startedTicksOf(pid: number): string | undefined {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return undefined;
  try {
    // After the process name in parentheses, which may hold spaces, the start time is the twentieth field.
    return readFileSync(stat, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}

/** A reader, or a run after a kill, sees the old content or the new, never half of it. */
export function writeFileAtomically(path: string, content: string, mode = 0o644): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode, flush: true });
  renameSync(temporary, path);
}
