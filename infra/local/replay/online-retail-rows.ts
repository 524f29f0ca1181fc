import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { parse, type CsvError, type Info } from 'csv-parse';
import { divideRounded } from '../../../shared/money.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { BadRecord } from './record.ts';

/** An invoice line, as in the file. */
export interface RetailRow {
  readonly line: number;
  readonly invoice: string;
  readonly stockCode: string;
  readonly description: string;
  /** Pieces; negative where goods came back or were written off. */
  readonly quantity: number;
  /** Local time without a zone. */
  readonly invoiceDate: string;
  /** Price in thousandths of the currency unit, because a few are below a penny. */
  readonly priceMilli: number;
  readonly customerId: string | undefined;
}

const COLUMNS = [
  'Invoice',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'Price',
  'CustomerID',
  'Country',
] as const;
type Column = (typeof COLUMNS)[number];

/** Column names used by copies of the data set, in lower case, letters only. */
const NAMES: Readonly<Record<string, Column>> = {
  invoice: 'Invoice',
  invoiceno: 'Invoice',
  invoicenumber: 'Invoice',
  stockcode: 'StockCode',
  description: 'Description',
  quantity: 'Quantity',
  invoicedate: 'InvoiceDate',
  price: 'Price',
  unitprice: 'Price',
  customerid: 'CustomerID',
  country: 'Country',
};

export interface RetailRows {
  readonly rows: RetailRow[];
  readonly bad: BadRecord[];
}

/** Reads the rows of the file. Unreadable rows are reported with their place; the other rows count. */
export async function readRetailRows(path: string): Promise<RetailRows> {
  const file = basename(path);
  const found: RetailRows = { rows: [], bad: [] };
  const bytes = createReadStream(path);
  const text = path.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  const parser = parse({ bom: true, info: true, relax_column_count: true, relax_quotes: true });
  for (const stream of [bytes, text]) stream.on('error', (error: Error) => parser.destroy(error));
  text.pipe(parser);
  let columns: ReadonlyMap<Column, number> | undefined;
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (!columns) {
        columns = columnsOf(record);
        const missing = COLUMNS.filter((column) => !columns?.has(column));
        if (missing.length > 0) {
          found.bad.push({
            file,
            line: 1,
            column: missing[0] ?? '',
            reason: `the header lacks ${missing.join(', ')}; InvoiceNo is accepted for Invoice, UnitPrice for Price`,
          });
          return found;
        }
      } else {
        const row = rowOf(record, columns, line);
        if ('reason' in row) found.bad.push({ file, ...row });
        else found.rows.push(row);
      }
      line = info.lines + 1;
    }
  } catch (thrown) {
    // A truncated archive, or an unclosed quote: everything read before it counts.
    const reason = (thrown as CsvError).code?.startsWith('CSV_')
      ? messageOf(thrown)
      : `the file is truncated here: ${messageOf(thrown)}`;
    found.bad.push({ file, line, column: '', reason });
  }
  return found;
}

function columnsOf(header: readonly string[]): Map<Column, number> {
  const columns = new Map<Column, number>();
  for (const [at, name] of header.entries()) {
    const column = NAMES[name.toLowerCase().replaceAll(/[^a-z]/g, '')];
    if (column && !columns.has(column)) columns.set(column, at);
  }
  return columns;
}

type RowFault = Omit<BadRecord, 'file'>;

function rowOf(
  cells: readonly string[],
  columns: ReadonlyMap<Column, number>,
  line: number,
): RetailRow | RowFault {
  const cell = (column: Column): string => cells[columns.get(column) ?? -1]?.trim() ?? '';
  const fault = (column: Column, what: string): RowFault => ({
    line,
    column,
    reason: `"${cell(column).slice(0, 40)}" is not a valid ${what}`,
  });
  if (!/^[A-Z]?\d{1,20}$/.test(cell('Invoice')))
    return fault('Invoice', 'invoice number such as 489434 or C489449');
  if (cell('StockCode') === '' || cell('StockCode').length > 100) return fault('StockCode', 'stock code');
  if (!/^-?\d{1,9}$/.test(cell('Quantity'))) return fault('Quantity', 'whole number');
  const invoiceDate = localTimeOf(cell('InvoiceDate'));
  if (invoiceDate === undefined) {
    return fault('InvoiceDate', 'time such as 2009-12-01T07:45:00 or 2009-12-01 07:45');
  }
  const priceMilli = thousandthsOf(cell('Price'));
  if (priceMilli === undefined) return fault('Price', 'price such as 6.95, with at most three decimals');
  const customerId = cell('CustomerID').replace(/\.0$/, '');
  return {
    line,
    invoice: cell('Invoice'),
    stockCode: cell('StockCode'),
    description: cell('Description'),
    quantity: Number(cell('Quantity')),
    invoiceDate,
    priceMilli,
    customerId: customerId === '' ? undefined : customerId,
  };
}

/** ISO 8601 with `T` or a space, with or without seconds; other formats could confuse day and month. */
function localTimeOf(text: string): string | undefined {
  const [, date = '', time = '', seconds = ':00'] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?$/.exec(text) ?? [];
  const normal = `${date}T${time}${seconds}`;
  return Number.isNaN(Date.parse(`${normal}Z`)) ? undefined : normal;
}

function thousandthsOf(text: string): number | undefined {
  const match = /^(-?)(\d{1,9})(?:\.(\d{1,3}))?$/.exec(text);
  if (!match) return undefined;
  const value = Number(`${match[2]}${(match[3] ?? '').padEnd(3, '0')}`);
  return match[1] === '-' ? -value : value;
}

/** The row's amount in pence, rounded half away from zero like on an invoice. */
export function valueMinor({ quantity, priceMilli }: RetailRow): number {
  return Number(divideRounded(BigInt(quantity) * BigInt(priceMilli), 10n));
}
