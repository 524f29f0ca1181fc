import { writeXlsx, type Cell, type WriteSheet } from 'hucre/xlsx';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { ledgerMappingSchema, mappingFor } from '../../shared/ledger/sources/files/mapping.ts';
import { readLedgerFile } from '../../shared/ledger/sources/files/read-file.ts';
import { chunksOf, zipOf } from '../support/file-bytes.ts';

const COLUMNS = [
  'JournalNumber',
  'Voucher',
  'AccountingDate',
  'LedgerAccount',
  'StoreDimension',
  'TransactionCurrencyCode',
  'TransactionCurrencyAmount',
  'DocumentNumber',
];
const HEADER = COLUMNS.join();
const mapping = (changes: object) => ledgerMappingSchema.parse({ name: 'm', files: '*', ...changes });

async function rowsOf(name: string, content: string | Uint8Array, mapped?: object): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  const chunks = chunksOf(Buffer.from(content as string), 1_000);
  for await (const row of readLedgerFile(name, chunks, mapped && mapping(mapped))) rows.push(row);
  return rows;
}
/** Entries as `line date account store amount currency document`, errors as `file:line column: reason`. */
const said = (rows: readonly LedgerRow[]): string[] =>
  rows.map((row) => {
    if (!row.ok) return `${row.error.file}:${row.error.line} ${row.error.column}: ${row.error.reason}`;
    const { readAt, accountingDate, account, storeDimension, amountMinor, currency, documentNumber } =
      row.entry;
    return `${readAt.row} ${accountingDate} ${account} ${storeDimension} ${amountMinor} ${currency} ${documentNumber}`;
  });

