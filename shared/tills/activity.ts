import type { TransactionEvent } from '../pos/event.ts';
import { isReturned } from '../pos/returned-goods.ts';
import { epochMsOf } from '../time.ts';

/**
 * What rules look at in a transaction, counted in one pass over its lines and tenders. Every rule asks these figures
 * first, so the usual sale costs each of them one comparison.
 */
export interface Activity {
  /** Lines of goods, with voided ones. */
  lines: number;
  voidedLines: number;
  /** Of the lines whose way into the till is known: all, and those typed by hand. */
  entered: number;
  keyed: number;
  /** Lines with a discount given by hand. */
  discounted: number;
  overridden: number;
  taxOverridden: number;
  coupons: number;
  employeeDiscounts: number;
  /** Goods that came back. */
  returned: number;
  giftCardLines: number;
  /** Lines of which it is known how long they took, and those that took long. */
  timed: number;
  slow: number;
  /** Card payments of which it is known how the card was read, and those typed by hand. */
  cardsRead: number;
  cardsKeyed: number;
  /** Tenders that took money off a gift card. */
  giftCardTenders: number;
}

/** So long a cashier takes for a line only if something was passed over, or the customer was talked to. */
const SLOW_LINE_MS = 20_000;

export function activityOf(event: TransactionEvent): Activity {
  const found: Activity = {
    lines: 0,
    voidedLines: 0,
    entered: 0,
    keyed: 0,
    discounted: 0,
    overridden: 0,
    taxOverridden: 0,
    coupons: 0,
    employeeDiscounts: 0,
    returned: 0,
    giftCardLines: 0,
    timed: 0,
    slow: 0,
    cardsRead: 0,
    cardsKeyed: 0,
    giftCardTenders: 0,
  };
  for (const line of event.lines) countLine(found, line);
  for (const { type, amountMinor, entry } of event.tenders) {
    if (type === 'giftCard' && amountMinor > 0) found.giftCardTenders += 1;
    if (type !== 'card' || entry === undefined) continue;
    found.cardsRead += 1;
    if (entry === 'keyed') found.cardsKeyed += 1;
  }
  if (event.lines[0]?.enteredAt !== undefined) timeLines(found, event);
  return found;
}

function countLine(found: Activity, line: TransactionEvent['lines'][number]): void {
  if (line.type === 'giftCard') found.giftCardLines += 1;
  if (line.type !== 'sale' && line.type !== 'return') return;
  found.lines += 1;
  if (line.entry !== undefined) {
    found.entered += 1;
    if (line.entry === 'keyed') found.keyed += 1;
  }
  if (line.voided === true) {
    found.voidedLines += 1;
    return;
  }
  if (isReturned(line)) {
    found.returned += 1;
    return;
  }
  if (line.priceOverride) found.overridden += 1;
  if (line.taxOverride) found.taxOverridden += 1;
  if (line.discounts) countDiscounts(found, line.discounts);
}

function countDiscounts(
  found: Activity,
  discounts: NonNullable<TransactionEvent['lines'][number]['discounts']>,
): void {
  let isManual = false;
  for (const { manual, type, requiresProductCode } of discounts) {
    if (manual) isManual = true;
    if (type === 'employee') found.employeeDiscounts += 1;
    if (requiresProductCode !== undefined) found.coupons += 1;
  }
  if (isManual) found.discounted += 1;
}

/** The time from one line to the next, in the order in which they were entered. */
function timeLines(found: Activity, { lines }: TransactionEvent): void {
  const times = lines.flatMap(({ enteredAt }) => (enteredAt === undefined ? [] : [epochMsOf(enteredAt)]));
  times.sort((one, other) => one - other);
  for (let at = 1; at < times.length; at += 1) {
    found.timed += 1;
    if ((times[at] ?? 0) - (times[at - 1] ?? 0) >= SLOW_LINE_MS) found.slow += 1;
  }
}
