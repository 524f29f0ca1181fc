/** A row of a table as a file holds it, before anything is made of its cells. */
export interface TableRecord {
  /** The line where it begins, or the number of its row in a sheet, from 1. */
  readonly line: number;
  /** White space around them does not count. Where the row is broken, what could be made out. */
  readonly cells: readonly string[];
  /** Cells, from 0, that hold a number and no text: they have a decimal point, whatever the texts of the file have. */
  readonly numbers?: ReadonlySet<number>;
  /** Why its cells cannot be trusted. */
  readonly broken?: string;
}
