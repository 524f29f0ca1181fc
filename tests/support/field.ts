import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../shared/data/field');

/** A case from the field, from the folder beside the repository; undefined, said out loud, where it is not there. */
export function fieldFile(name: string): string | undefined {
  const path = join(FOLDER, name);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  console.warn(`SKIPPED: ${name} of the cases from the field is not on this machine`);
  return undefined;
}
