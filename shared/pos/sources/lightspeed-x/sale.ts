import { PermanentError } from '../../../errors.ts';
import type { BusinessDate } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import { epochMsOf, type Instant } from '../../../time.ts';
import { Quality, businessDateFor } from '../../enrich.ts';
import type { Store } from '../../store.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { draftEvent } from './draft-event.ts';
import type { UnnumberedLine } from '../transaction-draft.ts';
import { linesOf } from './lines.ts';
import { paidMinor, paymentsOf, tendersOf, type SalePayment } from './payments.ts';
import { instantAt, placeOf, type SaleContext } from './place.ts';
import type { LightspeedSale } from './sale-schema.ts';

/** The goods left, and what is not paid is owed. */
const SOLD = new Set([
  'CLOSED',
  'ONACCOUNT',
  'ONACCOUNT_CLOSED',
  'AWAITING_DISPATCH',
  'AWAITING_PICKUP',
  'DISPATCHED_CLOSED',
  'PICKED_UP_CLOSED',
]);
/** The goods stay until all is paid: what is paid before is a deposit. */
const RESERVED = new Set(['LAYBY', 'SERVICE']);
const HANDED_OVER = new Set(['LAYBY_CLOSED', 'SERVICE_CLOSED']);

const ignored = (reason: string): MappedRecord => ({ outcome: 'ignored', reason });

/**
 * The events of a sale: what was sold, and payments of other days, each on its own. All have the version of the sale, so that
 * a changed sale supersedes them.
 * @throws PermanentError `schema`, `unknown-location`, `parked-with-money`
 */
export function eventsOfSale(sale: LightspeedSale, context: ReadContext): MappedRecord[] {
  const place = placeOf(sale, context);
  const scope: SaleContext = {
    ...place,
    sale,
    context,
    quality: new Quality(),
    version: versionOf(sale, place.store),
  };
  const { payments, roundingMinor } = paymentsOf(sale, scope);
  if (sale.deleted_at !== undefined || sale.status === 'VOIDED') {
    // Which of its payments counted on their own is not known any more: none of them does now.
    return [
      withdrawn(payments.length > 0 ? 'voided' : 'cancelled', scope),
      ...payments.map((payment) => paymentEvent(payment, scope, 'cancelled')),
    ];
  }
  if (sale.status === 'SAVED') {
    if (paidMinor(payments) === 0) return [ignored('parked')];
    throw new PermanentError(
      'parked-with-money',
      `Money in doubt: sale ${sale.id} is parked and was paid. Either it will be finished and counts then, or the money was given back`,
      { where: '/payload/status' },
    );
  }
  if (RESERVED.has(sale.status)) {
    return payments.length === 0
      ? [ignored('nothing-paid-yet')]
      : payments.map((payment) => depositEvent(payment, scope));
  }
  if (HANDED_OVER.has(sale.status)) {
    return [
      ...payments.map((payment) => depositEvent(payment, scope)),
      handedOver(payments, roundingMinor, scope),
    ];
  }
  if (SOLD.has(sale.status)) return soldEvents(payments, roundingMinor, scope);
  throw new PermanentError('schema', 'is no status that is known', { where: '/payload/status' });
}

/**
 * The version where the webhook has one. Otherwise the second of the last change; what only grows as a sale goes on tells two
 * states of one second apart.
 */
function versionOf(sale: LightspeedSale, store: Store): number {
  if (sale.version !== undefined) return sale.version;
  const at = instantAt(sale.updated_at ?? sale.created_at, store, new Quality());
  if (at === undefined) {
    throw new PermanentError('schema', 'The sale does not say when it was changed', {
      where: '/payload/updated_at',
    });
  }
  const progress = sale.register_sale_products.length + (sale.register_sale_payments ?? []).length;
  return epochMsOf(at) + Math.min(progress, 999);
}

/** When it was sold: the same for all versions, so that a later one takes the place of an earlier. */
function soldAt({ sale, store, quality }: SaleContext): Instant {
  const at = instantAt(sale.sale_date ?? sale.created_at, store, quality);
  if (at !== undefined) return at;
  throw new PermanentError('schema', 'The sale has no time', { where: '/payload/sale_date' });
}

