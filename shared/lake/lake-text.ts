/**
 * Parquet holds UTF-8, in which no lone surrogate can be written: two ids that differ in one alone would become equal.
 * Texts that are not well-formed, or hold a NUL, are stored as JSON behind this mark; so are those that begin with it.
 */
const MARK = '\uFFFE';

/** One text in the lake for one text here: equal only where both are. */
export function lakeText(text: string): string {
  const isPlain = text.isWellFormed() && !text.startsWith(MARK) && !text.includes('\0');
  return isPlain ? text : MARK + JSON.stringify(text);
}

export function fromLakeText(stored: string): string {
  return stored.startsWith(MARK) ? (JSON.parse(stored.slice(MARK.length)) as string) : stored;
}
