import { cutText, type BusinessDate, type StoreId } from '../../../ids.ts';
import { addMinor, type Currency } from '../../../money.ts';
import type { Instant } from '../../../time.ts';
import { checkedEvent } from '../../canonical.ts';
import type { Quality } from '../../enrich.ts';
import { MAX_TEXT_LENGTH, SCHEMA_VERSION, type Tender, type TransactionEvent } from '../../event.ts';
import type { Store } from '../../store.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import type { DraftLine } from './lines.ts';
import { exactId, type ShopifyId, type ShopifyOrder } from './order-schema.ts';

export interface OrderHead {
  readonly id: string;
  readonly version: number;
  readonly order: ShopifyOrder;
  /** Keyed pseudonym. */
  readonly customerRef?: string | undefined;
}

export interface EventParts {
  /** What tells the order's events apart: nothing for the sale, `-R` and the id for a refund. */
  readonly suffix: string;
  readonly store: Store | undefined;
  readonly storeId: StoreId;
  readonly occurredAt: Instant;
  readonly businessDate: BusinessDate;
  readonly device: ShopifyId | undefined;
  readonly user: ShopifyId | undefined;
  readonly status: TransactionEvent['status'];
  readonly currency: Currency;
  readonly drafts: readonly DraftLine[];
  readonly tipMinor: number;
  readonly roundingMinor: number;
  readonly tenders: readonly Tender[];
  readonly returnOf?: string;
  readonly quality: Quality;
}

/** One event of an order, its totals added up from its lines. @throws PermanentError `schema` */
export function draftEvent(head: OrderHead, context: ReadContext, parts: EventParts): MappedRecord {
  const { drafts, quality, tipMinor, roundingMinor, status } = parts;
  const { order, version } = head;
  const lines = drafts.map(({ line }, index) => ({ ...line, lineNumber: index + 1 }));
  const linesMinor = addMinor(...lines.map((line) => line.extendedAmountMinor));
  const taxMinor = addMinor(...drafts.map((draft) => draft.taxMinor));
  const grossMinor = order.taxes_included ? linesMinor : addMinor(linesMinor, taxMinor);
  const transactionId = `${head.id}${parts.suffix}`;
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `shopify:${transactionId}:${version}`,
    source: 'shopify',
    storeId: parts.storeId,
    tillId: parts.device === undefined ? 'shopify' : exactId(parts.device),
    ...(parts.user === undefined
      ? {}
      : { operatorId: context.pseudonymise('operator', exactId(parts.user)) }),
    occurredAt: parts.occurredAt,
    businessDate: parts.businessDate,
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version,
    kind: 'transaction',
    transactionId,
    ...(order.name ? { receiptNumber: cutText(order.name.toWellFormed(), MAX_TEXT_LENGTH) } : {}),
    status,
    currency: parts.currency,
    taxIncluded: order.taxes_included,
    lines,
    tenders: status === 'cancelled' ? [] : [...parts.tenders, ...channelTender(parts)],
    totals: {
      netMinor: addMinor(grossMinor, -taxMinor),
      taxMinor,
      grossMinor,
      ...(tipMinor === 0 ? {} : { tipMinor }),
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
    },
    ...(head.customerRef === undefined ? {} : { customerRef: head.customerRef }),
    ...(parts.returnOf === undefined ? {} : { returnOf: { transactionId: parts.returnOf } }),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}

/** Tax that a marketplace remits was paid with the rest, but does not come to us: it lowers what the tender owes us. */
function channelTender({ drafts, tenders }: EventParts): Tender[] {
  const channelMinor = addMinor(...drafts.map(({ channelTaxMinor }) => channelTaxMinor));
  if (channelMinor === 0) return [];
  const type = tenders[0]?.type ?? 'other';
  return [{ type, label: 'tax remitted by the channel', amountMinor: 0 - channelMinor }];
}
