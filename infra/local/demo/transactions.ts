import type { TransactionEvent } from '../../../shared/pos/event.ts';
import { SECOND_MS } from '../../../shared/time.ts';
import {
  basketOf,
  depositLine,
  giftCardLine,
  returnLine,
  totalsOf,
  unknownProductLine,
  type BasketLine,
} from './basket.ts';
import { cardRefund, cashRefund, payment, type Payment } from './payment.ts';
import {
  atTill,
  book,
  emit,
  managerOf,
  moveStock,
  type PastSale,
  type StoreDay,
  type Till,
} from './store-day.ts';
import type { WireTransaction } from './wire.ts';

const NO_PAYMENT: Payment = { tenders: [], tipMinor: 0, roundingMinor: 0 };

/** Till transactions. Each function plays one, from the wire format to the books. */
export function sale(day: StoreDay, till: Till, atMs: number): void {
  const { random, giftCards, demoStore } = day;
  const lines = basket(day, atMs);
  const withCard = random.chance(40) ? giftCards.find(({ balanceMinor }) => balanceMinor > 0) : undefined;
  const { grossMinor } = totalsOf(lines, demoStore.taxIncluded);
  const paid = payment(random, demoStore, grossMinor, withCard);
  const customer = random.chance(120) ? { customerId: `C${random.int(1, 400)}` } : {};
  complete(day, till, atMs, lines, paid, customer);
}

/** The till knows the price, but the product is missing in Tillstream's master data. */
export function saleOfUnknownProduct(day: StoreDay, till: Till, atMs: number): void {
  const lines = [unknownProductLine(day.demoStore, 1)];
  const { grossMinor } = totalsOf(lines, day.demoStore.taxIncluded);
  complete(day, till, atMs, lines, payment(day.random, day.demoStore, grossMinor, undefined), {});
}

/** Every gift card number of a store begins with this. */
export const giftCardPrefix = (storeId: string): string => `GC-${storeId}-`;

/** Sells a gift card: a liability to its holder until redeemed. */
export function sellGiftCard(day: StoreDay, till: Till, atMs: number): void {
  const { random, demoStore } = day;
  const amountMinor = random.pick(demoStore.notesMinor.slice(1, 3)) * 2;
  const number = `${giftCardPrefix(demoStore.store.storeId)}${day.date}-${day.giftCards.length + 1}`;
  complete(
    day,
    till,
    atMs,
    [giftCardLine(amountMinor)],
    payment(random, demoStore, amountMinor, undefined),
    {},
  );
  day.giftCards.push({ number, balanceMinor: amountMinor });
}

export function takeDeposit(day: StoreDay, till: Till, atMs: number): void {
  const { random, demoStore } = day;
  const amountMinor = random.pick(demoStore.notesMinor.slice(0, 3));
  complete(
    day,
    till,
    atMs,
    [depositLine(amountMinor)],
    payment(random, demoStore, amountMinor, undefined),
    {},
  );
}

/** Returns one line of a sale that someone else made, with its receipt. Does nothing if there is no such sale. */
export function returnWithReceipt(day: StoreDay, till: Till, atMs: number): void {
  const { random, pastSales } = day;
  const ofOthers = pastSales.filter(({ operatorId }) => operatorId !== till.shift?.operatorId);
  if (ofOthers.length === 0) return;
  const past = random.pick(ofOthers);
  pastSales.splice(pastSales.indexOf(past), 1);
  takeBack(day, till, atMs, past);
}

/** A cashier sells, and a few minutes later pays back part of it with nobody else to see the goods. */
export function refundOfOwnSale(day: StoreDay, till: Till, atMs: number): void {
  sale(day, till, atMs);
  const past = day.pastSales.pop();
  if (past) takeBack(day, till, atMs + 240 * SECOND_MS, past);
}

function takeBack(day: StoreDay, till: Till, atMs: number, past: PastSale): void {
  const { random, demoStore } = day;
  const taken = past.lines.filter(({ line }) => line.voided !== true && line.extendedAmountMinor > 0);
  if (taken.length === 0) return;
  const lines = [returnLine(random.pick(taken), 1)];
  const { grossMinor } = totalsOf(lines, demoStore.taxIncluded);
  const paidBack = random.chance(500) ? cashRefund(demoStore, grossMinor) : cardRefund(grossMinor);
  const { transactionId, receiptNumber, operatorId } = past;
  complete(day, till, atMs, lines, paidBack, { returnOf: { transactionId, receiptNumber, operatorId } });
}

/** Refunds cash without a receipt: suspicious when one operator does it repeatedly. */
export function refundWithoutReceipt(day: StoreDay, till: Till, atMs: number): void {
  const { demoStore } = day;
  const bought = basket(day, atMs).find(({ line }) => line.voided !== true);
  if (!bought || !till.shift) return;
  const lines = [returnLine(bought, 1)];
  till.shift.refundsWithoutReceipt += 1;
  complete(
    day,
    till,
    atMs,
    lines,
    cashRefund(demoStore, totalsOf(lines, demoStore.taxIncluded).grossMinor),
    {},
  );
}

/** Voided after payment: counts neither for stock nor for money. */
export function voidedSale(day: StoreDay, till: Till, atMs: number): void {
  const lines = basket(day, atMs);
  const { grossMinor } = totalsOf(lines, day.demoStore.taxIncluded);
  transaction(day, till, atMs, lines, payment(day.random, day.demoStore, grossMinor, undefined), {
    status: 'voided',
  });
}

