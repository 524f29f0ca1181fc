import { PermanentError } from '../../errors.ts';
import type { StoredRow, TableRows } from '../table-rows.ts';

/**
 * Every row of the table `days` names its format; those of the first versions name none. A version reads a later
 * format as far as it has the fields of its own, and each of them is checked: a missing number must never become NaN.
 */
const DAYS_FORMAT = 1;

export function withFormat(rows: TableRows): TableRows {
  const format = DAYS_FORMAT;
  return {
    ...rows,
    put: (row) => rows.put({ ...row, format }),
    putAll: (all) => rows.putAll(all.map((row) => ({ ...row, format }))),
    swap: (row, etag) => rows.swap({ ...row, format }, etag),
  };
}

/** @throws PermanentError `days-row` */
export function wholeIn(row: StoredRow, name: string, absent?: number): number {
  const stored = row[name] ?? absent;
  // A table gives a 64-bit number as a bigint.
  const value = typeof stored === 'bigint' ? Number(stored) : stored;
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw damaged(row, name, 'is no whole number');
  return value;
}

/** @throws PermanentError `days-row` */
export function textIn(row: StoredRow, name: string, absent?: string): string {
  const text = row[name] ?? absent;
  if (typeof text !== 'string') throw damaged(row, name, 'is no text');
  return text;
}

/** A list that was stored as JSON; undefined where it was too long to be stored. @throws PermanentError `days-row` */
export function listOf(row: StoredRow, name: string, text: string): unknown[] | undefined {
  if (text === '') return undefined;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list)) throw damaged(row, name, 'is no list');
  return list as unknown[];
}

function damaged({ partitionKey, rowKey }: StoredRow, name: string, fault: string): PermanentError {
  return new PermanentError(
    'days-row',
    `The row ${partitionKey} / ${rowKey} of the table days is damaged: ${name} ${fault}`,
    { where: `/${name}` },
  );
}
