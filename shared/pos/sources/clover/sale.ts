import { addMinor } from '../../../money.ts';
import { Quality } from '../../enrich.ts';
import type { Tender } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { eventOfDraft, type UnnumberedLine } from '../transaction-draft.ts';
import type { Exchange } from './exchange.ts';
import { commonOf, placeOf, timeOf, type OrderHead } from './head.ts';
import { feeLines, itemLines } from './lines.ts';
import type { CloverLine, CloverPayment } from './order-schema.ts';
import { taxesOf, tendersOf } from './tenders.ts';

/** States of an order in which a part is still to be paid. */
const UNPAID = new Set(['OPEN', 'PARTIALLY_PAID']);

export function saleEvents(
  head: OrderHead,
  /** Those that paid the sale, in the order of time. */
  ofSale: readonly CloverPayment[],
  exchange: Exchange | undefined,
  context: ReadContext,
): MappedRecord[] {
  const { order } = head;
  const quality = new Quality();
  const [first] = ofSale;
  if (first === undefined) return [];
  const place = placeOf(head, timeOf(first), context, quality);
  const { lines, subtotalMinor } = saleLines(head, exchange, ofSale, context, quality);
  const isOpen = UNPAID.has(order.paymentState ?? '');
  const taxMinor = taxOf(head, lines, ofSale, isOpen, quality);
  const grossMinor = addMinor(subtotalMinor, order.isVat === true ? 0 : taxMinor);
  const settledMinor = addMinor(...ofSale.map(({ amount }) => amount));
  const cashbackMinor = addMinor(...ofSale.map(({ cashbackAmount }) => cashbackAmount ?? 0));
  const cashbackIncluded = cashbackMinor !== 0 && settledMinor - cashbackMinor === grossMinor;
  const openMinor = grossMinor - settledMinor + (cashbackIncluded ? cashbackMinor : 0);
  if (openMinor !== 0 && !(isOpen && openMinor > 0)) quality.flag('totals-unbalanced', '/payments/amount');
  const dated = ofSale.map((payment) => ({
    payment,
    place: placeOf(head, timeOf(payment), context, quality),
  }));
  const later = dated
    .filter((one) => one.place.businessDate > place.businessDate)
    .map(({ payment }) => payment);
  const now = ofSale.filter((payment) => !later.includes(payment));
  const onAccountMinor = addMinor(
    ...later.map(({ amount }) => amount),
    isOpen && openMinor > 0 ? openMinor : 0,
  );
  const sale = eventOfDraft(
    {
      ...commonOf(head),
      ...place,
      transactionId: order.id,
      tillId: first.device?.id ?? order.device?.id ?? 'clover',
      operator: order.employee?.id ?? first.employee?.id,
      offline: ofSale.some(({ offline }) => offline === true),
      status: 'completed',
      lines,
      taxMinor,
      taxes: taxesOf(ofSale),
      tipMinor: addMinor(...now.map(({ tipAmount }) => tipAmount ?? 0)),
      tenders: [
        ...now.flatMap((payment) => tendersOf(payment, cashbackIncluded, quality)),
        ...onAccount(onAccountMinor),
      ],
      quality,
    },
    context,
  );
  return [sale, ...later.map((payment) => laterPayment(payment, head, context))];
}

const onAccount = (amountMinor: number): Tender[] =>
  amountMinor === 0 ? [] : [{ type: 'account', label: 'paid later', amountMinor }];

/** What was sold: with the items that an exchange took back, and without those that it handed out. */
function soldItems({ items }: OrderHead, exchange: Exchange | undefined): CloverLine[] {
  const handedOut = new Set(exchange?.handedOut.map(({ id }) => id));
  return items.filter(
    (item) => !handedOut.has(item.id) && (exchange !== undefined || item.exchanged !== true),
  );
}

/** The goods that were sold, by their ids at Clover, after all discounts. */
export function soldGoods(
  head: OrderHead,
  exchange: Exchange | undefined,
  { catalog }: ReadContext,
  quality: Quality,
): Map<string, UnnumberedLine> {
  const goods = soldItems(head, exchange).filter(({ isOrderFee }) => isOrderFee !== true);
  return new Map(itemLines(head.order, goods, catalog, quality).map(({ id, line }) => [id, line]));
}

function saleLines(
  head: OrderHead,
  exchange: Exchange | undefined,
  payments: readonly CloverPayment[],
  context: ReadContext,
  quality: Quality,
): { lines: UnnumberedLine[]; subtotalMinor: number } {
  if (exchange === undefined && head.items.some(({ exchanged }) => exchanged === true)) {
    // Clover's own total leaves it out; what it was exchanged for, and when, is not said.
    quality.flag('totals-disagree', '/lineItems/exchanged');
  }
  const goods = [...soldGoods(head, exchange, context, quality).values()];
  const goodsMinor = addMinor(...goods.map((line) => line.extendedAmountMinor));
  const fees = soldItems(head, exchange).filter(({ isOrderFee }) => isOrderFee === true);
  const lines = [...goods, ...feeLines(head.order, fees, payments, goodsMinor)];
  return { lines, subtotalMinor: addMinor(...lines.map((line) => line.extendedAmountMinor)) };
}

/** Payments say how much tax they hold. What is still open holds some as well, of which only the order's total tells. */
function taxOf(
  { order }: OrderHead,
  lines: readonly UnnumberedLine[],
  payments: readonly CloverPayment[],
  isOpen: boolean,
  quality: Quality,
): number {
  const paidTaxMinor = addMinor(...payments.map(({ taxAmount }) => taxAmount ?? 0));
  if (!isOpen || order.isVat === true || order.total === undefined) return paidTaxMinor;
  quality.flag('tax-calculated', '/order/total');
  return addMinor(order.total, ...lines.map((line) => -line.extendedAmountMinor));
}

function laterPayment(payment: CloverPayment, head: OrderHead, context: ReadContext): MappedRecord {
  const quality = new Quality();
  return eventOfDraft(
    {
      ...commonOf(head),
      ...placeOf(head, timeOf(payment), context, quality),
      transactionId: `${head.order.id}-P${payment.id}`,
      tillId: payment.device?.id ?? 'clover',
      operator: payment.employee?.id,
      offline: payment.offline === true,
      status: 'completed',
      lines: [],
      taxMinor: 0,
      tipMinor: payment.tipAmount ?? 0,
      tenders: [...tendersOf(payment, false, quality), ...onAccount(-payment.amount)],
      quality,
    },
    context,
  );
}

/** What was sold, and whose payments were voided: it counts no more. */
export function cancelledSale(
  head: OrderHead,
  voided: readonly [CloverPayment, ...CloverPayment[]],
  context: ReadContext,
): MappedRecord {
  const { order } = head;
  const quality = new Quality();
  const [first] = voided;
  const { lines } = saleLines(head, undefined, voided, context, quality);
  return eventOfDraft(
    {
      ...commonOf(head),
      ...placeOf(head, timeOf(first), context, quality),
      transactionId: order.id,
      tillId: first.device?.id ?? order.device?.id ?? 'clover',
      operator: order.employee?.id ?? first.employee?.id,
      status: 'cancelled',
      lines,
      tenders: [],
      taxMinor: addMinor(...voided.map(({ taxAmount }) => taxAmount ?? 0)),
      quality,
    },
    context,
  );
}
