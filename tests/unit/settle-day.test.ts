import fc from 'fast-check';
import { currency } from '../../shared/money.ts';
import { businessDate, eventId, storeId } from '../../shared/ids.ts';
import type { SettlementEntry } from '../../shared/ledger/settlement/settlement-entry.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import type { ReconciliationException } from '../../shared/reconciliation/exception.ts';
import { cardPaymentOf, type CardPayment } from '../../shared/reconciliation/settlement/card-payment.ts';
import { checkSettlementClaims } from '../../shared/reconciliation/settlement/check-settlement.ts';
import { settleDay } from '../../shared/reconciliation/settlement/settle-day.ts';
import { settlementSection } from '../../shared/reports/settlement-section.ts';
import { addDays } from '../../shared/time.ts';
import { DATE, entry, EUR, sale } from '../support/ledger-fixtures.ts';

const paid = (id: string, amountMinor: number, changes: Partial<TransactionEvent> = {}): CardPayment => {
  const event = sale(id, 0, {
    eventId: eventId(`tillstream:${id}`),
    tenders: [{ type: 'card', amountMinor }],
    ...changes,
  });
  const payment = cardPaymentOf(event);
  if (!payment) throw new Error('it is paid by card');
  return payment;
};

let line = 2;
const row = (changes: Partial<SettlementEntry> & { grossMinor?: number }): SettlementEntry => {
  const { grossMinor = 0, feeMinor = 0 } = changes;
  return {
    kind: 'capture',
    acquirer: 'adyen',
    payoutId: 'ChainPOS/42',
    reference: '',
    merchantReference: '',
    occurredOn: DATE,
    payoutDate: undefined,
    currency: EUR,
    grossMinor,
    netCurrency: EUR,
    feeMinor,
    netMinor: grossMinor - feeMinor,
    rowId: '',
    text: changes.kind ?? 'capture',
    readAt: { part: 'adyen.csv', row: line++ },
    ...changes,
  };
};
const payoutRow = (minor: number, date = DATE): SettlementEntry =>
  row({ kind: 'payout', grossMinor: -minor, occurredOn: date, payoutDate: date });

const settle = (
  payments: readonly CardPayment[],
  entries: readonly SettlementEntry[],
  bank?: Parameters<typeof settleDay>[1]['bank'],
) => settleDay(DATE, { payments, entries, bank }, []);
const categories = (exceptions: readonly ReconciliationException[]) =>
  exceptions.map(({ category, subject, amountMinor }) => [category, subject, amountMinor]);

test('till, acquirer and ledger agree: nothing is left, and the payout has its three sides', () => {
  const payments = [
    paid('1', 1_190),
    paid('2', -500),
    paid('3', 2_000, { tenders: [{ type: 'card', amountMinor: 2_000, paymentReference: 'PSP3' }] }),
  ];
  const entries = [
    row({ merchantReference: '1', grossMinor: 1_190, feeMinor: 20 }),
    row({ merchantReference: '2', kind: 'refund', grossMinor: -500, feeMinor: 10 }),
    row({ reference: 'PSP3', grossMinor: 2_000, feeMinor: 30 }),
    row({ kind: 'fee', grossMinor: -100, occurredOn: undefined }),
    payoutRow(2_530),
  ];
  const bank = [entry({ account: '110000', amountMinor: 2_530, documentNumber: 'ChainPOS/42' })];
  const { day, exceptions, violations } = settle(payments, entries, bank);
  expect([exceptions, violations]).toEqual([[], []]);
  expect(day.cards).toEqual([
    {
      currency: 'EUR',
      tillMinor: 2_690,
      settledMinor: 2_690,
      payments: 3,
      settled: 3,
      matchedBy: 'reference',
    },
  ]);
  expect(day.payouts).toEqual([
    expect.objectContaining({
      captureMinor: 3_190,
      refundMinor: -500,
      feeMinor: 160,
      netMinor: 2_530,
      paidOutMinor: 2_530,
      tillMinor: 2_690,
      ledgerMinor: 2_530,
      bankMinor: undefined,
      notAtTill: 0,
    }),
  ]);
  expect(JSON.stringify(settlementSection(day))).toContain('ChainPOS/42');
});

test('each difference has its category and amount, and its claim holds', () => {
  const payments = [paid('1', 1_000), paid('2', 1_000), paid('3', 700), paid('4', 500)];
  const entries = [
    row({ merchantReference: '1', grossMinor: 1_000 }),
    row({ merchantReference: '3', grossMinor: 770, feeMinor: 5 }),
    row({ merchantReference: '4', grossMinor: 500 }),
    row({ merchantReference: '4', grossMinor: 500 }),
    row({ reference: 'X', grossMinor: 1_000 }),
    row({ kind: 'chargeback', reference: 'OLD', grossMinor: -900, feeMinor: 750 }),
    payoutRow(2_000),
  ];
  const { exceptions, violations } = settle(payments, entries, []);
  expect(violations).toEqual([]);
  expect(categories(exceptions)).toEqual([
    ['card-amount-differs', '3', -70],
    ['card-amount-differs', '4', -500],
    // The unknown payment has the very amount of the missing one: the acquirer knows our references, so they are two differences.
    ['card-not-settled', '2', 1_000],
    ['card-not-at-till', 'X', -1_000],
    ['chargeback', 'OLD', 900],
    ['payout-differs', 'ChainPOS/42', 115],
    ['payout-missing', 'ChainPOS/42', 2_000],
  ]);
});