const dateAt = (at: Instant, { store, quality }: SaleContext): BusinessDate =>
  businessDateFor(undefined, at, store, quality);

function soldEvents(
  payments: readonly SalePayment[],
  roundingMinor: number,
  scope: SaleContext,
): MappedRecord[] {
  const at = soldAt(scope);
  const businessDate = dateAt(at, scope);
  const isNow = (payment: SalePayment): boolean =>
    payment.businessDate === undefined || payment.businessDate === businessDate;
  const others = payments.filter((payment) => !isNow(payment));
  const sold = linesOf(scope.sale, scope);
  const openMinor = addMinor(sold.grossMinor, roundingMinor, -paidMinor(payments));
  const isOnAccount = scope.sale.status === 'ONACCOUNT';
  const accountMinor = addMinor(paidMinor(others), isOnAccount ? openMinor : 0);
  const sale = draftEvent(scope, {
    ...sold,
    suffix: '',
    at,
    businessDate,
    status: 'completed',
    roundingMinor,
    tenders: [
      ...tendersOf(payments.filter(isNow)),
      ...(accountMinor === 0
        ? []
        : [{ type: 'account' as const, label: 'paid on another day', amountMinor: accountMinor }]),
    ],
  });
  return [sale, ...others.map((payment) => paymentEvent(payment, scope))];
}

function paymentEvent(
  payment: SalePayment,
  given: SaleContext,
  status: 'completed' | 'cancelled' = 'completed',
): MappedRecord {
  const scope = { ...given, quality: new Quality() };
  const at = payment.at ?? soldAt(scope);
  return draftEvent(scope, {
    ...NOTHING,
    suffix: `-P${payment.key}`,
    at,
    businessDate: dateAt(at, scope),
    status,
    tenders:
      status === 'cancelled'
        ? []
        : [
            ...tendersOf([payment]),
            { type: 'account', label: 'paid on another day', amountMinor: -payment.amountMinor },
          ],
  });
}

const NOTHING = { lines: [], taxes: [], taxMinor: 0, roundingMinor: 0 };

const depositLine = (amountMinor: number): UnnumberedLine => ({
  type: 'deposit',
  productCode: 'DEPOSIT',
  quantityMilli: amountMinor < 0 ? -1000 : 1000,
  unit: 'each',
  regularUnitPriceMinor: Math.abs(amountMinor),
  actualUnitPriceMinor: Math.abs(amountMinor),
  extendedAmountMinor: amountMinor,
});

/** Money for goods that are still here. It stays an event of its own when they are handed over. */
function depositEvent(payment: SalePayment, given: SaleContext): MappedRecord {
  const scope = { ...given, quality: new Quality() };
  const at = payment.at ?? soldAt(scope);
  const { amountMinor } = payment;
  return draftEvent(scope, {
    ...NOTHING,
    suffix: `-P${payment.key}`,
    at,
    businessDate: dateAt(at, scope),
    status: 'completed',
    lines: [depositLine(amountMinor)],
    tenders: tendersOf([payment]),
  });
}

/** The goods leave with the last payment: the deposits pay for them. */
function handedOver(
  payments: readonly SalePayment[],
  roundingMinor: number,
  scope: SaleContext,
): MappedRecord {
  const times = payments.flatMap(({ at }) => at ?? []).sort();
  const at = times.at(-1) ?? soldAt(scope);
  const sold = linesOf(scope.sale, scope);
  const depositsMinor = paidMinor(payments);
  return draftEvent(scope, {
    ...sold,
    suffix: '',
    at,
    businessDate: dateAt(at, scope),
    status: 'completed',
    lines: [...sold.lines, ...(depositsMinor === 0 ? [] : [depositLine(-depositsMinor)])],
    roundingMinor,
    tenders: [],
  });
}

/** What counted before counts no more. */
function withdrawn(status: 'voided' | 'cancelled', scope: SaleContext): MappedRecord {
  const at = soldAt(scope);
  const parts = status === 'voided' ? linesOf(scope.sale, scope) : NOTHING;
  return draftEvent(scope, {
    ...parts,
    suffix: '',
    at,
    businessDate: dateAt(at, scope),
    status,
    roundingMinor: 0,
    tenders: [],
  });
}
