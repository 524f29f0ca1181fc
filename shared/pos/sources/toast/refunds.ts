import { addMinor } from '../../../money.ts';
import { PermanentError } from '../../../errors.ts';
import { Quality } from '../../enrich.ts';
import type { Tender, TransactionEvent } from '../../event.ts';
import { minorOfFine } from '../fine-amounts.ts';
import type { MappedRecord } from '../reading.ts';
import { dateOf, fine, instantAt, minor, type CheckContext } from './check.ts';
import { draftEvent } from './draft-event.ts';
import type { UnnumberedLine } from '../transaction-draft.ts';
import { productCodeOf } from './lines.ts';
import type { ToastPayment } from './order-schema.ts';
import { isMoney, tenderTypeOf } from './payments.ts';
import { taxesOf } from './taxes.ts';

type Refund = NonNullable<ToastPayment['refund']>;
interface RefundedPayment {
  readonly payment: ToastPayment;
  readonly refund: Refund;
  readonly where: string;
}
type Taxes = NonNullable<TransactionEvent['taxes']>;

/**
 * What was paid back, each refund on its own business date: Toast leaves the totals of the check as they were. Payments of one
 * refund name one refund transaction, which also names the items that it is for.
 */
export function refundsOf(scope: CheckContext): MappedRecord[] {
  const groups = new Map<string, RefundedPayment[]>();
  for (const [index, payment] of (scope.check.payments ?? []).entries()) {
    const { refund } = payment;
    if (refund === undefined || (payment.refundStatus ?? 'NONE') === 'NONE' || !isMoney(payment)) continue;
    const key = refund.refundTransaction?.guid ?? payment.guid;
    const one = { payment, refund, where: `/checks/payments/${index}/refund` };
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([key, refunded]) =>
    refundEvent(key, refunded, { ...scope, quality: new Quality() }),
  );
}

function refundEvent(key: string, refunded: readonly RefundedPayment[], scope: CheckContext): MappedRecord {
  const [first] = refunded;
  if (first === undefined) return { outcome: 'ignored', reason: 'refund-without-money' };
  const at = instantAt(first.refund.refundDate, scope);
  if (at === undefined) {
    throw new PermanentError('schema', 'A refund has no time', { where: `${first.where}/refundDate` });
  }
  const tenders = refunded.map(({ payment, refund, where }): Tender => {
    const amountMinor = minor(refund.refundAmount, `${where}/refundAmount`, scope);
    const tipMinor = minor(refund.tipRefundAmount, `${where}/tipRefundAmount`, scope);
    return {
      type: tenderTypeOf(payment, where, scope),
      label: 'refund',
      amountMinor: -addMinor(amountMinor, tipMinor),
    };
  });
  const tipMinor = addMinor(
    ...refunded.map(({ refund, where }) => minor(refund.tipRefundAmount, `${where}/tipRefundAmount`, scope)),
  );
  const paidBackMinor = -addMinor(...tenders.map(({ amountMinor }) => amountMinor));
  const items = refundedItems(key, scope);
  const itemsMinor = addMinor(...items.map(({ amountMinor, taxMinor }) => addMinor(amountMinor, taxMinor)));
  const restMinor = paidBackMinor - tipMinor - itemsMinor;
  if (restMinor !== 0) {
    // Money went back that no item accounts for: what of it is tax is not said.
    const hasTax = minor(scope.check.taxAmount, '/checks/taxAmount', scope) !== 0;
    if (items.length > 0) scope.quality.flag('totals-disagree', `${first.where}/refundAmount`);
    else if (hasTax) scope.quality.flag('tax-unknown', `${first.where}/refundAmount`);
  }
  const refundedTaxMinor = addMinor(...items.map((item) => item.taxMinor));
  const { code, isFacilitator } = refundedTax(refundedTaxMinor, first.where, scope);
  const taxMinor = isFacilitator ? 0 : refundedTaxMinor;
  return draftEvent(scope, {
    suffix: `-R${key}`,
    at,
    businessDate: dateOf(first.refund.refundBusinessDate, at, `${first.where}/refundBusinessDate`, scope),
    status: 'completed',
    lines: [
      ...items.map(({ line }) => line),
      ...(restMinor === 0 ? [] : [rest(items.length === 0 ? 'REFUND' : 'REFUND_DISCREPANCY', restMinor)]),
    ],
    taxes: taxLine(code, taxMinor, items),
    taxMinor: -taxMinor,
    tipMinor: -tipMinor,
    roundingMinor: 0,
    tenders: [
      ...tenders,
      // The marketplace gives back what it remits.
      ...(isFacilitator
        ? [
            {
              type: tenders[0]?.type ?? 'other',
              label: 'tax remitted by the marketplace',
              amountMinor: refundedTaxMinor,
            },
          ]
        : []),
    ],
    isReturn: true,
  });
}

