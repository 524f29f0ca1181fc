import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseReport } from '../../shared/azure/days/reports.ts';
import { mergeShards, REPORT_FORMAT } from '../../shared/reconciliation/day-report.ts';
import { businessDate } from '../../shared/ids.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';

const format1 = readFileSync(join(__dirname, '../fixtures/report-format-1.json'));
const changed = (change: object): Buffer =>
  Buffer.from(JSON.stringify({ ...(JSON.parse(format1.toString()) as object), ...change }));

it('reads a report of format 1 with the measures of today', () => {
  const report = parseReport(format1);
  expect(report.schemaVersion).toBe(REPORT_FORMAT);
  expect(report.exceptions.map(({ amountMinor, claim }) => ({ amountMinor, claim }))).toEqual([
    // Format 1 had the largest part, with the sign of its account.
    { amountMinor: 1000, claim: { kind: 'statement' } },
    { amountMinor: 0, claim: { kind: 'data' } },
  ]);
  expect(report.balances.map(({ side, aboveMinor, belowMinor }) => [side, aboveMinor, belowMinor])).toEqual([
    ['debit', 1000, 0],
    ['credit', 0, -1000],
  ]);
  expect(report.proof).toMatchObject({ landedTotals: 0, ledgerTotals: 0 });
  expect(reportCsv(report, '2026-03-05')).toContain('S1-T1-0003');
});

it('reads back what it writes, byte for byte', () => {
  const written = JSON.stringify(mergeShards(businessDate('2026-03-02'), []));
  expect(JSON.stringify(parseReport(Buffer.from(written)))).toBe(written);
});

it.each([
  [
    'of a newer version',
    changed({ schemaVersion: REPORT_FORMAT + 1 }),
    /format 3, and this version reads up to 2/,
  ],
  ['without a format', changed({ schemaVersion: undefined }), /format unknown/],
  ['that lacks its cells', changed({ cells: undefined }), /damaged/],
  ['with a cell that has no amount', changed({ cells: [{ storeId: 'S1' }] }), /damaged/],
  ['that breaks off', format1.subarray(0, 300), /not whole/],
])('refuses a report %s, and says what to do', (_what, content, message) => {
  expect(() => parseReport(content)).toThrow(message);
  expect(() => parseReport(content)).toThrow(/Reconcile the date again/);
});
