import type { SettlementRow } from './settlement-entry.ts';

/** A kind of settlement report. Each has its folder, and one line in `read-settlement.ts`. */
export interface SettlementFormat {
  /** For messages, such as `Adyen settlement details report`. */
  readonly name: string;
  /** @param head the beginning of the file, at most a few thousand characters. */
  recognises(head: string): boolean;
  /**
   * Rows and row errors as they come. A row that cannot be read costs itself.
   * @throws what `content` throws, such as a TransientError
   */
  rows(file: string, content: AsyncIterable<Uint8Array>): AsyncIterable<SettlementRow>;
}

/** A cell or an element that cannot be read. */
export class SettlementFault extends Error {
  override readonly name = 'SettlementFault';
  readonly column: string;

  constructor(column: string, reason: string) {
    super(reason);
    this.column = column;
  }
}
