import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'created-at';

/**
 * When the hub in `folder` was created, in epoch milliseconds: as constant as its data. Readers tell a hub from its
 * successor of the same name by it. A hub that an older version made has no such file; its folder is as old as it is.
 */
export async function creationTimeMs(folder: string, clock: () => number): Promise<number> {
  const path = join(folder, FILE);
  const stored = Number(await readFile(path, 'utf8').catch(() => Number.NaN));
  if (Number.isSafeInteger(stored)) return stored;
  const older = await stat(join(folder, '0')).catch(() => undefined);
  const createdAtMs = Math.floor(older?.birthtimeMs ?? clock());
  await mkdir(folder, { recursive: true });
  // Renamed into place, so a kill leaves either no file or a whole one.
  await writeFile(`${path}.new`, String(createdAtMs));
  await rename(`${path}.new`, path);
  return createdAtMs;
}
