/** Rules for which one event is proof: each from both sides of its limit. */
import fc from 'fast-check';
import { operatorId, productId } from '../../../shared/ids.ts';
import type { PosEvent, TransactionEvent } from '../../../shared/pos/event.ts';
import { newTillBook } from '../../../shared/tills/till-book.ts';
import { atHour, drawerOf, productOf, transactionOf } from '../../support/stream-events.ts';
import { alertsOf, kindsOf, S1_CATALOG, standing, withLimits } from '../../support/till-alerts.ts';

const O2 = operatorId('O2');
type Line = TransactionEvent['lines'][number];
type Tender = TransactionEvent['tenders'][number];

const sale = (more: Partial<TransactionEvent> = {}, line: Partial<Line> = {}): TransactionEvent => {
  const made = transactionOf(atHour(1), [{ priceMinor: 1_000 }]);
  const lines = made.lines.map((one) => ({ ...one, ...line }));
  const grossMinor = lines.reduce((sum, one) => sum + (one.voided === true ? 0 : one.extendedAmountMinor), 0);
  return {
    ...made,
    lines,
    totals: { netMinor: grossMinor, taxMinor: 0, grossMinor },
    tenders: [{ type: 'cash', amountMinor: grossMinor }],
    ...more,
  };
};
const refund = (more: Partial<TransactionEvent>): TransactionEvent =>
  transactionOf(atHour(2), [{ milli: -1_000, priceMinor: 1_000 }], more);
const card = (cardRef: string, amountMinor: number): Tender => ({ type: 'card', amountMinor, cardRef });
const discounted = (percent: number, more: object = {}): Partial<Line> => ({
  extendedAmountMinor: 1_000 - 10 * percent,
  discounts: [{ amountMinor: 10 * percent, manual: true, ...more }],
});
const overridden = (priceMinor: number): Partial<Line> => ({
  regularUnitPriceMinor: 1_000,
  actualUnitPriceMinor: priceMinor,
  extendedAmountMinor: priceMinor,
  priceOverride: {},
});
const giftCardSale = (more: Partial<TransactionEvent>, line: Partial<Line> = {}): TransactionEvent =>
  sale(more, { type: 'giftCard', productCode: 'GC', ...line });

const [BOUGHT_FOR_TEN] = [productOf('P1', { priceMinor: { EUR: 1_000 }, costMinor: { EUR: 600 } })];
const PRICED = {
  catalog: { ...S1_CATALOG, products: new Map([[productId('P1'), BOUGHT_FOR_TEN]]) },
};

describe('post-void', () => {
  it('tells every void after payment, and none of practice', () => {
    const bought = sale();
    expect(
      kindsOf(alertsOf([bought, { ...sale({ status: 'voided' }), transactionId: bought.transactionId }])),
    ).toEqual(['post-void']);
    expect(alertsOf([sale({ status: 'voided', training: true })])).toEqual([]);
    expect(alertsOf([sale({ status: 'cancelled' }), sale({ status: 'suspended', shiftId: 'SH9' })])).toEqual(
      [],
    );
  });

  it('leaves out what its limit allows', () => {
    const limited = withLimits({ rule: 'post-void', parameters: { minimumMinor: 1_001 } });
    expect(alertsOf([sale({ status: 'voided' })], limited)).toEqual([]);
    const atLimit = withLimits({ rule: 'post-void', parameters: { minimumMinor: 1_000 } });
    expect(alertsOf([sale({ status: 'voided' })], atLimit)).toHaveLength(1);
  });
});

