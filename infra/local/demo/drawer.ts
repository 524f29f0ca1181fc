import { operatorId } from '../../../shared/ids.ts';
import { MINUTE_MS } from '../../../shared/time.ts';
import { cashierOf } from './till-faults.ts';
import { atTill, book, emit, type Shift, type StoreDay, type Till } from './store-day.ts';

/** A card number that a cashier types into the wrong field: a published test number. */
export const TYPED_CARD_NUMBER = '4111 1111 1111 1111';

/** Above this multiple of the largest note, a cashier drops cash into the safe. */
const DROP_ABOVE_NOTES = 8;

export function openShift(
  day: StoreDay,
  till: Till,
  atMs: number,
  number: number,
  differenceMinor: number,
): void {
  const { store, notesMinor } = day.demoStore;
  const floatMinor = (notesMinor[notesMinor.length - 1] ?? 0) * 2;
  till.shift = {
    shiftId: `${store.storeId}-${till.tillId}-${day.date}-${number}`,
    operatorId: operatorId(cashierOf(store.storeId, till.tillId, number)),
    floatMinor,
    cashMinor: floatMinor,
    cardMinor: 0,
    differenceMinor,
    noSales: 0,
    refundsWithoutReceipt: 0,
    firstSequence: till.sequence + 1,
    transactions: 0,
    sales: 0,
    grossMinor: 0,
  };
  const { shiftId } = till.shift;
  const { currency } = store;
  emit(
    day,
    {
      ...atTill(day, till, atMs),
      kind: 'shift',
      action: 'opened',
      shiftId,
      currency,
      openingFloatMinor: floatMinor,
    },
    till.tillId,
  );
}

/** Drops all but the float into the safe, counts the rest, and closes. */
export function closeShift(day: StoreDay, till: Till, atMs: number): void {
  const { shift } = till;
  if (!shift) return;
  const surplus = shift.cashMinor - shift.floatMinor;
  if (surplus > 0) drop(day, till, shift, atMs - 2 * MINUTE_MS, surplus);
  const counted = shift.cashMinor + shift.differenceMinor;
  const closing = atTill(day, till, atMs);
  emit(
    day,
    {
      ...closing,
      kind: 'shift',
      action: 'closed',
      shiftId: shift.shiftId,
      currency: day.demoStore.store.currency,
      counts: [
        { tender: 'cash', countedMinor: counted, tillExpectedMinor: shift.cashMinor },
        { tender: 'card', countedMinor: shift.cardMinor, tillExpectedMinor: shift.cardMinor },
      ],
      zReport: {
        firstSequenceNumber: shift.firstSequence,
        lastSequenceNumber: closing.sequenceNumber,
        transactionsCount: shift.transactions,
        salesCount: shift.sales,
        salesTotalMinor: shift.grossMinor,
        noSaleCount: shift.noSales,
      },
    },
    till.tillId,
  );
  const { accounts } = day.profile;
  book(day, till, { what: 'Counted less expected' }, [
    [accounts.tender.cash ?? accounts.tender.default, shift.differenceMinor],
    [accounts.cashOverShort, -shift.differenceMinor],
  ]);
  till.shift = undefined;
}

export function noSale(day: StoreDay, till: Till, atMs: number): void {
  if (!till.shift) return;
  till.shift.noSales += 1;
  drawerEvent(day, till, till.shift, atMs, { action: 'noSale', amountMinor: 0 });
}

export function paidIn(day: StoreDay, till: Till, atMs: number): void {
  if (!till.shift) return;
  const amountMinor = day.demoStore.notesMinor[0] ?? 0;
  till.shift.cashMinor += amountMinor;
  drawerEvent(day, till, till.shift, atMs, { action: 'paidIn', amountMinor, reason: 'vending machine' });
  const { accounts } = day.profile;
  book(day, till, { what: 'Paid in' }, [
    [accounts.tender.cash ?? accounts.tender.default, amountMinor],
    [accounts.paidIn, -amountMinor],
  ]);
}

/** Pays a small bill from the drawer, if it holds enough. */
export function paidOut(day: StoreDay, till: Till, atMs: number): void {
  const amountMinor = (day.demoStore.notesMinor[0] ?? 0) * 3;
  if (!till.shift || till.shift.cashMinor < amountMinor) return;
  till.shift.cashMinor -= amountMinor;
  drawerEvent(day, till, till.shift, atMs, {
    action: 'paidOut',
    amountMinor,
    reason: `window cleaner, card ${TYPED_CARD_NUMBER}`,
  });
  const { accounts } = day.profile;
  book(day, till, { what: 'Paid out' }, [
    [accounts.paidOut, amountMinor],
    [accounts.tender.cash ?? accounts.tender.default, -amountMinor],
  ]);
}

/** Brings change from the safe. */
export function addFloat(day: StoreDay, till: Till, atMs: number): void {
  if (!till.shift) return;
  const amountMinor = (day.demoStore.notesMinor[1] ?? 0) * 2;
  till.shift.cashMinor += amountMinor;
  drawerEvent(day, till, till.shift, atMs, { action: 'float', amountMinor });
  safe(day, till, -amountMinor, 'Change money');
}

export function dropIfFull(day: StoreDay, till: Till, atMs: number): void {
  const { shift } = till;
  const largest = day.demoStore.notesMinor[day.demoStore.notesMinor.length - 1] ?? 0;
  if (!shift || shift.cashMinor - shift.floatMinor < largest * DROP_ABOVE_NOTES) return;
  drop(day, till, shift, atMs, largest * (DROP_ABOVE_NOTES - 2));
}

function drop(day: StoreDay, till: Till, shift: Shift, atMs: number, amountMinor: number): void {
  shift.cashMinor -= amountMinor;
  drawerEvent(day, till, shift, atMs, { action: 'drop', amountMinor });
  safe(day, till, amountMinor, 'Drop to the safe');
}

function safe(day: StoreDay, till: Till, intoSafeMinor: number, what: string): void {
  const { accounts } = day.profile;
  book(day, till, { what }, [
    [accounts.safe, intoSafeMinor],
    [accounts.tender.cash ?? accounts.tender.default, -intoSafeMinor],
  ]);
}

function drawerEvent(
  day: StoreDay,
  till: Till,
  { shiftId }: Shift,
  atMs: number,
  what: {
    readonly action: 'noSale' | 'paidIn' | 'paidOut' | 'drop' | 'float';
    readonly amountMinor: number;
    readonly reason?: string;
  },
): void {
  const { currency } = day.demoStore.store;
  emit(day, { ...atTill(day, till, atMs), kind: 'drawer', shiftId, currency, ...what }, till.tillId);
}
