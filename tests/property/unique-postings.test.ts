import fc from 'fast-check';
import { UniquePostings } from '../../shared/ledger/unique-postings.ts';
import { entry } from '../support/ledger-fixtures.ts';

/** Few values, so that equal postings are common, within a file and among files. */
const posting = fc
  .record({
    account: fc.constantFrom('401000', '110100'),
    amountMinor: fc.constantFrom(100, 100, 200),
    voucher: fc.constantFrom('V1', 'V2', 'V1","x'),
    documentNumber: fc.constantFrom('', 'T1'),
  })
  .map((changes) => entry({ ...changes, line: 1 }));

const sameness = ({ account, amountMinor, voucher, documentNumber }: ReturnType<typeof entry>): string =>
  JSON.stringify([account, amountMinor, voucher, documentNumber]);
const times = (of: readonly ReturnType<typeof entry>[], key: string) =>
  of.filter((one) => sameness(one) === key).length;

test('a posting counts as often as the file that has it most often, whatever the files; every other one is said', () => {
  fc.assert(
    fc.property(fc.array(fc.array(posting, { maxLength: 12 }), { maxLength: 5 }), (files) => {
      const unique = new UniquePostings();
      const counted = files.flatMap((rows, at) => rows.filter((row) => unique.counts(`f${at}.csv`, row)));
      for (const key of new Set(files.flat().map(sameness)))
        expect(times(counted, key)).toBe(Math.max(...files.map((rows) => times(rows, key))));
      const saidToRepeat = unique.said().map(({ reason }) => Number(/^\d+/.exec(reason)?.[0]));
      expect(saidToRepeat.reduce((sum, one) => sum + one, 0)).toBe(files.flat().length - counted.length);
    }),
    { numRuns: 500 },
  );
});

test('what repeats is said with its file, the other file, its first row and its date', () => {
  const unique = new UniquePostings();
  const one = entry({ account: '401000', amountMinor: -100, line: 2 });
  expect(unique.counts('march.csv', one)).toBe(true);
  expect(unique.counts('march.csv', { ...one, line: 3 })).toBe(true);
  expect([7, 8, 9].map((line) => unique.counts('again.csv', { ...one, line }))).toEqual([false, false, true]);
  expect(unique.said()).toEqual([
    {
      counts: true,
      file: 'again.csv',
      line: 7,
      column: '',
      reason: '2 postings from this row on are also in march.csv and count once',
      accountingDate: '2026-03-02',
    },
  ]);
});
