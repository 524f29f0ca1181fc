import { parse } from 'csv-parse/sync';
import { businessDateSchema, type BusinessDate } from '../ids.ts';
import { currencySchema, exponentOf, parseAmount, type Currency } from '../money.ts';
import { messageOf } from '../errors.ts';
import type { LedgerEntry } from './posting.ts';

/**
 * The ledger as a CSV file, in the terms of Dynamics 365's GeneralJournalAccountEntry. A row is one line. A row that
 * cannot be read is an error with its place and reason; the rows around it count.
 */
const LEDGER_COLUMNS = [
  'JournalNumber',
  'Voucher',
  'AccountingDate',
  'LedgerAccount',
  'StoreDimension',
  'TransactionCurrencyCode',
  'TransactionCurrencyAmount',
  'DocumentNumber',
] as const;

export interface LedgerRowError {
  readonly file: string;
  readonly line: number;
  /** Empty where the whole row is at fault. */
  readonly column: string;
  readonly reason: string;
}
export type LedgerRow =
  { readonly ok: true; readonly entry: LedgerEntry } | { readonly ok: false; readonly error: LedgerRowError };

const CHUNK_CHARACTERS = 64 * 1024;
/** A line beyond this is no row of a ledger; it is cut, so that a broken file cannot fill the memory. */
const MAX_LINE_CHARACTERS = 16 * 1024;
const MAX_CELL_CHARACTERS = 200;
/** Texts that are remembered at once. */
const MAX_KNOWN = 10_000;