describe('own-refund', () => {
  it('compares who sold with who pays back, by the event or by the sale itself', () => {
    const own = { returnOf: { transactionId: 'elsewhere', operatorId: operatorId('O1') } };
    expect(kindsOf(alertsOf([refund(own)]))).toEqual(['own-refund']);
    expect(alertsOf([refund({ returnOf: { transactionId: 'elsewhere', operatorId: O2 } })])).toEqual([]);
    const bought = sale();
    const back = { returnOf: { transactionId: bought.transactionId } };
    expect(kindsOf(alertsOf([bought, refund(back)]))).toEqual(['own-refund']);
    expect(alertsOf([bought, refund({ ...back, operatorId: O2 })])).toEqual([]);
    expect(alertsOf([sale({ returnOf: own.returnOf })])).toEqual([]);
  });

  it('is found as well where the refund comes before its sale, and said once', () => {
    const bought = sale({ operatorId: O2 });
    const back = refund({
      operatorId: O2,
      tillId: 'T7' as never,
      returnOf: { transactionId: bought.transactionId },
    });
    const book = newTillBook();
    expect(alertsOf([back], undefined, book)).toEqual([]);
    const late = alertsOf([bought], undefined, book);
    expect(late).toMatchObject([{ kind: 'own-refund', tillId: 'T7', operatorId: 'O2' }]);
    expect(late[0]?.evidence).toMatchObject([{ transactionId: back.transactionId }]);
    expect(late[0]?.alertId).toBe(alertsOf([bought, back])[0]?.alertId);
    expect(
      alertsOf([{ ...bought, eventId: 'tillstream:again' as never, version: 2 }], undefined, book),
    ).toEqual([]);
  });

  it('is taken back by a void of the refund, whichever came first', () => {
    const bought = sale();
    const back = refund({ returnOf: { transactionId: bought.transactionId } });
    const voided = {
      ...refund({ status: 'voided', returnOf: { transactionId: bought.transactionId } }),
      transactionId: back.transactionId,
    };
    const inOrder = alertsOf([bought, back, voided]);
    expect(inOrder.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['own-refund', 'warning'],
      ['post-void', 'warning'],
      ['own-refund', 'info'],
    ]);
    expect(standing(inOrder)).toEqual(standing(alertsOf([voided, back, bought])));
  });
});

describe('refund-other-card', () => {
  const bought = sale({ operatorId: O2, tenders: [card('A', 600), card('B', 400)] });
  const back = (cardRef: string) =>
    refund({ returnOf: { transactionId: bought.transactionId }, tenders: [card(cardRef, -1_000)] });

  it('knows the cards that paid, in whatever order they come', () => {
    for (const order of [
      [bought, back('C')],
      [back('C'), bought],
    ])
      expect(kindsOf(alertsOf(order))).toEqual(['refund-other-card']);
    for (const order of [
      [bought, back('A')],
      [back('B'), bought],
    ])
      expect(alertsOf(order)).toEqual([]);
  });

  it('says nothing where cards are not known', () => {
    const unknown = sale({ operatorId: O2, tenders: [{ type: 'card', amountMinor: 1_000 }] });
    expect(
      alertsOf([
        unknown,
        refund({ returnOf: { transactionId: unknown.transactionId }, tenders: [card('C', -1_000)] }),
      ]),
    ).toEqual([]);
    expect(
      kindsOf(
        alertsOf([refund({ returnOf: { operatorId: O2, cardRef: 'A' }, tenders: [card('C', -1_000)] })]),
      ),
    ).toEqual(['refund-other-card']);
  });
});

describe('price-override', () => {
  it('compares with the central price, and with the till’s own where there is none', () => {
    expect(kindsOf(alertsOf([sale({}, overridden(790))], PRICED))).toEqual(['price-override']);
    expect(alertsOf([sale({}, overridden(800))], PRICED)).toEqual([]);
    const unknown = { productId: undefined, productCode: 'X' };
    expect(kindsOf(alertsOf([sale({}, { ...overridden(790), ...unknown })], PRICED))).toEqual([
      'price-override',
    ]);
    expect(alertsOf([sale({}, { ...overridden(790), voided: true })], PRICED)).toEqual([]);
    expect(alertsOf([sale({}, { ...overridden(790), priceOverride: undefined })], PRICED)).toEqual([]);
  });

  it('adds up small ones, and stays below its limit', () => {
    const small = { ...overridden(700), regularUnitPriceMinor: 1_000, quantityMilli: 300 };
    expect(alertsOf([sale({}, small)], PRICED)).toEqual([]);
    const two = sale({}, small);
    const lines = [...two.lines, { ...(two.lines[0] as Line), lineNumber: 2 }];
    expect(alertsOf([{ ...two, lines }], PRICED)).toHaveLength(1);
  });
});

