import { parse } from 'csv-parse/sync';
import { messageOf } from '../../../errors.ts';
import type { TableRecord } from './table-record.ts';
import { MAX_LINE_CHARACTERS, type Line } from './text-lines.ts';

/** A cell with more lines than this is a quote that was never closed. */
const MAX_RECORD_LINES = 50;

interface Place {
  readonly line: number;
  readonly text: string;
}

/**
 * Joins lines into records: a text in quotes may go over several lines. A quote that is never closed costs its own line
 * and none of the rows behind it.
 */
export class CsvRecords {
  readonly #delimiter: string;
  readonly #width: number;
  #open: Place[] = [];
  #openCharacters = 0;
  #line: number;
  #done: TableRecord[] = [];

  /** @param firstLine the number of the first line that is pushed */
  constructor(delimiter: string, width: number, firstLine: number) {
    this.#delimiter = delimiter;
    this.#width = width;
    this.#line = firstLine;
  }

  /** The records that are complete with these lines. */
  push(lines: readonly Line[]): TableRecord[] {
    for (const text of lines) {
      const line = this.#line;
      this.#line += 1;
      if (text === undefined) {
        this.#giveUpAll();
        const broken = `The line is longer than ${MAX_LINE_CHARACTERS} characters`;
        this.#done.push({ line, cells: [], broken });
      } else this.#add({ line, text });
    }
    return this.#take();
  }

  end(): TableRecord[] {
    this.#giveUpAll();
    return this.#take();
  }

  #take(): TableRecord[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #add(place: Place): void {
    if (this.#open.length === 0) {
      this.#start(place);
      return;
    }
    this.#open.push(place);
    this.#openCharacters += place.text.length;
    if (hasOddQuotes(place.text)) {
      const { line } = this.#open[0] ?? place;
      const cells = parseRecord(this.#open.map(({ text }) => text).join('\n'), this.#delimiter);
      if (typeof cells !== 'string' && cells.length === this.#width && !this.#swallowsRows(cells)) {
        this.#done.push({ line, cells });
        this.#open = [];
      } else this.#giveUp();
    } else if (this.#open.length > MAX_RECORD_LINES || this.#openCharacters > MAX_LINE_CHARACTERS)
      this.#giveUp();
  }

  #start({ line, text }: Place): void {
    if (!text.includes('"')) {
      if (text.trim() !== '') this.#done.push({ line, cells: text.split(this.#delimiter) });
      return;
    }
    const cells = parseRecord(text, this.#delimiter);
    if (typeof cells !== 'string') this.#done.push({ line, cells });
    else if (hasOddQuotes(text)) {
      this.#open = [{ line, text }];
      this.#openCharacters = text.length;
    } else this.#done.push({ line, cells: text.split(this.#delimiter), broken: cells });
  }

  /** The line with the open quote is broken; those behind it are read on their own. */
  #giveUp(): void {
    const [first, ...behind] = this.#open;
    this.#open = [];
    if (!first) return;
    const broken = 'A quote opens in this row and is not closed in it';
    this.#done.push({ line: first.line, cells: first.text.split(this.#delimiter), broken });
    for (const place of behind) this.#add(place);
  }

  #giveUpAll(): void {
    while (this.#open.length > 0) this.#giveUp();
  }

  /** A line within a text that has the cells of a whole row is a row behind a quote that was not closed. */
  #swallowsRows(cells: readonly string[]): boolean {
    return cells.some((cell) =>
      cell
        .split('\n')
        .slice(1)
        .some((piece) => piece.split(this.#delimiter).length >= this.#width),
    );
  }
}

const hasOddQuotes = (text: string): boolean => (text.match(/"/g)?.length ?? 0) % 2 === 1;

/** The cells of one record, or why there are none. */
export function parseRecord(text: string, delimiter: string): string[] | string {
  try {
    const records = parse(text, { delimiter, trim: true, relax_column_count: true });
    return records.length === 1 ? (records[0] ?? []) : 'It is not one row';
  } catch (thrown) {
    return messageOf(thrown);
  }
}
