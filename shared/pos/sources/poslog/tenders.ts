import { PermanentError } from '../../../errors.ts';
import type { Tender } from '../../event.ts';
import { isTrue, plainName } from './dialect.ts';
import type { Reading } from './draft.ts';
import { shortText } from './texts.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

const TYPE_OF = new Map<string, Tender['type']>(
  Object.entries({
    Cash: 'cash',
    CreditDebit: 'card',
    Credit: 'card',
    Debit: 'card',
    CreditCard: 'card',
    DebitCard: 'card',
    Check: 'check',
    Cheque: 'check',
    TravelersCheck: 'check',
    GiftCard: 'giftCard',
    GiftCertificate: 'giftCard',
    StoredValue: 'giftCard',
    StoredValueFund: 'giftCard',
    StoredValueInstrument: 'giftCard',
    Voucher: 'voucher',
    Coupon: 'voucher',
    ManufacturerCoupon: 'voucher',
    StoreCoupon: 'voucher',
    CreditMemo: 'voucher',
    CustomerAccount: 'account',
    AccountsReceivable: 'account',
    PurchaseOrder: 'account',
    HouseAccount: 'account',
    LoyaltyRedemption: 'loyalty',
    LoyaltyPoints: 'loyalty',
    FoodStamps: 'foodStamp',
    EBT: 'foodStamp',
    EBTFoodStamps: 'foodStamp',
    MobilePayment: 'mobile',
  } as const),
);

/** Undefined for the type of a dialect. */
export const tenderTypeOf = (name: string): Tender['type'] | undefined => TYPE_OF.get(name);

export interface Payment {
  readonly tenders: Tender[];
  /** What the tenders say of tips and of cash rounding; the rounding without a sign. */
  readonly tipMinor: number;
  readonly roundingMinor: number;
  /** Cash given back on a card, where a dialect states it within the tender: it may be in its amount, or not. */
  readonly cashBackMinor: number;
  /** What was paid on the customer's account. */
  readonly onAccountMinor: number;
}

/**
 * The tenders of a `RetailTransaction`. Change stands in the tender that it is given on, or in a tender of its own with
 * a negative amount or none: it belongs to the cash that was handed over; where none was, it is cash back on a card,
 * and is cash paid out. What was paid on the customer's account is a negative tender of that account.
 */
export function paymentOf(items: readonly XmlElement[], reading: Reading): Payment {
  const { amounts, quality, context } = reading;
  const tenders: Tender[] = [];
  const changes: number[] = [];
  let tipMinor = 0;
  let roundingMinor = 0;
  let cashBackMinor = 0;
  for (const { element } of countedTenders(items)) {
    checkCurrency(element, reading);
    const amountMinor =
      amounts.exactMinor(element, 'Amount') ?? amounts.exactMinor(element, 'TenderAmount') ?? 0;
    if (/rounding$/i.test(element.attributes['TenderType'] ?? '')) {
      roundingMinor += Math.abs(amountMinor);
      continue;
    }
    tipMinor += tipOf(element, reading);
    cashBackMinor += Math.abs(amounts.exactMinor(element, 'Cashback') ?? 0);
    const changeMinor = Math.abs(amounts.exactMinor(element, 'TenderChange', 'Amount') ?? 0);
    if (amountMinor <= 0 && changeMinor > 0) {
      changes.push(changeMinor);
      continue;
    }
    const isRefund = /^(?:refund|return)$/i.test(plainName(element.attributes['TypeCode'] ?? ''));
    const giftCard = textAt(element, 'GiftCard', 'GiftCardID') ?? textAt(element, 'SerialNumber');
    const type = tenderType(element, reading);
    const label = element.attributes['TenderDescription'] ?? textAt(element, 'TenderID');
    tenders.push({
      type,
      ...(label === undefined ? {} : { label: shortText(label, 'TenderID', quality) }),
      amountMinor: isRefund ? 0 - Math.abs(amountMinor) : amountMinor,
      ...(changeMinor === 0 ? {} : { changeMinor }),
      ...(type === 'giftCard' && giftCard !== undefined
        ? { giftCardRef: context.pseudonymise('gift-card', giftCard) }
        : {}),
    });
  }
  giveChange(tenders, changes);
  const paidOnAccount = onAccount(items, reading);
  tenders.push(...paidOnAccount);
  const onAccountMinor = paidOnAccount.reduce((sum, { amountMinor }) => sum - amountMinor, 0);
  return { tenders, tipMinor, roundingMinor, cashBackMinor, onAccountMinor };
}

