import { randomUUID } from 'node:crypto';
import { link, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** Another process is using the folder; two would destroy each other's data. */
export class DirectoryHeldError extends Error {
  override readonly name = 'DirectoryHeldError';
}

export interface DirectoryLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** Distinguishes a process from a later one with the same id; undefined if the system does not support it. */
  readonly started: string | undefined;
}

const LOCK_FILE = 'lock';
/** Folders that this process holds. */
const heldHere = new Set<string>();

/** Start time of a process since boot, on Linux; undefined elsewhere. */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [bootId, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Field 22; the second, the program's name, is in brackets and may hold anything.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return `${bootId.trim()}:${ticks}`;
  } catch {
    return undefined;
  }
}

export async function isAlive(holder: Holder, folder: string): Promise<boolean> {
  if (holder.pid === process.pid) return heldHere.has(folder);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it is alive but belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = await startOf(holder.pid);
  return holder.started === undefined || started === undefined || started === holder.started;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Creates `path` with the content of `from` at once; false if it exists. */
async function claim(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Locks a folder for this process until released. Takes over the lock of a dead process, as after a kill.
 * @throws DirectoryHeldError that says which process holds it.
 */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  makeFolder(path);
  const folder = await realpath(path);
  const lock = join(folder, LOCK_FILE);
  const own = `${lock}.${randomUUID()}`;
  await writeFile(
    own,
    JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Holder),
  );
  try {
    if (!(await claim(own, lock)) && !(await takeOver(own, lock, folder))) {
      const holder = await readHolder(lock);
      throw new DirectoryHeldError(
        `The data folder ${folder} is in use by process ${holder?.pid ?? 'unknown'}. Stop that process, or choose another folder.`,
      );
    }
    heldHere.add(folder);
  } finally {
    await rm(own, { force: true });
  }
  return {
    release: async () => {
      if (!heldHere.delete(folder)) return;
      await rm(lock, { force: true });
    },
  };
}

/**
 * Replaces a dead process's lock. Removing a lock requires a second one, so two processes that find
 * the same dead holder cannot both win.
 */
async function takeOver(own: string, lock: string, folder: string): Promise<boolean> {
  const guard = `${lock}.takeover`;
  const guardian = await readHolder(guard);
  if (guardian && !(await isAlive(guardian, folder))) await rm(guard, { force: true });
  if (!(await claim(own, guard))) return false;
  try {
    const holder = await readHolder(lock);
    if (holder && (await isAlive(holder, folder))) return false;
    await rm(lock, { force: true });
    return await claim(own, lock);
  } finally {
    await rm(guard, { force: true });
  }
}
