import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { readXlsx } from 'hucre/xlsx';
import { xlsxFile } from '../../functions/reconcile/pages/xlsx-file.ts';
import { currency, exponentOf } from '../../shared/money.ts';
import { reportSheets } from '../../shared/reports/report-xlsx.ts';
import type { XlsxCell } from '../../shared/reports/xlsx-sheet.ts';
import { reportWithFaults } from '../support/report-fixture.ts';

/** Written by us, read by a library that knows nothing of the writer. */
async function readBack(rows: readonly XlsxCell[][]) {
  const file = await buffer(xlsxFile([{ name: 'S', columns: [['A', 10]], rows }]));
  const [sheet] = (await readXlsx(file)).sheets;
  return sheet?.rows.slice(1) ?? [];
}

test('the workbook of a day has its six sheets, and adds up to the report', async () => {
  const report = reportWithFaults();
  const view = { report, storeName: () => 'Berlin', today: '2026-03-10', days: [], items: [] };
  const file = await buffer(xlsxFile(reportSheets(view)));
  const { sheets } = await readXlsx(file);
  expect(sheets.map(({ name }) => name)).toEqual([
    'Summary',
    'Exceptions',
    'Ageing',
    'By store',
    'Evidence',
    'Sign-off',
  ]);
  const [, exceptions, ageing, stores] = sheets;
  const amounts = exceptions?.rows.slice(1).map((row) => [row[0], row[13]]);
  expect(amounts).toEqual(
    report.exceptions.map(({ exceptionId, amountMinor, currency: code }) => [
      exceptionId,
      code === undefined ? null : Number(amountMinor) / 100,
    ]),
  );
  expect(ageing?.rows.slice(1).reduce((sum, row) => sum + Number(row[2]), 0)).toBe(report.exceptions.length);
  expect(stores?.rows.length).toBe(1 + report.cells.length);
  // The same data gives the same bytes.
  expect(await buffer(xlsxFile(reportSheets(view)))).toEqual(file);
});

test('money is a number with the decimals of its currency, and exact', async () => {
  const codes = ['EUR', 'JPY', 'KWD', 'CLF'].map((code) => currency(code));
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.integer({ min: -99_999_999_999_999, max: 99_999_999_999_999 }),
          fc.constantFrom(...codes),
        ),
        { maxLength: 20 },
      ),
      async (all) => {
        const rows = await readBack(all.map(([amountMinor, code]) => [{ amountMinor, currency: code }]));
        for (const [index, [amountMinor, code]] of all.entries())
          expect(Math.round(Number(rows[index]?.[0]) * 10 ** exponentOf(code))).toBe(amountMinor);
      },
    ),
    { numRuns: 30 },
  );
});

test('what has more digits than a spreadsheet calculates with is a text, with every digit', async () => {
  expect(await readBack([[{ amountMinor: '1234567890123456789', currency: currency('EUR') }]])).toEqual([
    ['12345678901234567.89'],
  ]);
});

test('no text is a formula, and none breaks the file', async () => {
  const texts = [
    '=1+1',
    '+HYPERLINK("x")',
    '-2',
    '@SUM(A1)',
    ' \t=cmd',
    '＝1',
    '<b>&amp;"',
    'a\u0000b\u000bc',
    '\ud800x',
    'ünï \u{1F600}',
    'x\ny',
    ']]>',
  ];
  const file = await buffer(
    xlsxFile([{ name: 'S', columns: [['A', 10]], rows: texts.map((text) => [text]) }]),
  );
  const [sheet] = (await readXlsx(file, { readStyles: true })).sheets;
  expect(sheet?.rows.slice(1).map(([text]) => text)).toEqual(
    texts.map((text) => text.toWellFormed().replaceAll('\u0000', '\uFFFD').replaceAll('\u000b', '\uFFFD')),
  );
  for (const cell of sheet?.cells?.values() ?? []) expect(cell.formula).toBeUndefined();
});

test('a text beyond what a cell holds is cut, and says so', async () => {
  const [row] = await readBack([['x'.repeat(40_000)]]);
  expect(String(row?.[0]).length).toBeLessThanOrEqual(32_767);
  expect(String(row?.[0])).toMatch(/more characters\)$/);
});