describe('a mapping', () => {
  test('reads another layout: its names, marks, dates, sides, encoding and rows to skip', async () => {
    const text = [
      'Sachkontenblatt;Filiale K\u00f6ln',
      'Beleg;Datum;Konto;Kostenstelle;Soll;Haben;Kassenbeleg',
      'V1;02.03.2026;1000;K\u00f6ln;1.190,00;;T1',
      'V1;02.03.2026;8400;K\u00f6ln;;1.000;T1',
      'V1;02.03.2026;1776;K\u00f6ln;;190;T1',
      'V2;02.03.2026;8400;K\u00f6ln;-5,00;;T2',
      'Summe;;;;1.190,00;1.190,00;',
    ].join('\r\n');
    const german = {
      encoding: 'windows-1252',
      delimiter: 'semicolon',
      columns: {
        JournalNumber: null,
        Voucher: 'Beleg',
        AccountingDate: 'Datum',
        LedgerAccount: 'Konto',
        StoreDimension: 'Kostenstelle',
        TransactionCurrencyAmount: null,
        DebitAmount: 'Soll',
        CreditAmount: 'Haben',
        DocumentNumber: 'Kassenbeleg',
      },
      constants: { currency: 'EUR' },
      date: 'DD.MM.YYYY',
      decimalMark: ',',
      reversals: true,
      skipRows: [{ column: 'Beleg', startsWith: 'Summe' }],
    };
    expect(said(await rowsOf('konto.txt', Buffer.from(text, 'latin1'), german))).toEqual([
      '3 2026-03-02 1000 K\u00f6ln 119000 EUR T1',
      '4 2026-03-02 8400 K\u00f6ln -100000 EUR T1',
      '5 2026-03-02 1776 K\u00f6ln -19000 EUR T1',
      '6 2026-03-02 8400 K\u00f6ln -500 EUR T2',
    ]);
  });

  test('reads Windows-1252 by its own table, also where Node.js takes it for Latin-1', async () => {
    const rows = Buffer.concat([
      Buffer.from(`${HEADER}\nJ,V,2026-03-02,401000,Caf\u00e9 `, 'latin1'),
      Buffer.from([0x80, 0x93]),
      Buffer.from(',EUR,1.00,T1'),
    ]);
    expect(said(await rowsOf('a.csv', rows, { encoding: 'windows-1252' }))).toEqual([
      '2 2026-03-02 401000 Caf\u00e9 \u20ac\u201c 100 EUR T1',
    ]);
    expect(said(await rowsOf('a.csv', rows))[0]).toMatch(/StoreDimension: .* is not written in UTF-8/);
  });

  test('takes the store from the dimension string of Dynamics 365, also where a value holds the separator', async () => {
    const header = COLUMNS.filter((column) => column !== 'StoreDimension').join();
    const row = (account: string) => `J,V,2026-03-02,${account},EUR,1.00,T1`;
    const dimensions = {
      account: {
        kind: 'dimensions',
        separator: '-',
        segments: ['MainAccount', 'Store', 'Department', 'Project'],
      },
    };
    const accounts = [
      '401000-BER--',
      '401000-D-BER--',
      '401000-BER',
      '401000',
      '401000-D-BER-022-P1',
      '-BER--',
    ];
    expect(said(await rowsOf('gl.csv', [header, ...accounts.map(row)].join('\n'), dimensions))).toEqual([
      '2 2026-03-02 401000 BER 100 EUR T1',
      '3 2026-03-02 401000 D-BER 100 EUR T1',
      '4 2026-03-02 401000 BER 100 EUR T1',
      'gl.csv:5 StoreDimension: is empty',
      expect.stringMatching(
        /^gl.csv:6 LedgerAccount: .* can be read as 401000, D, BER, 022-P1 or .* or 401000, D-BER, 022, P1;/,
      ),
      'gl.csv:7 LedgerAccount: "-BER--" has no main account',
    ]);
    const named = {
      ...dimensions,
      account: { ...dimensions.account, segments: ['Store', 'MainAccount'], separator: '|' },
    };
    expect(said(await rowsOf('gl.csv', `${header}\n${row('BER|401000')}`, named))).toEqual([
      '2 2026-03-02 401000 BER 100 EUR T1',
    ]);
  });

  test('says which of two columns of a name counts, and reads files without a header', async () => {
    const twice = `${HEADER},TransactionCurrencyAmount\nJ,V,2026-03-02,401000,S1,EUR,1.00,T1,1.09`;
    expect(said(await rowsOf('a.csv', twice, { columns: { TransactionCurrencyAmount: 9 } }))).toEqual([
      '2 2026-03-02 401000 S1 109 EUR T1',
    ]);
    const numbers = Object.fromEntries(COLUMNS.map((column, at) => [column, at + 1]));
    expect(
      said(await rowsOf('a.csv', 'J,V,2026-03-02,401000,S1,EUR,1.00,T1', { headerRow: 0, columns: numbers })),
    ).toEqual(['1 2026-03-02 401000 S1 100 EUR T1']);
    expect(() => mapping({ headerRow: 0 })).toThrow('must be numbers');
  });

  test('settles what a file leaves open', async () => {
    const row = (date: string, account: string, amount: string) =>
      `J,V,${date},${account},S1,EUR,"${amount}",T1`;
    const text = [
      HEADER,
      row('4/8/2026', '401000-022', '1.000'),
      row('2026-04-08', '401000-022', '(2.000)'),
    ].join('\n');
    const both = { date: 'MM/DD/YYYY', account: { kind: 'plain' }, decimalMark: ',', positive: 'credit' };
    expect(said(await rowsOf('a.csv', text, both))).toEqual([
      '2 2026-04-08 401000-022 S1 -100000 EUR T1',
      '3 2026-04-08 401000-022 S1 200000 EUR T1',
    ]);
    expect(said(await rowsOf('a.csv', text, { ...both, decimalMark: '.', date: 'DD/MM/YYYY' }))[0]).toBe(
      '2 2026-08-04 401000-022 S1 -100 EUR T1',
    );
  });

  test('belongs to the files whose name it matches, the first one first', () => {
    const mappings = [mapping({ name: 'a', files: 'gl/*.csv' }), mapping({ name: 'b', files: '*2026*' })];
    const nameOf = (file: string) => mappingFor(file, mappings)?.name;
    expect(['gl/2026.csv', 'gl/x/y.CSV', 'x-2026.txt', 'gl.csv'].map(nameOf)).toEqual([
      'a',
      'a',
      'b',
      undefined,
    ]);
  });
});

