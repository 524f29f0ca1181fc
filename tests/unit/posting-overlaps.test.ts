import { businessDate, type BusinessDate } from '../../shared/ids.ts';
import { uniquePostings } from '../../shared/ledger/posting-overlaps.ts';
import { placeText, type LedgerEntry } from '../../shared/ledger/posting.ts';
import { readLedgerFile } from '../../shared/ledger/sources/files/read-file.ts';
import { fieldFile } from '../support/field.ts';

async function* contentOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}

/** The postings of two or more files as they count, and what the files have in common. */
async function counted(files: Readonly<Record<string, string>>, date?: BusinessDate) {
  const entries: LedgerEntry[] = [];
  for (const [name, text] of Object.entries(files))
    for await (const row of readLedgerFile(name, contentOf(text), undefined)) {
      if (!row.ok) throw new Error(row.error.reason);
      if (date === undefined || row.entry.accountingDate === date) entries.push(row.entry);
    }
  const unique = uniquePostings(entries);
  return {
    places: unique.counted.map(({ readAt }) => placeText(readAt)),
    overlaps: unique.overlaps.map(({ kind, part, alsoIn, entries: rows }) => ({
      kind,
      files: `${part} ${alsoIn}`,
      rows: rows.length,
    })),
  };
}

/** A file with the columns that a bank statement has, and perhaps an id of each row. */
function statement(rows: readonly string[], more = ''): string {
  const header = `JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber${more}`;
  return [header, ...rows].join('\n');
}
const row = (date: string, amount: string, voucher = 'V', rest = ''): string =>
  `J,${voucher},${date},110200,S1,EUR,${amount},${rest}`;

test('the case from the field: the second file with the same rows counts once, and that is a doubt', async () => {
  const first = fieldFile('l1-06-one-decimal-and-plus.csv');
  const second = fieldFile('l26-second-file-same-rows.csv');
  if (first === undefined || second === undefined) return;
  expect(await counted({ 'l1-06.csv': first, 'l26.csv': second })).toEqual({
    places: ['l1-06.csv:2', 'l1-06.csv:3'],
    overlaps: [{ kind: 'looks-the-same', files: 'l26.csv l1-06.csv', rows: 2 }],
  });
});

describe('public reports of postings that importers lost or doubled', () => {
  test('firefly-iii #2353: two equal purchases in one file are two', async () => {
    const rides = statement([row('2019-05-24', '-6.76'), row('2019-05-24', '-6.76')]);
    expect(await counted({ 'may.csv': rides })).toEqual({
      places: ['may.csv:2', 'may.csv:3'],
      overlaps: [],
    });
    const longer = statement([
      row('2019-05-23', '-1.49'),
      row('2019-05-24', '-6.76'),
      row('2019-05-24', '-6.76'),
    ]);
    const both = await counted({ 'may.csv': rides, 'longer.csv': longer });
    expect(both.places).toEqual(['longer.csv:2', 'longer.csv:3', 'longer.csv:4']);
    expect(both.overlaps).toEqual([{ kind: 'looks-the-same', files: 'may.csv longer.csv', rows: 2 }]);
  });

  test('actual #608: equal amounts of other dates in another file are postings of their own', async () => {
    const august = statement([row('2023-08-30', '-1.50')]);
    const september = statement([row('2023-09-01', '-1.50'), row('2023-09-01', '-1.50')]);
    expect((await counted({ 'aug.csv': august, 'sep.csv': september })).places).toHaveLength(3);
  });

  test('securo #2: equal rows with other ids are postings of their own, in two files as well', async () => {
    const one = statement([row('2026-03-12', '-5.00', 'V', ',A1')], ',RecId');
    const other = statement([row('2026-03-12', '-5.00', 'V', ',A2')], ',RecId');
    expect(await counted({ 'a.csv': one, 'b.csv': other })).toEqual({
      places: ['a.csv:2', 'b.csv:2'],
      overlaps: [],
    });
  });

  test('securo #911, beancount-import #216: one id for several rows of a file loses none of them', async () => {
    const rows = [
      row('2026-09-12', '-5.00', 'V', ',N1'),
      row('2026-09-12', '-0.15', 'V', ',N1'),
      row('2026-09-12', '7.00', 'V', ',N1'),
    ];
    const once = { 'bank.csv': statement(rows, ',RecId') };
    expect(await counted(once)).toMatchObject({ places: { length: 3 }, overlaps: [] });
    expect(await counted({ ...once, 'later.csv': statement(rows.slice(1), ',RecId') })).toEqual({
      places: ['bank.csv:2', 'bank.csv:3', 'bank.csv:4'],
      overlaps: [{ kind: 'same', files: 'later.csv bank.csv', rows: 2 }],
    });
  });

  test('beangulp #93, #95: of overlapping exports each posting counts once, whichever is read first', async () => {
    const months = (from: number, to: number) =>
      statement(
        Array.from({ length: to - from + 1 }, (_, at) =>
          row(`2021-0${from + at}-15`, '-9.00', `V${from + at}`),
        ),
      );
    const files: [string, string][] = [
      ['jan-june.csv', months(1, 6)],
      ['march-sept.csv', months(3, 9)],
    ];
    const forwards = await counted(Object.fromEntries(files));
    const backwards = await counted(Object.fromEntries([...files].reverse()));
    expect(forwards.places).toHaveLength(9);
    expect([...backwards.places].sort()).toEqual([...forwards.places].sort());
    expect(backwards.overlaps).toEqual(forwards.overlaps);
  });
});

