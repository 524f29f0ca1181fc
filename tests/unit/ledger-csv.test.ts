import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber,Description';

async function read(text: string, chunkBytes = 7): Promise<LedgerRow[]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const rows: LedgerRow[] = [];
  for await (const row of readLedgerCsv('march.csv', chunks())) rows.push(row);
  return rows;
}

test('reads rows with their place, in chunks of any size, with a byte order mark and Windows line ends', async () => {
  const rows = await read(
    `\uFEFF${HEADER}\r\nJ1,V1,2026-03-02,401000,S1,EUR,-12.50,T-1,"Sale, Zürich"\r\n\r\nJ1,V1,2026-03-02T12:00:00Z,110100,S1,JPY,+1250,,\r\n`,
  );
  expect(rows).toEqual([
    {
      ok: true,
      entry: {
        readAt: { part: 'march.csv', row: 2 },
        journalNumber: 'J1',
        voucher: 'V1',
        accountingDate: '2026-03-02',
        account: '401000',
        storeDimension: 'S1',
        currency: 'EUR',
        amountMinor: -1250,
        documentNumber: 'T-1',
      },
    },
    {
      ok: true,
      entry: expect.objectContaining({
        readAt: { part: 'march.csv', row: 4 },
        amountMinor: 1250,
        currency: 'JPY',
      }) as unknown,
    },
  ]);
});

test('a bad row is an error with file, line, column and reason, and the rows around it count', async () => {
  const rows = await read(
    [
      HEADER,
      'J1,V1,2026-03-02,401000,S1,EUR,1.00,,',
      'J1,V1,02.03.2026,401000,S1,EUR,1.00,,',
      'J1,V1,2026-03-02,401000,S1,EUR,1.005,,',
      'J1,V1,2026-03-02,401000,S1,EURO,1.00,,',
      'J1,,2026-03-02,401000,S1,EUR,1.00,,',
      'J1,"V1,2026-03-02,401000,S1,EUR,1.00,,',
      'J1,V1',
      'J1,V1,2026-03-02,401000,S1,EUR,2.00,,',
    ].join('\n'),
    1000,
  );
  expect(rows.filter((row) => row.ok).map((row) => row.entry.readAt.row)).toEqual([2, 9]);
  const errors = rows
    .flatMap((row) => (row.ok ? [] : [row.error]))
    .sort((left, right) => left.line - right.line);
  expect(errors.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
    'march.csv:3:AccountingDate',
    'march.csv:4:TransactionCurrencyAmount',
    'march.csv:5:TransactionCurrencyCode',
    'march.csv:6:Voucher',
    'march.csv:7:',
    'march.csv:8:',
  ]);
  expect(errors[1]?.reason).toContain('at most 2');
  expect(errors.every((error) => error.reason.length > 0)).toBe(true);
});

test('a row with more or fewer cells than the header is never read with another amount', async () => {
  const rows = await read(
    [
      HEADER,
      'J1,V1,2026-03-02,401000,S1,EUR,-14,39,T-1,Sale',
      'J1,V1,2026-03-02,401000,S1,EUR,-14.39,T-1,Milk, 1 l',
      'J1,V1,2026-03-02,401000,S1,EUR,-14',
    ].join('\n'),
  );
  expect(rows).toEqual([
    expect.objectContaining({ ok: false }),
    expect.objectContaining({ ok: false }),
    {
      ok: false,
      error: {
        file: 'march.csv',
        line: 4,
        column: '',
        reason: 'The row has 7 cells, the header 9; a text with a comma needs quotes',
        accountingDate: '2026-03-02',
      },
    },
  ]);
});

test('a file without the columns says which', async () => {
  const [row] = await read('JournalNumber;Voucher\nJ1;V1\n');
  expect(row).toMatchObject({ ok: false, error: { line: 1 } });
  expect((row as { error: { reason: string } }).error.reason).toContain('AccountingDate');
  expect(await read('')).toMatchObject([
    { ok: false, error: { line: 1, reason: 'The file has no header row' } },
  ]);
});

