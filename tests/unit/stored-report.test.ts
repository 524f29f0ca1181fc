import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerClient } from '@azure/storage-blob';
import { blobReports, parseReport } from '../../shared/azure/days/reports.ts';
import { mergeShards, REPORT_FORMAT } from '../../shared/reconciliation/day-report.ts';
import type { ShardResult } from '../../shared/reconciliation/reconcile-shard.ts';
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

describe('results of shards', () => {
  const place = { businessDate: businessDate('2026-03-02'), shard: 0, shards: 1 };
  const stored = {
    inputs: 'i',
    planned: 'p',
    result: { businessDate: '2026-03-02' } as unknown as ShardResult,
  };

  function container() {
    let content = '';
    const reports = blobReports({
      getBlockBlobClient: () => ({
        upload: (text: string) => {
          content = text;
          return Promise.resolve({});
        },
      }),
      getBlobClient: () => ({ downloadToBuffer: () => Promise.resolve(Buffer.from(content)) }),
    } as unknown as ContainerClient);
    return {
      reports,
      read: () => JSON.parse(content) as { format: number },
      write: (text: string) => void (content = text),
    };
  }

  it('come back as they were stored; those of another version, or that break off, are absent', async () => {
    const { reports, read, write } = container();
    await reports.putShard(place, stored);
    expect(await reports.shard(place)).toEqual(stored);
    const written = read();
    for (const format of [written.format - 1, written.format + 1, undefined, 'x']) {
      write(JSON.stringify({ ...written, format }));
      expect(await reports.shard(place)).toBeUndefined();
    }
    write(JSON.stringify(written).slice(0, 20));
    expect(await reports.shard(place)).toBeUndefined();
  });

  it('have the fields that the fixture of their format lists: a change of them is another format', async () => {
    const { reports, read } = container();
    await reports.putShard(place, stored);
    const fixture = `../fixtures/shard-format-${read().format}.json`;
    const { fields } = JSON.parse(readFileSync(join(__dirname, fixture), 'utf8')) as { fields: string[] };
    const source = readFileSync(join(__dirname, '../../shared/reconciliation/reconcile-shard.ts'), 'utf8');
    const [, body = ''] = /export interface ShardResult[^{]*\{([^]*?)\n\}/.exec(source) ?? [];
    const declared = new Set([...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name));
    expect(declared).toEqual(new Set(fields));
  });
});
