import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

/** One line of Torgo's inspected sales: who sold what, how much of it and for how much. */
export interface InspectedSale {
  readonly seller: string;
  readonly product: string;
  /** Undefined where it was left out. */
  readonly quantity: number | undefined;
  readonly value: number | undefined;
  readonly outcome: 'unkn' | 'ok' | 'fraud';
}

/** @throws Error for a folder without the file. */
export function readSales(folder: string): InspectedSale[] {
  const name = readdirSync(folder).find((file) => file.endsWith('.csv.gz'));
  if (name === undefined) throw new Error(`${folder} has no *.csv.gz with the inspected sales`);
  const text = gunzipSync(readFileSync(join(folder, name)));
  const rows = parse<Record<string, string>>(text, { columns: true, skip_empty_lines: true });
  return rows.map(({ ID = '', Prod = '', Quant = '', Val = '', Insp = '' }) => ({
    seller: ID,
    product: Prod,
    quantity: numberOf(Quant),
    value: numberOf(Val),
    outcome: Insp as InspectedSale['outcome'],
  }));
}

const numberOf = (text: string): number | undefined =>
  text === '' || text === 'NA' ? undefined : Number(text);
