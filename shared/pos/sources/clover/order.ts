import { PermanentError } from '../../../errors.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { exchangeEvent } from './exchange-event.ts';
import { exchangeOf } from './exchange.ts';
import { headOf, timeOf, type FoundOrder } from './head.ts';
import type { CloverPayment } from './order-schema.ts';
import { creditEvent, refundEvents } from './refunds.ts';
import { cancelledSale, saleEvents } from './sale.ts';
import { isMoney, isUnknownResult } from './tenders.ts';

/**
 * The events of an order: its sale; an exchange, each refund and each manual refund on its own day; and each payment that
 * came on a later day than the sale. All have the time of the order's last change as their version, so that a changed
 * order supersedes them.
 * @throws PermanentError `schema`, `offline-payment-declined`, `payment-result-unknown`
 */
export function mapCloverOrder(found: FoundOrder, context: ReadContext): MappedRecord[] {
  const { order, payments } = found;
  if (order.testMode === true) return [{ outcome: 'ignored', reason: 'test-order' }];
  const head = headOf(found);
  const unknown = payments.find(isUnknownResult);
  if (unknown) {
    throw new PermanentError(
      'payment-result-unknown',
      `Payment ${unknown.id} has a result that is not known: is it money or not?`,
      { where: '/payments/result' },
    );
  }
  const exchange = exchangeOf(found);
  const credits = order.credits.map((credit) => creditEvent(credit, head, context));
  const refunds = refundEvents(head, exchange, context);
  const money = payments.filter(isMoney);
  if (money.length > 0) {
    const byTime = [...money].sort((left, right) => timeOf(left) - timeOf(right));
    const isOfExchange = (one: CloverPayment) => exchange !== undefined && timeOf(one) >= exchange.atMs;
    return [
      ...saleEvents(
        head,
        byTime.filter((one) => !isOfExchange(one)),
        exchange,
        context,
      ),
      ...(exchange === undefined
        ? []
        : [exchangeEvent(exchange, byTime.filter(isOfExchange), head, context)]),
      ...refunds,
      ...credits,
    ];
  }
  const declined = payments.find(({ offline, result }) => offline === true && result === 'FAIL');
  if (declined) {
    throw new PermanentError(
      'offline-payment-declined',
      `Payment ${declined.id} was taken offline and declined later: the goods are gone, and no money came`,
      { where: '/payments/result' },
    );
  }
  const [voided, ...others] = payments.filter(({ result }) => result === 'VOIDED');
  // Whatever counted of it before counts no more.
  if (voided) return [cancelledSale(head, [voided, ...others], context), ...refunds, ...credits];
  return [...credits, ...refunds, { outcome: 'ignored', reason: 'order-not-paid' }];
}