function giveChange(tenders: Tender[], changes: readonly number[]): void {
  for (const changeMinor of changes) {
    const cash = tenders.find((tender) => tender.type === 'cash' && tender.amountMinor > 0);
    if (cash) cash.changeMinor = (cash.changeMinor ?? 0) + changeMinor;
    else tenders.push({ type: 'cash', label: 'cash back', amountMinor: 0 - changeMinor });
  }
}

/** Tenders that are not void. As with lines, the void one may link to the one that it takes back. */
function countedTenders(items: readonly XmlElement[]): { element: XmlElement }[] {
  const tenders = items.flatMap((item) => {
    const isVoid = isTrue(item, 'VoidFlag') || isTrue(item, 'CancelFlag');
    const number = textAt(item, 'SequenceNumber');
    return childrenOf(item, 'Tender').map((element) => ({
      element,
      number,
      link: textAt(item, 'ItemLink') ?? textAt(element, 'ItemLink'),
      isVoid,
    }));
  });
  const takenBack = new Set(tenders.filter(({ isVoid }) => isVoid).map(({ link }) => link ?? ''));
  return tenders.filter(({ isVoid, number }) => !isVoid && !takenBack.has(number ?? ' '));
}

/** An amount in another currency cannot be added: POSLog gives the local amount, with the foreign one beside it. */
function checkCurrency(element: XmlElement, { currency }: Reading): void {
  const attributes = child(element, 'Amount')?.attributes;
  const stated = attributes?.['Currency'] ?? attributes?.['CurrencyCode'] ?? currency;
  if (stated === currency || stated === 'XXX' || stated === '') return;
  throw new PermanentError('schema', `is in another currency than the transaction, which is in ${currency}`, {
    where: '/Tender/Amount',
  });
}

function tipOf(element: XmlElement, { amounts }: Reading): number {
  for (const name of ['Tip', 'TipAmount', 'Gratuity', 'GratuityAmount']) {
    const found = amounts.exactMinor(element, name) ?? amounts.exactMinor(element, name, 'Amount');
    if (found !== undefined) return Math.abs(found);
  }
  return 0;
}

/** `PaymentOnAccount`: the customer pays what the store lent; no goods change hands. */
function onAccount(items: readonly XmlElement[], { amounts }: Reading): Tender[] {
  return items
    .filter((item) => !isTrue(item, 'VoidFlag'))
    .flatMap((item) => childrenOf(item, 'PaymentOnAccount'))
    .map((element) => amounts.exactMinor(element, 'Amount') ?? 0)
    .filter((amountMinor) => amountMinor !== 0)
    .map((amountMinor) => ({ type: 'account', label: 'payment on account', amountMinor: -amountMinor }));
}

/** Types of a dialect (`DKT:CreditCard`) are its own: which account they go to is for the operator to say. */
function tenderType(element: XmlElement, { quality }: Reading): Tender['type'] {
  const name = element.attributes['TenderType'] ?? '';
  const card = child(element, 'CreditDebit')?.attributes['CardType'] ?? '';
  const type = name === 'CreditDebit' && /^EBT/i.test(card) ? 'foodStamp' : TYPE_OF.get(name);
  if (!type) quality.flag('unknown-tender', name === '' ? 'Tender without a TenderType' : name);
  return type ?? 'other';
}