/** Reads the rows of a file as they come, in chunks of any size, in bounded memory. */
export async function* readLedgerCsv(
  file: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<LedgerRow> {
  let header: Header | undefined;
  let firstLine = 1;
  const known = new KnownTexts();
  for await (const lines of chunksOfLines(content)) {
    const rows = cellsOf(lines);
    for (const [index, cells] of rows.entries()) {
      const line = firstLine + index;
      if (cells === undefined) continue;
      if (header) {
        yield rowOf({ file, line }, cells, header, known);
        continue;
      }
      const found = headerOf(file, line, cells);
      if (!found.ok) {
        yield found;
        return;
      }
      header = found.header;
    }
    firstLine += lines.length;
  }
  if (!header)
    yield { ok: false, error: { file, line: 1, column: '', reason: 'The file has no header row' } };
}

async function* chunksOfLines(content: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let lines: string[] = [];
  let held = 0;
  for await (const bytes of content) {
    rest += decoder.decode(bytes, { stream: true });
    const pieces = rest.split(/\r?\n/);
    rest = (pieces.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
    for (const piece of pieces) {
      lines.push(piece);
      held += piece.length;
    }
    if (held >= CHUNK_CHARACTERS) {
      yield lines;
      lines = [];
      held = 0;
    }
  }
  lines.push(rest + decoder.decode());
  yield lines;
}

type Cells = readonly string[] | { readonly broken: string } | undefined;

/** What makes a line more than texts between commas: quotes, and white space around a cell. */
const NEEDS_PARSER = /["\r]|^\s|\s$|\s,|,\s/;

/**
 * The cells of each line; undefined for an empty one. Most lines are texts between commas and no more. Of the others
 * many are parsed at once, which is fast. Only where that fails, as on a quote that is never closed, each line is
 * parsed alone, so that it spoils none of its neighbours.
 */
function cellsOf(lines: readonly string[]): Cells[] {
  const cells: Cells[] = [];
  const difficult: number[] = [];
  for (const [index, line] of lines.entries()) {
    const needsParser = NEEDS_PARSER.test(line);
    cells.push(needsParser || line === '' ? undefined : line.split(','));
    if (needsParser && line.trim() !== '') difficult.push(index);
  }
  if (difficult.length === 0) return cells;
  const parsed = parseLines(difficult.map((index) => lines[index] ?? ''));
  for (const [at, index] of difficult.entries()) cells[index] = parsed[at];
  return cells;
}

function parseLines(lines: readonly string[]): Cells[] {
  const records = tryParse(lines.join('\n'));
  return Array.isArray(records) && records.length === lines.length ? records : lines.map(parseLine);
}

function parseLine(line: string): Cells {
  const records = tryParse(line);
  return Array.isArray(records) ? records[0] : { broken: records };
}

/** The records, or why there are none. */
function tryParse(text: string): string[][] | string {
  try {
    return parse(text, { trim: true, relax_column_count: true });
  } catch (thrown) {
    return messageOf(thrown);
  }
}

interface Header {
  /** Where each of `LEDGER_COLUMNS` is in a row, in their order. */
  readonly at: readonly number[];
  /** Cells of a row. */
  readonly width: number;
}

function headerOf(
  file: string,
  line: number,
  cells: NonNullable<Cells>,
): { ok: true; header: Header } | { ok: false; error: LedgerRowError } {
  const names = 'broken' in cells ? [] : cells.map((name) => name.replace(/^\uFEFF/, '').toLowerCase());
  const at = LEDGER_COLUMNS.map((column) => names.indexOf(column.toLowerCase()));
  const missing = LEDGER_COLUMNS.filter((_column, index) => at[index] === -1);
  if (missing.length === 0) return { ok: true, header: { at, width: names.length } };
  const reason = `The header lacks ${missing.join(', ')}. ${hintOf(names.join())}Rows of this file are not read`;
  return { ok: false, error: { file, line, column: missing[0] ?? '', reason } };
}

/** What is mostly behind a header in which no column is found. */
function hintOf(header: string): string {
  // Bytes that are no UTF-8 become U+FFFD; UTF-16 and binary files hold NUL.
  if (/[\0\ufffd]/.test(header)) return 'It must be text in UTF-8. ';
  return /[;\t]/.test(header) ? 'Cells must be separated by commas. ' : '';
}

function rowOf(
  place: { readonly file: string; readonly line: number },
  cells: NonNullable<Cells>,
  header: Header,
  known: KnownTexts,
): LedgerRow {
  if ('broken' in cells) return faulty(place, '', cells.broken);
  // A decimal comma, or a line that was cut, would put another amount into the books.
  if (cells.length !== header.width) {
    const reason = `The row has ${cells.length} cells, the header ${header.width}; a text with a comma needs quotes`;
    return faulty(place, '', reason);
  }
  const row = header.at.map((at) => cells[at] ?? '');
  for (let index = 0; index < row.length; index += 1) {
    const column = LEDGER_COLUMNS[index] ?? '';
    const { length } = row[index] ?? '';
    if (length === 0 && column !== 'DocumentNumber') return faulty(place, column, 'is empty');
    if (length > MAX_CELL_CHARACTERS)
      return faulty(place, column, `is longer than ${MAX_CELL_CHARACTERS} characters`);
  }
  const [
    journal = '',
    voucher = '',
    dateText = '',
    account = '',
    store = '',
    currencyText = '',
    amountText = '',
    documentNumber = '',
  ] = row;
  const accountingDate = known.date(dateText);
  if (accountingDate === undefined)
    return faulty(place, 'AccountingDate', `"${dateText}" is no date such as 2026-03-02`);
  const currency = known.currency(currencyText);
  if (currency === undefined)
    return faulty(place, 'TransactionCurrencyCode', `"${currencyText}" is no ISO 4217 currency`);
  const amountMinor = parseAmount(amountText, currency);
  if (amountMinor === undefined) {
    const reason = `"${amountText}" is no decimal number such as -12.50 with at most ${exponentOf(currency)} decimals`;
    return faulty(place, 'TransactionCurrencyAmount', reason);
  }
  const entry: LedgerEntry = {
    file: place.file,
    line: place.line,
    journalNumber: known.text(journal),
    voucher: known.text(voucher),
    accountingDate,
    account: known.text(account),
    storeDimension: known.text(store),
    currency,
    amountMinor,
    documentNumber: known.text(documentNumber),
  };
  return { ok: true, entry };
}

function faulty(place: { file: string; line: number }, column: string, reason: string): LedgerRow {
  return { ok: false, error: { ...place, column, reason } };
}

/**
 * Texts repeat from row to row: dates and currencies are checked once, and every other text is kept once, which halves
 * the memory of a day's entries.
 */
class KnownTexts {
  readonly #dates = new Map<string, BusinessDate | undefined>();
  readonly #currencies = new Map<string, Currency | undefined>();
  readonly #texts = new Map<string, string>();

  date(text: string): BusinessDate | undefined {
    if (this.#dates.has(text)) return this.#dates.get(text);
    // OData writes dates as noon in UTC; the day is what counts.
    const date = businessDateSchema.safeParse(text.replace(/T\d\d:\d\d:\d\d(\.\d+)?Z$/, '')).data;
    if (this.#dates.size < MAX_KNOWN) this.#dates.set(text, date);
    return date;
  }

  currency(text: string): Currency | undefined {
    if (this.#currencies.has(text)) return this.#currencies.get(text);
    const currency = currencySchema.safeParse(text).data;
    if (this.#currencies.size < MAX_KNOWN) this.#currencies.set(text, currency);
    return currency;
  }

  text(text: string): string {
    const before = this.#texts.get(text);
    if (before !== undefined) return before;
    if (this.#texts.size >= MAX_KNOWN) this.#texts.clear();
    // A piece of a text keeps the whole text in memory; a copy does not.
    const copy = Buffer.from(text).toString();
    this.#texts.set(copy, copy);
    return copy;
  }
}
