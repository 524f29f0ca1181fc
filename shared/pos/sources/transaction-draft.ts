import { cutText, type BusinessDate, type StoreId } from '../../ids.ts';
import { addMinor, type Currency } from '../../money.ts';
import type { Instant } from '../../time.ts';
import { checkedEvent } from '../canonical.ts';
import type { Quality } from '../enrich.ts';
import {
  MAX_CODE_LENGTH,
  MAX_TEXT_LENGTH,
  SCHEMA_VERSION,
  type PosSource,
  type Tender,
  type TransactionEvent,
  type TransactionLine,
} from '../event.ts';
import type { Catalog } from '../master-data.ts';
import type { MappedRecord } from './reading.ts';
import type { ReadContext } from './source.ts';

/** A line before it has its number. */
export type UnnumberedLine = Omit<TransactionLine, 'lineNumber'>;

/** A transaction as a vendor's mapping knows it; its totals follow from its lines that are not voided. */
export interface TransactionDraft {
  readonly source: PosSource;
  readonly transactionId: string;
  readonly version: number;
  readonly storeId: StoreId;
  readonly tillId: string;
  /** The vendor's id of the person; a pseudonym is made of it. */
  readonly operator?: string | undefined;
  readonly sequenceNumber?: number | undefined;
  readonly sequenceScope?: string | undefined;
  readonly occurredAt: Instant;
  readonly businessDate: BusinessDate;
  readonly offline?: boolean;
  readonly training?: boolean;
  readonly receiptNumber?: string | undefined;
  readonly shiftId?: string | undefined;
  readonly status: TransactionEvent['status'];
  readonly currency: Currency;
  readonly taxIncluded: boolean;
  readonly lines: readonly UnnumberedLine[];
  readonly tenders: readonly Tender[];
  readonly taxMinor: number;
  /** Taxes of the whole transaction, where its lines hold none. */
  readonly taxes?: TransactionEvent['taxes'];
  readonly tipMinor?: number;
  readonly roundingMinor?: number;
  /** Keyed pseudonym. */
  readonly customerRef?: string | undefined;
  readonly returnOf?: TransactionEvent['returnOf'];
  readonly quality: Quality;
}

/**
 * The canonical event of a draft. One that counts no more (`cancelled`) keeps its lines and has no tenders.
 * @throws PermanentError `schema`
 */
export function eventOfDraft(draft: TransactionDraft, context: ReadContext): MappedRecord {
  const { source, transactionId, version, quality, status, taxIncluded, taxMinor } = draft;
  const { tipMinor = 0, roundingMinor = 0, taxes = [] } = draft;
  const linesMinor = addMinor(
    ...draft.lines.filter(({ voided }) => voided !== true).map((line) => line.extendedAmountMinor),
  );
  const grossMinor = taxIncluded ? linesMinor : addMinor(linesMinor, taxMinor);
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `${source}:${transactionId}:${version}`,
    source,
    storeId: draft.storeId,
    tillId: draft.tillId,
    ...defined('operatorId', draft.operator && context.pseudonymise('operator', draft.operator)),
    ...defined('sequenceNumber', draft.sequenceNumber),
    ...defined('sequenceScope', draft.sequenceScope),
    occurredAt: draft.occurredAt,
    businessDate: draft.businessDate,
    receivedAt: context.receivedAt,
    offline: draft.offline ?? false,
    training: draft.training ?? false,
    traceparent: context.traceparent,
    version,
    kind: 'transaction',
    transactionId,
    ...textField('receiptNumber', draft.receiptNumber),
    status,
    ...defined('shiftId', draft.shiftId),
    currency: draft.currency,
    taxIncluded,
    lines: draft.lines.map((line, index) => ({ ...line, lineNumber: index + 1 })),
    tenders: status === 'cancelled' ? [] : draft.tenders,
    totals: {
      netMinor: addMinor(grossMinor, -taxMinor),
      taxMinor,
      grossMinor,
      ...(tipMinor === 0 ? {} : { tipMinor }),
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
    },
    ...(taxes.length === 0 ? {} : { taxes }),
    ...defined('customerRef', draft.customerRef),
    ...defined('returnOf', draft.returnOf),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}

/** A line as it comes back: its taxes are those of the refund. */
export function returnedLine({ discounts, taxes: _taxes, ...line }: UnnumberedLine): UnnumberedLine {
  return {
    ...line,
    type: line.type === 'sale' ? 'return' : line.type,
    quantityMilli: 0 - line.quantityMilli,
    extendedAmountMinor: 0 - line.extendedAmountMinor,
    ...(discounts === undefined
      ? {}
      : { discounts: discounts.map((one) => ({ ...one, amountMinor: 0 - one.amountMinor })) }),
  };
}

function defined<K extends string, V>(key: K, value: V | undefined | ''): Partial<Record<K, V>> {
  return value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, V>);
}

/** A text that is only shown: well-formed, cut to what an event holds, and left out where it is empty. */
export function textField<K extends string>(
  key: K,
  text: string | null | undefined,
): Partial<Record<K, string>> {
  return text ? ({ [key]: cutText(text.toWellFormed(), MAX_TEXT_LENGTH) } as Record<K, string>) : {};
}

/** Of the codes that a vendor has for an item the one that we know, else the first. */
export function productCodeOf(
  codes: readonly (string | undefined)[],
  fallback: string,
  catalog: Catalog,
): string {
  const given = codes.flatMap((code) => {
    const trimmed = code?.trim() ?? '';
    return trimmed === '' ? [] : [trimmed.toWellFormed()];
  });
  const known = given.find((code) => catalog.productOfCode(code) !== undefined);
  return cutText(known ?? given[0] ?? fallback, MAX_CODE_LENGTH);
}
