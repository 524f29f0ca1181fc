import { transactionEventSchema, type TransactionEvent } from '../../shared/pos/event.ts';
import { transactionIssues } from '../../shared/pos/transaction-checks.ts';
import { CATALOG, wireSale } from '../support/webhook-fixture.ts';

const { id: _id, ...sale } = wireSale();
const right = transactionEventSchema.parse({
  ...sale,
  schemaVersion: 1,
  eventId: 'tillstream:1',
  source: 'tillstream',
  occurredAt: '2026-03-02T11:59:30.000Z',
  receivedAt: '2026-03-02T12:00:00.000Z',
  businessDate: '2026-03-02',
  offline: false,
  training: false,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  version: 1,
});
const [line] = right.lines;
if (!line) throw new Error('no line');
const withLine = (change: object): Partial<TransactionEvent> => ({ lines: [{ ...line, ...change }] });
const withTotals = (change: object): Partial<TransactionEvent> => ({
  totals: { ...right.totals, ...change },
});

const found = (change: object) =>
  transactionIssues({ ...right, ...change }).map(({ code, amountMinor }) => [code, amountMinor]);

test('a transaction that adds up has no issue', () => {
  expect(found({})).toEqual([]);
  expect(found({ status: 'suspended', tenders: [], ...withTotals({ netMinor: 0 }) })).toEqual([]);
});

test.each<[string, object, Array<[string, number]>]>([
  [
    'net and tax',
    withTotals({ taxMinor: 9 }),
    [
      ['net-plus-tax', -1],
      ['tax-total', 1],
    ],
  ],
  [
    'gross too high by a cent',
    withTotals({ netMinor: 112, grossMinor: 120 }),
    [
      ['lines-total', 1],
      ['under-payment', -1],
    ],
  ],
  ['paid too little', { tenders: [{ type: 'cash', amountMinor: 100 }] }, [['under-payment', -19]]],
  ['paid too much', { tenders: [{ type: 'cash', amountMinor: 200 }] }, [['over-payment', 81]]],
  ['a tip', { ...withTotals({ tipMinor: 50 }), tenders: [{ type: 'card', amountMinor: 169 }] }, []],
  [
    'cash rounding',
    { ...withTotals({ roundingMinor: 1 }), tenders: [{ type: 'cash', amountMinor: 120 }] },
    [],
  ],
  [
    'rounding without cash',
    { ...withTotals({ roundingMinor: 1 }), tenders: [{ type: 'card', amountMinor: 120 }] },
    [['rounding-without-cash', 1]],
  ],
  [
    'change without cash',
    { tenders: [{ type: 'voucher', amountMinor: 200, changeMinor: 81 }] },
    [['change-without-cash', 81]],
  ],
  [
    'a line amount',
    withLine({ regularUnitPriceMinor: 100, actualUnitPriceMinor: 100 }),
    [['line-amount', 19]],
  ],
  ['a cent of rounding in a line', withLine({ regularUnitPriceMinor: 120, actualUnitPriceMinor: 120 }), []],
  [
    'a discount that the price holds already',
    withLine({ regularUnitPriceMinor: 139, discounts: [{ amountMinor: 20, manual: true }] }),
    [],
  ],
  [
    'a discount above the price',
    withLine({ discounts: [{ amountMinor: 500, manual: true }] }),
    [['discount-above-price', 500]],
  ],
  [
    'a sale that counts down',
    withLine({ quantityMilli: -1000 }),
    [
      ['sign-contradiction', 0],
      ['line-amount', 238],
    ],
  ],
  ['no line', { lines: [], taxes: right.lines[0]?.taxes }, [['empty', 0]]],
  ['every line voided', withLine({ voided: true }), [['empty', 0]]],
  ['a line number twice', { lines: [line, { ...line, voided: true }] }, [['duplicate-line-number', 0]]],
  ['paid though cancelled', { status: 'cancelled' }, [['tendered-though-not-completed', 119]]],
  ['a business date days away', { businessDate: '2026-02-20' }, [['business-date-far-off', 0]]],
])('%s', (_name, change, issues) => {
  expect(found(change)).toEqual(issues);
});

test('prices without tax are compared with net', () => {
  const change = {
    taxIncluded: false,
    totals: { netMinor: 119, taxMinor: 8, grossMinor: 127 },
    tenders: [{ type: 'card', amountMinor: 127 }],
  };
  expect(found(change)).toEqual([]);
});

test('the currency of a known store is compared', () => {
  const store = [...CATALOG.stores.values()][0];
  const issues = transactionIssues({ ...right, currency: 'USD' as TransactionEvent['currency'] }, store);
  expect(issues).toMatchObject([{ code: 'currency-mismatch' }]);
});

test('goods that a deposit pays for have tax though nothing is left to pay', () => {
  const deposit = {
    ...line,
    lineNumber: 2,
    type: 'deposit',
    quantityMilli: -1000,
    taxes: undefined,
    extendedAmountMinor: -119,
  };
  const totals = { netMinor: -8, taxMinor: 8, grossMinor: 0 };
  const handedOver = { lines: [line, deposit], tenders: [], totals };
  expect(found(handedOver).map(([code]) => code)).not.toContain('tax-implausible');
  expect(found({ ...handedOver, lines: [line] }).map(([code]) => code)).toContain('tax-implausible');
});