test('a payout that is posted with another amount differs, and one posting stands for one payout only', () => {
  const twice = [
    row({ kind: 'payout', grossMinor: -600, payoutId: 'ChainPOS/1', payoutDate: DATE }),
    row({ payoutId: 'ChainPOS/1', grossMinor: 600 }),
    row({ kind: 'payout', grossMinor: -600, payoutId: 'ChainPOS/2', payoutDate: DATE }),
    row({ payoutId: 'ChainPOS/2', grossMinor: 600 }),
  ];
  const posted = (amountMinor: number, documentNumber = '') =>
    entry({ account: '110000', amountMinor, documentNumber });
  const faults = (bank: ReturnType<typeof posted>[]) =>
    settle([], twice, bank).exceptions.flatMap(({ category, subject, amountMinor }) =>
      category.startsWith('payout') ? [[category, subject, amountMinor]] : [],
    );
  expect(faults([posted(600), posted(600)])).toEqual([]);
  expect(faults([posted(600)])).toEqual([['payout-missing', 'ChainPOS/2', 600]]);
  expect(faults([posted(600), posted(590, 'ChainPOS/1')])).toEqual([['payout-differs', 'ChainPOS/1', 10]]);
});

test('a bank statement says what arrived', () => {
  const arrived = (minor: number, text: string, date = addDays(DATE, 1)) =>
    row({
      kind: 'bank',
      acquirer: 'bank',
      payoutId: '',
      grossMinor: minor,
      occurredOn: date,
      payoutDate: date,
      text,
    });
  const report = [row({ merchantReference: '1', grossMinor: 1_000 }), payoutRow(1_000)];
  const faults = (...bank: SettlementEntry[]) =>
    categories(settle([paid('1', 1_000)], [...report, ...bank]).exceptions);
  expect(faults()).toEqual([]);
  expect(faults(arrived(1_000, 'ADYEN'))).toEqual([]);
  expect(faults(arrived(990, 'payout ChainPOS/42'))).toEqual([['payout-differs', 'ChainPOS/42', 10]]);
  expect(faults(arrived(5, 'rent'))).toEqual([['payout-missing', 'ChainPOS/42', 1_000]]);
  expect(faults(arrived(1_000, 'ADYEN', addDays(DATE, 9)))).toEqual([
    ['payout-missing', 'ChainPOS/42', 1_000],
  ]);
});

test('what the acquirer has not reported yet waits; once it reports later days, it is looked into', () => {
  const payments = [paid('1', 1_000), paid('2', 2_000)];
  const later = row({ merchantReference: '9', grossMinor: 1, occurredOn: addDays(DATE, 1) });
  const one = row({ merchantReference: '1', grossMinor: 1_000 });
  const classes = (...entries: SettlementEntry[]) =>
    settle(payments, entries).exceptions.map((exception) => [exception.subject, exception.class]);
  expect(classes()).toEqual([['card payments', 'timing difference']]);
  expect(classes(one)).toEqual([['2', 'timing difference']]);
  expect(classes(one, later)).toEqual([['2', 'requires investigation']]);
});

test('an acquirer that knows none of our references is compared by amount, as many as both have', () => {
  const payments = [paid('1', 1_000), paid('2', 1_000), paid('3', 500)];
  const { day, exceptions } = settle(payments, [
    row({ reference: 'A', grossMinor: 1_000 }),
    row({ reference: 'B', grossMinor: 500 }),
    row({ reference: 'C', grossMinor: 40 }),
  ]);
  expect(day.cards[0]).toMatchObject({ settled: 2, matchedBy: 'amount' });
  expect(categories(exceptions)).toEqual([
    ['card-not-settled', '2', 1_000],
    ['card-not-at-till', 'C', -40],
  ]);
});

test('two stores may use one receipt number, and a sale and its refund one reference', () => {
  const inStore = (id: string, store: string, amountMinor: number, receiptNumber: string) =>
    paid(id, amountMinor, { storeId: storeId(store), receiptNumber });
  const payments = [
    inStore('a', 'S1', 1_000, '0001'),
    inStore('b', 'S2', 2_000, '0001'),
    inStore('c', 'S1', -1_000, '0001'),
  ];
  const entries = [
    row({ merchantReference: '0001', grossMinor: 2_000 }),
    row({ merchantReference: '0001', grossMinor: 1_000 }),
    row({ merchantReference: '0001', kind: 'refund', grossMinor: -1_000 }),
  ];
  expect(settle(payments, entries).exceptions).toEqual([]);
});

