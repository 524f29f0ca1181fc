import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The data from the field lies beside the repository, or beside the folder of its worktrees; it is never copied. */
const FOLDERS = ['../../../shared/data', '../../../../shared/data'];

/** The path of a file or folder of the shared data; undefined, and said out loud, where it is not on this machine. */
export function sharedData(name: string): string | undefined {
  const found = FOLDERS.map((folder) => resolve(__dirname, folder, name)).find((path) => existsSync(path));
  if (found === undefined) console.warn(`SKIPPED: ../shared/data/${name} is not here`);
  return found;
}
