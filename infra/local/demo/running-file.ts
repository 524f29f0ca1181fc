import { z } from 'zod';
import { isAlive, startOf } from '../../kit/directory-lock.ts';
import { readJson, writeFileAtomically } from './data-folder.ts';

/** Where a run that is up can be reached, kept in its data folder for the other commands. */
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

/** The address of the run that is up on a data folder; undefined where none is. */
export async function runningUrl(folder: Folder): Promise<string | undefined> {
  const { data } = runningSchema.safeParse(readJson(folder.file(FILE)));
  if (!data || !(await isAlive({ pid: data.pid, started: data.started }, folder.file()))) return undefined;
  return data.url;
}