describe('below-cost', () => {
  it('compares the net price with cost, where a cashier set it', () => {
    const limits = { ...withLimits({ rule: 'price-override', parameters: { percent: 100 } }), ...PRICED };
    const only = (line: Partial<Line>) =>
      kindsOf(alertsOf([sale({}, line)], limits)).filter((kind) => kind === 'below-cost');
    expect(only(overridden(500))).toEqual(['below-cost']);
    expect(only(overridden(600))).toEqual([]);
    expect(only({ ...overridden(500), priceOverride: undefined })).toEqual([]);
    const taxes = [{ code: 'A', taxableMinor: 550, amountMinor: 150 }];
    expect(only({ ...overridden(700), taxes })).toEqual([]);
    expect(only({ ...overridden(699), taxes: [{ ...taxes[0]!, amountMinor: 200 }] })).toEqual(['below-cost']);
  });
});

describe('deep-discount', () => {
  it.each([
    [40, {}, 0],
    [41, {}, 1],
    [41, { manual: false }, 0],
  ])('%d %% off by hand %j: %d', (percent, more, count) => {
    expect(alertsOf([sale({}, discounted(percent, more))])).toHaveLength(count);
  });

  it('does not look at what is worth little', () => {
    const cheap = {
      regularUnitPriceMinor: 300,
      actualUnitPriceMinor: 300,
      extendedAmountMinor: 101,
      discounts: [{ amountMinor: 199, manual: true }],
    };
    expect(alertsOf([sale({}, cheap)])).toEqual([]);
    expect(
      alertsOf([
        sale({}, { ...cheap, extendedAmountMinor: 100, discounts: [{ amountMinor: 200, manual: true }] }),
      ]),
    ).toHaveLength(1);
  });
});

describe('paid-in-out', () => {
  it.each([
    ['paidOut', 10_000, 'windows', 0],
    ['paidOut', 10_001, 'windows', 1],
    ['paidIn', 10_001, 'windows', 1],
    ['paidOut', 100, undefined, 1],
    ['paidIn', 100, ' ', 1],
    ['drop', 90_000, undefined, 0],
    ['float', 90_000, undefined, 0],
  ] as const)('%s of %d because of %s: %d', (action, amountMinor, reason, count) => {
    expect(alertsOf([drawerOf(atHour(1), action, amountMinor, { reason })])).toHaveLength(count);
  });
});

describe('gift-card-unpaid', () => {
  it.each<[string, Partial<TransactionEvent>, Partial<Line>, number]>([
    ['paid', {}, {}, 0],
    ['not paid', { tenders: [] }, {}, 1],
    ['half paid', { tenders: [{ type: 'card', amountMinor: 500 }] }, {}, 1],
    [
      'paid, and the money given back as change',
      { tenders: [{ type: 'cash', amountMinor: 2_000, changeMinor: 2_000 }] },
      {},
      1,
    ],
    ['paid with change', { tenders: [{ type: 'cash', amountMinor: 2_000, changeMinor: 1_000 }] }, {}, 0],
    [
      'sold with a discount',
      {},
      { extendedAmountMinor: 900, discounts: [{ amountMinor: 100, manual: true }] },
      1,
    ],
    ['voided', { tenders: [] }, { voided: true }, 0],
    ['only tried', { tenders: [], status: 'cancelled' }, {}, 0],
  ])('%s', (_what, more, line, count) => {
    expect(kindsOf(alertsOf([giftCardSale(more, line)]))).toEqual(
      Array.from({ length: count }, () => 'gift-card-unpaid'),
    );
  });
});

