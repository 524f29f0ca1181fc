import { cutText, type BusinessDate } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import type { Instant } from '../../../time.ts';
import { checkedEvent } from '../../canonical.ts';
import { MAX_TEXT_LENGTH, SCHEMA_VERSION, type Tender, type TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import type { CheckContext } from './check.ts';
import type { UnnumberedLine } from './lines.ts';

export interface EventParts {
  /** What tells the events of a check apart: nothing for the sale, `-P` or `-R` and a GUID for what came on its own day. */
  readonly suffix: string;
  readonly at: Instant;
  readonly businessDate: BusinessDate;
  readonly status: TransactionEvent['status'];
  readonly lines: readonly UnnumberedLine[];
  readonly taxes: NonNullable<TransactionEvent['taxes']>;
  readonly taxMinor: number;
  readonly tipMinor: number;
  readonly roundingMinor: number;
  readonly tenders: readonly Tender[];
  readonly isReturn?: boolean;
}

/** One event of a check; its net amount is the sum of its lines. @throws PermanentError `schema` */
export function draftEvent(scope: CheckContext, parts: EventParts): MappedRecord {
  const { order, check, context, version, quality } = scope;
  const { status, taxes, taxMinor, tipMinor, roundingMinor } = parts;
  const netMinor = addMinor(
    ...parts.lines.filter(({ voided }) => voided !== true).map((line) => line.extendedAmountMinor),
  );
  const transactionId = `${check.guid}${parts.suffix}`;
  const operator = order.server?.guid;
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `toast:${transactionId}:${version}`,
    source: 'toast',
    storeId: scope.storeId,
    tillId: check.createdDevice?.id || order.createdDevice?.id || 'toast',
    ...(operator === undefined ? {} : { operatorId: context.pseudonymise('operator', operator) }),
    occurredAt: parts.at,
    businessDate: parts.businessDate,
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version,
    kind: 'transaction',
    transactionId,
    ...(check.displayNumber
      ? { receiptNumber: cutText(check.displayNumber.toWellFormed(), MAX_TEXT_LENGTH) }
      : {}),
    status,
    currency: scope.currency,
    taxIncluded: false,
    lines: parts.lines.map((line, index) => ({ ...line, lineNumber: index + 1 })),
    tenders: parts.tenders.filter(
      ({ amountMinor, changeMinor = 0 }) => amountMinor !== 0 || changeMinor !== 0,
    ),
    totals: {
      netMinor,
      taxMinor,
      grossMinor: addMinor(netMinor, taxMinor),
      ...(tipMinor === 0 ? {} : { tipMinor }),
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
    },
    ...(taxes.length === 0 ? {} : { taxes }),
    ...(parts.isReturn === true ? { returnOf: { transactionId: check.guid } } : {}),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}
