import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { evaluateStockouts } from '../../../infra/stockout-model/evaluate.ts';
import { readFreshRetail } from '../../../infra/stockout-model/freshretail.ts';
import { SHIPPED_MODEL } from '../../../infra/stockout-model/paths.ts';
import { HOURS, type HourPanel } from '../../../shared/stock/silent/hour-panel.ts';
import { madePanel } from '../../support/hour-panel.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stockout-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const DAY_0 = Date.parse('2024-03-28');

/** Writes a panel as two files of the published columns, in no order. */
async function write(panel: HourPanel, isKept: (series: number, cell: number) => boolean = () => true) {
  const rows = panel.series.flatMap(({ sold, out, discount, holiday, promotion }, series) =>
    Array.from(sold, (quantity, cell) => {
      const day = Math.floor(cell / HOURS);
      const date = new Date(DAY_0 + day * 86_400_000).toISOString().slice(0, 10);
      return isKept(series, cell)
        ? `${series % 3},${series},${date},${cell % HOURS},${quantity},${out![cell]},${discount[day]},${holiday[day]},${promotion[day]}`
        : '';
    }).filter((row) => row !== ''),
  );
  const header =
    'store_id,product_id,dt,hour,hourly_sale,hourly_stockout,discount,holiday_flag,activity_flag\n';
  writeFileSync(join(folder, 'all.csv'), header + rows.reverse().join('\n'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const part of [0, 1])
    await connection.run(
      `COPY (SELECT * REPLACE (dt::VARCHAR AS dt) FROM read_csv('${join(folder, 'all.csv')}') WHERE product_id % 2 = ${part}) TO '${join(folder, `chunk_${part}.parquet`)}'`,
    );
  connection.closeSync();
}

test('every hour is read into its place, from several files', async () => {
  const made = madePanel({ stores: 1, products: 4, days: 3 });
  const series = made.series.map((one, index) => ({
    ...one,
    discount: Float32Array.from([1, 0.5, 0.25 * index]),
    holiday: Uint8Array.from([0, 1, 0]),
    promotion: Uint8Array.from([1, 0, index % 2]),
  }));
  await write({ days: 3, firstDay: 0, series });
  const { panel, files, incomplete } = await readFreshRetail(folder);
  expect({ files, incomplete, days: panel.days }).toEqual({
    files: ['chunk_0.parquet', 'chunk_1.parquet'],
    incomplete: 0,
    days: 3,
  });
  for (const read of panel.series) {
    const { storeId: _, productId: __, ...expected } = series[Number(read.productId)]!;
    expect(read).toMatchObject({ ...expected, storeId: String(Number(read.productId) % 3) });
  }
});

test('a series with an hour missing is left out, and said', async () => {
  await write(madePanel({ stores: 1, products: 4, days: 3 }), (series, cell) => series !== 2 || cell !== 30);
  const { panel, incomplete } = await readFreshRetail(folder);
  expect(incomplete).toBe(1);
  expect(panel.series.map(({ productId }) => productId).sort()).toEqual(['0', '1', '3']);
});

test('a folder without files says what to put there', async () => {
  await expect(readFreshRetail(folder)).rejects.toThrow('holds no .parquet file');
});

test('the quick evaluation prints each way beside the baseline', async () => {
  await write(madePanel({ stores: 1, products: 12, days: 66 }));
  const lines: string[] = [];
  await evaluateStockouts({
    folder,
    seed: 1,
    modelFile: SHIPPED_MODEL,
    isQuick: true,
    print: (line) => void lines.push(line),
    progress: () => undefined,
  });
  expect(lines[0]).toBe(
    '2 files: 12 products in 3 stores, 66 days; 0 incomplete series left out. Days 1 to 60 for learning, the others scored from 6:00 to 22:59.',
  );
  for (const way of ['silence alone (baseline)', 'filter, no labels', 'trees, no labels', 'shipped model'])
    expect(lines.some((line) => line.startsWith(`  ${way} `) && /AP \d\.\d{3}$/.test(line))).toBe(true);
});

test('files of too few days are refused with the number that is needed', async () => {
  await write(madePanel({ stores: 1, products: 2, days: 5 }));
  const evaluating = evaluateStockouts({
    folder,
    seed: 1,
    modelFile: SHIPPED_MODEL,
    isQuick: true,
    print: () => undefined,
    progress: () => undefined,
  });
  await expect(evaluating).rejects.toThrow('hold 5 days; more than 60 are needed');
});
