import type { TransactionEvent } from '../../../shared/pos/event.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../shared/time.ts';
import {
  basket,
  drawer,
  line,
  newCard,
  pay,
  PRODUCTS,
  taken,
  transaction,
  type Line,
  type Shift,
} from './world.ts';

/** What honest people do, also what looks odd: hard negatives belong to every day. */
export interface Store {
  /** Sales that may come back, with who sold and the card. */
  readonly sold: { readonly sale: TransactionEvent; readonly cardRef: string | undefined }[];
  readonly giftCards: { readonly ref: string; readonly atMs: number }[];
}
export const newStore = (): Store => ({ sold: [], giftCards: [] });

const SALES_PER_SHIFT = 70;

export function playShift(shift: Shift, store: Store): void {
  const { random, cashier } = shift;
  const many =
    cashier.role === 'busy' ? SALES_PER_SHIFT * 2 : cashier.role === 'returns-desk' ? 25 : SALES_PER_SHIFT;
  const until = shift.silentFromMs ?? shift.toMs;
  const times = Array.from(
    { length: many },
    () => shift.fromMs + random.int(0, shift.toMs - shift.fromMs),
  ).sort((one, other) => one - other);
  for (const atMs of times) if (atMs < until) serve(shift, store, atMs);
  if (cashier.role === 'trainee' && random.chance(500)) practise(shift);
  shift.differenceMinor = random.chance(400) ? random.int(-180, 180) : 0;
}

function serve(shift: Shift, store: Store, atMs: number): void {
  const { random, cashier } = shift;
  const habit = (name: string, permille: number): boolean =>
    random.chance(Math.min(900, Math.round(permille * (cashier.habits[name] ?? 1))));
  const isNew = cashier.role === 'trainee';
  if (cashier.role === 'returns-desk' && random.chance(700)) return takeBack(shift, store, atMs);
  if (habit('cancel', isNew ? 35 : 12))
    return void transaction(shift, atMs, basket(shift, atMs), { status: 'cancelled', tenders: [] });
  if (habit('suspend', 8)) return suspend(shift, store, atMs);
  if (habit('refund', 10)) return takeBack(shift, store, atMs);
  if (habit('noSale', 9)) return void drawer(shift, atMs, 'noSale');
  if (random.chance(3))
    return void drawer(
      shift,
      atMs,
      random.pick(['paidOut', 'paidIn'] as const),
      random.int(300, 6_000),
      'window cleaner',
    );
  if (random.chance(6)) return sellGiftCard(shift, store, atMs);
  if (random.chance(5) && spendGiftCard(shift, store, atMs)) return;
  if (random.chance(5)) return withCoupon(shift, atMs);
  if (random.chance(4)) return toColleague(shift, atMs);
  sell(shift, store, atMs);
}

export function sell(shift: Shift, store: Store, atMs: number): TransactionEvent {
  const lines = basket(shift, atMs);
  const cardRef = newCard();
  const tenders = pay(shift, taken(lines), cardRef);
  const sale = transaction(shift, atMs, lines, { tenders });
  store.sold.push({ sale, cardRef: tenders[0]?.type === 'card' ? cardRef : undefined });
  return sale;
}

/** With the receipt, of what someone else sold, and to the card that paid. */
function takeBack(shift: Shift, store: Store, atMs: number): void {
  const { random, cashier } = shift;
  const ofOthers = store.sold.filter(
    ({ sale }) =>
      sale.operatorId !== cashier.id &&
      sale.lines.some(({ voided }) => voided !== true) &&
      Date.parse(sale.occurredAt) < atMs,
  );
  if (ofOthers.length === 0) return;
  const { sale, cardRef } = random.pick(ofOthers);
  const sold = sale.lines.find(({ voided }) => voided !== true) as Line;
  const product = PRODUCTS.find((one) => one.productId === sold.productId);
  if (!product) return;
  const lines = [line(product, 1, -1, { extendedAmountMinor: -sold.extendedAmountMinor })];
  const amountMinor = taken(lines);
  transaction(shift, atMs, lines, {
    returnOf: { transactionId: sale.transactionId },
    tenders: [
      cardRef === undefined
        ? { type: 'cash', amountMinor }
        : { type: 'card', amountMinor, cardRef, entry: 'chip' },
    ],
  });
  store.sold.splice(
    store.sold.findIndex((one) => one.sale === sale),
    1,
  );
}