test('a payment of another date that a payout of this one holds is at the till, and no difference here', () => {
  const before = paid('0', 300, { businessDate: businessDate('2026-03-01') });
  const entries = [
    row({ merchantReference: '0', grossMinor: 300, occurredOn: businessDate('2026-03-01') }),
    row({ merchantReference: 'old', grossMinor: 50, occurredOn: businessDate('2026-02-01') }),
    payoutRow(350),
  ];
  const { day, exceptions } = settle([before], entries);
  expect(exceptions).toEqual([]);
  expect(day.payouts[0]).toMatchObject({ tillMinor: 300, notAtTill: 0, notCompared: 1 });
});

test('a claim that the data does not bear out is found', () => {
  const payments = [paid('1', 1_000), paid('2', 500)];
  const entries = [
    row({ merchantReference: '1', grossMinor: 990 }),
    row({ reference: 'X', grossMinor: 5 }),
    payoutRow(1_000),
  ];
  const sides = { payments, entries, bank: [] };
  const { exceptions } = settleDay(DATE, sides, []);
  expect(checkSettlementClaims(exceptions, sides)).toEqual([]);
  const others = { ...sides, payments: payments.slice(1), entries: entries.slice(0, 1) };
  expect(checkSettlementClaims(exceptions, others)).toHaveLength(exceptions.length - 1);
});

describe('fees and reserves', () => {
  const agreedFees = [
    { acquirer: 'adyen', currency: EUR, ratePpm: 13_900, fixedMinor: 10, toleranceMinor: 1 },
  ];
  const settled = (entries: readonly SettlementEntry[], fees: typeof agreedFees | undefined = agreedFees) => {
    const payments = entries
      .filter(({ kind }) => kind === 'capture')
      .map(({ merchantReference, grossMinor }) => paid(merchantReference, grossMinor));
    const sides = { payments, entries, bank: undefined, agreedFees: fees };
    const { exceptions, violations } = settleDay(DATE, sides, []);
    expect(violations).toEqual([]);
    return { exceptions: exceptions.filter(({ category }) => category !== 'payout-differs'), sides };
  };
  const captured = (id: string, grossMinor: number, feeMinor: number): SettlementEntry =>
    row({ merchantReference: id, grossMinor, feeMinor });

  test('the agreed rate and a unit beside it are no difference; more is one exception per acquirer', () => {
    // 1.39 % of 100.00 and 0.10 are 1.49.
    expect(settled([captured('1', 10_000, 149), captured('2', 10_000, 150)]).exceptions).toEqual([]);
    const { exceptions } = settled([
      captured('1', 10_000, 249),
      captured('2', 5_000, 180),
      captured('3', 10_000, 149),
    ]);
    expect(exceptions).toMatchObject([
      {
        category: 'fee-differs',
        subject: 'fees of adyen',
        amountMinor: 249 + 180 - (149 + 80),
        claim: { kind: 'fees', payments: 2, feeMinor: 429, agreedMinor: 229 },
        evidence: { transactionIds: [expect.any(String), expect.any(String)] },
      },
    ]);
    expect(exceptions[0]?.detail).toMatch(/took 4\.29 EUR of fees for 2 payments, and 2\.29 EUR is agreed/);
  });

  test('a fee that is too low is told as well, and without an agreed rate nothing is compared', () => {
    expect(settled([captured('1', 10_000, 0)]).exceptions).toMatchObject([
      { category: 'fee-differs', amountMinor: -149 },
    ]);
    expect(settled([captured('1', 10_000, 0)], []).exceptions).toEqual([]);
  });

  test('payments of other dates, and fees in another currency than the payment, are not compared', () => {
    const other = { ...captured('1', 10_000, 999), occurredOn: businessDate('2026-03-01') };
    const converted = { ...captured('2', 10_000, 999), netCurrency: currency('USD') };
    const { exceptions } = settled([other, converted]);
    expect(exceptions.filter(({ category }) => category === 'fee-differs')).toEqual([]);
  });

  test('what is held back and what is released is told, with its sign', () => {
    const { exceptions } = settled([
      row({ kind: 'reserve', grossMinor: -5_000, reference: 'held', merchantReference: '' }),
      row({ kind: 'reserve', grossMinor: 700, reference: 'freed', merchantReference: '' }),
    ]);
    expect(
      exceptions.map(({ category, class: kind, subject, amountMinor }) => [
        category,
        kind,
        subject,
        amountMinor,
      ]),
    ).toEqual([
      ['acquirer-reserve', 'timing difference', 'held', 5_000],
      ['acquirer-reserve', 'timing difference', 'freed', -700],
    ]);
  });

  test('property: the claim of fees is borne out by the data, and by no other data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: -50, max: 3_000 })), {
          minLength: 1,
          maxLength: 9,
        }),
        (all) => {
          const { exceptions, sides } = settled(
            all.map(([gross, fee], index) => captured(`p${index}`, gross, fee)),
          );
          expect(checkSettlementClaims(exceptions, sides)).toEqual([]);
          const off = sides.entries.map((one) => ({ ...one, feeMinor: one.feeMinor + 7_000 }));
          const fees = exceptions.filter(({ category }) => category === 'fee-differs');
          expect(checkSettlementClaims(fees, { ...sides, entries: off })).toHaveLength(fees.length);
        },
      ),
    );
  });
});