test('a line number tells postings of one voucher from each other, in two files as well', async () => {
  const header = ',LineNumber';
  const file = (...lines: number[]) =>
    statement(
      lines.map((line) => row('2026-03-02', '4.00', 'V1', `,${line}`)),
      header,
    );
  expect(await counted({ 'a.csv': file(1, 2), 'b.csv': file(2, 3) }, businessDate('2026-03-02'))).toEqual({
    places: ['a.csv:2', 'a.csv:3', 'b.csv:3'],
    overlaps: [{ kind: 'same', files: 'b.csv a.csv', rows: 1 }],
  });
});

test('one id with two contents in two files: both count, and that is a doubt', async () => {
  const before = statement([row('2026-03-02', '4.00', 'V', ',9')], ',RecId');
  const after = statement([row('2026-03-02', '5.00', 'V', ',9')], ',RecId');
  expect(await counted({ 'a.csv': before, 'b.csv': after })).toEqual({
    places: ['a.csv:2', 'b.csv:2'],
    overlaps: [{ kind: 'one-id', files: 'b.csv a.csv', rows: 1 }],
  });
});

describe('a source with ids, such as OData, beside a file without them', () => {
  const both = (withId: readonly string[], without: readonly string[]) =>
    counted({ 'a.csv': statement(withId, ',RecId'), 'b.csv': statement(without) });

  test('the rows that agree count once, and that is a doubt', async () => {
    expect(
      await both(
        [row('2026-03-02', '5.00', 'V1', ',7'), row('2026-03-02', '5.00', 'V1', ',8')],
        [row('2026-03-02', '5.00', 'V1'), row('2026-03-02', '9.00', 'V2')],
      ),
    ).toEqual({
      places: ['a.csv:2', 'a.csv:3', 'b.csv:3'],
      overlaps: [{ kind: 'looks-the-same', files: 'b.csv a.csv', rows: 1 }],
    });
  });

  test('a file with more of them than the source has counts for the rest', async () => {
    expect(
      await both(
        [row('2026-03-02', '5.00', 'V1', ',7')],
        [row('2026-03-02', '5.00', 'V1'), row('2026-03-02', '5.00', 'V1')],
      ),
    ).toEqual({
      places: ['a.csv:2', 'b.csv:3'],
      overlaps: [{ kind: 'looks-the-same', files: 'b.csv a.csv', rows: 1 }],
    });
  });
});