describe('a workbook', () => {
  const sheet = (
    changes: Omit<WriteSheet, 'name' | 'rows'> & { name?: string; rows: NonNullable<WriteSheet['rows']> },
  ): WriteSheet => ({
    name: 'GL',
    ...changes,
  });
  const bookOf = async (...sheets: WriteSheet[]) => Buffer.from(await writeXlsx({ sheets }));
  const day = new Date(Date.UTC(2026, 2, 2));
  const cell = (changes: Partial<Cell>): Cell => changes as Cell;

  test('is read by the values of its cells: dates, numbers without their binary residue, leading zeros', async () => {
    const book = await bookOf(
      sheet({
        rows: [
          ['Ledger export'],
          COLUMNS,
          ['J', 'V', day, 401000, 'D-BER', 'EUR', -40.300000000000004, 'T1'],
          ['J', 'V', new Date(Date.UTC(2026, 2, 2, 12, 30)), '401000', 'D-BER', 'EUR', 1000, 123],
          [],
          ['J', 'V', '2026-03-02', '401000', 'D-BER', 'EUR', '1,000.50', 'T3'],
        ],
        cells: new Map([['3,7', cell({ value: 123, type: 'number', style: { numFmt: '00000' } })]]),
      }),
    );
    expect(said(await rowsOf('gl.xlsx', book))).toEqual([
      '3 2026-03-02 401000 D-BER -4030 EUR T1',
      '4 2026-03-02 401000 D-BER 100000 EUR 00123',
      '6 2026-03-02 401000 D-BER 100050 EUR T3',
    ]);
    expect(said(await rowsOf('gl.xlsx', book, { decimalMark: ',' }))[0]).toBe(
      '3 2026-03-02 401000 D-BER -4030 EUR T1',
    );
  });

  test('says formulas, merged cells, numbers that Excel has cut and half cents, with their cell', async () => {
    const row = (amount: number | null, document: string | number) => [
      'J',
      'V',
      day,
      1,
      'S1',
      'EUR',
      amount,
      document,
    ];
    const book = await bookOf(
      sheet({
        rows: [
          COLUMNS,
          row(null, 'T1'),
          row(2, 'T2'),
          row(3, 'T3'),
          row(4, 1.2345678901234567e19),
          row(0.005, 'T5'),
          row(6, 'T6'),
        ],
        cells: new Map([
          ['1,6', cell({ value: 5, type: 'formula', formula: 'SUM(G3:G4)', formulaResult: 5 })],
        ]),
        merges: [{ startRow: 2, startCol: 4, endRow: 3, endCol: 4 }],
      }),
    );
    expect(said(await rowsOf('gl.xlsx', book))).toEqual([
      'gl.xlsx [GL]:2 : G2 holds the formula =SUM(G3:G4); save its value instead',
      expect.stringMatching(/^gl.xlsx \[GL\]:3 : The cells E3:E4 are merged/),
      expect.stringMatching(/^gl.xlsx \[GL\]:4 : The cells E3:E4 are merged/),
      expect.stringMatching(
        /^gl.xlsx \[GL\]:5 DocumentNumber: "1.23456789012346E\+19" is a number that a spreadsheet has shortened/,
      ),
      'gl.xlsx [GL]:6 TransactionCurrencyAmount: "0.005" has 3 decimals, EUR has at most 2',
      '7 2026-03-02 1 S1 600 EUR T6',
    ]);
  });

  test('is read from each sheet with the header, or from the one that the mapping names', async () => {
    const row = (document: string) => ['J', 'V', day, 1, 'S1', 'EUR', 1, document];
    const book = await bookOf(
      sheet({ name: 'Notes', rows: [['How to read this']] }),
      sheet({ name: 'March', rows: [COLUMNS, row('T1')] }),
      sheet({ name: 'Old', rows: [COLUMNS, row('T2')], hidden: true }),
    );
    expect(said(await rowsOf('gl.xlsx', book))).toEqual([
      '2 2026-03-02 1 S1 100 EUR T1',
      'gl.xlsx [Old]:1 : The sheet is hidden and was not read; a mapping can name it',
    ]);
    expect(said(await rowsOf('gl.xlsx', book, { sheet: 'Old' }))).toEqual(['2 2026-03-02 1 S1 100 EUR T2']);
    expect(said(await rowsOf('gl.xlsx', book, { sheet: 'May' }))).toEqual([
      'gl.xlsx:1 : The file has no sheet "May"; it has "Notes", "March", "Old"',
    ]);
    expect(said(await rowsOf('gl.xlsx', book, { sheet: 'Notes' }))[0]).toMatch(
      /The header lacks JournalNumber/,
    );
  });

  test.each([0.2, 0.5, 0.9, 0.999])(
    'that was torn at %d of its length is said and not used',
    async (part) => {
      const book = await bookOf(sheet({ rows: [COLUMNS, ['J', 'V', day, 1, 'S1', 'EUR', 1, 'T1']] }));
      expect(said(await rowsOf('gl.xlsx', book.subarray(0, Math.floor(book.length * part))))).toEqual([
        expect.stringMatching(
          /^gl.xlsx:1 : The file is not a complete zip file, as after an interrupted upload/,
        ),
      ]);
    },
  );
});

