import type { Cell, CellValue, MergeRange, Sheet } from 'hucre/xlsx';
import { messageOf } from '../../../errors.ts';
import type { LedgerRow } from '../../ledger-row.ts';
import { headerOf, type Header } from './header.ts';
import type { Layout } from './layout.ts';
import { RowReader } from './row-reader.ts';
import type { TableRecord } from './table-record.ts';
import { UnreadableFile } from './unreadable-file.ts';
import { zipEntries } from './zip-file.ts';

/** The header is looked for in so many rows. */
const MAX_ROWS_ABOVE = 30;
/** Spreadsheets calculate with 15 digits; what a file holds beyond is the residue of binary fractions. */
const DIGITS = 15;

/**
 * Reads the rows of an Excel workbook: of the sheet that the mapping names, otherwise of each sheet with the header. A
 * row with a formula or a merged cell in a column that counts is an error, since what it shows may be out of date or
 * belong to another row.
 * @throws UnreadableFile
 */
export async function* readLedgerXlsx(
  file: string,
  bytes: Buffer,
  layout: Layout & { readonly sheet?: string | undefined },
): AsyncGenerator<LedgerRow> {
  const sheets = await sheetsOf(bytes, layout.sheet);
  let found = 0;
  let reason = 'The workbook has no header row';
  for (const sheet of sheets) {
    const place = headerIn(sheet, layout);
    if ('reason' in place) {
      if (found === 0) reason = place.reason;
      continue;
    }
    found += 1;
    if (sheet.hidden === true || sheet.veryHidden === true) {
      if (layout.sheet === undefined) {
        const hidden = 'The sheet is hidden and was not read; a mapping can name it';
        yield { ok: false, error: { file: `${file} [${sheet.name}]`, line: 1, column: '', reason: hidden } };
        continue;
      }
    }
    yield* rowsOf(`${file} [${sheet.name}]`, sheet, place, layout);
  }
  if (found === 0) throw new UnreadableFile(`${reason}. Rows of this file are not read`);
}

async function sheetsOf(bytes: Buffer, name: string | undefined): Promise<Sheet[]> {
  // A damaged workbook may still be read, as another one.
  await zipEntries(bytes);
  const { readXlsx } = await import('hucre/xlsx');
  let sheets: Sheet[];
  try {
    ({ sheets } = await readXlsx(bytes, { readStyles: true }));
  } catch (cause) {
    throw new UnreadableFile(`is not a readable Excel workbook (${messageOf(cause)})`, { cause });
  }
  if (name === undefined) return sheets;
  const named = sheets.filter((sheet) => sheet.name === name);
  if (named.length > 0) return named;
  throw new UnreadableFile(
    `has no sheet "${name}"; it has ${sheets.map((sheet) => `"${sheet.name}"`).join(', ')}`,
  );
}

interface HeaderPlace {
  readonly header: Header;
  /** Index of the first row behind it. */
  readonly rowsFrom: number;
}

function headerIn(sheet: Sheet, layout: Layout): HeaderPlace | { readonly reason: string } {
  let best = { reason: 'The workbook has no header row', found: -1 };
  const { headerRow } = layout;
  for (const [index, row] of sheet.rows.slice(0, MAX_ROWS_ABOVE).entries()) {
    if (headerRow !== undefined && index + 1 !== Math.max(1, headerRow)) continue;
    const header = headerOf(
      row.map((value) => textOf(value, undefined)),
      layout,
    );
    if ('at' in header) return { header, rowsFrom: headerRow === 0 ? index : index + 1 };
    if (header.found > best.found) best = header;
  }
  return best;
}

function* rowsOf(
  file: string,
  sheet: Sheet,
  { header, rowsFrom }: HeaderPlace,
  layout: Layout,
): Generator<LedgerRow> {
  const reader = new RowReader(file, layout, header);
  const counted = Object.values(header.at);
  const merges = (sheet.merges ?? []).filter((range) =>
    counted.some((column) => range.startCol <= column && column <= range.endCol),
  );
  for (let index = rowsFrom; index < sheet.rows.length; index += 1) {
    const row = reader.read(recordOf(sheet, index, header, counted, merges));
    if (row) yield row;
  }
  yield* reader.end();
}

function recordOf(
  sheet: Sheet,
  index: number,
  header: Header,
  counted: readonly number[],
  merges: readonly MergeRange[],
): TableRecord {
  const values = sheet.rows[index] ?? [];
  const cells: string[] = [];
  const numbers = new Set<number>();
  for (let column = 0; column < header.width; column += 1) {
    const value = values[column] ?? null;
    if (typeof value === 'number') numbers.add(column);
    cells.push(textOf(value, sheet.cells?.get(`${index},${column}`)));
  }
  const record = { line: index + 1, cells, numbers };
  const merged = merges.find(({ startRow, endRow }) => startRow <= index && index <= endRow);
  if (merged)
    return {
      ...record,
      broken: `The cells ${rangeName(merged)} are merged; which row has their value cannot be known`,
    };
  for (const column of counted) {
    const formula = sheet.cells?.get(`${index},${column}`)?.formula;
    if (formula !== undefined)
      return {
        ...record,
        broken: `${cellName(index, column)} holds the formula =${formula.slice(0, 100)}; save its value instead`,
      };
  }
  return record;
}

function textOf(value: CellValue, cell: Cell | undefined): string {
  if (value === null) return '';
  if (value instanceof Date) {
    const text = value.toISOString();
    // A sheet's time has no zone.
    return text.slice(11, 19) === '00:00:00'
      ? text.slice(0, 10)
      : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  }
  if (typeof value !== 'number') return String(value).trim();
  const exact = Number(value.toPrecision(DIGITS));
  // Excel drops digits beyond this, so such a number must not be used as an id.
  if (Math.abs(exact) >= 10 ** DIGITS) return exact.toExponential().replace('e', 'E');
  const zeros = /^0+$/.exec(cell?.style?.numFmt ?? '')?.[0].length ?? 0;
  return Number.isInteger(exact) && exact >= 0 ? String(exact).padStart(zeros, '0') : String(exact);
}

function cellName(row: number, column: number): string {
  let letters = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return `${letters}${row + 1}`;
}

const rangeName = ({ startRow, startCol, endRow, endCol }: MergeRange): string =>
  `${cellName(startRow, startCol)}:${cellName(endRow, endCol)}`;