describe('gift-card-cash-out', () => {
  it('tells cash for a card beyond the allowance, and no refund of goods', () => {
    const out = (minor: number) =>
      giftCardSale(
        { tenders: [{ type: 'cash', amountMinor: -minor }] },
        { extendedAmountMinor: -minor, quantityMilli: -1_000 },
      );
    expect(alertsOf([out(1_000)])).toEqual([]);
    expect(kindsOf(alertsOf([out(1_001)]))).toEqual(['gift-card-cash-out']);
    const change = sale({
      tenders: [
        { type: 'giftCard', amountMinor: 5_000 },
        { type: 'cash', amountMinor: 0, changeMinor: 4_000 },
      ],
    });
    expect(kindsOf(alertsOf([change]))).toEqual(['gift-card-cash-out']);
    const ofGoods = refund({
      returnOf: { operatorId: O2 },
      tenders: [
        { type: 'cash', amountMinor: -6_000 },
        { type: 'giftCard', amountMinor: 5_000 },
      ],
    });
    expect(alertsOf([ofGoods])).toEqual([]);
  });
});

describe('tender-swap', () => {
  const paid = (version: number, cashMinor: number, total = 1_000): TransactionEvent =>
    sale({
      transactionId: 'swapped',
      eventId: `tillstream:swap-${version}` as never,
      version,
      totals: { netMinor: total, taxMinor: 0, grossMinor: total },
      tenders: [
        { type: 'cash', amountMinor: cashMinor },
        { type: 'voucher', amountMinor: total - cashMinor },
      ],
    });

  it('tells less cash for the same total, and no other change', () => {
    expect(kindsOf(alertsOf([paid(1, 1_000), paid(2, 0)]))).toEqual(['tender-swap']);
    expect(alertsOf([paid(1, 0), paid(2, 1_000)])).toEqual([]);
    expect(alertsOf([paid(1, 1_000), paid(2, 500, 900)])).toEqual([]);
    expect(alertsOf([paid(1, 1_000), paid(2, 1_000)])).toEqual([]);
  });

  it('ends alike in any order of three versions', () => {
    fc.assert(
      fc.property(
        fc.tuple(
          fc.constantFrom(0, 400, 1_000),
          fc.constantFrom(0, 400, 1_000),
          fc.constantFrom(0, 400, 1_000),
        ),
        fc.shuffledSubarray([1, 2, 3], { minLength: 3 }),
        (cash, order) => {
          const all = cash.map((cashMinor, at) => paid(at + 1, cashMinor));
          const shuffled = order.map((version) => all[version - 1] as PosEvent);
          const open = (events: readonly PosEvent[]) =>
            standing(alertsOf(events)).map((text) => text.slice(0, 14));
          expect(open(shuffled)).toEqual(open(all));
          expect(open(all)).toHaveLength(Math.max(cash[0], cash[1]) > cash[2] ? 1 : 0);
        },
      ),
    );
  });
});

describe('tax-override', () => {
  it.each([
    [{ reason: 'embassy', approvedBy: O2 }, 0],
    [{ reason: 'embassy', approvedBy: operatorId('O1') }, 1],
    [{ reason: 'embassy' }, 1],
    [{ approvedBy: O2 }, 1],
  ])('%j: %d', (taxOverride, count) => {
    expect(alertsOf([sale({}, { taxOverride })])).toHaveLength(count);
  });
});

describe('coupon-without-item', () => {
  const coupon = (requiresProductCode: string, manual = false) => ({
    extendedAmountMinor: 900,
    discounts: [{ amountMinor: 100, manual, type: 'coupon' as const, requiresProductCode }],
  });

  it('looks for the product by any of its codes, among lines that count', () => {
    expect(alertsOf([sale({}, coupon('P1'))])).toEqual([]);
    expect(kindsOf(alertsOf([sale({}, coupon('P2'))]))).toEqual(['coupon-without-item']);
    const gtin = { ...productOf('P1'), codes: ['04006381333931'] };
    const catalog = { ...S1_CATALOG, products: new Map([[productId('P1'), gtin]]) };
    expect(alertsOf([sale({}, coupon('4006381333931'))], { catalog })).toEqual([]);
    const made = sale({}, coupon('P2'));
    const [line] = made.lines as [Line];
    const second = {
      ...line,
      lineNumber: 2,
      productCode: 'P2',
      productId: productId('P2'),
      discounts: undefined,
    };
    expect(alertsOf([{ ...made, lines: [line, second] }])).toEqual([]);
    expect(alertsOf([{ ...made, lines: [line, { ...second, voided: true }] }])).toHaveLength(1);
  });
});
