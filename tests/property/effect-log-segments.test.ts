/** The segments of the effect log: what they hold, when they are dropped, and what comes back from storage. */
import fc from 'fast-check';
import { EffectLog, type LogEntry } from '../../shared/one-effect/effect-log.ts';

interface Appended {
  readonly entry: LogEntry<number>;
  readonly lines: number;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      entry: fc.record({
        key: fc.constantFrom('a', 'b'),
        scope: fc.constantFrom('till 1:1', 'till 1:2', undefined),
        rank: fc.integer({ min: 1, max: 3 }),
        atMs: fc.integer({ min: 1, max: 40 }),
        effect: fc.nat(),
      }),
      // Up to three entries a segment of 512, so segments fill and fall often.
      lines: fc.constantFrom(0, 200, 511),
    }),
  },
  fc.record({ horizonMs: fc.integer({ min: 0, max: 42 }) }),
);

/** All that was appended, in segments, and what of it is current. */
class PlainLog {
  segments: { weight: number; entries: LogEntry<number>[] }[] = [];
  current: LogEntry<number>[] = [];

  append({ entry, lines }: Appended): void {
    const tail = this.segments.at(-1);
    if (!tail || tail.weight >= 512) this.segments.push({ weight: 1 + lines, entries: [entry] });
    else {
      tail.entries.push(entry);
      tail.weight += 1 + lines;
    }
    // An entry without a scope is an older version's: it replaces lower ranks only, and is replaced by any scope.
    this.current = this.current.filter(({ key, scope, rank }) => {
      if (key !== entry.key) return true;
      if (scope === entry.scope) return false;
      return entry.scope === undefined ? rank >= entry.rank : scope !== undefined;
    });
    this.current.push(entry);
  }

  expire(horizonMs: number): void {
    const kept = this.segments.findIndex(({ entries }) => entries.some(({ atMs }) => atMs >= horizonMs));
    const gone = this.segments.splice(0, kept < 0 ? this.segments.length : kept);
    const forgotten = new Set(gone.flatMap(({ entries }) => entries));
    this.current = this.current.filter((entry) => !forgotten.has(entry));
  }
}

test('whatever is appended and forgotten, the current entries are those of a plain list, also after a restart', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const log = new EffectLog<number>();
      const plain = new PlainLog();
      for (const taken of steps) {
        if ('horizonMs' in taken) {
          log.expire(taken.horizonMs);
          plain.expire(taken.horizonMs);
        } else {
          const segment = log.append(taken.entry, taken.lines);
          plain.append(taken);
          expect(segment).toBe(log.segments.at(-1));
        }
        const restored = new EffectLog<number>(log.nextNumber);
        for (const segment of log.segments) restored.restore({ ...segment, entries: [...segment.entries] });
        for (const seen of [log, restored]) {
          expect(new Set(seen.entries())).toEqual(new Set(plain.current));
          expect(seen.size).toBe(plain.current.length);
          expect(seen.nextNumber).toBe(log.nextNumber);
        }
        expect(log.segments.map(({ entries }) => entries)).toEqual(
          plain.segments.map(({ entries }) => entries),
        );
        const later = plain.current.filter(({ atMs }) => atMs > 20).map(({ effect }) => effect);
        expect([...log.after(20)].sort((one, other) => one - other)).toEqual(
          later.sort((one, other) => one - other),
        );
        for (const key of ['a', 'b'])
          for (const scope of ['till 1:1', 'till 1:2', 'till 1:3']) {
            const ofKey = plain.current.filter((entry) => entry.key === key);
            const expected =
              ofKey.find((entry) => entry.scope === scope) ??
              ofKey.find((entry) => entry.scope === undefined);
            expect(log.inForce(key, scope)).toBe(expected);
          }
      }
      expect(log.segments.map(({ number }) => number)).toEqual(
        log.segments.map((_segment, at) => log.nextNumber - log.segments.length + at),
      );
    }),
    { numRuns: 300 },
  );
});
