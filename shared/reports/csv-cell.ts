/** Characters that start a formula in a spreadsheet: = + - @, also in full-width and small form, which some programs fold. */
const FORMULA = '[=+\\-@\\uFF1D\\uFF0B\\uFF0D\\uFF20\\uFE66\\uFE62\\uFE63\\uFE6B]';
/** Characters that spreadsheets skip before it: spaces of all kinds, quotes, control and invisible characters. */
const SKIPPED = '(?:[^\\S\\t\\r\\n]|["\'\\0-\\x08\\x0E-\\x1F\\p{Cf}])*';
/** Where a cell may begin: in a locale with semicolons, or pasted, a text is split at characters that RFC 4180 does not know. */
const BEGINNING = '^|[;\\t\\r\\n|]';
const RUNNABLE = new RegExp(`(${BEGINNING})(${SKIPPED}${FORMULA})`, 'gu');
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/**
 * One cell of a CSV file (RFC 4180). Product codes and references come from outside, so a cell that a spreadsheet
 * could take for a formula gets an apostrophe (OWASP, CSV injection). Numbers keep their sign.
 */
export function csvCell(text: string): string {
  if (NUMBER.test(text)) return text;
  const guarded = text.replace(RUNNABLE, "$1'$2");
  const harmless = /^[\t\r\n]/.test(guarded) ? `'${guarded}` : guarded;
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Rows as a CSV file with a byte order mark, by which spreadsheets know UTF-8. */
export function csvFile(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}
