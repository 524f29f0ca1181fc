import type { MinorSum } from '../money.ts';
import { toSum } from '../money.ts';
import type { AccountKey, Amounts } from '../reconciliation/cell.ts';
import { fromLakeText, lakeText } from './lake-text.ts';

/**
 * Amounts by account and currency as one text, by which set work compares a document with its postings. It is exact:
 * two texts are equal only where all amounts are. `AMOUNTS_SQL` makes the same text of ledger rows.
 */
const SEPARATOR = '\u001F';
const escaped = (key: string): string =>
  key.includes('\\') || key.includes(SEPARATOR)
    ? key.replaceAll('\\', '\\\\').replaceAll(SEPARATOR, '\\u')
    : key;
const unescaped = (key: string): string =>
  key.includes('\\') ? key.replace(/\\(\\|u)/g, (_all, what) => (what === 'u' ? SEPARATOR : '\\')) : key;

/** Amounts are free of zeros. */
export function amountsText(amounts: Amounts): string {
  const parts: string[] = [];
  for (const [key, amountMinor] of amounts) parts.push(`${escaped(lakeText(key))}${SEPARATOR}${amountMinor}`);
  return parts.length > 1 ? parts.sort().join(SEPARATOR) : (parts[0] ?? '');
}

export function amountsFrom(text: string): Map<AccountKey, MinorSum> {
  const amounts = new Map<AccountKey, MinorSum>();
  if (text === '') return amounts;
  const parts = text.split(SEPARATOR);
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const key = fromLakeText(unescaped(parts[at] as string)) as AccountKey;
    amounts.set(key, toSum(BigInt(parts[at + 1] as string)));
  }
  return amounts;
}

/** Of a key as the lake holds it and a sum: one part of the text, and what joins the parts. */
export const AMOUNTS_SQL = {
  part: (key: string, sum: string): string =>
    `replace(replace(${key}, '\\', '\\\\'), chr(31), '\\u') || chr(31) || (${sum})::varchar`,
  separator: 'chr(31)',
} as const;
