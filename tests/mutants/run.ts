/**
 * `npm run mutants -- [ROOM ...]`: breaks the pure rooms in one place at a time and runs the test files that run the
 * broken line, in one Jest process. A break that no test notices is listed; the table at the end counts them by room.
 *
 * `--sample N --seed S` tries N places of each room, chosen by the seed (default: every place); `--file PATH` and
 * `--line N` narrow the places; `--tests PATTERN` narrows the test files; `--budget-s N` is how long the test files of
 * one break may take together (default 60); `--named [WORDS ...]` plants those of named-breaks.ts
 * whose name has the words instead; `--verbose` names the test that noticed; `--list` only lists the places.
 * Exit code 1: fewer than `--goal N` percent were noticed.
 */
import { parseArgs } from 'node:util';
import { CoverageMap } from './coverage-map.ts';
import { EQUIVALENTS, equivalentOf } from './equivalents.ts';
import { JestProcess } from './jest-process.ts';
import { NAMED_BREAKS, placeOfNamed } from './named-breaks.ts';
import { changeOf, filesOf, placesOf, ROOMS, sampleOf, type Place } from './places.ts';

interface Tally {
  planted: number;
  killed: number;
  equivalent: number;
}

const { values, positionals } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string' },
    line: { type: 'string' },
    tests: { type: 'string' },
    'budget-s': { type: 'string', default: '60' },
    goal: { type: 'string', default: '0' },
    verbose: { type: 'boolean', default: false },
    named: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

function wholeNumber(
  name: 'sample' | 'seed' | 'line' | 'budget-s' | 'goal',
  least: number,
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new Error(`--${name} must be a whole number of at least ${least}, not "${text}".`);
  return Number(text);
}

/** The places of each room that this run tries. */
function chosen(): Map<string, Place[]> {
  const unknown = positionals.filter((room) => ROOMS[room] === undefined);
  if (unknown.length > 0)
    throw new Error(`There is no room "${unknown.join('", "')}". Rooms: ${Object.keys(ROOMS).join(', ')}.`);
  const sample = wholeNumber('sample', 1) ?? Infinity;
  const line = wholeNumber('line', 1);
  const byRoom = new Map<string, Place[]>();
  for (const [room, path] of Object.entries(ROOMS)) {
    if (positionals.length > 0 && !positionals.includes(room)) continue;
    const places = placesOf(filesOf(path)).filter(
      (place) =>
        (values.file === undefined || place.file === values.file) &&
        (line === undefined || place.line === line),
    );
    if (places.length > 0) byRoom.set(room, sampleOf(places, sample, wholeNumber('seed', 0)!));
  }
  return byRoom;
}

/** Entries of the list of equivalents whose code is gone: they would hide nothing, and confuse. */
function outdatedEquivalents(): string[] {
  const places = placesOf(Object.values(ROOMS).flatMap(filesOf));
  return EQUIVALENTS.filter((entry) => !places.some((place) => equivalentOf(place) === entry)).map(
    ({ file, code }) => `${file}: ${code}`,
  );
}

async function tryRoom(places: readonly Place[], jest: JestProcess, coverage: CoverageMap): Promise<Tally> {
  const tally: Tally = { planted: 0, killed: 0, equivalent: 0 };
  for (const place of places) {
    const where = `${place.file}:${place.line} ${changeOf(place)}`;
    if (equivalentOf(place) !== undefined) {
      tally.equivalent += 1;
      continue;
    }
    tally.planted += 1;
    const tests = coverage.testsOf(place, wholeNumber('budget-s', 1)! * 1000);
    if (tests.length === 0) {
      console.log(`survived: ${where} (no test runs it)`);
      continue;
    }
    // Ten times what the tests need without a break; a loaded machine is slow to start.
    const noticed = await jest.tryOut(place, tests, 60_000 + 10 * coverage.elapsedMs(tests));
    if (noticed !== undefined && noticed.killedBy === undefined) {
      console.log(`survived: ${where} (${tests.length} test files)`);
      continue;
    }
    tally.killed += 1;
    if (values.verbose)
      console.log(
        `killed: ${where} by ${noticed?.killedBy ? `${noticed.killedBy.file} › ${noticed.killedBy.test}` : 'the time limit'}`,
      );
  }
  return tally;
}

function percent(killed: number, planted: number): string {
  return planted === 0 ? '-' : ((100 * killed) / planted).toFixed(1);
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, at) => (at === 0 ? String(cell).padEnd(15) : String(cell).padStart(10))).join(' ');
}

/** Every named break must be noticed by its own tests. */
async function tryNamed(): Promise<number> {
  const breaks = NAMED_BREAKS.filter(
    ({ name }) => positionals.length === 0 || positionals.some((words) => name.includes(words)),
  );
  const jest = new JestProcess([...new Set(breaks.flatMap(({ tests }) => tests))]);
  let survived = 0;
  try {
    await jest.start();
    for (const named of breaks) {
      const noticed = await jest.tryOut(placeOfNamed(named), named.tests, 600_000);
      const by = noticed?.killedBy;
      if (by === undefined) survived += 1;
      console.log(`${by ? 'killed' : 'SURVIVED'}: ${named.name}${by ? ` by ${by.file} › ${by.test}` : ''}`);
    }
  } finally {
    jest.stop();
  }
  console.log(`${breaks.length - survived} of ${breaks.length} named breaks were noticed`);
  return survived === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  if (values.named) return tryNamed();
  const byRoom = chosen();
  if (values.list) {
    for (const places of byRoom.values())
      for (const place of places) console.log(`${place.file}:${place.line} ${changeOf(place)}`);
    return 0;
  }
  const outdated = outdatedEquivalents();
  if (outdated.length > 0) throw new Error(`Equivalents without their code:\n${outdated.join('\n')}`);
  const files = [...new Set([...byRoom.values()].flat().map(({ file }) => file))].sort();
  if (files.length === 0) throw new Error('No place to break there.');
  const jest = new JestProcess(values.tests ? [values.tests] : ['--findRelatedTests', ...files]);
  const tallies: [string, Tally][] = [];
  try {
    const coverage = await CoverageMap.of(jest, await jest.start(), Object.values(ROOMS), console.log);
    for (const [room, places] of byRoom) {
      const tally = await tryRoom(places, jest, coverage);
      tallies.push([room, tally]);
      console.log(`${room}: ${tally.killed} of ${tally.planted}`);
    }
  } finally {
    jest.stop();
  }
  const sum = (name: keyof Tally) => tallies.reduce((total, [, tally]) => total + tally[name], 0);
  console.log(`\nseed ${values.seed}, ${values.sample ? `${values.sample} places a room` : 'every place'}`);
  console.log(row(['room', 'planted', 'killed', 'survived', 'percent', 'equivalent']));
  for (const [room, { planted, killed, equivalent }] of tallies)
    console.log(row([room, planted, killed, planted - killed, percent(killed, planted), equivalent]));
  const [planted, killed] = [sum('planted'), sum('killed')];
  console.log(row(['all', planted, killed, planted - killed, percent(killed, planted), sum('equivalent')]));
  return planted > 0 && (100 * killed) / planted < wholeNumber('goal', 0)! ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
