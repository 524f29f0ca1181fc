import type { BusinessDate } from '../../../ids.ts';
import type { Currency } from '../../../money.ts';
import type { LedgerRow } from '../../ledger-row.ts';
import type { LedgerEntry } from '../../posting.ts';
import { readAccount } from './account-text.ts';
import { readAmount, readingsOf, type AmountReading, type DecimalMark } from './amount-text.ts';
import type { Header } from './header.ts';
import { KnownTexts } from './known-texts.ts';
import type { Layout, LedgerColumn } from './layout.ts';
import type { TableRecord } from './table-record.ts';

const MAX_CELL_CHARACTERS = 200;
// eslint-disable-next-line no-control-regex -- control characters are indistinguishable on a page
const UNPRINTABLE = /[\u0000-\u001f\u007f\ufffd]/;
/** Nobody sees these on a page, where two accounts or numbers that differ by one would look the same. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;
/** As spreadsheets write long numbers; the digits that they drop would tell two documents apart. */
const SPREADSHEET_NUMBER = /^\d(?:[.,]\d+)?E\+\d\d+$/;
/** Rows that wait for the file to show its decimal mark. */
const MAX_HELD = 100_000;

interface HeldRow {
  readonly entry: LedgerEntry;
  readonly line: number;
  readonly text: string;
  readonly byMark: Extract<AmountReading, { kind: 'doubtful' }>['byMark'];
}

/** An error in one cell, thrown within this file only. */
class CellFault extends Error {
  readonly column: LedgerColumn | '';
  constructor(column: LedgerColumn | '', reason: string) {
    super(reason);
    this.column = column;
  }
}

/** Converts a file's rows into postings. An unreadable row affects only itself. */
export class RowReader {
  readonly #file: string;
  readonly #layout: Layout;
  readonly #header: Header;
  readonly #known: KnownTexts;
  readonly #shown = new Set<DecimalMark>();
  #held: HeldRow[] = [];
  #firstAssumed: { line: number; text: string; date: BusinessDate } | undefined;

  constructor(file: string, layout: Layout, header: Header) {
    this.#file = file;
    this.#layout = layout;
    this.#header = header;
    this.#known = new KnownTexts(layout.date);
  }

