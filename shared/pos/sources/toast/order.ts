import { PermanentError } from '../../../errors.ts';
import { addMinor } from '../../../money.ts';
import type { StoreId } from '../../../ids.ts';
import { epochMsOf, type Instant } from '../../../time.ts';
import { Quality } from '../../enrich.ts';
import type { Store } from '../../store.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { dateOf, instantAt, type CheckContext } from './check.ts';
import { draftEvent } from './draft-event.ts';
import { partsOf } from './lines.ts';
import type { ToastCheck, ToastOrder } from './order-schema.ts';
import { isMoney, paidMinor, paymentsOf, type CheckPayment } from './payments.ts';
import { refundsOf } from './refunds.ts';
import { taxesOf } from './taxes.ts';

/**
 * The events of an order, one check after the other: what was sold, payments of another business date than that of the order,
 * and refunds. All have the version of the order, so that a changed order supersedes them. Each is made when it is asked for, so
 * that a check that cannot be read costs itself alone.
 * @throws PermanentError `unknown-location`, `schema`
 */
export function eventsOfOrder(
  order: ToastOrder,
  restaurant: string | undefined,
  context: ReadContext,
): (() => MappedRecord)[] {
  if (order.createdInTestMode === true) return [() => ignored('test-mode')];
  if (order.excessFood === true) return [() => ignored('excess-food')];
  const place = placeOf(restaurant, context);
  const version = versionOf(order, place.store);
  return order.checks.flatMap((check) => {
    const scope: CheckContext = {
      ...place,
      order,
      check,
      version,
      currency: place.store.currency,
      quality: new Quality(),
      context,
    };
    try {
      return eventsOfCheck(scope).map((mapped) => () => mapped);
    } catch (thrown) {
      return [
        () => {
          throw thrown;
        },
      ];
    }
  });
}

const ignored = (reason: string): MappedRecord => ({ outcome: 'ignored', reason });

/** Amounts name no currency: it is the store's, so the store must be known. */
function placeOf(
  restaurant: string | undefined,
  { catalog }: ReadContext,
): { store: Store; storeId: StoreId } {
  const store =
    restaurant === undefined
      ? undefined
      : (catalog.storeOfSource('toast', restaurant) ?? catalog.stores.get(restaurant as StoreId));
  if (store !== undefined) return { store, storeId: store.storeId };
  throw new PermanentError(
    'unknown-location',
    'The restaurant is no location of toast in stores.json, so its currency is not known: add its GUID, and replay',
    { where: '/details/restaurantGuid' },
  );
}

/** The millisecond of the last change. @throws PermanentError `schema` */
function versionOf(order: ToastOrder, store: Store): number {
  const times = [order, ...order.checks].flatMap(({ modifiedDate }) => {
    const at = instantAt(modifiedDate, { store, quality: new Quality() });
    return at === undefined ? [] : [epochMsOf(at)];
  });
  if (times.length > 0) return Math.max(...times);
  throw new PermanentError('schema', 'The order does not say when it was changed', {
    where: '/details/order/modifiedDate',
  });
}

function eventsOfCheck(scope: CheckContext): MappedRecord[] {
  const { order, check } = scope;
  const isVoided = order.voided === true || check.voided === true;
  const isGone = isVoided || order.deleted === true || check.deleted === true;
  const money = (check.payments ?? []).filter(isMoney);
  if (isVoided && money.length > 0) {
    throw new PermanentError(
      'voided-with-money',
      `Money in doubt: check ${check.guid} is voided and has a payment that is not. Either it was refunded, and sale and refund count as they are, or it belongs to another check`,
      { where: '/details/order/checks/payments' },
    );
  }
  // What counted before counts no more; what never did needs no event.
  if (isGone)
    return wasPaid(check)
      ? [withdrawn(scope, isVoided ? 'voided' : 'cancelled'), ...voidedPayments(scope)]
      : [ignored('check-gone')];
  if (check.paymentStatus === 'OPEN' && money.length === 0) {
    return wasPaid(check)
      ? [withdrawn(scope, 'suspended'), ...voidedPayments(scope)]
      : [ignored('check-open')];
  }
  return [...saleEvents(scope), ...voidedPayments(scope), ...refundsOf(scope)];
}

/** A time that is set only once something was paid. */
const wasPaid = ({ paidDate, closedDate, payments }: ToastCheck): boolean =>
  [paidDate, closedDate].some((time) => time !== undefined && !time.startsWith('1970')) ||
  (payments ?? []).length > 0;

