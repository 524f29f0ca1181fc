import type { TableClient } from '@azure/data-tables';
import type { BusinessDate } from '../../ids.ts';
import type { ReconciliationException } from '../../reconciliation/exception.ts';
import { boundedText } from '../../row-text.ts';
import { tableRows } from '../table-rows.ts';

/** The table `exceptions`: one row per open exception, by business date, for lists and queries beyond one report. */
export interface Exceptions {
  /** Makes the rows of a date equal to the report's exceptions. */
  replace(businessDate: BusinessDate, exceptions: readonly ReconciliationException[]): Promise<void>;
}

/** A string property holds 32 Ki characters and a row 1 MiB; `report.json` has the whole. */
const MAX_JSON_CHARACTERS = 30_000;
const MAX_SUBJECT_CHARACTERS = 1_000;
const MAX_DETAIL_CHARACTERS = 4_000;

export function tableExceptions(table: TableClient): Exceptions {
  const rows = tableRows(table);
  return {
    async replace(businessDate, exceptions) {
      const wanted = new Set(exceptions.map((exception) => exception.exceptionId));
      const before = await rows.inPartition(businessDate);
      await rows.putAll(exceptions.map((exception) => rowOf(businessDate, exception)));
      const gone = before.map((row) => row.rowKey).filter((rowKey) => !wanted.has(rowKey));
      await rows.removeAll(businessDate, gone);
    },
  };
}

function rowOf(businessDate: BusinessDate, exception: ReconciliationException) {
  const { exceptionId, category, owner, storeId, subject, detail, amountMinor, currency } = exception;
  return {
    partitionKey: businessDate,
    rowKey: exceptionId,
    category,
    class: exception.class,
    owner,
    storeId,
    subject: boundedText(subject, MAX_SUBJECT_CHARACTERS),
    detail: boundedText(detail, MAX_DETAIL_CHARACTERS),
    amountMinor: String(amountMinor),
    currency: currency ?? '',
    ...fitting('parts', exception.parts),
    ...fitting('evidence', exception.evidence),
  };
}

/** A list as JSON, or how long it is where it does not fit. */
function fitting(name: string, value: unknown): Record<string, string | number> {
  const json = JSON.stringify(value);
  return json.length > MAX_JSON_CHARACTERS
    ? { [name]: '', [`${name}Omitted`]: json.length }
    : { [name]: json };
}
