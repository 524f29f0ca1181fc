import type { BusinessDate } from '../../../ids.ts';
import type { Instant } from '../../../time.ts';
import type { Tender, TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import { eventOfDraft, type UnnumberedLine } from '../transaction-draft.ts';
import type { SaleContext } from './place.ts';

export interface EventParts {
  readonly suffix: string;
  readonly at: Instant;
  readonly businessDate: BusinessDate;
  readonly status: TransactionEvent['status'];
  /** With their tax. */
  readonly lines: readonly UnnumberedLine[];
  readonly taxes: NonNullable<TransactionEvent['taxes']>;
  readonly taxMinor: number;
  readonly roundingMinor: number;
  readonly tenders: readonly Tender[];
}

/** One event of a sale. @throws PermanentError `schema` */
export function draftEvent(scope: SaleContext, { suffix, at, ...parts }: EventParts): MappedRecord {
  const { sale, storeId, store, context, version, quality } = scope;
  return eventOfDraft(
    {
      ...parts,
      source: 'lightspeed-x',
      transactionId: `${sale.id}${suffix}`,
      version,
      storeId,
      tillId: sale.register_id ?? 'lightspeed-x',
      operator: sale.user_id,
      occurredAt: at,
      receiptNumber: sale.invoice_number,
      currency: store.currency,
      taxIncluded: true,
      returnOf: sale.return_for === undefined ? undefined : { transactionId: sale.return_for },
      quality,
    },
    context,
  );
}