interface RefundedItem {
  readonly line: UnnumberedLine;
  readonly amountMinor: number;
  readonly taxMinor: number;
}

function refundedItems(key: string, scope: CheckContext): RefundedItem[] {
  const { check, currency } = scope;
  const selections = (check.selections ?? []).map((one) => ({
    details: one.refundDetails,
    code: productCodeOf(one, scope),
    full: minorOfFine(fine(one.price, '/checks/selections/price'), currency),
    type: 'return' as const,
  }));
  const charges = (check.appliedServiceCharges ?? []).map((one) => ({
    details: one.refundDetails,
    code: one.serviceChargeCategory ?? 'SERVICE_CHARGE',
    full: minorOfFine(fine(one.chargeAmount, '/checks/appliedServiceCharges'), currency),
    type: 'fee' as const,
  }));
  return [...selections, ...charges].flatMap(({ details, code, full, type }) => {
    if (details === undefined || details.refundTransaction?.guid !== key) return [];
    const amountMinor = minor(details.refundAmount, '/checks/selections/refundDetails/refundAmount', scope);
    const taxMinor = minor(
      details.taxRefundAmount,
      '/checks/selections/refundDetails/taxRefundAmount',
      scope,
    );
    if (amountMinor === 0 && taxMinor === 0) return [];
    // A part of a price is no item that came back.
    const productCode = amountMinor === full ? code : 'PARTIAL_REFUND';
    return [{ line: { ...rest(productCode, amountMinor), type }, amountMinor, taxMinor }];
  });
}

/** Prepared food comes back to no shelf, so a refund has one unit of whatever it is for. */
const rest = (productCode: string, amountMinor: number): UnnumberedLine => ({
  type: amountMinor < 0 ? 'sale' : 'return',
  productCode,
  quantityMilli: amountMinor < 0 ? 1000 : -1000,
  unit: 'each',
  regularUnitPriceMinor: Math.abs(amountMinor),
  actualUnitPriceMinor: Math.abs(amountMinor),
  extendedAmountMinor: 0 - amountMinor,
});

/** Toast gives one sum of taxes back, and does not say of which: with one tax on the check it is that one. */
function refundedTax(taxMinor: number, where: string, scope: CheckContext) {
  const { taxes, facilitatorMinor } = taxesOf({ ...scope, quality: new Quality() });
  const isFacilitator = taxMinor !== 0 && facilitatorMinor !== 0 && taxes.length === 0;
  const [only] = taxes;
  const isClear = isFacilitator || (taxes.length === 1 && facilitatorMinor === 0);
  if (taxMinor !== 0 && !isClear) scope.quality.flag('tax-unknown', `${where}/taxRefundAmount`);
  return { code: isClear && only !== undefined ? only.code : 'TAX', isFacilitator };
}

const taxLine = (code: string, taxMinor: number, items: readonly RefundedItem[]): Taxes =>
  taxMinor === 0
    ? []
    : [
        {
          code,
          taxableMinor: 0 - addMinor(...items.map(({ amountMinor }) => amountMinor)),
          amountMinor: 0 - taxMinor,
        },
      ];