test('a line without end does not fill the memory', async () => {
  const rows = await read(`${HEADER}\n${'x'.repeat(300_000)}\nJ1,V1,2026-03-02,401000,S1,EUR,2.00,,`, 65_536);
  expect(rows.map((row) => row.ok)).toEqual([false, true]);
});

const ROW = 'J1,V1,2026-03-02,401000,S1,EUR,1.00,T1,';
/** The entries' lines, and the errors' lines. */
async function linesOf(text: string, chunkBytes?: number): Promise<{ read: number[]; refused: number[] }> {
  const rows = await read(text, chunkBytes);
  return {
    read: rows.flatMap((row) => (row.ok ? [Number(row.entry.readAt.row)] : [])).sort((a, b) => a - b),
    refused: rows.flatMap((row) => (row.ok ? [] : [row.error.line])).sort((a, b) => a - b),
  };
}

test('a text over several lines belongs to its row, and a quote that stays open costs its own line only', async () => {
  const text = [
    HEADER,
    `${ROW}"two`,
    'lines, and a ""quote"""',
    `${ROW}"never closed`,
    `${ROW}plain`,
    `${ROW}"closed"`,
    `${ROW}plain`,
    // The next two together are well-formed, with a whole row within the text.
    `${ROW}"opened`,
    `${ROW}swallowed`,
    `${ROW}closed"`,
    `${ROW}plain`,
    `${ROW}"opened at the end`,
    `${ROW}plain`,
  ].join('\n');
  for (const chunkBytes of [1, 7, 100_000])
    expect(await linesOf(text, chunkBytes)).toEqual({
      read: [2, 5, 6, 7, 9, 11, 13],
      refused: [4, 8, 10, 12],
    });
});

test('line ends of every kind count, also half of one at the end of a chunk', async () => {
  for (const end of ['\n', '\r\n', '\r'])
    expect(await linesOf([HEADER, ROW, '', ROW, ''].join(end), 1)).toEqual({ read: [2, 4], refused: [] });
});

test('a line that is too long is an error and never a row made of its two ends', async () => {
  const long = `J1,V1,2026-03-02,401000,S1,EUR,1.00,T1,${'x'.repeat(20_000)}`;
  const torn = `J1,V1,2026-03-02,401000,S1,EUR,1.00${'0'.repeat(17_000)},T1,`;
  for (const chunkBytes of [1_000, 1_000_000])
    expect(await linesOf([HEADER, long, ROW, torn, ROW].join('\n'), chunkBytes)).toEqual({
      read: [3, 5],
      refused: [2, 4],
    });
});

test('the end of a line that is too long is no row, though it may look like one', async () => {
  const torn = `${'x'.repeat(16 * 1024 + 1)}${ROW}`;
  expect(await linesOf([HEADER, torn, ROW].join('\n'), 1)).toEqual({ read: [3], refused: [2] });
});

test.each(['utf8', 'utf16le'] as const)(
  'a file in %s is read with and without its byte order mark',
  async (encoding) => {
    for (const mark of ['', '\uFEFF']) {
      const bytes = Buffer.from(`${mark}${HEADER}\n${ROW}\n`, encoding);
      const swapped = encoding === 'utf16le' ? [Buffer.from(bytes).swap16()] : [];
      for (const content of [bytes, ...swapped]) {
        const rows: LedgerRow[] = [];
        for await (const row of readLedgerCsv(
          'a.csv',
          (async function* () {
            yield content;
          })(),
        ))
          rows.push(row);
        expect(rows).toMatchObject([{ ok: true, entry: { voucher: 'V1', amountMinor: 100 } }]);
      }
    }
  },
);

test.each([
  ['K\ufffdln', 'is not written in UTF-8'],
  ['1.23457E+11', 'shortened'],
  ['a\u0007b', 'control character'],
  ['x'.repeat(201), 'longer than 200'],
])('a store dimension of %j is refused', async (dimension, reason) => {
  const [row] = await read(`${HEADER}\nJ1,V1,2026-03-02,401000,${dimension},EUR,1.00,T1,`);
  expect(row).toMatchObject({ ok: false, error: { column: 'StoreDimension', accountingDate: '2026-03-02' } });
  expect(row?.ok === false && row.error.reason).toContain(reason);
});

