import fc from 'fast-check';
import { currency, exponentOf, formatAmount } from '../../shared/money.ts';
import { MAX_LEDGER_AMOUNT_MINOR } from '../../shared/ledger/sources/files/amount-text.ts';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber';
const CURRENCIES = ['EUR', 'JPY', 'CLP', 'KWD', 'USD', 'CLF'].map(currency);

interface Written {
  readonly amountMinor: number;
  readonly code: (typeof CURRENCIES)[number];
  /** Zeros that the file leaves out at the end, or adds. */
  readonly decimals: number;
  readonly grouped: boolean;
  readonly sign: 'before' | 'behind' | 'brackets' | 'unicode';
}

const amount: fc.Arbitrary<Written> = fc.record({
  amountMinor: fc.oneof(
    fc.integer({ min: -2_000_000, max: 2_000_000 }),
    fc.constantFrom(0, 1, -1, 100_000, 1_000_000, 129_000, MAX_LEDGER_AMOUNT_MINOR, -MAX_LEDGER_AMOUNT_MINOR),
  ),
  code: fc.constantFrom(...CURRENCIES),
  decimals: fc.integer({ min: 0, max: 5 }),
  grouped: fc.boolean(),
  sign: fc.constantFrom('before', 'behind', 'brackets', 'unicode'),
});

/** Writes an amount exactly, as a program with that convention would. */
function write({ amountMinor, code, decimals, grouped, sign }: Written, mark: '.' | ','): string {
  const [whole = '', fraction = ''] = formatAmount(Math.abs(amountMinor), code).split('.');
  const needed = fraction.replace(/0+$/, '').length;
  const shown = fraction.padEnd(5, '0').slice(0, Math.max(needed, decimals));
  const groups = grouped ? whole.replace(/\B(?=(\d{3})+$)/g, mark === '.' ? ',' : '.') : whole;
  const text = shown === '' ? groups : `${groups}${mark}${shown}`;
  if (amountMinor >= 0) return text;
  return { before: `-${text}`, behind: `${text}-`, brackets: `(${text})`, unicode: `\u2212${text}` }[sign];
}

async function read(amounts: readonly (readonly [string, string])[]): Promise<Map<number, LedgerRow>> {
  const lines = amounts.map(([text, code], at) => `J,V,2026-03-02,401000,S1,${code},"${text}",T${at}`);
  const content = Buffer.from([HEADER, ...lines].join('\n'));
  const rows = new Map<number, LedgerRow>();
  for await (const row of readLedgerCsv(
    'a.csv',
    (async function* () {
      yield content;
    })(),
  )) {
    const line = row.ok ? Number(row.entry.readAt.row) : row.error.line;
    // A row that is read although it is doubted is there twice.
    if (!rows.get(line)?.ok) rows.set(line, row);
  }
  expect([...rows.keys()].sort((a, b) => a - b)).toEqual(amounts.map((_amount, at) => at + 2));
  return rows;
}

test('a file that shows its decimal mark anywhere is read exactly; nothing else of it is read as another amount', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(amount, { minLength: 1, maxLength: 12 }),
      fc.constantFrom<'.' | ','>('.', ','),
      fc.nat(),
      async (amounts, mark, at) => {
        const texts = amounts.map((each) => [write(each, mark), each.code] as const);
        const proof = [mark === '.' ? '12.50' : '12,50', 'EUR'] as const;
        const place = at % (texts.length + 1);
        const rows = await read([...texts.slice(0, place), proof, ...texts.slice(place)]);
        amounts.forEach(({ amountMinor, code }, index) => {
          const row = rows.get(index + 2 + (index >= place ? 1 : 0));
          if (mark === ',' && exponentOf(code) >= 3 && texts[index]?.[0].includes('.')) return;
          expect(row).toMatchObject({ ok: true, entry: { amountMinor } });
        });
      },
    ),
    { numRuns: 500 },
  );
});

test('without any proof an amount is read rightly in both conventions, or it is an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(amount, { minLength: 1, maxLength: 6 }), async (amounts) => {
      const rows = await read(amounts.map((each) => [write(each, '.'), each.code] as const));
      amounts.forEach(({ amountMinor }, index) => {
        const row = rows.get(index + 2);
        if (row?.ok) expect(row.entry.amountMinor).toBe(amountMinor);
        else expect(row?.error.reason).toContain('two readings');
      });
    }),
    { numRuns: 500 },
  );
});

test.each([
  // Each is written so in a public bug report of an importer; right values are those of its reporter.
  ['4.711,98', 'EUR', 471_198],
  ['1.355,90', 'EUR', 135_590],
  ['1.000.000,00', 'EUR', 100_000_000],
  ["1'000'000.00", 'CHF', 100_000_000],
  ['1 234,56', 'EUR', 123_456],
  ['1\u202f234,56', 'EUR', 123_456],
  ['-110.7', 'EUR', -11_070],
  ['5323,54', 'EUR', 532_354],
  ['(123.45)', 'USD', -12_345],
  ['12,345,678', 'JPY', 12_345_678],
])('%s is one amount of %s', async (text, code, amountMinor) => {
  expect((await read([[text, code]])).get(2)).toMatchObject({ ok: true, entry: { amountMinor } });
});

test.each([
  ['-3.000', 'EUR'],
  ['173,900', 'HUF'],
  ['1,234', 'JPY'],
  ['129.500', 'CLP'],
])('%s alone has two readings of %s and says both', async (text, code) => {
  const row = (await read([[text, code]])).get(2);
  expect(row).toMatchObject({
    ok: false,
    error: { accountingDate: '2026-03-02', column: 'TransactionCurrencyAmount' },
  });
  expect(row?.ok === false && row.error.reason).toMatch(
    /two readings: .* with a decimal point, .* with a decimal comma/,
  );
});

test.each([
  '90071992547409.91',
  '999999999999999',
  '--5',
  '-5-',
  '-(5)',
  '5 EUR',
  '\u20ac 5',
  '1e3',
  '1,2.3,4',
  '1.23.456',
  '',
  'NaN',
  'Infinity',
  '0x10',
  '\u0661\u0662',
  '1,0,000.00',
  '5..0',
  '.',
  ',',
  '- ',
  '()',
  '1_000',
  '=1+1',
])('%s costs its own row and no other', async (text) => {
  const rows = await read([
    ['12.50', 'EUR'],
    [text, 'EUR'],
    ['1.000', 'EUR'],
  ]);
  expect([...rows.values()].filter(({ ok }) => !ok).map((row) => !row.ok && row.error.line)).toEqual([3]);
  expect(rows.get(4)).toMatchObject({ ok: true, entry: { amountMinor: 100 } });
});

test('a file that has both marks shows neither: what depends on them is an error', async () => {
  const rows = await read([
    ['12.50', 'EUR'],
    ['12,50', 'EUR'],
    ['1.000', 'EUR'],
  ]);
  expect([2, 3, 4].map((line) => rows.get(line)?.ok)).toEqual([true, true, false]);
});
