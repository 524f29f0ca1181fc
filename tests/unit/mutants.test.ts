import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EQUIVALENTS, equivalentOf } from '../mutants/equivalents.ts';
import { NAMED_BREAKS, placeOfNamed } from '../mutants/named-breaks.ts';
import { mutationsOf } from '../mutants/operators.ts';
import { changeOf, filesOf, placesOf, ROOMS, sampleOf } from '../mutants/places.ts';

const places = placesOf(Object.values(ROOMS).flatMap(filesOf));
const TSX = join('node_modules', 'tsx', 'dist', 'cli.mjs');
const mutants = (...args: string[]) =>
  spawnSync(process.execPath, [TSX, 'tests/mutants/run.ts', ...args], { encoding: 'utf8' });

describe('planted breaks', () => {
  test('code is broken, and neither comments nor types nor imports are', () => {
    const source = [
      "import { a } from 'a'; // a === b",
      '/** true, or a < b */',
      'type Flag = true;',
      'export const less = (a: number, b: number) => a < b && (a + 1) === b;',
      '  if (less(f(1), 2)) return -1;',
    ].join('\n');
    expect(mutationsOf(source).map((mutation) => `${mutation.line} ${changeOf(mutation)}`)).toEqual([
      '4 < -> <=',
      '4 && -> ||',
      '4 + -> -',
      '4 === -> !==',
      '5 if (less(f(1), 2) -> if (!(less(f(1), 2))',
      '5 return -1 -> return 1',
    ]);
  });

  test('a seed gives one sample, without repeats, and another seed another one', () => {
    const of = (seed: number) => sampleOf(places, 40, seed);
    expect(of(1)).toEqual(of(1));
    expect(new Set(of(1)).size).toBe(40);
    expect(of(2)).not.toEqual(of(1));
  });

  test('each equivalent and each named break still fits its code', () => {
    for (const entry of EQUIVALENTS)
      expect(places.filter((place) => equivalentOf(place) === entry)).not.toEqual([]);
    for (const named of NAMED_BREAKS) {
      const { file, start, end } = placeOfNamed(named);
      expect(readFileSync(file, 'utf8').slice(start, end)).toBe(named.was);
    }
  });

  test('a break of one file is noticed by a test that runs it, and survives where none does', () => {
    const place = placesOf(['shared/money.ts']).find(({ code }) =>
      code.includes('Number.isSafeInteger(sum)'),
    );
    const one = [
      'money',
      '--file',
      'shared/money.ts',
      '--line',
      String(place?.line),
      '--sample',
      '1',
      '--verbose',
    ];
    const before = readFileSync('shared/money.ts', 'utf8');
    const noticed = mutants(...one, '--tests', 'tests/property/money.test.ts', '--goal', '100');
    expect(noticed.stderr).toBe('');
    expect(noticed.stdout).toMatch(
      /^killed: shared\/money\.ts:\d+ .* by tests\/property\/money\.test\.ts › /m,
    );
    expect(noticed.stdout).toMatch(/^all +1 +1 +0 +100\.0 +0$/m);
    expect(noticed.status).toBe(0);
    const survived = mutants(...one, '--tests', 'tests/unit/line-buffer.test.ts', '--goal', '100');
    expect(survived.stdout).toMatch(/^survived: shared\/money\.ts:\d+ .* \(no test runs it\)$/m);
    expect(survived.status).toBe(1);
    expect(readFileSync('shared/money.ts', 'utf8')).toBe(before);
  });

  test('a room or number that does not exist is refused with what may be said', () => {
    expect(mutants('kitchen').stderr).toContain('There is no room "kitchen". Rooms: reconciliation, ledger');
    expect(mutants('money', '--sample', 'many').stderr).toContain('--sample must be a whole number');
  });
});
