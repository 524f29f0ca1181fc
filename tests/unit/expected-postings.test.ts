import { eventId, tillId } from '../../shared/ids.ts';
import { postingsOfDrawer, postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import {
  EMPTY_SHIFT,
  postingsOfCount,
  postingsOfShiftClose,
  withDrawer,
  withOpening,
  withTaken,
} from '../../shared/ledger/shift-cash.ts';
import type { DrawerEvent, ShiftEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { EUR, PROFILE, sale } from '../support/ledger-fixtures.ts';

const of = (transaction: TransactionEvent) => {
  const { postings, imbalanceMinor } = postingsOfTransaction(transaction, PROFILE);
  return {
    imbalanceMinor,
    ...Object.fromEntries(postings.map(({ account, amountMinor }) => [account, amountMinor])),
  };
};

const line = (changes: Partial<TransactionEvent['lines'][number]>): TransactionEvent['lines'][number] => ({
  lineNumber: 1,
  type: 'sale',
  productCode: '1',
  quantityMilli: 1000,
  unit: 'each',
  regularUnitPriceMinor: 1000,
  actualUnitPriceMinor: 1000,
  extendedAmountMinor: 1000,
  ...changes,
});

test('a sale debits its tenders and credits revenue and tax; its return reverses it', () => {
  expect(of(sale('1', 10_000))).toEqual({
    imbalanceMinor: 0,
    '110100': 11_900,
    '401000': -10_000,
    '261100': -1_900,
  });
  expect(of(sale('2', -10_000))).toEqual({
    imbalanceMinor: 0,
    '110100': -11_900,
    '401000': 10_000,
    '261100': 1_900,
  });
});

test('change is taken off the tender, and a split tender goes to each clearing account', () => {
  const split = sale('1', 10_000, {
    tenders: [
      { type: 'cash', amountMinor: 5_000, changeMinor: 100 },
      { type: 'card', amountMinor: 7_000 },
    ],
  });
  expect(of(split)).toMatchObject({ imbalanceMinor: 0, '110100': 4_900, '110200': 7_000 });
});

test('change for what was not paid in cash comes out of the cash drawer', () => {
  const voucher = sale('1', 10_000, {
    tenders: [{ type: 'voucher', amountMinor: 12_000, changeMinor: 100 }],
  });
  expect(of(voucher)).toMatchObject({ imbalanceMinor: 0, '110900': 12_000, '110100': -100 });
  const cashBack = sale('2', 10_000, {
    tenders: [{ type: 'card', amountMinor: 15_000, changeMinor: 3_100 }],
  });
  expect(of(cashBack)).toMatchObject({ imbalanceMinor: 0, '110200': 15_000, '110100': -3_100 });
});

test('tax goes to its code, tips and rounding to theirs, also where prices include tax', () => {
  const restaurant = sale('1', 0, {
    taxIncluded: true,
    lines: [
      line({
        extendedAmountMinor: 1_190,
        taxes: [{ code: 'standard', taxableMinor: 1_000, amountMinor: 190 }],
      }),
      line({
        lineNumber: 2,
        extendedAmountMinor: 1_070,
        taxes: [{ code: 'reduced', taxableMinor: 1_000, amountMinor: 70 }],
      }),
    ],
    totals: { netMinor: 2_000, taxMinor: 260, grossMinor: 2_260, tipMinor: 200, roundingMinor: -1 },
    tenders: [{ type: 'cash', amountMinor: 2_459 }],
  });
  expect(of(restaurant)).toEqual({
    imbalanceMinor: 0,
    '110100': 2_459,
    '401000': -2_000,
    '261100': -190,
    '261101': -70,
    '261700': -200,
    '690100': 1,
  });
});

test('a gift card is a liability when it is sold, and settles that liability when it pays', () => {
  const sold = sale('1', 0, {
    lines: [line({ type: 'giftCard', extendedAmountMinor: 5_000 })],
    totals: { netMinor: 5_000, taxMinor: 0, grossMinor: 5_000 },
    tenders: [{ type: 'card', amountMinor: 5_000 }],
  });
  expect(of(sold)).toEqual({ imbalanceMinor: 0, '110200': 5_000, '261500': -5_000 });
  const redeemed = sale('2', 1_000, { tenders: [{ type: 'giftCard', amountMinor: 1_190 }] });
  expect(of(redeemed)).toMatchObject({ imbalanceMinor: 0, '261500': 1_190 });
});

test('an expired gift card leaves the liability, as revenue or where the profile wants it', () => {
  const expired = sale('1', 0, {
    lines: [
      line({ type: 'giftCard', quantityMilli: -1000, extendedAmountMinor: -5_000 }),
      line({ lineNumber: 2, type: 'breakage', extendedAmountMinor: 5_000 }),
    ],
    totals: { netMinor: 0, taxMinor: 0, grossMinor: 0 },
    tenders: [],
  });
  expect(of(expired)).toEqual({ imbalanceMinor: 0, '261500': 5_000, '401000': -5_000 });
});

test('a return against store credit owes it, and paying with it settles that', () => {
  const storeCredit = (amountMinor: number) => [{ type: 'storeCredit' as const, amountMinor }];
  const given = of(sale('1', -1_000, { tenders: storeCredit(-1_190) }));
  expect(given).toEqual({ imbalanceMinor: 0, '110900': -1_190, '401000': 1_000, '261100': 190 });
  expect(of(sale('2', 1_000, { tenders: storeCredit(1_190) }))).toMatchObject({ '110900': 1_190 });
});

test('a deposit that is taken back when the goods are handed over leaves nothing, and their price is revenue', () => {
  const taken = sale('1', 0, {
    lines: [line({ type: 'deposit', extendedAmountMinor: 2_000 })],
    totals: { netMinor: 2_000, taxMinor: 0, grossMinor: 2_000 },
    tenders: [{ type: 'card', amountMinor: 2_000 }],
  });
  const handedOver = sale('2', 0, {
    lines: [
      line({ extendedAmountMinor: 5_000 }),
      line({ lineNumber: 2, type: 'deposit', quantityMilli: -1000, extendedAmountMinor: -2_000 }),
    ],
    totals: { netMinor: 3_000, taxMinor: 0, grossMinor: 3_000 },
    tenders: [{ type: 'card', amountMinor: 3_000 }],
  });
  expect(of(taken)).toMatchObject({ '261600': -2_000, '110200': 2_000 });
  expect(of(handedOver)).toEqual({ imbalanceMinor: 0, '110200': 3_000, '401000': -5_000, '261600': 2_000 });
});

test('deposits and fees have accounts of their own; a voided line counts nowhere', () => {
  const mixed = sale('1', 0, {
    lines: [
      line({ type: 'deposit', extendedAmountMinor: 2_000 }),
      line({ lineNumber: 2, type: 'fee', extendedAmountMinor: 300 }),
      line({ lineNumber: 3, type: 'deposit', extendedAmountMinor: 9_999, voided: true }),
      line({ lineNumber: 4, extendedAmountMinor: 700 }),
    ],
    totals: { netMinor: 3_000, taxMinor: 0, grossMinor: 3_000 },
    tenders: [{ type: 'check', amountMinor: 3_000 }],
  });
  expect(of(mixed)).toEqual({
    imbalanceMinor: 0,
    '110900': 3_000,
    '261600': -2_000,
    '401900': -300,
    '401000': -700,
  });
});

test('a till addition error is not posted, and its difference is reported', () => {
  const wrong = sale('1', 10_000, { tenders: [{ type: 'cash', amountMinor: 11_905 }] });
  expect(of(wrong)).toEqual({ imbalanceMinor: 5, '110100': 11_905, '401000': -10_000, '261100': -1_900 });
});

test('a tax total that differs from the lines by rounding keeps the only code', () => {
  const rounded = sale('1', 999, {
    totals: { netMinor: 998, taxMinor: 191, grossMinor: 1_189 },
    tenders: [{ type: 'cash', amountMinor: 1_189 }],
  });
  expect(of(rounded)).toMatchObject({ imbalanceMinor: 0, '261100': -191 });
});

const drawer = (action: DrawerEvent['action'], amountMinor: number): DrawerEvent => ({
  ...envelope(),
  kind: 'drawer',
  action,
  shiftId: 'SH1',
  currency: EUR,
  amountMinor,
});

function envelope() {
  const { kind: _kind, transactionId: _id, status: _status, ...rest } = sale('1', 1);
  return {
    schemaVersion: rest.schemaVersion,
    eventId: eventId('tillstream:d1'),
    source: rest.source,
    storeId: rest.storeId,
    tillId: tillId('T1'),
    occurredAt: rest.occurredAt,
    businessDate: rest.businessDate,
    receivedAt: rest.receivedAt,
    offline: false,
    training: false,
    traceparent: rest.traceparent,
    version: 1,
  };
}

test.each([
  ['paidIn', { '110100': 500, '690300': -500 }],
  ['paidOut', { '110100': -500, '690400': 500 }],
  ['drop', { '110100': -500, '110300': 500 }],
  ['float', { '110100': 500, '110300': -500 }],
  ['noSale', {}],
] as const)('drawer %s', (action, expected) => {
  const postings = postingsOfDrawer(drawer(action, 500), PROFILE);
  expect(Object.fromEntries(postings.map(({ account, amountMinor }) => [account, amountMinor]))).toEqual(
    expected,
  );
});

test('cash over/short is counted less expected: float, cash sales, paid in and out, drops', () => {
  const opening: ShiftEvent = {
    ...envelope(),
    kind: 'shift',
    action: 'opened',
    shiftId: 'SH1',
    currency: EUR,
    openingFloatMinor: 10_000,
  };
  const shift = [drawer('paidOut', 1_000), drawer('drop', 20_000)].reduce(
    withDrawer,
    withTaken(withOpening(EMPTY_SHIFT, opening), 'cash', 30_000),
  );
  const closing: ShiftEvent = {
    ...envelope(),
    kind: 'shift',
    action: 'closed',
    shiftId: 'SH1',
    currency: EUR,
    counts: [{ tender: 'cash', countedMinor: 18_950 }],
  };
  expect(postingsOfShiftClose(closing, shift, PROFILE)).toEqual(
    postingsOfCount('cash', 18_950, 19_000, PROFILE),
  );
  expect(postingsOfCount('cash', 18_950, 19_000, PROFILE)).toEqual([
    { account: '110100', amountMinor: -50 },
    { account: '690200', amountMinor: 50 },
  ]);
});
