import type { Quality } from '../../enrich.ts';
import type { Tender } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import { isVoidedPayment, type Minor } from './amounts.ts';
import type { DynamicsPaymentLine } from './rows.ts';

/**
 * Numbers of tender types are each company's own; what a line refers to tells what it is. `1` is cash in Microsoft's own
 * set-up, and is taken for it.
 */
function typeOf(payment: DynamicsPaymentLine, quality: Quality): Tender['type'] {
  if (payment.GiftCardId) return 'giftCard';
  if (payment.CreditVoucherId) return 'storeCredit';
  if (payment.LoyaltyCardId) return 'loyalty';
  if (payment.CardTypeId || payment.Function === 'Card') return 'card';
  if (payment.Function === 'Check') return 'check';
  if (payment.Function === 'Customer') return 'account';
  if (payment.TenderType === '1') return 'cash';
  quality.flag('unknown-tender', '/RetailTransactionPaymentLinesV2/TenderType');
  return 'other';
}

/** What was paid, with change given back on the cash that it came from. */
export function tendersOf(
  payments: readonly DynamicsPaymentLine[],
  minor: Minor,
  { pseudonymise }: Pick<ReadContext, 'pseudonymise'>,
  quality: Quality,
): Tender[] {
  const tenders = payments
    .filter((one) => !isVoidedPayment(one))
    .map((payment) => ({
      isChange: payment.IsChangeLine,
      tender: {
        type: typeOf(payment, quality),
        label: `tender type ${payment.TenderType ?? ''}`.trim(),
        amountMinor: minor(payment.AmountTendered, '/RetailTransactionPaymentLinesV2/AmountTendered'),
        ...(payment.GiftCardId ? { giftCardRef: pseudonymise('gift-card', payment.GiftCardId) } : {}),
      } satisfies Tender as Tender,
    }));
  const change = tenders.filter(
    ({ isChange, tender }) => isChange && tender.type === 'cash' && tender.amountMinor < 0,
  );
  const changeMinor = change.reduce((sum, { tender }) => sum - tender.amountMinor, 0);
  const cash = tenders.find(
    ({ isChange, tender }) => !isChange && tender.type === 'cash' && tender.amountMinor >= changeMinor,
  );
  if (changeMinor === 0 || cash === undefined) return tenders.map(({ tender }) => tender);
  return tenders
    .filter((one) => !change.includes(one))
    .map((one) => (one === cash ? { ...one.tender, changeMinor } : one.tender));
}
