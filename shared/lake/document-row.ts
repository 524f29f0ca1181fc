import type { PosDocument } from '../reconciliation/day-documents.ts';
import { amountsFrom, amountsText } from './amounts-text.ts';
import { fromLakeJson, lakeJson } from './lake-json.ts';
import { fromLakeText, lakeText } from './lake-text.ts';
import type { Row } from './tables.ts';

type More = Pick<PosDocument, 'imbalance' | 'uncertain' | 'doubts' | 'sales'> & {
  readonly eventIds?: readonly string[];
};

/** A document as a row of `DOCUMENTS`. */
export function documentRow(storeId: string, document: PosDocument): Row {
  const { documentId, eventIds, tillId, shiftId, isDrawer, late, amounts } = document;
  const { lines, imbalance, uncertain, doubts, sales } = document;
  const more: More = {
    ...(eventIds.length > 1 && { eventIds }),
    ...(imbalance && { imbalance }),
    ...(uncertain && { uncertain }),
    ...(doubts && { doubts }),
    ...(sales && { sales }),
  };
  return [
    lakeText(storeId),
    lakeText(documentId),
    amountsText(amounts),
    lakeText(tillId),
    shiftId === undefined ? null : lakeText(shiftId),
    isDrawer,
    late,
    lakeText(eventIds[0] ?? ''),
    lines ?? null,
    Object.keys(more).length === 0 ? null : lakeJson(more),
  ];
}

export function documentOf(row: Row): PosDocument {
  const [, documentId, amounts, tillId, shiftId, isDrawer, late, eventId, lines, stored] = row as readonly [
    string,
    string,
    string,
    string,
    string | null,
    boolean,
    boolean,
    string,
    number | null,
    string | null,
  ];
  const more = stored === null ? {} : (fromLakeJson(stored) as More);
  return {
    documentId: fromLakeText(documentId),
    tillId: fromLakeText(tillId),
    shiftId: shiftId === null ? undefined : fromLakeText(shiftId),
    isDrawer,
    late,
    amounts: amountsFrom(amounts),
    eventIds: [fromLakeText(eventId)],
    ...(lines !== null && { lines }),
    ...more,
  };
}
