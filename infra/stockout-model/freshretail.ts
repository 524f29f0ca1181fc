import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { DAY_MS } from '../../shared/time.ts';
import { HOURS, type HourPanel } from '../../shared/stock/silent/hour-panel.ts';

/** A panel as read, with what became of the rest. */
export interface FreshRetail {
  readonly panel: HourPanel;
  readonly files: readonly string[];
  /** Series that do not cover every hour of every day; they are left out. */
  readonly incomplete: number;
}

/**
 * Reads files of FreshRetailNet-50K (Dingdong, CC BY 4.0) or of the same columns: store_id, product_id, dt, hour,
 * hourly_sale, hourly_stockout, discount, holiday_flag, activity_flag.
 * @throws Error for a folder without Parquet files, or files without those columns.
 */
export async function readFreshRetail(folder: string): Promise<FreshRetail> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.parquet'))
    .sort();
  if (files.length === 0)
    throw new Error(`${folder} holds no .parquet file; download FreshRetailNet-50K there`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const list = files.map((name) => `'${join(folder, name).replaceAll("'", "''")}'`).join(', ');
  await connection.run(`CREATE VIEW sales AS SELECT * FROM read_parquet([${list}])`);
  const [span] = (await connection.runAndReadAll('SELECT min(dt), max(dt) FROM sales')).getRows();
  const [first, last] = [Date.parse(String(span?.[0])), Date.parse(String(span?.[1]))];
  const days = (last - first) / DAY_MS + 1;
  const keys = (
    await connection.runAndReadAll(
      'SELECT store_id::VARCHAR, product_id::VARCHAR, count(DISTINCT (dt, hour))::INTEGER FROM sales GROUP BY ALL ORDER BY 1, 2',
    )
  ).getRows() as [string, string, number][];
  const whole = keys.filter(([, , hours]) => hours === days * HOURS);
  const series = whole.map(([storeId, productId]) => ({
    storeId,
    productId,
    sold: new Float32Array(days * HOURS),
    discount: new Float32Array(days),
    holiday: new Uint8Array(days),
    promotion: new Uint8Array(days),
    out: new Uint8Array(days * HOURS),
  }));
  const byKey = new Map(series.map((one) => [`${one.storeId}/${one.productId}`, one]));
  const result = await connection.stream(
    `SELECT store_id::VARCHAR, product_id::VARCHAR, date_diff('day', DATE '${String(span?.[0])}', dt::DATE)::INTEGER,
       hour::INTEGER, hourly_sale::FLOAT, hourly_stockout::INTEGER, discount::FLOAT, holiday_flag::INTEGER, activity_flag::INTEGER
     FROM sales`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    for (const row of chunk.getRows() as [string, string, ...number[]][]) {
      const one = byKey.get(`${row[0]}/${row[1]}`);
      if (!one) continue;
      const [day = 0, hour = 0, sold = 0, out = 0, discount = 1, holiday = 0, promotion = 0] = row.slice(
        2,
      ) as number[];
      one.sold[day * HOURS + hour] = sold;
      one.out[day * HOURS + hour] = out;
      one.discount[day] = discount;
      one.holiday[day] = holiday;
      one.promotion[day] = promotion;
    }
  }
  connection.closeSync();
  return { panel: { days, firstDay: first / DAY_MS, series }, files, incomplete: keys.length - whole.length };
}
