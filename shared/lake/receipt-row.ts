import type { Receipt } from '../forecast/receipts.ts';
import type { StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
import { fromLakeText, lakeText } from './lake-text.ts';
import type { Row } from './tables.ts';

/** A receipt as a row of `RECEIPTS`. */
export function receiptRow(receipt: Receipt, place: number): Row {
  const { storeId, tillId, shiftId, transactionId, eventId, currency, grossMinor, refusals } = receipt;
  return [
    lakeText(storeId),
    lakeText(tillId),
    lakeText(shiftId),
    lakeText(transactionId),
    lakeText(eventId),
    currency,
    BigInt(grossMinor),
    refusals.length === 0 ? null : JSON.stringify(refusals),
    place,
  ];
}

export function receiptOf(row: Row): Receipt {
  const [storeId, tillId, shiftId, transactionId, eventId, currency, grossMinor, refusals] = row as readonly [
    string,
    string,
    string,
    string,
    string,
    Currency,
    bigint,
    string | null,
  ];
  return {
    storeId: fromLakeText(storeId) as StoreId,
    tillId: fromLakeText(tillId),
    shiftId: fromLakeText(shiftId),
    transactionId: fromLakeText(transactionId),
    eventId: fromLakeText(eventId),
    currency,
    grossMinor: Number(grossMinor),
    refusals: refusals === null ? [] : (JSON.parse(refusals) as Receipt['refusals']),
  };
}
