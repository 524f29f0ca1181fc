import type { Currency } from '../../../shared/money.ts';
import type { MasterData } from '../resources.ts';

/** A part of the file that cannot be read. The rest goes on. */
export interface BadRecord {
  readonly file: string;
  readonly line: number;
  /** Column name, or number for XML; empty where the whole line is at fault. */
  readonly column: string;
  readonly reason: string;
}

/** What is sent as one event: some records of the file, and what they are worth. */
export interface ReplayItem {
  /** One event of the format, as text; several make a body. */
  readonly text: string;
  /** Rows or transactions of the file that are in it. */
  readonly records: number;
  /** Gross value of these records by the file's own numbers; negative for returns. */
  readonly grossMinor: number;
  /** Where in the file it begins. */
  readonly line: number;
  /** Sent in a request of its own, as it would spoil its neighbours. */
  readonly alone?: boolean;
}

/** A file, read whole and cut into events, with what the product must know about its stores beforehand. */
export interface ReplayFile {
  /** What a record of this file is called: `row`, `transaction`. */
  readonly recordName: string;
  /** Records in the file, readable or not. */
  readonly records: number;
  readonly items: readonly ReplayItem[];
  readonly bad: readonly BadRecord[];
  /** What else should be said about the file: how many credit notes, missing customers and so on. */
  readonly notes: readonly (readonly [what: string, count: number])[];
  readonly masterData: MasterData;
  readonly currency: Currency;
  readonly webhook: { readonly source: 'tillstream' | 'poslog'; readonly contentType: string };
  /** Puts events together into the body of one request. */
  bodyOf(items: readonly ReplayItem[]): string;
}
