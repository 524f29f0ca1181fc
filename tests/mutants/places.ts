import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fnv1a } from '../../shared/fnv1a.ts';
import { mutationsOf, type Mutation } from './operators.ts';

/** The pure rooms that the goal speaks of. */
export const ROOMS: Readonly<Record<string, string>> = {
  reconciliation: 'shared/reconciliation',
  ledger: 'shared/ledger',
  tills: 'shared/tills',
  stock: 'shared/stock',
  'one-effect': 'shared/one-effect',
  money: 'shared/money.ts',
  time: 'shared/time.ts',
};

/** One place of one file that can be broken. */
export interface Place extends Mutation {
  /** Path from the repository's root, with slashes. */
  readonly file: string;
  /** The line as it stands, without its indentation. */
  readonly code: string;
}

export function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name).replaceAll('\\', '/')))
    .filter((file) => file.endsWith('.ts'));
}

export function placesOf(files: readonly string[]): Place[] {
  return files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const lines = source.split('\n');
    return mutationsOf(source).map((mutation) => ({
      ...mutation,
      file,
      code: (lines[mutation.line - 1] ?? '').trim(),
    }));
  });
}

/** What a break changes, in one line. */
export function changeOf({ was, text }: Mutation): string {
  return `${was.trim()} -> ${text.trim() === '' ? '(nothing)' : text.trim()}`;
}

/** `size` of the places, chosen by the seed alone: the same seed and the same code give the same sample. */
export function sampleOf(places: readonly Place[], size: number, seed: number): Place[] {
  const rank = (place: Place) =>
    Math.imul(fnv1a(`${seed} ${place.file} ${place.code} ${changeOf(place)} ${place.start}`), 0x9e3779b1) >>>
    0;
  return places
    .map((place) => [rank(place), place] as const)
    .sort(([left], [right]) => left - right)
    .slice(0, size)
    .map(([, place]) => place);
}
