import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';

/** Ledger files rebuilt from public bug reports, with the right values that their README gives. */
const folder = resolve(__dirname, '../../../shared/data/field');
const present = existsSync(folder);
if (!present) console.warn('SKIPPED: the ledger files from the field are not here (../shared/data/field)');

/** Entries as `date account store amount currency`, errors as `line column: reason`. */
async function rowsOf(name: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const row of readLedgerCsv(name, createReadStream(resolve(folder, name)))) {
    if (row.ok) {
      const { accountingDate, account, storeDimension, amountMinor, currency } = row.entry;
      rows.push(`${accountingDate} ${account} ${storeDimension} ${amountMinor} ${currency}`);
    } else {
      const { line, column, reason, accountingDate } = row.error;
      rows.push(`${accountingDate ?? 'no date'}, line ${line} ${column}: ${reason}`);
    }
  }
  return rows;
}

const thousand = (date: string): string[] => [
  `${date} 110100 D-BER 100000 EUR`,
  `${date} 401000 D-BER -100000 EUR`,
];

(present ? test : test.skip).each([
  ['l1-01-semicolon-decimalcomma.csv', '2026-04-01'],
  ['l1-02-bom-crlf.csv', '2026-04-02'],
  ['l1-03-utf16le.csv', '2026-04-03'],
  ['l1-04-thousands-quoted.csv', '2026-04-04'],
  ['l1-06-one-decimal-and-plus.csv', '2026-04-06'],
  ['l1-07-datetime.csv', '2026-04-07'],
  ['l1-09-quoted-newline.csv', '2026-04-09'],
  ['l1-10-dimension-string.csv', '2026-04-10'],
  ['l1-11-uppercase-header.csv', '2026-04-11'],
  ['l1-12-debit-credit.csv', '2026-04-12'],
  ['l1-17-metadata-rows-above-header.csv', '2026-04-17'],
  ['l1-18-latin1.csv', '2026-04-18'],
  ['l1-19-tab.csv', '2026-04-19'],
  ['l1-21-four-decimals.csv', '2026-04-21'],
  ['l1-23-extension-upper.CSV', '2026-04-23'],
])('%s holds one thousand, in and out', async (name, date) => {
  expect(await rowsOf(name)).toEqual(thousand(date));
});

const two = (text: string, small: string, large: string): unknown =>
  expect.stringContaining(
    `"${text}" has two readings: ${small} with a decimal point, ${large} with a decimal comma`,
  );

(present ? test : test.skip).each<[string, unknown[]]>([
  [
    'l1-05-whole-thousands-dot.csv',
    [two('1.000', '1.00 EUR', '1000.00 EUR'), two('-1.000', '-1.00 EUR', '-1000.00 EUR')],
  ],
  [
    'l25-clp-dot-thousands.csv',
    [two('129.000', '129 CLP', '129000 CLP'), two('-129.000', '-129 CLP', '-129000 CLP')],
  ],
  [
    'l1-08-us-date.csv',
    [
      expect.stringContaining('2026-08-04 as DD/MM/YYYY or 2026-04-08 as MM/DD/YYYY'),
      expect.stringContaining('2026-08-04 as DD/MM/YYYY or 2026-04-08 as MM/DD/YYYY'),
    ],
  ],
  [
    'l1-13-parentheses-trailing-minus-unicode.csv',
    [
      '2026-04-13 110100 D-BER 100000 EUR',
      '2026-04-13 401000 D-BER -40000 EUR',
      '2026-04-13 401000 D-BER -30000 EUR',
      '2026-04-13 401000 D-BER -30000 EUR',
    ],
  ],
  // The small letters stay: another spelling of a dimension may be another store, which is for a person to say.
  [
    'l1-14-spaces-trailing-comma.csv',
    ['2026-04-14 110100 D-BER 100000 EUR', '2026-04-14 401000 d-ber -100000 EUR'],
  ],
  [
    'l1-15-scientific.csv',
    [
      expect.stringMatching(
        /^2026-04-15, line 2 TransactionCurrencyAmount: "1E\+03" is in scientific notation/,
      ),
      expect.stringMatching(/^2026-04-15, line 3 LedgerAccount: "4.01E\+05" is a number that a spreadsheet/),
    ],
  ],
  [
    'l1-16-trailer-total-row.csv',
    [
      ...thousand('2026-04-16'),
      expect.stringMatching(/^no date, line 4 AccountingDate: .*looks like a total/),
    ],
  ],
  ['l1-20-header-only.csv', []],
  [
    'l1-22-half-cent.csv',
    [
      '2026-04-22 110100 D-BER 100000 EUR',
      expect.stringContaining('line 4 TransactionCurrencyAmount: "-0.005" has 3 decimals, EUR has at most 2'),
      expect.stringContaining(
        'line 3 TransactionCurrencyAmount: "-999.995" has 3 decimals, EUR has at most 2',
      ),
    ],
  ],
  [
    'l1-24-duplicate-column.csv',
    [expect.stringContaining('The header has TransactionCurrencyAmount 2 times, in columns 7 and 10')],
  ],
])('%s is read as its README says, or says why not', async (name, expected) => {
  expect(await rowsOf(name)).toEqual(expected);
});

(present ? test : test.skip)(
  'amounts of three decimals stay what they are where the currency has three',
  async () => {
    const rows = await rowsOf('l03-own-day.csv');
    expect(rows.filter((row) => row.endsWith('KWD'))).toEqual([
      '2026-03-11 110100 D-KWT 12345 KWD',
      '2026-03-11 401000 D-KWT -12345 KWD',
    ]);
  },
);
