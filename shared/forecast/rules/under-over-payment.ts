import { checked, failed, type PostingRule } from '../rule.ts';
import { addMinor } from '../../money.ts';

/** Gross amount and payment differ by no more than the configured maximum. */
export const underOverPayment: PostingRule = {
  id: 'under-over-payment',
  level: 'header',
  name: 'Under/over payment',
  notChecked: checked,
  check: ({ currency, totals, tenders }, setup) => {
    const { maxUnderpaymentMinor = 0, maxOverpaymentMinor = 0 } = setup.currency.get(currency) ?? {};
    const paidMinor = addMinor(
      ...tenders.map(({ amountMinor, changeMinor = 0 }) => amountMinor - changeMinor),
    );
    const dueMinor = addMinor(totals.grossMinor, totals.tipMinor ?? 0, totals.roundingMinor ?? 0);
    // A refund is paid out: paying out too much is an underpayment.
    const over = paidMinor - dueMinor;
    if (over > maxOverpaymentMinor) return [failed('Under/over payment', `overpaid by ${over} minor units`)];
    return -over > maxUnderpaymentMinor
      ? [failed('Under/over payment', `underpaid by ${-over} minor units`)]
      : [];
  },
};