describe('a package', () => {
  const csv = `${HEADER}\nJ,V,2026-03-02,401000,S1,EUR,1.00,T1`;
  const manifest = (...entities: [string, string][]): string =>
    `<?xml version="1.0" encoding="utf-8"?><DataManagementPackageManifest xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.microsoft.com/dynamics/2015/01/DataManagement"><DefinitionGroupName>GL</DefinitionGroupName><PackageEntityList>${entities
      .map(
        ([name, file]) =>
          `<DataManagementPackageEntityData><DefaultRefreshType>FullPush</DefaultRefreshType><Disable>false</Disable><EntityMapList><EntityMap><EntityField>VOUCHER</EntityField><XMLField>VOUCHER</XMLField></EntityMap></EntityMapList><EntityName>${name}</EntityName><InputFilePath>${file}</InputFilePath><SourceFormat>CSV-Unicode</SourceFormat></DataManagementPackageEntityData>`,
      )
      .join('')}</PackageEntityList></DataManagementPackageManifest>`;
  const ledger: [string, string] = ['General journal account entry', 'General journal account entry.csv'];
  const currencies: [string, string] = ['Currencies', 'Currencies.csv'];

  test('is read by its manifest, in the entity that the mapping names', async () => {
    const whole = zipOf({
      'Manifest.xml': manifest(currencies, ledger),
      'PackageHeader.xml': '<x/>',
      'General journal account entry.csv': csv,
      'Currencies.csv': 'CURRENCYCODE,NAME\nEUR,Euro\n',
    });
    expect(said(await rowsOf('p.zip', whole, { entity: 'General Journal Account Entry' }))).toEqual([
      '2 2026-03-02 401000 S1 100 EUR T1',
    ]);
    expect(said(await rowsOf('p.zip', whole))).toEqual([
      expect.stringMatching(/^p.zip\/Currencies.csv:1 JournalNumber: The header lacks/),
      '2 2026-03-02 401000 S1 100 EUR T1',
    ]);
    expect(said(await rowsOf('p.zip', whole, { entity: 'Vouchers' }))).toEqual([
      'p.zip:1 : The file has no entity "Vouchers" in its manifest; it has "currencies", "general journal account entry"',
    ]);
  });

  test('says what it lacks; the other files of it are used', async () => {
    const lacking = zipOf({ 'Manifest.xml': manifest(ledger), 'PackageHeader.xml': '<x/>' });
    expect(said(await rowsOf('p.zip', lacking))[0]).toMatch(
      /lacks the file "General journal account entry.csv" that its manifest/,
    );
    const broken = zipOf({ 'Manifest.xml': '<a><b></a>', 'x.csv': csv });
    expect(said(await rowsOf('p.zip', broken))[0]).toMatch(/has a manifest that is not well-formed XML/);
    const plain = zipOf({
      'x/one.csv': csv,
      'x/two.pdf': 'no',
      '__MACOSX/._one.csv': 'no',
      'in.zip': zipOf({ 'a.csv': csv }),
    });
    expect(said(await rowsOf('p.zip', plain))).toEqual([
      '2 2026-03-02 401000 S1 100 EUR T1',
      expect.stringMatching(/^p.zip\/x\/two.pdf:1 : The file is not a .csv/),
      expect.stringMatching(/^p.zip\/in.zip:1 : The file is a package within a package/),
    ]);
  });

  test('that is torn or damaged anywhere is said, and nothing of it is used', async () => {
    const rows = Array.from(
      { length: 200 },
      (_row, at) => `J,V${at},2026-03-02,401000,S1,EUR,${at}.01,T${at}`,
    );
    const whole = zipOf({
      'Manifest.xml': manifest(ledger),
      'General journal account entry.csv': [HEADER, ...rows].join('\n'),
    });
    for (let length = 1; length < whole.length; length += 97) {
      const found = said(await rowsOf('p.zip', whole.subarray(0, length)));
      expect(found).toEqual([expect.stringMatching(/^p.zip:1 : The file is (not a complete|damaged)/)]);
    }
    for (let at = 30; at < whole.length; at += 53) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x15;
      const found = await rowsOf('p.zip', damaged);
      const amounts = found.flatMap((row) => (row.ok ? [row.entry.amountMinor] : []));
      // A date or a flag in the directory may change without harm; what is read is always the whole.
      if (amounts.length > 0) expect(amounts).toEqual(rows.map((_row, index) => index * 100 + 1));
      else expect(found.length).toBeGreaterThan(0);
    }
  });
});

