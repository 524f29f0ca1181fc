import type { Quality } from '../../enrich.ts';
import type { Tender } from '../../event.ts';
import type { Pseudonymise } from '../../../privacy/pseudonym.ts';
import type { Amounts } from './amounts.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

const TYPE_OF: Readonly<Record<string, Tender['type']>> = {
  Cash: 'cash',
  CreditDebit: 'card',
  Check: 'check',
  TravelersCheck: 'check',
  GiftCard: 'giftCard',
  GiftCertificate: 'giftCard',
  StoredValue: 'giftCard',
  Voucher: 'voucher',
  Coupon: 'voucher',
  ManufacturerCoupon: 'voucher',
  StoreCoupon: 'voucher',
  CustomerAccount: 'account',
  AccountsReceivable: 'account',
  PurchaseOrder: 'account',
  LoyaltyRedemption: 'loyalty',
  FoodStamps: 'foodStamp',
  EBT: 'foodStamp',
  EBTFoodStamps: 'foodStamp',
  MobilePayment: 'mobile',
};

/**
 * The tenders of a `RetailTransaction`. Change stands in a tender line of its own with a negative amount: it
 * belongs to the cash that was handed over; where none was, it is cash back on a card, and is cash paid out.
 */
export function tendersOf(
  retail: XmlElement,
  amounts: Amounts,
  pseudonymise: Pseudonymise,
  quality: Quality,
): Tender[] {
  const tenders: Tender[] = [];
  const changes: number[] = [];
  for (const item of childrenOf(retail, 'LineItem')) {
    const element = child(item, 'Tender');
    if (!element || item.attributes['VoidFlag'] === 'true') continue;
    const amountMinor = amounts.minor(element, 'Amount') ?? 0;
    const changeMinor = Math.abs(amounts.minor(element, 'TenderChange', 'Amount') ?? 0);
    if (amountMinor < 0 && changeMinor > 0) {
      changes.push(changeMinor);
      continue;
    }
    const isRefund = element.attributes['TypeCode'] === 'Refund';
    const giftCard = textAt(element, 'GiftCard', 'GiftCardID') ?? textAt(element, 'SerialNumber');
    const type = tenderType(element, quality);
    const label = element.attributes['TenderDescription'] ?? textAt(element, 'TenderID');
    tenders.push({
      type,
      ...(label === undefined ? {} : { label: label.slice(0, 200) }),
      amountMinor: isRefund ? -Math.abs(amountMinor) : amountMinor,
      ...(changeMinor === 0 ? {} : { changeMinor }),
      ...(type === 'giftCard' && giftCard !== undefined
        ? { giftCardRef: pseudonymise('gift-card', giftCard) }
        : {}),
    });
  }
  for (const changeMinor of changes) {
    const cash = tenders.find((tender) => tender.type === 'cash' && tender.amountMinor > 0);
    if (cash) cash.changeMinor = (cash.changeMinor ?? 0) + changeMinor;
    else tenders.push({ type: 'cash', label: 'cash back', amountMinor: -changeMinor });
  }
  return tenders;
}

function tenderType(element: XmlElement, quality: Quality): Tender['type'] {
  const name = element.attributes['TenderType'] ?? '';
  const card = child(element, 'CreditDebit')?.attributes['CardType'] ?? '';
  const type = name === 'CreditDebit' && /^EBT/i.test(card) ? 'foodStamp' : TYPE_OF[name];
  if (!type) quality.flag('unknown-tender');
  return type ?? 'other';
}
