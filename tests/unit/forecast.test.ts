import fc from 'fast-check';
import { POSTING_RULES } from '../../shared/forecast/all-rules.ts';
import { forecastOf, forecastOfStores, mergeForecasts, ruleName } from '../../shared/forecast/forecast.ts';
import { ReceiptBook } from '../../shared/forecast/receipts.ts';
import {
  dynamicsSetup,
  dynamicsSetupSchema,
  NO_SETUP,
  type DynamicsSetup,
} from '../../shared/forecast/setup.ts';
import { businessDate, eventId, productId, storeId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import type { TransactionEvent, TransactionLine } from '../../shared/pos/event.ts';
import { DATE, EUR, sale } from '../support/ledger-fixtures.ts';

const setupOf = (given: object = {}): DynamicsSetup => dynamicsSetup(dynamicsSetupSchema.parse(given));
const FULL = setupOf({
  periods: [
    { from: '2026-01-01', to: '2026-01-31', status: 'closed' },
    { from: '2026-02-01', to: '2026-12-31' },
  ],
  currencies: [{ currency: 'EUR', maxUnderpaymentMinor: 5, maxOverpaymentMinor: 5 }],
  stores: [{ storeId: 'S1', site: '1', warehouse: 'W' }],
  products: [
    { productId: 'SERIAL', serialNumbers: true },
    { productId: 'BATCH', batchNumbers: true },
    { productId: 'GONE', blocked: true },
    { productId: 'BY-WEIGHT', units: ['kg'] },
    { productId: 'BOOK', taxCodes: ['reduced'] },
  ],
  taxCodes: ['standard', 'reduced'],
  customerRefs: ['known'],
  onHand: [{ storeId: 'S1', productId: 'P', quantityMilli: 2_000, date: '2026-03-02' }],
});

/** A sale that Dynamics posts. */
const good = (
  changes: Partial<TransactionEvent> = {},
  line: Partial<TransactionLine> = {},
): TransactionEvent => {
  const event = sale('1', 1_000, changes);
  return {
    ...event,
    lines: event.lines.map((one) => ({ ...one, productId: productId('P'), ...line })),
    ...changes,
  };
};

const refusalsOf = (event: TransactionEvent, setup = FULL): string[] => {
  const book = new ReceiptBook(DATE, setup);
  book.add(event);
  return book
    .close()
    .receipts.flatMap(({ refusals }) => refusals.map(({ rule, message }) => `${rule}: ${message}`));
};

test('a sale that adds up is not refused by any rule', () => {
  expect(refusalsOf(good())).toEqual([]);
  expect(refusalsOf(good({}, { taxes: [] }), setupOf()).length).toBeGreaterThan(0);
});

const twoLines = (second: Partial<TransactionLine>): Partial<TransactionEvent> => ({
  lines: [...good().lines, { ...good().lines[0]!, lineNumber: 2, ...second }],
});

/** One planted fault for each rule that can be checked, and the words that Dynamics has for it. */
const PLANTED: readonly (readonly [rule: string, event: TransactionEvent, message: RegExp])[] = [
  ['business-date', good({ businessDate: businessDate('2026-01-15') }), /period for 1\/15\/2026 is closed/],
  [
    'business-date',
    good({ businessDate: businessDate('2027-01-01') }),
    /Fiscal year for 1\/1\/2027 does not exist/,
  ],
  ['customer-account', good({ customerRef: 'unknown' }), /customer does not exist/],
  [
    'gross-amount',
    good({ totals: { netMinor: 1_000, taxMinor: 190, grossMinor: 1_191 } }),
    /1 minor units more than the lines/,
  ],
  [
    'net',
    good({ totals: { netMinor: 999, taxMinor: 191, grossMinor: 1_190 } }),
    /1 minor units less than the lines/,
  ],
  [
    'net-plus-tax',
    good({ totals: { netMinor: 1_000, taxMinor: 180, grossMinor: 1_190 } }),
    /net and tax are 10 minor units less/,
  ],
  [
    'line-tax',
    good({ totals: { netMinor: 1_000, taxMinor: 180, grossMinor: 1_190 } }),
    /taxes of the lines are 10 minor units more/,
  ],
  ['tax-included-pricing', good({ taxIncluded: true }), /tax included in price is Yes/],
  ['transaction-not-empty', good({}, { voided: true }), /no line counts/],
  ['under-over-payment', good({ tenders: [{ type: 'cash', amountMinor: 1_100 }] }), /underpaid by 90/],
  [
    'under-over-payment',
    good({ tenders: [{ type: 'cash', amountMinor: 2_000, changeMinor: 700 }] }),
    /overpaid by 110/,
  ],
  [
    'gift-card-returns',
    good({}, { type: 'giftCard', quantityMilli: -1_000, extendedAmountMinor: -1_000 }),
    /gift card is returned/,
  ],
  ['item-variant', good({}, { productId: productId('GONE') }), /GONE or its variant does not exist/],
  [
    'line-discount',
    good({}, { discounts: [{ amountMinor: 500, manual: false }] }),
    /discounts do not make up/,
  ],
  ['serial-number-controlled', good({}, { productId: productId('SERIAL') }), /SERIAL has no serial number/],
  ['sign-contradiction', good({}, { quantityMilli: -1_000 }), /opposite signs/],
  ['tax-group-assignment', good({}, { productId: productId('BOOK') }), /standard is no valid intersection/],
  ['unit-conversion', good({}, { productId: productId('BY-WEIGHT') }), /each of BY-WEIGHT has no conversion/],
  [
    'inventory-dimension',
    good({ storeId: storeId('S2') }),
    /Inventory dimension Site is mandatory and must consequently be specified/,
  ],
  ['batch-number', good({}, { productId: productId('BATCH') }), /isn't created for item number BATCH/],
  ['currency', good({ currency: currency('CHF') }), /no exchange rate for currency CHF/],
  [
    'oversettlement',
    good({
      ...twoLines({
        quantityMilli: -1_000,
        extendedAmountMinor: -1_000,
        type: 'return',
        taxes: [{ code: 'standard', taxableMinor: -1_000, amountMinor: -189 }],
      }),
      totals: { netMinor: 0, taxMinor: 1, grossMinor: 1 },
      tenders: [{ type: 'cash', amountMinor: 1 }],
    }),
    /cancelled to avoid oversettlement/,
  ],
  ['text-length', good({ receiptNumber: 'R'.repeat(19) }), /truncated in table: RECEIPTID/],
  [
    'stock',
    good({}, { quantityMilli: 3_000, regularUnitPriceMinor: 333, actualUnitPriceMinor: 333 }),
    /3 cannot be picked because only 2 is\/are available/,
  ],
];

test.each(PLANTED)('%s is foreseen, in the words of Dynamics', (rule, event, message) => {
  const found = refusalsOf(event).filter((refusal) => refusal.startsWith(`${rule}: `));
  expect(found.join()).toMatch(message);
  expect(ruleName(rule)).not.toBe(rule);
});

test('barcode: a code that no product has', () => {
  const event = good();
  const [{ productId: _, ...line }] = event.lines as [TransactionLine];
  expect(refusalsOf({ ...event, lines: [line] })).toEqual([
    `barcode: Barcode: ${line.productCode} does not exist`,
  ]);
});

test('currency-rounding: an amount that the currency cannot have', () => {
  const swiss = setupOf({ currencies: [{ currency: 'EUR', roundingMinor: 5 }] });
  expect(
    refusalsOf(good({ tenders: [{ type: 'cash', amountMinor: 1_192, changeMinor: 0 }] }), swiss).join(),
  ).toMatch(/Currency rounding: 1192 minor units of EUR are not rounded to 5/);
});

test('financial-dimension: a store whose value the account structure does not allow', () => {
  const setup = setupOf({ stores: [{ storeId: 'S1', site: '1', warehouse: 'W', dimensionActive: false }] });
  expect(refusalsOf(good(), setup).join()).toMatch(/You must select a value in the Store field/);
  expect(refusalsOf(good(), setupOf({ stores: [{ storeId: 'S1', site: '1' }] })).join()).toMatch(
    /Inventory dimension Location must be specified/,
  );
});

test('every rule of Microsoft is there: 14 of headers and 13 of lines, each checked or with the reason why not', () => {
  const levels = POSTING_RULES.map(({ level }) => level);
  expect(levels.filter((level) => level === 'header')).toHaveLength(14);
  expect(levels.filter((level) => level === 'line')).toHaveLength(13);
  const tested = new Set([
    ...PLANTED.map(([rule]) => rule),
    'barcode',
    'currency-rounding',
    'financial-dimension',
  ]);
  for (const rule of POSTING_RULES)
    expect([rule.id, tested.has(rule.id) || (rule.notChecked(FULL) ?? '') !== '']).toEqual([rule.id, true]);
});

test('a rule whose parameters are not set is not checked, and that is said', () => {
  const forecast = forecastOf([], setupOf());
  expect(forecast?.notChecked.map(({ rule }) => rule)).toEqual(
    expect.arrayContaining(['business-date', 'item-variant', 'inventory-dimension', 'stock']),
  );
  expect(forecastOf([], FULL)?.notChecked.map(({ rule }) => rule)).not.toContain('business-date');
  expect(forecastOf([], dynamicsSetup(NO_SETUP))).toBeUndefined();
});

describe('which receipts count', () => {
  const bad = { businessDate: businessDate('2026-01-15') };

  test('no training, nothing voided or suspended, and of versions the highest', () => {
    const book = new ReceiptBook(DATE, FULL);
    book.add(good({ ...bad, training: true }));
    book.add({ ...good({ ...bad }), transactionId: '2', eventId: eventId('a:2'), status: 'suspended' });
    book.add({ ...good({ ...bad }), transactionId: '3', eventId: eventId('a:3') });
    book.add({ ...good(), transactionId: '3', eventId: eventId('a:3b'), version: 2 });
    book.add({ ...good(), transactionId: '4', eventId: eventId('a:4') });
    book.add({ ...good(), transactionId: '4', eventId: eventId('a:4b'), version: 2, status: 'voided' });
    const { receipts } = book.close();
    expect(receipts.map(({ eventId: id, refusals }) => [id, refusals.length])).toEqual([['a:3b', 0]]);
  });

  test('property: the order and the number of deliveries do not matter', () => {
    const events = Array.from({ length: 6 }, (_, index) =>
      good(
        {
          transactionId: String(index),
          eventId: eventId(`a:${index}`),
          occurredAt: `2026-03-02T10:0${index}:00.000Z`,
          sequenceNumber: index * 2,
        },
        { quantityMilli: 1_000 },
      ),
    );
    const of = (some: readonly TransactionEvent[]) => {
      const book = new ReceiptBook(DATE, FULL);
      for (const event of some) book.add(event);
      return book.close();
    };
    const once = of(events);
    expect(once.receipts.filter(({ refusals }) => refusals.length > 0)).toHaveLength(4);
    expect(once.missingNumbers.map(({ from }) => from)).toEqual([1, 3, 5, 7, 9]);
    fc.assert(
      fc.property(fc.shuffledSubarray([...events, ...events], { minLength: 12 }), (some) => {
        expect(of(some)).toEqual(once);
      }),
    );
  });

  test('a till that begins to count again, or that jumps, misses nothing', () => {
    const book = new ReceiptBook(DATE, FULL);
    const at = (number: number, time: string): TransactionEvent =>
      good({
        transactionId: `${number}`,
        eventId: eventId(`a:${number}`),
        sequenceNumber: number,
        occurredAt: `2026-03-02T${time}:00.000Z`,
      });
    for (const event of [
      at(188, '08:50'),
      at(189, '08:52'),
      at(26, '12:33'),
      at(27, '12:40'),
      at(900_000, '13:00'),
    ])
      book.add(event);
    expect(book.close().missingNumbers).toEqual([]);
  });
});

test('forecasts of shards add up, and a store sees its own alone', () => {
  const of = (store: string) => {
    const book = new ReceiptBook(DATE, FULL);
    book.add(
      good({
        storeId: storeId(store),
        businessDate: businessDate('2026-01-15'),
        eventId: eventId(`a:${store}`),
      }),
    );
    return forecastOf([{ receipts: book.close() }], FULL)!;
  };
  const merged = mergeForecasts([of('S2'), of('S1')])!;
  expect(merged).toMatchObject({
    checked: 2,
    refused: 2,
    refusedAmounts: [{ currency: EUR, grossMinor: 2_380 }],
    omitted: 0,
  });
  expect(merged.receipts.map((receipt) => receipt.storeId)).toEqual(['S1', 'S2']);
  expect(forecastOfStores(merged, new Set(['S1']))).toMatchObject({
    checked: 1,
    refused: 1,
    receipts: [{ storeId: 'S1' }],
  });
  expect(mergeForecasts([])).toBeUndefined();
});