  /** Undefined for a row that holds nothing, or that waits for the end of the file. */
  read(record: TableRecord): LedgerRow | undefined {
    const { cells } = record;
    try {
      if (record.broken !== undefined) throw new CellFault('', record.broken);
      if (isBlank(cells) || this.#isSkipped(cells)) return undefined;
      // A decimal comma, or a line that was cut, would put another amount into the books.
      if (cells.length !== this.#header.width)
        throw new CellFault(
          '',
          `The row has ${cells.length} cells, the header ${this.#header.width}; a text with a comma needs quotes`,
        );
      return this.#entryOf(record);
    } catch (thrown) {
      if (!(thrown instanceof CellFault)) throw thrown;
      const { column, message } = thrown;
      return this.#faulty(record.line, column, message, this.#dateIn(cells), this.#storeIn(cells, column));
    }
  }

  /** The rows that waited: with one convention in the whole file they are read by it, otherwise they are errors. */
  end(): LedgerRow[] {
    const [shown, ...others] = this.#shown;
    const mark = others.length === 0 ? shown : undefined;
    const rows = this.#held.map((held) => this.#settled(held, mark));
    this.#held = [];
    if (this.#firstAssumed && this.#shown.has(',')) {
      const { line, text, date } = this.#firstAssumed;
      const reason = `"${text}" was read with a decimal point, but other amounts of the file have a decimal comma; a mapping says which counts`;
      rows.push(this.#faulty(line, 'TransactionCurrencyAmount', reason, date));
    }
    return rows;
  }

  #settled({ entry, line, text, byMark }: HeldRow, mark: DecimalMark | undefined): LedgerRow {
    const { currency, accountingDate, storeDimension } = entry;
    const column = 'TransactionCurrencyAmount';
    if (mark === undefined) {
      const reason = `"${text}" ${readingsOf(byMark, currency)}; no other amount of the file shows which is meant, so a mapping has to say it`;
      return this.#faulty(line, column, reason, accountingDate, storeDimension);
    }
    const found = byMark[mark];
    if (found.amountMinor === undefined)
      return this.#faulty(line, column, `"${text}" ${found.reason}`, accountingDate, storeDimension);
    return { ok: true, entry: { ...entry, amountMinor: found.amountMinor } };
  }

  #entryOf(record: TableRecord): LedgerRow | undefined {
    const { line, cells } = record;
    const known = this.#known;
    const { constants } = this.#layout;
    const date = known.date(this.#cell(cells, 'AccountingDate'));
    if (isTotal(cells))
      throw new CellFault(
        '',
        'The row looks like a total of others, which is not counted; "skipRows" in a mapping leaves such rows out',
      );
    if (!date.ok) throw new CellFault('AccountingDate', date.reason);
    const currency = constants.currency ?? this.#currencyOf(cells);
    const store = constants.storeDimension ?? this.#optional(cells, 'StoreDimension');
    const account = readAccount(this.#cell(cells, 'LedgerAccount'), store, this.#layout.account);
    if (!account.ok) throw new CellFault('LedgerAccount', account.reason);
    const storeDimension = this.#storeOf(store, account.store);
    const entry: LedgerEntry = {
      readAt: { part: this.#file, row: line },
      journalNumber: known.text(constants.journalNumber ?? this.#cell(cells, 'JournalNumber')),
      voucher: known.text(this.#cell(cells, 'Voucher')),
      accountingDate: date.date,
      account: known.text(account.account),
      storeDimension: known.text(storeDimension),
      currency,
      amountMinor: 0,
      documentNumber: known.text(this.#optional(cells, 'DocumentNumber')),
      ...this.#idOf(cells),
    };
    const { reading, text } = this.#amountOf(record, currency);
    if (reading.kind === 'doubtful') {
      this.#hold({ entry, line, text, byMark: reading.byMark });
      return undefined;
    }
    if (reading.kind === 'unreadable') throw new CellFault('TransactionCurrencyAmount', reading.reason);
    if (reading.shows) this.#shown.add(reading.shows);
    if (reading.assumed) this.#firstAssumed ??= { line, text, date: date.date };
    return { ok: true, entry: { ...entry, amountMinor: reading.amountMinor } };
  }

  /** The record id tells a posting from every other; a line number does so within its journal and voucher. */
  #idOf(cells: readonly string[]): { postingId?: string } {
    const recordId = this.#optional(cells, 'RecId');
    if (recordId !== '') return { postingId: recordId };
    const line = this.#optional(cells, 'LineNumber');
    if (line === '') return {};
    const references = [this.#optional(cells, 'JournalNumber'), this.#optional(cells, 'Voucher')];
    return { postingId: JSON.stringify([...references, line]) };
  }

  #hold(held: HeldRow): void {
    if (this.#held.length < MAX_HELD) {
      this.#held.push(held);
      return;
    }
    const reason = `"${held.text}" ${readingsOf(held.byMark, held.entry.currency)}; a mapping has to say which is meant`;
    throw new CellFault('TransactionCurrencyAmount', reason);
  }

  #currencyOf(cells: readonly string[]): Currency {
    const text = this.#cell(cells, 'TransactionCurrencyCode');
    const currency = this.#known.currency(text);
    if (currency === undefined)
      throw new CellFault('TransactionCurrencyCode', `"${text}" is no ISO 4217 currency`);
    return currency;
  }

  #storeOf(column: string, segment: string | undefined): string {
    if (segment !== undefined && column !== '' && segment !== column)
      throw new CellFault(
        'StoreDimension',
        `is "${column}", but the dimensions of the account name "${segment}"`,
      );
    const store = column === '' ? (segment ?? '') : column;
    if (store === '') throw new CellFault('StoreDimension', 'is empty');
    return store;
  }

  /** Debit less credit, or the signed column. */
  #amountOf(record: TableRecord, currency: Currency): { reading: AmountReading; text: string } {
    const { cells } = record;
    const { at } = this.#header;
    if (at.TransactionCurrencyAmount !== undefined) {
      const text = this.#cell(cells, 'TransactionCurrencyAmount');
      const reading = readAmount(text, currency, this.#markOf('TransactionCurrencyAmount', record));
      return { reading: this.#layout.positive === 'credit' ? negated(reading) : reading, text };
    }
    const debitText = this.#optional(cells, 'DebitAmount');
    const creditText = this.#optional(cells, 'CreditAmount');
    const debit = this.#oneSided('DebitAmount', debitText, currency, record);
    const credit = this.#oneSided('CreditAmount', creditText, currency, record);
    if (debit && credit && !isZero(debit) && !isZero(credit))
      throw new CellFault('DebitAmount', `Both a debit of "${debitText}" and a credit of "${creditText}"`);
    if (credit && !(debit && !isZero(debit))) return { reading: negated(credit), text: creditText };
    if (debit) return { reading: debit, text: debitText };
    throw new CellFault('DebitAmount', 'Neither a debit nor a credit');
  }

  #markOf(column: LedgerColumn, { numbers }: TableRecord): DecimalMark | undefined {
    return numbers?.has(this.#header.at[column] ?? -1) === true ? '.' : this.#layout.decimalMark;
  }

  #oneSided(
    column: LedgerColumn,
    text: string,
    currency: Currency,
    record: TableRecord,
  ): AmountReading | undefined {
    if (text === '') return undefined;
    const reading = readAmount(text, currency, this.#markOf(column, record));
    if (reading.kind === 'unreadable') throw new CellFault(column, reading.reason);
    const isNegative =
      reading.kind === 'amount'
        ? reading.amountMinor < 0
        : Object.values(reading.byMark).some(({ amountMinor = 0 }) => amountMinor < 0);
    if (isNegative && !this.#layout.reversals)
      throw new CellFault(
        column,
        `"${text}" takes a posting back, or has a sign that only repeats its column; "reversals" in a mapping allows the first`,
      );
    return reading;
  }

  #isSkipped(cells: readonly string[]): boolean {
    return this.#layout.skipRows.some(({ startsWith }, index) =>
      (cells[this.#header.skipAt[index] ?? -1] ?? '').trim().startsWith(startsWith),
    );
  }

  /** @throws CellFault where the cell is empty */
  #cell(cells: readonly string[], column: LedgerColumn): string {
    const text = this.#optional(cells, column);
    if (text !== '' || this.#layout.columns[column] === null) return text;
    throw new CellFault(
      column,
      looksLikeTotal(cells) ? 'is empty; the row looks like a total, which is not counted' : 'is empty',
    );
  }

  #optional(cells: readonly string[], column: LedgerColumn): string {
    const text = (cells[this.#header.at[column] ?? -1] ?? '').trim();
    if (text === '') return text;
    if (text.length > MAX_CELL_CHARACTERS)
      throw new CellFault(column, `is longer than ${MAX_CELL_CHARACTERS} characters`);
    if (text.includes('E+') && SPREADSHEET_NUMBER.test(text) && column !== 'TransactionCurrencyAmount')
      throw new CellFault(
        column,
        `"${text}" is a number that a spreadsheet has shortened; export the column as text`,
      );
    if (UNPRINTABLE.test(text))
      throw new CellFault(
        column,
        text.includes('\ufffd')
          ? `"${text}" is not written in UTF-8; a mapping names the encoding`
          : 'holds a line end or a control character',
      );
    const invisible = INVISIBLE.exec(text)?.[0];
    if (invisible !== undefined)
      throw new CellFault(column, `holds an invisible character (${codePoint(invisible)})`);
    return text;
  }

  /** The date of a row that could not be read otherwise. */
  #dateIn(cells: readonly string[]): BusinessDate | undefined {
    const date = this.#known.date((cells[this.#header.at.AccountingDate ?? -1] ?? '').trim());
    return date.ok ? date.date : undefined;
  }

  /** The store of a row with one bad cell. Where the row as a whole is in doubt, so is its store. */
  #storeIn(cells: readonly string[], bad: LedgerColumn | ''): string | undefined {
    if (bad === '' || bad === 'StoreDimension') return undefined;
    try {
      const store = this.#layout.constants.storeDimension ?? this.#optional(cells, 'StoreDimension');
      const account = readAccount(this.#optional(cells, 'LedgerAccount'), store, this.#layout.account);
      return this.#storeOf(store, account.ok ? account.store : undefined);
    } catch (thrown) {
      if (!(thrown instanceof CellFault)) throw thrown;
      return undefined;
    }
  }

  #faulty(
    line: number,
    column: string,
    reason: string,
    accountingDate: BusinessDate | undefined,
    storeDimension?: string,
  ): LedgerRow {
    const error = { file: this.#file, line, column, reason, ...(storeDimension && { storeDimension }) };
    return { ok: false, error: accountingDate === undefined ? error : { ...error, accountingDate } };
  }
}

const isZero = (reading: AmountReading): boolean => reading.kind === 'amount' && reading.amountMinor === 0;

function isBlank(cells: readonly string[]): boolean {
  return (cells[0] ?? '').trim() === '' && cells.every((cell) => cell.trim() === '');
}

function looksLikeTotal(cells: readonly string[]): boolean {
  const first = cells.find((cell) => cell.trim() !== '') ?? '';
  return /^\s*(grand |sub-?)?(total|sum|summe|gesamt|saldo|balance)/i.test(first);
}

/** A row that has all that a posting has, and yet calls itself a total. */
function isTotal(cells: readonly string[]): boolean {
  const first = cells.find((cell) => cell.trim() !== '') ?? '';
  return TOTAL_ALONE.test(first);
}
const TOTAL_ALONE =
  /^\s*(?:(?:grand|sub)[ -]?)?(?:totals?|sum|summe|zwischensumme|gesamt(?:summe)?|saldo|balance|carried forward|brought forward|übertrag)\s*:?\s*$/iu;

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Credits are negative here. */
function negated(reading: AmountReading): AmountReading {
  const negative = (amountMinor: number): number => (amountMinor === 0 ? 0 : -amountMinor);
  if (reading.kind === 'amount') return { ...reading, amountMinor: negative(reading.amountMinor) };
  if (reading.kind === 'unreadable') return reading;
  const turned = (mark: DecimalMark) => {
    const found = reading.byMark[mark];
    return found.amountMinor === undefined ? found : { amountMinor: negative(found.amountMinor) };
  };
  return { kind: 'doubtful', byMark: { '.': turned('.'), ',': turned(',') } };
}
