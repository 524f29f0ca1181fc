import { addMinor } from '../../../money.ts';
import { Quality } from '../../enrich.ts';
import type { TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { eventOfDraft, returnedLine, type UnnumberedLine } from '../transaction-draft.ts';
import type { Exchange } from './exchange.ts';
import { commonOf, placeOf, timeOf, type OrderHead } from './head.ts';
import type { CloverCredit, CloverRefund } from './order-schema.ts';
import { soldGoods } from './sale.ts';
import { refundTender, tenderTypeOf } from './tenders.ts';

/** Refunds of the order's payments, each on its own day. */
export function refundEvents(
  head: OrderHead,
  exchange: Exchange | undefined,
  context: ReadContext,
): MappedRecord[] {
  return head.order.refunds
    .filter((refund) => refund.id !== exchange?.refund?.id)
    .map((refund) => refundEvent(refund, head, exchange, context));
}

function refundEvent(
  refund: CloverRefund,
  head: OrderHead,
  exchange: Exchange | undefined,
  context: ReadContext,
): MappedRecord {
  const { status, voided } = refund;
  if (status === 'PENDING') return { outcome: 'ignored', reason: 'refund-pending' };
  // One that failed, or was taken back, counts no more, whatever was published of it before.
  const isOff = status === 'FAIL' || status === 'VOIDED' || voided === true;
  const quality = new Quality();
  const { order, payments } = head;
  const tipMinor = refund.tipAmount ?? 0;
  const taxMinor = refund.taxAmount ?? 0;
  const goodsMinor = addMinor(refund.amount, -tipMinor, order.isVat === true ? 0 : -taxMinor);
  return eventOfDraft(
    {
      ...commonOf(head),
      ...placeOf(head, timeOf(refund), context, quality),
      transactionId: `${order.id}-R${refund.id}`,
      tillId: refund.device?.id ?? 'clover',
      operator: refund.employee?.id,
      status: isOff ? 'cancelled' : 'completed',
      lines: refundLines(refund, goodsMinor, soldGoods(head, exchange, context, new Quality()), quality),
      taxMinor: 0 - taxMinor,
      tipMinor: 0 - tipMinor,
      tenders: [refundTender(refund, payments, quality)],
      returnOf: { transactionId: order.id },
      quality,
    },
    context,
  );
}

/** The items that came back, and what was paid back more or less than they had cost. */
function refundLines(
  { lineItems }: CloverRefund,
  goodsMinor: number,
  sold: ReadonlyMap<string, UnnumberedLine>,
  quality: Quality,
): UnnumberedLine[] {
  const lines = lineItems.flatMap(({ id }) => sold.get(id) ?? []).map(returnedLine);
  const restMinor = addMinor(goodsMinor, ...lines.map((line) => line.extendedAmountMinor));
  if (lines.some((line) => line.type === 'return' && line.productId === undefined))
    quality.flag('unknown-product');
  if (restMinor === 0) return lines;
  return [...lines, amountLine(lines.length === 0 ? 'REFUND' : 'REFUND_DIFFERENCE', 0 - restMinor)];
}

const amountLine = (productCode: string, amountMinor: number): UnnumberedLine => ({
  type: amountMinor < 0 ? 'return' : 'fee',
  productCode,
  quantityMilli: amountMinor < 0 ? -1000 : 1000,
  unit: 'each',
  regularUnitPriceMinor: Math.abs(amountMinor),
  actualUnitPriceMinor: Math.abs(amountMinor),
  extendedAmountMinor: amountMinor,
});

const CREDIT_HAPPENED = new Set<string | undefined>(['SUCCESS', 'AUTH_COMPLETED', undefined]);
const CREDIT_OPEN = new Set<string | undefined>(['PENDING', 'INITIATED', 'OFFLINE_RETRYING', 'AUTH']);

/** A refund that is of no payment: money that a till paid out by hand. */
export function creditEvent(credit: CloverCredit, head: OrderHead, context: ReadContext): MappedRecord {
  const { result, voided, creditRefunds } = credit;
  if (CREDIT_OPEN.has(result)) return { outcome: 'ignored', reason: 'refund-pending' };
  const isOff = voided === true || creditRefunds.length > 0 || !CREDIT_HAPPENED.has(result);
  const status: TransactionEvent['status'] = isOff ? 'cancelled' : 'completed';
  const quality = new Quality();
  const taxMinor = credit.taxAmount ?? 0;
  const goodsMinor = addMinor(credit.amount, head.order.isVat === true ? 0 : -taxMinor);
  // What came back for it is not known.
  quality.flag('unknown-product');
  return eventOfDraft(
    {
      ...commonOf(head),
      ...placeOf(head, timeOf(credit), context, quality),
      transactionId: `${head.order.id}-C${credit.id}`,
      tillId: credit.device?.id ?? 'clover',
      operator: credit.employee?.id,
      status,
      lines: [amountLine('MANUAL_REFUND', -goodsMinor)],
      taxMinor: 0 - taxMinor,
      tenders: [{ ...tenderTypeOf(credit.tender, quality), amountMinor: -credit.amount }],
      quality,
    },
    context,
  );
}
