import { describeGolden } from '../support/golden-source.ts';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { signShopifyWebhook } from '../../shared/pos/sources/shopify/signature.ts';
import { shopifySource } from '../../shared/pos/sources/shopify/source.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import {
  ask,
  both,
  line,
  order,
  paid,
  refund,
  refundLine,
  refunded,
  returnsAnswer,
  tax,
} from '../support/shopify-orders.ts';
import { webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(shopifySource);

const NAMES: Readonly<Record<string, string>> = {
  '110100': 'cash',
  '110200': 'card',
  '110900': 'other',
  '261500': 'gift cards',
  '401000': 'revenue',
  '401900': 'fees',
  '261100': 'tax',
  '261700': 'tips',
  '690100': 'rounding',
};

/** What the books should hold, by the name of the account; a transaction that is not in force is posted nowhere. */
function booksOf(event: TransactionEvent | undefined): Record<string, number> {
  if (event === undefined) throw new Error('no event');
  if (!isInForce(event)) return {};
  const { postings } = postingsOfTransaction(event, PROFILE);
  return Object.fromEntries(
    postings.map(({ account, amountMinor }) => [NAMES[account] ?? account, amountMinor]),
  );
}
const balanced = (events: readonly TransactionEvent[]): void => {
  for (const event of events.filter(isInForce))
    expect(imbalanceOf(postingsOfTransaction(event, PROFILE).postings)).toBe(0);
};

describe('sales', () => {
  test('a sale in cash: line, tax, tender, receipt, till, operator and customer', async () => {
    const sale = order('1.19', [line(1, '1.19', { tax_lines: [tax('0.19')] })], {
      customer: { id: 9, email: 'a@b.example' },
    });
    const { events, result, paths } = await ask(sale, [paid(11, '1.19')]);
    expect(events).toMatchObject([
      {
        eventId: expect.stringMatching(/^shopify:1001:\d{13}$/) as unknown,
        storeId: 'berlin-1',
        tillId: '31',
        receiptNumber: '#1001',
        businessDate: '2026-03-02',
        taxIncluded: true,
        lines: [
          {
            type: 'sale',
            productId: 'milk',
            extendedAmountMinor: 119,
            taxes: [{ code: 'MwSt', rateBasisPoints: 1900, taxableMinor: 100, amountMinor: 19 }],
          },
        ],
        tenders: [{ type: 'cash', label: 'cash', amountMinor: 119 }],
        totals: { netMinor: 100, taxMinor: 19, grossMinor: 119 },
      },
    ]);
    expect(events[0]?.customerRef).toHaveLength(22);
    expect(events[0]?.operatorId).toMatch(/^op-/);
    expect(events[0]).not.toHaveProperty('quality');
    expect(result.warnings).toEqual([]);
    expect(booksOf(events[0])).toEqual({ cash: 119, revenue: -100, tax: -19 });
    expect(paths).toHaveLength(2);
  });

  test('taxes on top, a weight of discounts, shipping and a rate that has no basis points', async () => {
    const item = line(1, '10.00', {
      quantity: 2,
      discount_allocations: [{ amount: '3.00', amount_set: both('3.00'), discount_application_index: 0 }],
      tax_lines: [tax('1.51', { rate: 0.08875 })],
    });
    const sale = order('23.51', [item], {
      taxes_included: false,
      discount_applications: [{ type: 'manual', title: 'Friend' }],
      total_discounts: '3.00',
      shipping_lines: [{ id: 5, title: 'Post', price: '5.00', price_set: both('5.00'), tax_lines: [] }],
    });
    const { events, result } = await ask(sale, [paid(11, '23.51', { gateway: 'shopify_payments' })]);
    expect(events[0]?.lines).toMatchObject([
      { extendedAmountMinor: 1700, discounts: [{ amountMinor: 300, reason: 'Friend', manual: true }] },
      { type: 'fee', productCode: 'SHIPPING', extendedAmountMinor: 500 },
    ]);
    expect(events[0]?.lines[0]?.taxes?.[0]).not.toHaveProperty('rateBasisPoints');
    expect(result.warnings).toEqual([]);
    expect(booksOf(events[0])).toEqual({ card: 2351, revenue: -1700, fees: -500, tax: -151 });
  });

  test.each([
    ['as an item', [line(2, '2.00', { tip_payment_gateway: 'cash' })]],
    ['only in the total', []],
  ])('a tip %s is counted once', async (_name, more) => {
    const sale = order('12.00', [line(1, '10.00'), ...more], { total_tip_received: '2.00' });
    const { events } = await ask(sale, [paid(11, '12.00', { gateway: 'shopify_payments' })]);
    expect(events[0]?.lines).toHaveLength(1);
    expect(booksOf(events[0])).toEqual({ card: 1200, revenue: -1000, tips: -200 });
    expect(events[0]?.quality).toBeUndefined();
  });

  test('cash rounding: of the transaction, or of the order where the transaction is silent', async () => {
    const adjustment = { total_cash_rounding_payment_adjustment_set: both('-0.02') };
    for (const [transaction, more] of [
      [{ amount_rounding: '-0.02' }, adjustment],
      [{ amount_rounding: null }, adjustment],
    ] as const) {
      const { events, result } = await ask(order('10.02', [line(1, '10.02')], more), [
        paid(11, '10.02', transaction),
      ]);
      expect(booksOf(events[0])).toEqual({ cash: 1000, revenue: -1002, rounding: 2 });
      expect(result.warnings).toEqual([]);
    }
  });

  test('cash and its change, whether the sale is before or after it', async () => {
    const change = paid(12, '8.00', { kind: 'change', parent_id: 11 });
    const gross = await ask(order('12.00', [line(1, '12.00')]), [paid(11, '20.00'), change]);
    expect(gross.events[0]?.tenders).toEqual([
      { type: 'cash', label: 'cash', amountMinor: 2000, changeMinor: 800 },
    ]);
    const net = await ask(order('12.00', [line(1, '12.00')]), [paid(11, '12.00'), change]);
    for (const { events } of [gross, net]) expect(booksOf(events[0])).toEqual({ cash: 1200, revenue: -1200 });
  });

  test('a gift card that is sold is a liability, one that pays settles it, and only its pseudonym is kept', async () => {
    const sold = await ask(order('50.00', [line(1, '50.00', { gift_card: true })]), [paid(11, '50.00')]);
    expect(booksOf(sold.events[0])).toEqual({ cash: 5000, 'gift cards': -5000 });
    const used = await ask(order('60.00', [line(1, '60.00')]), [
      paid(11, '50.00', {
        gateway: 'gift_card',
        receipt: { gift_card_id: 990011, gift_card_last_characters: 'ab12' },
      }),
      paid(12, '10.00'),
    ]);
    expect(booksOf(used.events[0])).toEqual({ 'gift cards': 5000, cash: 1000, revenue: -6000 });
    expect(used.events[0]?.tenders[0]?.giftCardRef).toHaveLength(22);
    expect(JSON.stringify(used.result)).not.toContain('990011');
  });

  test('an order-level discount of which the lines hold no share is spread to the cent, and said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (cents, share) => {
          const sum = cents.reduce((total, one) => total + one, 0);
          const discount = Math.floor(sum * share);
          const text = (minor: number) => (minor / 100).toFixed(2);
          const lines = cents.map((one, index) => line(index + 1, text(one)));
          const sale = order(text(sum - discount), lines, { total_discounts: text(discount) });
          const { events } = await ask(sale, [paid(11, text(sum - discount))]);
          expect(events[0]?.totals.grossMinor).toBe(sum - discount);
          expect(events[0]?.quality).toEqual(discount === 0 ? undefined : ['totals-disagree']);
          balanced(events);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('tax that the channel remits is no tax and no revenue of ours', async () => {
    const item = line(1, '10.00', {
      tax_lines: [tax('0.80', { channel_liable: true }), tax('0.20', { title: 'Local' })],
    });
    const onTop = order('11.00', [item], { taxes_included: false });
    const card = { gateway: 'shopify_payments' };
    expect(booksOf((await ask(onTop, [paid(11, '11.00', card)])).events[0])).toEqual({
      card: 1020,
      revenue: -1000,
      tax: -20,
    });
    const included = order('10.00', [item]);
    expect(booksOf((await ask(included, [paid(11, '10.00', card)])).events[0])).toEqual({
      card: 920,
      revenue: -900,
      tax: -20,
    });
  });

  test('lines that do not add up to the total are said, and nothing is made up', async () => {
    const { events, result } = await ask(order('9.00', [line(1, '10.00')]), [paid(11, '9.00')]);
    expect(events[0]?.quality).toEqual(['totals-unbalanced']);
    expect(result.warnings.map(({ code }) => code)).toContain('under-payment');
  });

  test.each(['bitcoin', '__proto__', 'toString', ''])(
    'a gateway %p that we do not know is said',
    async (gateway) => {
      const { events } = await ask(order('1.00', [line(1, '1.00')]), [paid(11, '1.00', { gateway })]);
      expect(events[0]).toMatchObject({ tenders: [{ type: 'other' }], quality: ['unknown-tender'] });
    },
  );

  test('only a success moves money: authorizations, voids, failures and tests do not', async () => {
    const { events } = await ask(order('10.00', [line(1, '10.00')]), [
      paid(11, '10.00', { kind: 'authorization', gateway: 'shopify_payments' }),
      paid(12, '10.00', { kind: 'void' }),
      paid(13, '10.00', { status: 'failure' }),
      paid(14, '10.00', { status: 'pending' }),
      paid(15, '10.00', { test: true }),
      paid(16, '10.00', { kind: 'capture', gateway: 'shopify_payments' }),
    ]);
    expect(booksOf(events[0])).toEqual({ card: 1000, revenue: -1000 });
  });
});

describe('currencies', () => {
  const isk = {
    shop_money: { amount: '25.00', currency_code: 'GBP' },
    presentment_money: { amount: '4400', currency_code: 'ISK' },
  };
  const foreign = (location: number) =>
    order('25.00', [line(1, '25.00', { price_set: isk })], {
      currency: 'GBP',
      presentment_currency: 'ISK',
      total_price_set: isk,
      location_id: location,
    });

  test('the side in the currency of the store is booked: 4,400 ISK are never 4,400 GBP', async () => {
    const { events, paths } = await ask(foreign(7003), [paid(11, '4400', { currency: 'ISK' })]);
    expect(events[0]).toMatchObject({
      currency: 'ISK',
      totals: { grossMinor: 4400 },
      tenders: [{ amountMinor: 4400 }],
    });
    expect(paths[1]).not.toContain('in_shop_currency');
  });

  test('else the side of the shop, for which the transactions are asked in its currency as well', async () => {
    const { events, paths } = await ask(foreign(7999), [paid(11, '25.00', { currency: 'GBP' })]);
    expect(events[0]).toMatchObject({
      currency: 'GBP',
      totals: { grossMinor: 2500 },
      tenders: [{ amountMinor: 2500 }],
    });
    expect(paths[1]).toContain('?in_shop_currency=true');
  });

  test('money in another currency than the booked one is no amount of ours: a dead letter', async () => {
    await expect(ask(foreign(7003), [paid(11, '25.00', { currency: 'GBP' })])).rejects.toMatchObject({
      code: 'tender-currency',
    });
  });
});

describe('refunds', () => {
  const sold = [line(1, '11.90', { tax_lines: [tax('1.90')] })];
  const back = refundLine(1, '11.90', '1.90');
  const ofRefund = (money: object[], more: object = {}) =>
    order('11.90', sold, {
      updated_at: '2026-03-03T12:00:10+01:00',
      refunds: [refund(21, { refund_line_items: [back], transactions: money, ...more })],
    });

  test('a refund is a transaction of its own, on its own day, of the sale that it takes back', async () => {
    const { events, result } = await ask(ofRefund([refunded(31, '11.90')]), [
      paid(11, '11.90'),
      refunded(31, '11.90'),
    ]);
    expect(events.map(({ transactionId, businessDate }) => [transactionId, businessDate])).toEqual([
      ['1001', '2026-03-02'],
      ['1001-R21', '2026-03-03'],
    ]);
    expect(events[1]).toMatchObject({
      returnOf: { transactionId: '1001' },
      lines: [{ type: 'return', quantityMilli: -1000 }],
    });
    expect(booksOf(events[1])).toEqual({ cash: -1190, revenue: 1000, tax: 190 });
    expect(result.warnings).toEqual([]);
  });

  test('pending is not booked; failed is not, and takes back what an earlier version booked', async () => {
    const state = async (status: string) =>
      ask(ofRefund([refunded(31, '11.90', { status: 'pending' })]), [
        paid(11, '11.90'),
        refunded(31, '11.90', { status }),
      ]);
    const pending = await state('pending');
    expect(pending.events).toHaveLength(1);
    expect(pending.result.ignored).toMatchObject([{ reason: 'refund-pending' }]);
    // The refund's own copy of the transaction is older than the list.
    const success = await state('success');
    expect(booksOf(success.events[1])).toEqual({ cash: -1190, revenue: 1000, tax: 190 });
    const failed = await state('failure');
    expect(failed.events[1]).toMatchObject({ status: 'cancelled', tenders: [], transactionId: '1001-R21' });
    expect(booksOf(failed.events[1])).toEqual({});
    expect(success.events[1]?.version).toBeGreaterThan(0);
  });

  test.each([
    ['less than the items', '10.00', '1.90', { cash: -1000, revenue: 1000, tax: 190, fees: -190 }],
    ['more than the items', '13.00', '-1.10', { cash: -1300, revenue: 1110, tax: 190 }],
  ])('a refund of %s: the discrepancy is a line of its own', async (_name, money, discrepancy, books) => {
    const adjustments = [
      { kind: 'refund_discrepancy', amount: discrepancy, amount_set: both(discrepancy), tax_amount: '0.00' },
    ];
    const { events } = await ask(ofRefund([refunded(31, money)], { order_adjustments: adjustments }), [
      paid(11, '11.90'),
      refunded(31, money),
    ]);
    expect(booksOf(events[1])).toEqual(books);
    balanced(events);
  });

  test('a discrepancy that nothing explains leaves the event unbalanced, for finance to see', async () => {
    const { result } = await ask(ofRefund([refunded(31, '9.00')]), [paid(11, '11.90'), refunded(31, '9.00')]);
    expect(result.warnings.map(({ code }) => code)).toContain('over-payment');
  });

  test('cash rounding of a refund', async () => {
    const item = [line(1, '5.02')];
    const back502 = refund(21, {
      refund_line_items: [refundLine(1, '5.02', '0.00')],
      transactions: [refunded(31, '5.02', { amount_rounding: '-0.02' })],
    });
    const { events } = await ask(order('5.02', item, { refunds: [back502] }), [
      paid(11, '5.02', { gateway: 'shopify_payments' }),
      refunded(31, '5.02', { amount_rounding: '-0.02' }),
    ]);
    expect(booksOf(events[1])).toEqual({ cash: -500, revenue: 502, rounding: -2 });
  });

  test('sale and refund at two locations: each in its own store; where goods and money part it is said', async () => {
    const refundedIn = async (items: number, money: number) => {
      const elsewhere = refundLine(1, '11.90', '1.90', { location_id: items });
      const transaction = refunded(31, '11.90', { location_id: money });
      const found = order('11.90', sold, {
        refunds: [refund(21, { refund_line_items: [elsewhere], transactions: [transaction] })],
      });
      return (await ask(found, [paid(11, '11.90'), transaction])).events.map(({ storeId, quality }) => [
        storeId,
        quality,
      ]);
    };
    expect(await refundedIn(7002, 7002)).toEqual([
      ['berlin-1', undefined],
      ['hamburg-1', undefined],
    ]);
    expect(await refundedIn(7002, 7001)).toEqual([
      ['berlin-1', undefined],
      ['hamburg-1', ['store-ambiguous']],
    ]);
  });

  test('an order of the online shop counts only for what a till gave back', async () => {
    const web = { source_name: 'web', location_id: null };
    const online = paid(11, '11.90', { source_name: 'web', location_id: null, gateway: 'shopify_payments' });
    const none = await ask({ ...ofRefund([]), ...web, refunds: [] }, [online]);
    expect(none.result).toMatchObject({ events: [], ignored: [{ reason: 'not-a-till-order' }] });
    const { events } = await ask({ ...ofRefund([refunded(31, '11.90')]), ...web }, [
      online,
      refunded(31, '11.90'),
    ]);
    expect(events.map(({ transactionId }) => transactionId)).toEqual(['1001-R21']);
  });
});

describe('exchanges and edits', () => {
  const returned = (money: object[]) =>
    refund(21, {
      return: { id: 5 },
      refund_line_items: [refundLine(1, '100.00', '0.00')],
      transactions: money,
    });
  const exchanged = (with_: string, money: object[], more: object = {}) =>
    order('100.00', [line(1, '100.00'), line(2, with_)], { refunds: [returned(money)], ...more });
  const next = { processed_at: '2026-03-03T12:00:01+01:00' };

  test.each([
    ['a dearer item', '250.00', [paid(12, '150.00', next)], { cash: 15_000, revenue: -15_000 }],
    ['an item of the same price', '100.00', [], {}],
    ['a cheaper item', '60.00', [refunded(31, '40.00')], { cash: -4_000, revenue: 4_000 }],
  ])(
    'an exchange for %s books the new item once, on the day of the exchange',
    async (_name, price, money, books) => {
      const refunds = money.filter((one) => one.kind === 'refund');
      const { events, paths } = await ask(exchanged(price, refunds), [paid(11, '100.00'), ...money], {
        returns: returnsAnswer(21, [2]),
      });
      expect(paths.at(-1)).toContain('graphql.json');
      expect(
        events.map(({ transactionId, lines }) => [transactionId, lines.map(({ type }) => type)]),
      ).toEqual([
        ['1001', ['sale']],
        ['1001-R21', ['return', 'sale']],
      ]);
      expect(booksOf(events[0])).toEqual({ cash: 10_000, revenue: -10_000 });
      expect(booksOf(events[1])).toEqual(books);
      for (const event of events) expect(event.quality).toBeUndefined();
    },
  );

  test('an edited order supersedes itself by its version, also within one second', async () => {
    const before = await ask(order('10.00', [line(1, '10.00')]), [paid(11, '10.00')]);
    const after = await ask(order('15.00', [line(1, '10.00'), line(2, '5.00')]), [
      paid(11, '10.00'),
      paid(12, '5.00'),
    ]);
    expect(after.events[0]?.transactionId).toBe(before.events[0]?.transactionId);
    expect(after.events[0]?.version).toBeGreaterThan(before.events[0]?.version ?? 0);
    expect(booksOf(after.events[0])).toEqual({ cash: 1500, revenue: -1500 });
  });

  test('an item that an edit took away before it was paid lowers the sale, and is no credit', async () => {
    const edited = order('15.00', [line(1, '10.00'), line(2, '5.00')], {
      refunds: [refund(21, { refund_line_items: [refundLine(2, '5.00', '0.00')] })],
    });
    const { events } = await ask(edited, [paid(11, '10.00')]);
    expect(events).toHaveLength(1);
    expect(booksOf(events[0])).toEqual({ cash: 1000, revenue: -1000 });
  });

  test('what is paid on a later day is money of that day', async () => {
    const { events } = await ask(order('10.00', [line(1, '10.00')]), [
      paid(11, '4.00'),
      paid(12, '6.00', next),
    ]);
    expect(events.map(({ transactionId, businessDate }) => [transactionId, businessDate])).toEqual([
      ['1001', '2026-03-02'],
      ['1001-P12', '2026-03-03'],
    ]);
    expect(booksOf(events[0])).toEqual({ cash: 400, other: 600, revenue: -1000 });
    expect(booksOf(events[1])).toEqual({ cash: 600, other: -600 });
  });

  test('unpaid, given up and test orders count nowhere', async () => {
    const unpaid = await ask(order('10.00', [line(1, '10.00')], { financial_status: 'pending' }), []);
    expect(unpaid.result).toMatchObject({ events: [], ignored: [{ reason: 'order-not-paid' }] });
    const test = await ask(order('10.00', [line(1, '10.00')], { test: true }), [paid(11, '10.00')]);
    expect(test.result).toMatchObject({ events: [], ignored: [{ reason: 'test-order' }] });
    const cancelled = { financial_status: 'voided', cancelled_at: '2026-03-02T12:00:09+01:00' };
    const { events } = await ask(order('10.00', [line(1, '10.00')], cancelled), []);
    expect(events).toMatchObject([{ status: 'cancelled', tenders: [] }]);
  });

  test('an answer that is older than the webhook is asked for again', async () => {
    const request = { version: Date.parse('2026-03-02T12:00:11+01:00') };
    await expect(
      ask(order('1.00', [line(1, '1.00')]), [paid(11, '1.00')], { request }),
    ).rejects.toMatchObject({ code: 'vendor-not-found' });
  });
});

describe('webhooks', () => {
  const post = async (body: object) => {
    const till = webhookFixture({ secrets: { 'webhook-shopify': ['s'] } });
    const text = JSON.stringify(body);
    const headers = { 'x-shopify-hmac-sha256': signShopifyWebhook('s', text) };
    const answer = await till.post(text, { source: 'shopify', unsigned: true, headers });
    return { till, answer };
  };

  test.each([
    [
      'an order',
      { id: 42, line_items: [], source_name: 'pos', updated_at: '2026-03-02T12:00:00Z' },
      Date.parse('2026-03-02T12:00:00Z'),
    ],
    [
      'an order whose number is no exact JSON number',
      { id: 2 ** 59, admin_graphql_api_id: 'gid://shopify/Order/42', line_items: [] },
      0,
    ],
    ['an edit', { order_edit: { order_id: 42, line_items: { additions: [{ id: 1, delta: 1 }] } } }, 0],
    ['a refund', { id: 7, order_id: 42, refund_line_items: [] }, 0],
    ['a transaction', { id: 7, order_id: 42, kind: 'sale', amount: '1.00' }, 0],
    ['a return', { id: 7, order: { id: 42 } }, 0],
  ])('%s leads to the order', async (_name, body, version) => {
    const { till } = await post(body);
    expect(till.hydrations).toMatchObject([{ source: 'shopify', object: 'order', id: '42', version }]);
  });

  test('an order that was deleted, or an id that is not exact, is a dead letter, and Shopify is not told to repeat it', async () => {
    for (const body of [{ id: 42 }, { order_id: 2 ** 59 }]) {
      const { till, answer } = await post(body);
      expect(answer.status).toBe(200);
      expect(till.letters).toHaveLength(1);
    }
  });

  test('the signature is the HMAC that anybody can calculate from the published scheme', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), (body, secret) => {
        const signature = createHmac('sha256', secret).update(Buffer.from(body)).digest('base64');
        expect(signShopifyWebhook(secret, body)).toBe(signature);
        const request = {
          header: () => signature,
          body: Buffer.from(body),
          secrets: ['x', secret],
          notificationUrl: '',
          nowMs: 0,
        };
        expect(() => shopifySource.verify(request)).not.toThrow();
        expect(() => shopifySource.verify({ ...request, secrets: [`${secret}x`, `${secret}y`] })).toThrow(
          'Refused',
        );
      }),
    );
    // RFC 4231, test case 2.
    expect(
      Buffer.from(signShopifyWebhook('Jefe', 'what do ya want for nothing?'), 'base64').toString('hex'),
    ).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  test('the API is that of the merchant in the address; without one the notice waits, and says why', async () => {
    const asked: string[] = [];
    const { hydration } = shopifySource;
    if (hydration === undefined) throw new Error('no hydration');
    const fetchFrom: typeof fetch = (url) => {
      asked.push(url as string);
      return Promise.resolve(Response.json({}));
    };
    const of = (sender?: string, apiUrl?: string) =>
      vendorApi({ source: 'shopify', access: hydration, apiUrl, sender, token: 't', fetchFrom });
    await of('my-shop').get('/a');
    await of(undefined, 'http://127.0.0.1:1').post?.('/b', {});
    expect(asked).toEqual(['https://my-shop.myshopify.com/a', 'http://127.0.0.1:1/b']);
    await expect(of().get('/a')).rejects.toMatchObject({
      code: 'vendor-unavailable',
      message: expect.stringContaining('Shopify__apiUrl') as unknown,
    });
  });
});
