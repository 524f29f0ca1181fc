import { businessDateSchema, type BusinessDate } from '../../ids.ts';
import { currencySchema, type Currency } from '../../money.ts';
import type { LedgerRowError } from '../ledger-row.ts';
import { readAmount, type DecimalMark } from '../sources/files/amount-text.ts';
import { CsvRecords, parseRecord } from '../sources/files/csv-records.ts';
import type { Layout } from '../sources/files/layout.ts';
import { linesOf, type Line } from '../sources/files/text-lines.ts';
import { SettlementFault } from './settlement-format.ts';
import type { SettlementEntry, SettlementRow } from './settlement-entry.ts';

export type Column = string | number;

export interface TableLayout {
  readonly encoding: Layout['encoding'];
  readonly delimiter: Layout['delimiter'];
  /** Columns without which no row can be read. */
  readonly needed: readonly Column[];
  /** The file has no header, and its columns go by number. */
  readonly hasNoHeader?: boolean;
}

const MAX_LINES_ABOVE = 30;
const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Longer texts are no references; a whole file behind one quote is not kept. */
const MAX_CELL_CHARACTERS = 500;
const UNPRINTABLE = /[\p{Cc}\ufffd]/u;

/** A row of a table, with its cells by the names of the header. */
export class SettlementTableRow {
  readonly line: number;
  readonly #cells: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  constructor(line: number, cells: readonly string[], places: ReadonlyMap<string, number>) {
    this.line = line;
    this.#cells = cells;
    this.#places = places;
  }

  /** Empty where the file has no such column. @throws SettlementFault for what is no text of a cell */
  text(column: Column): string {
    const place = typeof column === 'number' ? column - 1 : this.#places.get(column.toLowerCase());
    const text = (place === undefined ? '' : (this.#cells[place] ?? '')).trim();
    if (text.length > MAX_CELL_CHARACTERS)
      throw new SettlementFault(`${column}`, `is longer than ${MAX_CELL_CHARACTERS} characters`);
    if (UNPRINTABLE.test(text))
      throw new SettlementFault(`${column}`, 'holds a control character, or was read in a wrong encoding');
    return text;
  }

  needed(column: Column): string {
    const text = this.text(column);
    if (text === '') throw new SettlementFault(`${column}`, 'is empty');
    return text;
  }

  currency(column: Column): Currency {
    const text = this.needed(column);
    const parsed = currencySchema.safeParse(text.toUpperCase());
    if (!parsed.success) throw new SettlementFault(`${column}`, `"${text}" is no ISO 4217 currency`);
    return parsed.data;
  }

  /** 0 where the cell is empty. */
  amount(column: Column, currency: Currency, mark: DecimalMark = '.'): number {
    const text = this.text(column);
    return text === '' ? 0 : amountIn(`${column}`, text, currency, mark);
  }

  /** The date that a text begins with. */
  date(column: Column): BusinessDate | undefined {
    const text = this.text(column);
    if (text === '') return undefined;
    const parsed = /^\d{4}-\d\d-\d\d(?=$|[T ])/.exec(text);
    const date = businessDateSchema.safeParse(parsed?.[0]);
    if (!date.success) throw new SettlementFault(`${column}`, `"${text}" is not a date YYYY-MM-DD`);
    return date.data;
  }
}

/** @throws SettlementFault */
export function amountIn(column: string, text: string, currency: Currency, mark: DecimalMark): number {
  const reading = readAmount(text, currency, mark);
  if (reading.kind === 'amount') return reading.amountMinor;
  throw new SettlementFault(
    column,
    reading.kind === 'unreadable' ? reading.reason : `"${text}" has two readings`,
  );
}

/** Reads the rows of a delimited file; what cannot be read is an error of its line. */
export async function* tableRows(
  file: string,
  content: AsyncIterable<Uint8Array>,
  layout: TableLayout,
  read: (row: SettlementTableRow) => SettlementEntry | undefined,
): AsyncGenerator<SettlementRow> {
  let table: { records: CsvRecords; places: ReadonlyMap<string, number>; width: number } | undefined;
  const rowOf = (record: {
    line: number;
    cells: readonly string[];
    broken?: string;
  }): SettlementRow | undefined => {
    const { line, cells, broken } = record;
    if (cells.every((cell) => cell.trim() === '') && broken === undefined) return undefined;
    const width = table?.width ?? 0;
    if (broken !== undefined || cells.length !== width)
      return errorRow(file, line, '', broken ?? `has ${cells.length} cells, and the header ${width}`);
    return readRow(file, new SettlementTableRow(line, cells, table?.places ?? new Map()), read);
  };
  for await (const lines of linesOf(content, layout.encoding)) {
    let from = 0;
    if (!table) {
      const found = headerIn(lines, layout);
      if (typeof found === 'string') {
        yield errorRow(file, 1, '', found);
        return;
      }
      from = found.rowsFrom;
      table = { ...found, records: new CsvRecords(found.delimiter, found.width, from + 1) };
    }
    for (const record of table.records.push(from === 0 ? lines : lines.slice(from))) {
      const row = rowOf(record);
      if (row) yield row;
    }
  }
  for (const record of table?.records.end() ?? []) {
    const row = rowOf(record);
    if (row) yield row;
  }
}

function readRow(
  file: string,
  row: SettlementTableRow,
  read: (row: SettlementTableRow) => SettlementEntry | undefined,
): SettlementRow | undefined {
  try {
    const entry = read(row);
    return entry && { ok: true, entry };
  } catch (thrown) {
    if (!(thrown instanceof SettlementFault)) throw thrown;
    return errorRow(file, row.line, thrown.column, thrown.message);
  }
}

export const errorRow = (file: string, line: number, column: string, reason: string): SettlementRow => ({
  ok: false,
  error: { file, line, column, reason } satisfies LedgerRowError,
});

interface FoundHeader {
  readonly places: ReadonlyMap<string, number>;
  readonly delimiter: string;
  readonly width: number;
  readonly rowsFrom: number;
}

function headerIn(lines: readonly Line[], layout: TableLayout): FoundHeader | string {
  const delimiters = layout.delimiter === 'auto' ? DELIMITERS : [layout.delimiter];
  let best: { missing: readonly Column[] } | undefined;
  for (const [index, line] of lines.slice(0, MAX_LINES_ABOVE).entries()) {
    if (line === undefined || line.trim() === '') continue;
    for (const delimiter of delimiters) {
      const cells = parseRecord(line, delimiter);
      if (typeof cells === 'string') continue;
      if (layout.hasNoHeader === true)
        return { places: new Map(), delimiter, width: cells.length, rowsFrom: index };
      const names = cells.map((cell) => cell.trim().toLowerCase());
      const missing = layout.needed.filter((column) =>
        typeof column === 'number' ? column > names.length : !names.includes(column.toLowerCase()),
      );
      if (missing.length > 0) {
        if (!best || missing.length < best.missing.length) best = { missing };
        continue;
      }
      const twice = layout.needed.find(
        (column) =>
          typeof column === 'string' && names.filter((name) => name === column.toLowerCase()).length > 1,
      );
      if (twice !== undefined)
        return `The header has ${twice} more than once. Rows of this file are not read`;
      return { places: placesOf(names), delimiter, width: cells.length, rowsFrom: index + 1 };
    }
    if (layout.hasNoHeader === true) break;
  }
  if (!best) return 'The file has no header row';
  return `The header lacks ${best.missing.join(', ')}. Rows of this file are not read`;
}

function placesOf(names: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) if (!places.has(name)) places.set(name, place);
  return places;
}
