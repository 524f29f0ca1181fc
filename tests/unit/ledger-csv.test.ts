import { readLedgerCsv, type LedgerRow } from '../../shared/ledger/ledger-csv.ts';

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
        file: 'march.csv',
        line: 2,
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
      entry: expect.objectContaining({ line: 4, amountMinor: 1250, currency: 'JPY' }) as unknown,
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
  expect(rows.filter((row) => row.ok).map((row) => row.entry.line)).toEqual([2, 9]);
  const errors = rows.flatMap((row) => (row.ok ? [] : [row.error]));
  expect(errors.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
    'march.csv:3:AccountingDate',
    'march.csv:4:TransactionCurrencyAmount',
    'march.csv:5:TransactionCurrencyCode',
    'march.csv:6:Voucher',
    'march.csv:7:',
    'march.csv:8:',
  ]);
  expect(errors[1]?.reason).toContain('at most 2 decimals');
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
      },
    },
  ]);
});

test.each([
  ['semicolons', Buffer.from(HEADER.replaceAll(',', ';')), 'Cells must be separated by commas.'],
  ['UTF-16', Buffer.from(HEADER, 'utf16le'), 'It must be text in UTF-8.'],
])('a file with %s is told what to do', async (_name, bytes, hint) => {
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const rows: LedgerRow[] = [];
  for await (const row of readLedgerCsv('march.csv', whole())) rows.push(row);
  expect(rows).toMatchObject([{ ok: false, error: { reason: expect.stringContaining(hint) as string } }]);
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
