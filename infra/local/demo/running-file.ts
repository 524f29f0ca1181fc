import { z } from 'zod';
import { isAlive, startOf } from '../../kit/directory-lock.ts';
import { readJson, writeFileAtomically } from './data-folder.ts';

/** The address of a running demonstration, kept in its data folder for the other commands. */
const runningSchema = z.object({ url: z.string(), pid: z.int(), started: z.string().optional() });

const FILE = 'running.json';

interface Folder {
  file(...names: string[]): string;
}

export async function noteRunning(folder: Folder, url: string): Promise<void> {
  const started = await startOf(process.pid);
  const running = { url, pid: process.pid, ...(started === undefined ? {} : { started }) };
  writeFileAtomically(folder.file(FILE), JSON.stringify(running));
}

/** The address of the run on a data folder; undefined if there is none. */
export async function runningUrl(folder: Folder): Promise<string | undefined> {
  const { data } = runningSchema.safeParse(readJson(folder.file(FILE)));
  if (!data || !(await isAlive({ pid: data.pid, started: data.started }, folder.file()))) return undefined;
  return data.url;
}