/** When it was sold: the same for all versions, so that a later one takes the place of an earlier. */
function soldAt(scope: CheckContext): Instant {
  const { order, check } = scope;
  const at = instantAt(order.openedDate ?? check.openedDate ?? order.createdDate, scope);
  if (at !== undefined) return at;
  throw new PermanentError('schema', 'The order has no time', { where: '/details/order/openedDate' });
}

const businessDateOf = (scope: CheckContext, at: Instant) =>
  dateOf(scope.order.businessDate, at, '/details/order/businessDate', scope);

function withdrawn(scope: CheckContext, status: 'voided' | 'cancelled' | 'suspended'): MappedRecord {
  const at = soldAt(scope);
  return draftEvent(scope, {
    suffix: '',
    at,
    businessDate: businessDateOf(scope, at),
    status,
    ...(status === 'voided' ? soldParts(scope) : NOTHING),
    tenders: [],
  });
}

const NOTHING = { lines: [], taxes: [], taxMinor: 0, tipMinor: 0, roundingMinor: 0 };

function soldParts(scope: CheckContext) {
  const { lines, roundingMinor } = partsOf(scope);
  const { taxes, taxMinor } = taxesOf(scope);
  return { lines, taxes: [...taxes], taxMinor, tipMinor: 0, roundingMinor };
}

function saleEvents(scope: CheckContext): MappedRecord[] {
  const { check, quality } = scope;
  const parts = partsOf(scope);
  const { taxes, taxMinor, facilitatorMinor } = taxesOf(scope);
  const payments = paymentsOf(scope);
  const at = soldAt(scope);
  const businessDate = businessDateOf(scope, at);
  const isNow = (payment: CheckPayment): boolean =>
    payment.businessDate === undefined || payment.businessDate === businessDate;
  const now = payments.filter(isNow);
  const others = payments.filter((payment) => !isNow(payment));
  const tipMinor = addMinor(parts.gratuityMinor, ...payments.map((payment) => payment.tipMinor));
  const owedMinor = addMinor(parts.netMinor, taxMinor, tipMinor, parts.roundingMinor);
  const openMinor = owedMinor - addMinor(paidMinor(payments), -facilitatorMinor, -parts.houseMinor);
  const isOpen = check.paymentStatus === 'OPEN' && openMinor > 0;
  if (openMinor !== 0 && !isOpen) quality.flag('totals-unbalanced', '/checks/payments');
  const facilitatorType = now[0]?.tender.type ?? 'other';
  const sale = draftEvent(scope, {
    suffix: '',
    at,
    businessDate,
    status: 'completed',
    lines: parts.lines,
    taxes: [...taxes],
    taxMinor,
    tipMinor,
    roundingMinor: parts.roundingMinor,
    tenders: [
      ...now.map(({ tender }) => tender),
      // It was paid with the rest, but does not come to us: it lowers what the tender owes us.
      { type: facilitatorType, label: 'tax remitted by the marketplace', amountMinor: 0 - facilitatorMinor },
      { type: 'account', label: 'house account', amountMinor: 0 - parts.houseMinor },
      { type: 'account', label: 'paid on another day', amountMinor: paidMinor(others) },
      { type: 'account', label: 'open', amountMinor: isOpen ? openMinor : 0 },
    ],
  });
  return [sale, ...others.map((payment) => paymentEvent(payment, scope))];
}

/** A payment of another day counted on its own, until it was voided. */
function voidedPayments(given: CheckContext): MappedRecord[] {
  const { order, check } = given;
  return (check.payments ?? []).flatMap((payment, index) => {
    const date = payment.paidBusinessDate;
    if (isMoney(payment) || date === undefined || date === order.businessDate) return [];
    const scope = { ...given, quality: new Quality() };
    const at = instantAt(payment.paidDate, scope) ?? soldAt(scope);
    return draftEvent(scope, {
      ...NOTHING,
      suffix: `-P${payment.guid}`,
      at,
      businessDate: dateOf(date, at, `/checks/payments/${index}/paidBusinessDate`, scope),
      status: 'cancelled',
      tenders: [],
    });
  });
}

/** Money of another day than that of the sale: meanwhile the guest has an account, in credit or in debt. */
function paymentEvent(payment: CheckPayment, scope: CheckContext): MappedRecord {
  const { at, businessDate, guid, tender } = payment;
  const own = { ...scope, quality: new Quality() };
  return draftEvent(own, {
    ...NOTHING,
    suffix: `-P${guid}`,
    at: at ?? soldAt(own),
    businessDate: businessDate ?? businessDateOf(own, soldAt(own)),
    status: 'completed',
    tenders: [tender, { type: 'account', label: 'paid on another day', amountMinor: -paidMinor([payment]) }],
  });
}
