import type { LedgerRow } from '../../ledger-row.ts';
import { CsvRecords, parseRecord } from './csv-records.ts';
import { headerOf, type Header } from './header.ts';
import { DEFAULT_LAYOUT, type Layout } from './layout.ts';
import { RowReader } from './row-reader.ts';
import { linesOf, type Line } from './text-lines.ts';

/** The header is looked for in so many lines: reports have their title and their period above it. */
const MAX_LINES_ABOVE = 30;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * Reads the rows of a delimited text file as they come, in chunks of any size, in bounded memory. A row that cannot be
 * read is an error with its place and reason; the rows around it count.
 */
export async function* readLedgerCsv(
  file: string,
  content: AsyncIterable<Uint8Array>,
  layout: Layout = DEFAULT_LAYOUT,
): AsyncGenerator<LedgerRow> {
  let records: CsvRecords | undefined;
  let reader: RowReader | undefined;
  for await (const lines of linesOf(content, layout.encoding)) {
    let from = 0;
    if (!records) {
      const found = findHeader(lines, layout);
      if (!('header' in found)) {
        yield { ok: false, error: { file, ...found } };
        return;
      }
      records = new CsvRecords(found.delimiter, found.header.width, found.rowsFrom + 1);
      reader = new RowReader(file, layout, found.header);
      from = found.rowsFrom;
    }
    for (const record of records.push(from === 0 ? lines : lines.slice(from))) {
      const row = reader?.read(record);
      if (row) yield row;
    }
  }
  for (const record of records?.end() ?? []) {
    const row = reader?.read(record);
    if (row) yield row;
  }
  yield* reader?.end() ?? [];
}

interface FoundHeader {
  readonly header: Header;
  readonly delimiter: string;
  /** Index of the first line of the rows. */
  readonly rowsFrom: number;
}
interface NoHeader {
  readonly line: number;
  readonly column: string;
  readonly reason: string;
}

/** The first row that has all columns, with any of the delimiters; otherwise what the most likely one lacks. */
function findHeader(lines: readonly Line[], layout: Layout): FoundHeader | NoHeader {
  const delimiters = layout.delimiter === 'auto' ? DELIMITERS : [layout.delimiter];
  const { headerRow } = layout;
  let best: (NoHeader & { found: number; isMissing: boolean }) | undefined;
  for (const [index, line] of lines.slice(0, MAX_LINES_ABOVE).entries()) {
    if (line === undefined || line.trim() === '') continue;
    if (headerRow !== undefined && index + 1 !== Math.max(1, headerRow)) continue;
    for (const delimiter of delimiters) {
      const cells = parseRecord(line, delimiter);
      if (typeof cells === 'string') continue;
      const header = headerOf(cells, layout);
      if ('at' in header) return { header, delimiter, rowsFrom: headerRow === 0 ? index : index + 1 };
      if (!best || header.found > best.found) best = { line: index + 1, ...header };
    }
  }
  if (!best) return { line: 1, column: '', reason: 'The file has no header row' };
  const { line, column, reason, isMissing } = best;
  const hint = isMissing ? hintOf(lines) : '';
  return { line, column, reason: `${reason}. ${hint}Rows of this file are not read` };
}

/** What is mostly behind a header in which no column is found. */
function hintOf(lines: readonly Line[]): string {
  // Bytes that are no text become U+FFFD; binary files hold NUL.
  const isBinary = lines
    .slice(0, MAX_LINES_ABOVE)
    .some((line) => line !== undefined && /[\0\ufffd]/.test(line));
  return isBinary ? 'It must be text in UTF-8 or UTF-16. ' : 'A mapping says which columns hold them. ';
}
