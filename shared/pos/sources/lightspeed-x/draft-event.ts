import { cutText, type BusinessDate } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import type { Instant } from '../../../time.ts';
import { checkedEvent } from '../../canonical.ts';
import { MAX_TEXT_LENGTH, SCHEMA_VERSION, type Tender, type TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import type { UnnumberedLine } from './lines.ts';
import type { SaleContext } from './place.ts';

export interface EventParts {
  readonly suffix: string;
  readonly at: Instant;
  readonly businessDate: BusinessDate;
  readonly status: TransactionEvent['status'];
  readonly lines: readonly UnnumberedLine[];
  readonly taxes: readonly NonNullable<TransactionEvent['taxes']>[number][];
  readonly grossMinor: number;
  readonly taxMinor: number;
  readonly roundingMinor: number;
  readonly tenders: readonly Tender[];
}

/** One event of a sale. @throws PermanentError `schema` */
export function draftEvent(scope: SaleContext, parts: EventParts): MappedRecord {
  const { sale, store, context, version, quality } = scope;
  const { taxes, grossMinor, taxMinor, roundingMinor, status } = parts;
  const transactionId = `${sale.id}${parts.suffix}`;
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `lightspeed-x:${transactionId}:${version}`,
    source: 'lightspeed-x',
    storeId: scope.storeId,
    tillId: sale.register_id ?? 'lightspeed-x',
    ...(sale.user_id === undefined ? {} : { operatorId: context.pseudonymise('operator', sale.user_id) }),
    occurredAt: parts.at,
    businessDate: parts.businessDate,
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version,
    kind: 'transaction',
    transactionId,
    ...(sale.invoice_number
      ? { receiptNumber: cutText(sale.invoice_number.toWellFormed(), MAX_TEXT_LENGTH) }
      : {}),
    status,
    currency: store.currency,
    taxIncluded: true,
    lines: parts.lines.map((line, index) => ({ ...line, lineNumber: index + 1 })),
    tenders: parts.tenders,
    totals: {
      netMinor: addMinor(grossMinor, -taxMinor),
      taxMinor,
      grossMinor,
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
    },
    ...(taxes.length === 0 ? {} : { taxes }),
    ...(sale.return_for === undefined ? {} : { returnOf: { transactionId: sale.return_for } }),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}
