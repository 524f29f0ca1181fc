import fc from 'fast-check';
import { EffectLog, type LogEntry } from '../../shared/one-effect/effect-log.ts';

type Entry = LogEntry<string>;

/** The rule without an index: the last entry of a key and scope counts, and an old version's stands for any scope. */
class PlainLog {
  private kept: Entry[] = [];

  append(entry: Entry): void {
    this.kept = this.kept.filter(
      (other) =>
        other.key !== entry.key ||
        (other.scope !== entry.scope &&
          (entry.scope === undefined ? other.rank >= entry.rank : other.scope !== undefined)),
    );
    this.kept.push(entry);
  }

  expire(horizonMs: number, dropped: readonly Entry[]): void {
    this.kept = this.kept.filter((entry) => entry.atMs >= horizonMs || !dropped.includes(entry));
  }

  inForce(key: string, scope: string): Entry | undefined {
    const ofKey = this.kept.filter((entry) => entry.key === key);
    return ofKey.find((entry) => entry.scope === scope) ?? ofKey.find((entry) => entry.scope === undefined);
  }

  all(): readonly Entry[] {
    return this.kept;
  }
}

const keys = ['A', 'B'];
const scopes = ['', 'till 1:1', 'till 1:2'];
const anyEntry: fc.Arbitrary<Entry> = fc
  .record({
    key: fc.constantFrom(...keys),
    scope: fc.constantFrom(...scopes, undefined),
    rank: fc.integer({ min: 0, max: 3 }),
    atMs: fc.integer({ min: 0, max: 20 }),
  })
  .map((entry) => ({ ...entry, effect: JSON.stringify(entry) }));

test('the log knows the current entries as a plain list does, also beside a version without scopes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyEntry, fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined })), {
        maxLength: 30,
      }),
      (steps) => {
        const log = new EffectLog<string>();
        const plain = new PlainLog();
        for (const [entry, horizonMs] of steps) {
          // As heavy as a whole segment, so each entry expires on its own.
          log.append(entry, 1_000);
          plain.append(entry);
          if (horizonMs !== undefined) {
            const before = log.segments.flatMap(({ entries }) => entries);
            log.expire(horizonMs);
            const left = new Set(log.segments.flatMap(({ entries }) => entries));
            plain.expire(
              horizonMs,
              before.filter((one) => !left.has(one)),
            );
          }
          for (const key of keys)
            for (const scope of scopes) expect(log.inForce(key, scope)).toBe(plain.inForce(key, scope));
          expect(new Set(log.entries())).toEqual(new Set(plain.all()));
          expect(log.size).toBe(plain.all().length);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('effects after an instant leave out what was superseded or forgotten', () => {
  const log = new EffectLog<string>();
  const entry = (rank: number, atMs: number): Entry => ({
    key: 'A',
    scope: '',
    rank,
    atMs,
    effect: `v${rank}`,
  });
  log.append(entry(1, 10), 1);
  log.append(entry(2, 20), 1);
  expect([...log.after(5)]).toEqual(['v2']);
  expect([...log.after(20)]).toEqual([]);
});
