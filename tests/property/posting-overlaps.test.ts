import fc from 'fast-check';
import { uniquePostings } from '../../shared/ledger/posting-overlaps.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { entry } from '../support/ledger-fixtures.ts';

/** Few values, so equal postings are common, within a file and among files. */
const posting = fc
  .record({
    account: fc.constantFrom('401000', '110100'),
    amountMinor: fc.constantFrom(100, 100, 200),
    voucher: fc.constantFrom('', 'V1', 'V2', 'V1","x'),
    documentNumber: fc.constantFrom('', 'T1'),
    postingId: fc.constantFrom('', '7', '8'),
  })
  .map(({ postingId, ...changes }) => entry({ ...changes, ...(postingId !== '' && { postingId }) }));

/** Up to five files that may hold the same rows. */
const files = fc
  .array(fc.array(posting, { maxLength: 12 }), { maxLength: 5 })
  .map((all) =>
    all.flatMap((rows, at) =>
      rows.map((row, line) => ({ ...row, readAt: { part: `f${at}`, row: line + 2 } })),
    ),
  );

const sameness = (row: LedgerEntry): string =>
  JSON.stringify([row.account, row.amountMinor, row.voucher, row.documentNumber, row.postingId]);
const isReferred = ({ voucher, documentNumber, postingId }: LedgerEntry): boolean =>
  voucher !== '' || documentNumber !== '' || postingId !== undefined;
const countsBy = (rows: readonly LedgerEntry[], keyOf: (row: LedgerEntry) => string) => {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
};

/** How many counted rows outside of a file agree with a row but for their id. */
function standsFor(counted: readonly LedgerEntry[], one: LedgerEntry, part: string): number {
  const butForId = (row: LedgerEntry): string => sameness({ ...row, postingId: 'any' });
  return counted.filter(
    (row) => row.postingId !== undefined && butForId(row) === butForId(one) && row.readAt.part !== part,
  ).length;
}

test('a posting counts as often as the file that has it most often; without any reference it counts each time', () => {
  fc.assert(
    fc.property(files, (rows) => {
      const { counted } = uniquePostings(rows);
      const counts = countsBy(counted, sameness);
      for (const [key, all] of countsBy(rows, sameness)) {
        const ofKey = rows.filter((row) => sameness(row) === key);
        const [one] = ofKey as [LedgerEntry];
        const byPart = countsBy(ofKey, ({ readAt }) => readAt.part);
        if (!isReferred(one)) expect(counts.get(key)).toBe(all);
        else if (one.postingId !== undefined) expect(counts.get(key)).toBe(Math.max(...byPart.values()));
        else {
          // A row of another file that has an id, and agrees but for it, stands for one without.
          const beyond = [...byPart].map(([part, count]) => count - standsFor(counted, one, part));
          expect(counts.get(key) ?? 0).toBe(Math.max(0, ...beyond));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('every row counts or is said to be in two files, and never both but where that is in doubt', () => {
  fc.assert(
    fc.property(files, (rows) => {
      const { counted, overlaps } = uniquePostings(rows);
      const repeats = overlaps
        .filter(({ kind }) => kind === 'same' || kind === 'looks-the-same')
        .flatMap(({ entries }) => entries);
      expect([...counted, ...repeats].sort(byPlace)).toEqual([...rows].sort(byPlace));
      for (const { part, alsoIn, entries, others } of overlaps) {
        expect(part).not.toBe(alsoIn);
        expect(new Set(entries.map(({ readAt }) => readAt.part))).toEqual(new Set([part]));
        expect(new Set(others.map(({ readAt }) => readAt.part))).toEqual(new Set([alsoIn]));
        for (const other of others) expect(counted).toContain(other);
      }
    }),
    { numRuns: 500 },
  );
});

test('the order of files and rows changes nothing', () => {
  const keys = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(files, keys, (rows, order) => {
      const shuffled = rows
        .map((row, at) => ({ row, key: order[at] ?? 0 }))
        .sort((left, right) => left.key - right.key)
        .map(({ row }) => row);
      const outcome = (of: readonly LedgerEntry[]) => {
        const { counted, overlaps } = uniquePostings(of);
        return [
          [...counted].sort(byPlace),
          overlaps.map(({ kind, part, alsoIn, entries }) => [kind, part, alsoIn, [...entries].sort(byPlace)]),
        ];
      };
      expect(outcome(shuffled)).toEqual(outcome(rows));
    }),
    { numRuns: 300 },
  );
});

function byPlace({ readAt: left }: LedgerEntry, { readAt: right }: LedgerEntry): number {
  if (left.part !== right.part) return left.part < right.part ? -1 : 1;
  return Number(left.row) - Number(right.row);
}
