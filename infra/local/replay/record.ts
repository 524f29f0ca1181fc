import type { Currency } from '../../../shared/money.ts';
import type { MasterData } from '../resources.ts';

/** A part of the file that cannot be read. The rest goes on. */
export interface BadRecord {
  readonly file: string;
  readonly line: number;
  /** Column name, or number for XML; empty if the whole line is wrong. */
  readonly column: string;
  readonly reason: string;
}

/** What is sent as one event: some records of the file, and their total. */
export interface ReplayItem {
  /** One event of the format, as text; several make a body. */
  readonly text: string;
  /** Rows or transactions of the file that it contains. */
  readonly records: number;
  /** Gross total of these records according to the file; negative for returns. */
  readonly grossMinor: number;
  /** Where it starts in the file. */
  readonly line: number;
  /** Sent in a separate request because it would invalidate the others. */
  readonly alone?: boolean;
}

/** A file, read completely and split into events, with the master data that the product needs beforehand. */
export interface ReplayFile {
  /** Name of a record of this file: `row`, `transaction`. */
  readonly recordName: string;
  /** Records in the file, readable or not. */
  readonly records: number;
  readonly items: readonly ReplayItem[];
  readonly bad: readonly BadRecord[];
  /** Other facts about the file: number of credit notes, missing customers and so on. */
  readonly notes: readonly (readonly [what: string, count: number])[];
  readonly masterData: MasterData;
  readonly currency: Currency;
  readonly webhook: { readonly source: 'tillstream' | 'poslog'; readonly contentType: string };
  /** Combines events into the body of one request. */
  bodyOf(items: readonly ReplayItem[]): string;
}
