import { addMinor } from '../../../money.ts';
import { Quality } from '../../enrich.ts';
import type { ReadContext } from '../source.ts';
import { Amounts, bookingStoreOf } from './amounts.ts';
import { isTip, saleLine, shippingDraft, spreadDiscount, type DraftLine, type LineContext } from './lines.ts';
import type { ShopifyOrder, ShopifyRefund, ShopifyTransaction } from './order-schema.ts';
import type { Claim, Payment } from './payments.ts';
import { refundLines, type RefundMoney } from './refunds.ts';

/** An order with all that was asked for. */
export interface FoundOrder {
  readonly order: ShopifyOrder;
  readonly transactions: readonly ShopifyTransaction[];
  /** Ids of the order's lines that an exchange handed out, by the id of its refund. */
  readonly exchangedLines: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keyed pseudonym. */
  readonly customerRef?: string | undefined;
}

/** What of a refund is needed beside others. */
export interface FoundRefund extends RefundMoney {
  readonly refund: ShopifyRefund;
  readonly id: string;
  readonly exchanged: ReadonlySet<string>;
  readonly claim: Claim;
}

export interface Sale {
  readonly drafts: readonly DraftLine[];
  readonly tipMinor: number;
  readonly claim: Claim;
  readonly cancelled?: boolean;
}

export function saleOf(
  found: FoundOrder,
  exchangedLines: ReadonlySet<string>,
  lowering: readonly FoundRefund[],
  context: LineContext,
): Sale {
  const { order } = found;
  const { amounts, quality } = context;
  const items = order.line_items
    .map((item, index) => ({ item, index }))
    .filter(({ item }) => item.quantity > 0);
  const exchanged = items.filter(({ item }) => exchangedLines.has(String(item.id)));
  const sold = items.filter(({ item }) => !isTip(item) && !exchangedLines.has(String(item.id)));
  let drafts = [
    ...sold.map(({ item, index }) => saleLine(item, index, context)),
    ...(order.shipping_lines ?? []).flatMap((shipping, index) =>
      shipping.is_removed === true ? [] : [shippingDraft(shipping, index, context)],
    ),
  ];
  const ofExchange = exchanged.map(({ item, index }) => saleLine(item, index, context));
  const lowered = lowering.flatMap(({ refund }) => refundLines(refund, context));
  const tipMinor = tipOf(order, context);
  const saleMinor = addMinor(owedFor(drafts, order), tipMinor);
  const statedMinor = amounts.minorOf(order.total_price_set, order.total_price, '/order/total_price');
  const [exchangedMinor, loweredMinor] = [owedFor(ofExchange, order), owedFor(lowered, order)];
  const differences = [0, loweredMinor].flatMap((lower) =>
    [exchangedMinor, 0].map((more) => addMinor(saleMinor, more, lower, -statedMinor)),
  );
  if (!differences.includes(0)) {
    const restMinor = unallocatedMinor([...drafts, ...ofExchange], context);
    if (restMinor > 0 && differences.includes(restMinor)) {
      // A discount on the whole order, of which the lines hold no share: how it splits over them is ours to say.
      drafts = spreadDiscount(drafts, restMinor);
      quality.flag('totals-disagree', '/order/total_discounts');
    } else quality.flag('totals-unbalanced', '/order/total_price');
  }
  const all = [...drafts, ...lowered];
  return {
    drafts: all,
    tipMinor,
    claim: { owedMinor: addMinor(owedFor(all, order), tipMinor), payments: [] },
  };
}

function unallocatedMinor(drafts: readonly DraftLine[], { order, amounts }: LineContext): number {
  const totalMinor = amounts.optionalMinorOf(
    order.total_discounts_set,
    order.total_discounts,
    '/order/total_discounts',
  );
  const ofLines = drafts.flatMap(({ line }) => (line.discounts ?? []).map(({ amountMinor }) => amountMinor));
  return addMinor(totalMinor, ...ofLines.map((amountMinor) => -amountMinor));
}

function tipOf(order: ShopifyOrder, { amounts, quality }: LineContext): number {
  const ofLines = addMinor(
    ...order.line_items
      .filter(isTip)
      .map((item) => amounts.minorOf(item.price_set, item.price, '/order/line_items/price') * item.quantity),
  );
  const received = order.total_tip_received;
  // It is a plain text, in the currency of the shop alone.
  if (received === undefined || amounts.currency !== order.currency) return ofLines;
  const receivedMinor = amounts.parse(received, '/order/total_tip_received');
  if (ofLines !== 0 && ofLines !== receivedMinor)
    quality.flag('totals-disagree', '/order/total_tip_received');
  return receivedMinor === 0 ? ofLines : receivedMinor;
}

/** What the customer owes for lines: with tax, also with tax that a marketplace remits. */
function owedFor(drafts: readonly DraftLine[], { taxes_included: taxIncluded }: ShopifyOrder): number {
  return addMinor(
    ...drafts.map(({ line, taxMinor, channelTaxMinor }) =>
      addMinor(line.extendedAmountMinor, taxIncluded ? 0 : taxMinor, channelTaxMinor),
    ),
  );
}

export function lineContext(order: ShopifyOrder, { catalog }: ReadContext): LineContext {
  const quality = new Quality();
  return { order, amounts: new Amounts(order, bookingStoreOf(order, catalog), quality), catalog, quality };
}

export function owedBy(
  refund: ShopifyRefund,
  exchanged: ReadonlySet<string>,
  order: ShopifyOrder,
  context: ReadContext,
): number {
  return owedFor(draftsOfRefund(refund, exchanged, lineContext(order, context)), order);
}

export function draftsOfRefund(
  refund: ShopifyRefund,
  exchanged: ReadonlySet<string>,
  context: LineContext,
): DraftLine[] {
  const handedOut = context.order.line_items.flatMap((item, index) =>
    exchanged.has(String(item.id)) && item.quantity > 0 ? [saleLine(item, index, context)] : [],
  );
  return [...refundLines(refund, context), ...handedOut];
}

/** Where the transactions do not say how cash was rounded, the order does. */
export function withOrderRounding(
  payments: readonly Payment[],
  { order, amounts, quality }: LineContext,
): Payment[] {
  const set = order.total_cash_rounding_payment_adjustment_set;
  const orderMinor =
    set === undefined
      ? undefined
      : amounts.minorOf(set, undefined, '/order/total_cash_rounding_payment_adjustment_set');
  const ownMinor = addMinor(...payments.map(({ roundingMinor }) => roundingMinor));
  if (orderMinor === undefined || orderMinor === ownMinor) return [...payments];
  const cash = payments.filter(({ type }) => type === 'cash');
  if (ownMinor === 0 && cash.length === 1) {
    return payments.map((one) => (one === cash[0] ? { ...one, roundingMinor: orderMinor } : one));
  }
  quality.flag('totals-disagree', '/order/total_cash_rounding_payment_adjustment_set');
  return [...payments];
}