function suspend(shift: Shift, store: Store, atMs: number): void {
  const lines = basket(shift, atMs);
  const { transactionId } = transaction(shift, atMs, lines, { status: 'suspended', tenders: [] });
  const resumedMs = Math.min(atMs + shift.random.int(1, 20) * MINUTE_MS, shift.toMs + MINUTE_MS);
  const sale = transaction(shift, resumedMs, lines, {
    resumes: transactionId,
    tenders: pay(shift, taken(lines)),
  });
  store.sold.push({ sale, cardRef: undefined });
}

function sellGiftCard(shift: Shift, store: Store, atMs: number): void {
  const ref = newCard();
  const amountMinor = shift.random.pick([1_000, 2_500, 5_000]);
  transaction(shift, atMs, [giftCardLine(ref, amountMinor)], { tenders: pay(shift, amountMinor) });
  store.giftCards.push({ ref, atMs });
}

export const giftCardLine = (giftCardRef: string, amountMinor: number, more: Partial<Line> = {}): Line => ({
  lineNumber: 1,
  type: 'giftCard',
  productCode: 'GIFT',
  quantityMilli: 1_000,
  unit: 'each',
  regularUnitPriceMinor: amountMinor,
  actualUnitPriceMinor: amountMinor,
  extendedAmountMinor: amountMinor,
  giftCardRef,
  ...more,
});

/** Days after it was bought. */
function spendGiftCard(shift: Shift, store: Store, atMs: number): boolean {
  const at = store.giftCards.findIndex((card) => atMs - card.atMs > DAY_MS);
  const [card] = at < 0 ? [] : store.giftCards.splice(at, 1);
  if (!card) return false;
  const lines = basket(shift, atMs);
  transaction(shift, atMs, lines, {
    tenders: [{ type: 'giftCard', amountMinor: taken(lines), giftCardRef: card.ref }],
  });
  return true;
}

function withCoupon(shift: Shift, atMs: number): void {
  const lines = basket(shift, atMs).map((one) => ({ ...one, voided: false }));
  const product = shift.random.pick(PRODUCTS);
  const wanted = line(product, lines.length + 1, 1);
  const [first, ...rest] = lines as [Line, ...Line[]];
  const amountMinor = Math.min(50, first.extendedAmountMinor - 1);
  const coupon = {
    amountMinor,
    manual: false,
    type: 'coupon' as const,
    requiresProductCode: product.codes[0] ?? '',
  };
  const with1 = {
    ...first,
    extendedAmountMinor: first.extendedAmountMinor - amountMinor,
    discounts: [...(first.discounts ?? []), coupon],
  };
  const all = [with1, ...rest, wanted];
  transaction(shift, atMs, all, { tenders: pay(shift, taken(all)) });
}

function toColleague(shift: Shift, atMs: number): void {
  const lines = basket(shift, atMs).map((one) => {
    const amountMinor = Math.floor(one.extendedAmountMinor / 10);
    return {
      ...one,
      extendedAmountMinor: one.extendedAmountMinor - amountMinor,
      discounts: [...(one.discounts ?? []), { amountMinor, manual: false, type: 'employee' as const }],
    };
  });
  transaction(shift, atMs, lines, { tenders: pay(shift, taken(lines)) });
}

/** A trainee's hour in training mode. */
function practise(shift: Shift): void {
  for (let index = 0; index < shift.random.int(4, 14); index += 1) {
    const atMs = shift.fromMs + index * 90 * SECOND_MS;
    transaction(shift, atMs, basket(shift, atMs), { training: true });
  }
}
