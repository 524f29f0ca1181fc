import { addMinor } from '../../../money.ts';
import { Quality } from '../../enrich.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { eventOfDraft, returnedLine } from '../transaction-draft.ts';
import type { Exchange } from './exchange.ts';
import { commonOf, placeOf, type OrderHead } from './head.ts';
import { itemLines } from './lines.ts';
import type { CloverPayment } from './order-schema.ts';
import { soldGoods } from './sale.ts';
import { taxesOf, tendersOf, refundTender } from './tenders.ts';

/** Goods that came back and goods that were handed out for them, with what was paid or paid back in addition. */
export function exchangeEvent(
  exchange: Exchange,
  payments: readonly CloverPayment[],
  head: OrderHead,
  context: ReadContext,
): MappedRecord {
  const { order } = head;
  const quality = new Quality();
  const place = placeOf(head, exchange.atMs, context, quality);
  const sold = soldGoods(head, exchange, context, new Quality());
  const taken = exchange.takenBack.flatMap(({ id }) => sold.get(id) ?? []).map(returnedLine);
  // A discount of so much on the order was given with the sale; one of so many percent holds for what is in it now.
  const rates = order.discounts.filter(({ amount }) => amount === undefined);
  const handed = itemLines({ ...order, discounts: rates }, exchange.handedOut, context.catalog, quality).map(
    ({ line }) => line,
  );
  const lines = [...taken, ...handed];
  const { refund } = exchange;
  const taxMinor = addMinor(...payments.map(({ taxAmount }) => taxAmount ?? 0), -(refund?.taxAmount ?? 0));
  const owedMinor = addMinor(
    ...lines.map((line) => line.extendedAmountMinor),
    order.isVat === true ? 0 : taxMinor,
  );
  const movedMinor = addMinor(...payments.map(({ amount }) => amount), -(refund?.amount ?? 0));
  if (owedMinor !== movedMinor) quality.flag('totals-unbalanced', '/lineItems/exchangedLineItem');
  return eventOfDraft(
    {
      ...commonOf(head),
      ...place,
      transactionId: `${order.id}-X`,
      tillId: payments[0]?.device?.id ?? refund?.device?.id ?? order.device?.id ?? 'clover',
      operator: payments[0]?.employee?.id ?? refund?.employee?.id,
      status: 'completed',
      lines,
      taxMinor,
      taxes: refund === undefined ? taxesOf(payments) : [],
      tipMinor: addMinor(...payments.map(({ tipAmount }) => tipAmount ?? 0)),
      tenders: [
        ...payments.flatMap((payment) => tendersOf(payment, false, quality)),
        ...(refund === undefined ? [] : [refundTender(refund, head.payments, quality)]),
      ],
      returnOf: { transactionId: order.id },
      quality,
    },
    context,
  );
}