export function cancelledSale(day: StoreDay, till: Till, atMs: number): void {
  transaction(day, till, atMs, basket(day, atMs), NO_PAYMENT, { status: 'cancelled' });
}

export function trainingSale(day: StoreDay, till: Till, atMs: number): void {
  const lines = basket(day, atMs);
  const { grossMinor } = totalsOf(lines, day.demoStore.taxIncluded);
  transaction(day, till, atMs, lines, payment(day.random, day.demoStore, grossMinor, undefined), {
    status: 'completed',
    training: true,
  });
}

/** The customer forgot the wallet; a moment later the sale is resumed and paid. */
export function suspendedSale(day: StoreDay, till: Till, atMs: number): void {
  const lines = basket(day, atMs);
  const suspended = transaction(day, till, atMs, lines, NO_PAYMENT, { status: 'suspended' });
  const { grossMinor } = totalsOf(lines, day.demoStore.taxIncluded);
  const paid = payment(day.random, day.demoStore, grossMinor, undefined);
  complete(day, till, atMs + 90 * SECOND_MS, lines, paid, { resumes: suspended.transactionId });
}

/** What a customer finds at an instant: of a product whose shelf is empty nothing, whatever lies in the back. */
function basket(day: StoreDay, atMs: number): BasketLine[] {
  const isEmpty = (productId: string): boolean => atMs >= (day.emptyFrom.get(productId) ?? Infinity);
  return basketOf({
    store: day.demoStore,
    random: day.random,
    promotions: day.promotions,
    approver: managerOf(day),
    stock: { get: (productId) => (isEmpty(productId) ? 0 : day.stock.get(productId)) },
  });
}

type Extra = Partial<
  Pick<WireTransaction, 'customerId' | 'returnOf' | 'resumes' | 'training'> & {
    status: TransactionEvent['status'];
  }
>;

/** A completed transaction: updates stock, drawer, books and the day's totals. */
function complete(
  day: StoreDay,
  till: Till,
  atMs: number,
  lines: readonly BasketLine[],
  paid: Payment,
  extra: Extra,
): void {
  const sent = transaction(day, till, atMs, lines, paid, { ...extra, status: 'completed' });
  moveStock(day, lines);
  day.completed += 1;
  day.grossMinor += sent.totals.grossMinor;
  if (till.shift) {
    till.shift.sales += 1;
    till.shift.grossMinor += sent.totals.grossMinor;
  }
  for (const { type, amountMinor, changeMinor } of paid.tenders) {
    if (!till.shift) continue;
    if (type === 'cash') till.shift.cashMinor += amountMinor - (changeMinor ?? 0);
    if (type === 'card') till.shift.cardMinor += amountMinor;
  }
  book(day, till, { transactionId: sent.transactionId, what: 'Retail sale' }, entriesOf(day, lines, paid));
  if (lines.some(({ line }) => line.type === 'sale') && till.shift) {
    const { transactionId, receiptNumber } = sent;
    const { operatorId } = till.shift;
    day.pastSales.push({ transactionId, receiptNumber: receiptNumber ?? transactionId, operatorId, lines });
  }
}

/** Debits the tenders and credits what was sold. */
function entriesOf(day: StoreDay, lines: readonly BasketLine[], paid: Payment): [string, number][] {
  const { accounts } = day.profile;
  const entries: [string, number][] = paid.tenders.map(({ type, amountMinor, changeMinor }) => [
    type === 'giftCard' ? accounts.giftCardLiability : (accounts.tender[type] ?? accounts.tender.default),
    amountMinor - (changeMinor ?? 0),
  ]);
  for (const { line } of lines) {
    if (line.voided === true) continue;
    let net = line.extendedAmountMinor;
    for (const { code, amountMinor } of line.taxes ?? []) {
      entries.push([accounts.tax[code] ?? accounts.tax.default, -amountMinor]);
      if (day.demoStore.taxIncluded) net -= amountMinor;
    }
    const credited = { giftCard: accounts.giftCardLiability, deposit: accounts.deposits };
    const account =
      line.type === 'giftCard' || line.type === 'deposit' ? credited[line.type] : accounts.revenue.default;
    entries.push([account, -net]);
  }
  entries.push([accounts.tips, -paid.tipMinor], [accounts.rounding, -paid.roundingMinor]);
  return entries;
}

function transaction(
  day: StoreDay,
  till: Till,
  atMs: number,
  lines: readonly BasketLine[],
  paid: Payment,
  extra: Extra & { status: TransactionEvent['status'] },
): WireTransaction {
  const envelope = atTill(day, till, atMs);
  const { store, taxIncluded } = day.demoStore;
  const sent: WireTransaction = {
    ...envelope,
    kind: 'transaction',
    transactionId: envelope.id,
    receiptNumber: `${till.tillId.slice(1)}${`${till.sequence}`.padStart(5, '0')}`,
    ...(till.shift ? { shiftId: till.shift.shiftId } : {}),
    currency: store.currency,
    taxIncluded,
    lines: lines.map(({ line }) => line),
    tenders: paid.tenders,
    totals: {
      ...totalsOf(lines, taxIncluded),
      ...(paid.tipMinor === 0 ? {} : { tipMinor: paid.tipMinor }),
      ...(paid.roundingMinor === 0 ? {} : { roundingMinor: paid.roundingMinor }),
    },
    ...extra,
  };
  if (till.shift) till.shift.transactions += 1;
  emit(day, sent, till.tillId);
  return sent;
}
