import type { BusinessDate } from '../../../ids.ts';
import type { Instant } from '../../../time.ts';
import type { Tender, TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import { eventOfDraft, type UnnumberedLine } from '../transaction-draft.ts';
import type { CheckContext } from './check.ts';

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

/** One event of a check. @throws PermanentError `schema` */
export function draftEvent(
  scope: CheckContext,
  { suffix, at, isReturn, ...parts }: EventParts,
): MappedRecord {
  const { order, check, context, version, quality, storeId, currency } = scope;
  return eventOfDraft(
    {
      ...parts,
      source: 'toast',
      transactionId: `${check.guid}${suffix}`,
      version,
      storeId,
      tillId: check.createdDevice?.id || order.createdDevice?.id || 'toast',
      operator: order.server?.guid,
      occurredAt: at,
      receiptNumber: check.displayNumber,
      currency,
      taxIncluded: false,
      tenders: parts.tenders.filter(
        ({ amountMinor, changeMinor = 0 }) => amountMinor !== 0 || changeMinor !== 0,
      ),
      returnOf: isReturn === true ? { transactionId: check.guid } : undefined,
      quality,
    },
    context,
  );
}
