import fc from 'fast-check';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';

const HEADER = [
  'JournalNumber',
  'Voucher',
  'AccountingDate',
  'LedgerAccount',
  'StoreDimension',
  'TransactionCurrencyCode',
  'TransactionCurrencyAmount',
  'DocumentNumber',
  'Description',
];

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

async function rowsOf(lines: readonly string[]): Promise<LedgerRow[]> {
  const content = Buffer.from([HEADER.map(quoted).join(','), ...lines].join('\n'));
  const chunks = async function* () {
    yield await Promise.resolve(content);
  };
  const rows: LedgerRow[] = [];
  for await (const row of readLedgerCsv('ledger.csv', chunks())) rows.push(row);
  return rows;
}

const padded = (cell: string): string => ` ${cell}\t`;

/** Cells with letters of every script; white space stands within them only, as around them it does not count. */
const text = fc
  .string({ unit: fc.constantFrom('a', '7', 'é', '漢', '\u{1F600}', ' ', '\u00a0', '#', ';', "'", '-') })
  .map((cell) => cell.trim());
const row = fc
  .tuple(text, text, fc.constantFrom('2026-03-02', '2026-02-30'), text, text)
  .chain(([journal, voucher, date, account, store]) =>
    fc
      .tuple(fc.constantFrom('EUR', 'XQX'), fc.constantFrom('-12.50', '1', '1,5', '0.001'), text, text)
      .map((rest) => [journal, voucher, date, account, store, ...rest]),
  );

test('a row means the same bare, with white space around its cells, and in quotes, among rows of all kinds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(row, fc.constantFrom('bare', 'padded', 'quoted'))), async (rows) => {
      const bare = (cell: string): string => (cell.includes(',') ? quoted(cell) : cell);
      const written = rows.map(([cells, how]) => {
        if (how === 'quoted') return cells.map(quoted).join(',');
        return cells.map((cell) => (how === 'padded' ? padded(bare(cell)) : bare(cell))).join(',');
      });
      const inQuotes = rows.map(([cells]) => cells.map(quoted).join(','));
      expect(await rowsOf(written)).toEqual(await rowsOf(inQuotes));
    }),
  );
});