test.each(['ledger.xls', 'ledger.pdf', 'ledger', 'ledger.csv.gz'])(
  '%s is said to be no ledger file',
  async (name) => {
    expect(said(await rowsOf(name, 'x'))).toEqual([expect.stringContaining(`${name}:1 : The file is`)]);
  },
);

describe('what a row of a ledger file must not be taken for', () => {
  const row = (
    amount: string,
    of: { journal?: string; account?: string; currency?: string; document?: string } = {},
  ) =>
    `${of.journal ?? 'J1'},V1,2026-03-02,${of.account ?? '4000'},S1,${of.currency ?? 'EUR'},"${amount}",${of.document ?? 'T1'}`;
  const read = async (...rows: string[]) => said(await rowsOf('f.csv', [HEADER, ...rows].join('\n')));

  test.each(['Subtotal', 'Total:', 'Grand Total', 'Summe', 'Carried forward'])(
    'a posting, where it calls itself %s and has every cell',
    async (journal) => {
      expect(await read(row('1.00'), row('1.00', { journal }), row('2.00', { journal: 'Totals-7' }))).toEqual(
        [
          '2 2026-03-02 4000 S1 100 EUR T1',
          expect.stringMatching(/^f\.csv:3 : The row looks like a total/),
          '4 2026-03-02 4000 S1 200 EUR T1',
        ],
      );
    },
  );

  test('another account or number that looks the same on every page', async () => {
    expect(await read(row('1.00', { account: '40\u200b00' }), row('1.00', { document: 'T\u202e1' }))).toEqual(
      [
        'f.csv:2 LedgerAccount: holds an invisible character (U+200B)',
        'f.csv:3 DocumentNumber: holds an invisible character (U+202E)',
      ],
    );
  });

  test('no amount, where it is grouped as India does', async () => {
    const inr = (amount: string) => row(amount, { currency: 'INR' });
    expect(await read(inr('1,00,000.00'), inr('12,34,567'), inr('1,000'), inr('1,0,000'))).toEqual([
      '2 2026-03-02 4000 S1 10000000 INR T1',
      '3 2026-03-02 4000 S1 123456700 INR T1',
      'f.csv:5 TransactionCurrencyAmount: "1,0,000" is not an amount such as -12.50',
      '4 2026-03-02 4000 S1 100000 INR T1',
    ]);
  });
});