test.each([
  ['401000-D-BER--', 'D-BER', '401000'],
  ['401000|D-BER|', 'D-BER', '401000'],
  ['401000|022|D-HAM', 'D-BER', '401000'],
  ['401000-022-D-BER', 'D-BER', '401000'],
  ['401000-D\\-BER-022', 'D-BER', '401000'],
  ['401000', 'D-BER', '401000'],
  ['CASH-EUR', 'D-BER', 'CASH-EUR'],
])('the account %s of the store %s is %s', async (account, store, expected) => {
  const [row] = await read(`${HEADER}\nJ1,V1,2026-03-02,${account},${store},EUR,1.00,T1,`);
  expect(row).toMatchObject({ ok: true, entry: { account: expected, storeDimension: store } });
});

test('an account that may be a dimension string is an error with both readings', async () => {
  const [row] = await read(`${HEADER}\nJ1,V1,2026-03-02,401000-022,D-BER,EUR,1.00,T1,`);
  expect(row?.ok === false && row.error.reason).toBe(
    '"401000-022" is either an account of that name, or the account 401000 with the dimensions 022: use a mapping to say which',
  );
});

test.each([
  ['12.50', '', 1_250],
  ['', '12.50', -1_250],
  ['0.00', '12.50', -1_250],
  ['12.50', '0', 1_250],
  ['0', '0', 0],
  ['-70.55', '', 'takes a posting back, or has a sign'],
  ['', '(70.55)', 'takes a posting back, or has a sign'],
  ['1.00', '2.00', 'Both a debit of "1.00" and a credit of "2.00"'],
  ['', '', 'Neither a debit nor a credit'],
  ['1.000', '', 'two readings'],
])('a debit of %j and a credit of %j', async (debit, credit, expected) => {
  const header = HEADER.replace('TransactionCurrencyAmount', 'DebitAmount,CreditAmount');
  const [row] = await read(`${header}\nJ1,V1,2026-03-02,401000,S1,EUR,${debit},${credit},T1,`);
  if (typeof expected === 'number') expect(row).toMatchObject({ ok: true, entry: { amountMinor: expected } });
  else expect(row?.ok === false && row.error.reason).toContain(expected);
});

test.each([
  ['2026-03-02T12:00:00Z', true],
  ['2026-03-02T00:00:00+00:00', true],
  ['2026-03-02 08:30:00', true],
  ['2026-03-01T23:00:00Z', false],
  ['2026-03-02T00:00:00+02:00', false],
  ['2026-3-2', false],
  ['2026-02-30', false],
  ['13/31/2026', false],
  ['9999-12-31', false],
])('the accounting date %s is read: %s', async (date, isRead) => {
  const [row] = await read(`${HEADER}\nJ1,V1,${date},401000,S1,EUR,1.00,T1,`);
  if (isRead) expect(row).toMatchObject({ ok: true, entry: { accountingDate: '2026-03-02' } });
  else expect(row).toMatchObject({ ok: false, error: { column: 'AccountingDate' } });
});

test('a row whose amount cannot be read is known with its date, so this day can say so', async () => {
  const rows = await read(
    [HEADER, 'J1,V1,2026-03-02,401000,S1,EUR,1;00,,', 'J1,V1,2026-03-03,401000,S1,EUR,-14,39,,'].join('\n'),
  );
  expect(rows.map((row) => !row.ok && row.error.accountingDate)).toEqual(['2026-03-02', '2026-03-03']);
  // And with its store, unless the row as a whole is in doubt: a cell too many may have moved the others.
  expect(rows.map((row) => !row.ok && row.error.storeDimension)).toEqual(['S1', undefined]);
});

test('amounts in a documented form are doubted where the file has a decimal comma elsewhere', async () => {
  const row = (text: string, code: string) => `J1,V1,2026-03-02,401000,S1,${code},"${text}",T1,`;
  const rows = await read([HEADER, row('12.345', 'KWD'), row('1,50', 'EUR')].join('\n'));
  expect(rows.map((each) => each.ok && each.entry.amountMinor)).toEqual([12_345, 150, false]);
  expect(rows[2]).toMatchObject({ ok: false, error: { line: 2, accountingDate: '2026-03-02' } });
});
