import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productId } from '../../shared/ids.ts';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { productSchema } from '../../shared/pos/product.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import type { ReadContext, ReadResult } from '../../shared/pos/sources/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { sharedData } from '../support/shared-data.ts';
import { stockOf } from '../support/stream-events.ts';

/** POSLogs of public repositories and bug reports, each with the value that is right; see field/README.md. */
const folder = sharedData('field');
const describeField = folder === undefined ? describe.skip : describe;

const store = (storeId: string, timeZone: string, currency: string) =>
  storeSchema.parse({
    storeId,
    name: storeId,
    timeZone,
    cutOver: '00:00',
    currency,
    hours: [],
    ledgerDimension: `D-${storeId}`,
  });
const catalog = indexCatalog(
  [
    store('300', 'Europe/Berlin', 'EUR'),
    store('100', 'Europe/Berlin', 'EUR'),
    store('7-240-240', 'Europe/London', 'GBP'),
    store('502', 'Asia/Dubai', 'AED'),
    store('367', 'Europe/Lisbon', 'EUR'),
    store('3050', 'Europe/Paris', 'EUR'),
    store('0031', 'Asia/Tokyo', 'JPY'),
    store('0610', 'Europe/London', 'GBP'),
  ],
  [
    productSchema.parse({
      productId: 'liner',
      description: 'Shade liner',
      codes: ['1000001'],
      unit: 'each',
      leadTimeHours: 24,
      safetyStockMilli: 0,
      priceMinor: {},
    }),
  ],
);
const context: ReadContext = {
  catalog,
  pseudonymise: pseudonymiser({ customers: 'key of the tests', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-05-05T18:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

const read = (name: string): ReadResult => posLogSource.read(readFileSync(join(folder ?? '', name)), context);

function only(name: string): TransactionEvent {
  const { events, rejected } = read(name);
  expect(rejected).toEqual([]);
  const last = events.at(-1);
  if (last?.kind !== 'transaction') throw new Error('no transaction');
  return last;
}

/** Postings by account, which must balance. */
function posted(event: TransactionEvent): Record<string, number> {
  const { postings, imbalanceMinor } = postingsOfTransaction(event, PROFILE);
  expect(imbalanceMinor).toBe(0);
  return Object.fromEntries(postings.map(({ account, amountMinor }) => [account, amountMinor]));
}

const CASH = '110100';
const CARD = '110200';
const OTHER = '110900';
const REVENUE = '401000';
const TAX = '261100';

describeField('POSLogs from the field', () => {
  test.each(['p01-roqqio-return.xml', 'v01-roqqio-return.xml'])(
    'C03, C04: %s is a return for cash, by its negative quantity',
    (name) => {
      const event = only(name);
      expect(event).toMatchObject({
        storeId: '300',
        occurredAt: '2024-09-26T15:06:56.741Z',
        businessDate: '2024-09-26',
        lines: [{ type: 'return', quantityMilli: -1000, extendedAmountMinor: -299 }],
        tenders: [{ type: 'cash', amountMinor: -299 }],
        totals: { netMinor: -251, taxMinor: -48, grossMinor: -299 },
      });
      expect(event.quality).toEqual(['unknown-product']);
      expect(posted(event)).toEqual({ [CASH]: -299, [REVENUE]: 251, [TAX]: 48 });
    },
  );

  test.each(['p01b-roqqio-return-link.xml', 'v01b-roqqio-return-link.xml'])(
    'C04: %s names the sale that it takes back',
    (name) => {
      expect(only(name)).toMatchObject({
        lines: [{ type: 'return', quantityMilli: -1000 }],
        returnOf: { transactionId: '100:2024-10-15:10001:3569' },
      });
    },
  );

  test.each(['p03-decathlon.xml', 'v03-decathlon.xml'])('C06: %s', (name) => {
    const event = only(name);
    expect(event).toMatchObject({
      storeId: '7-240-240',
      occurredAt: '2017-06-21T11:38:38.000Z',
      totals: { netMinor: 10873, taxMinor: 2174, grossMinor: 13047 },
      quality: ['unknown-product', 'unknown-tender'],
    });
    expect(posted(event)).toEqual({ [OTHER]: 13047, [REVENUE]: -10873, [TAX]: -2174 });
  });

  test.each(['p04-uae-wincor-void.xml', 'v04-uae-void-known-product.xml'])(
    'C07: nothing is sold in %s, where a line takes back the one that it links to',
    (name) => {
      const event = only(name);
      expect(event.lines).toMatchObject([{ voided: true }, { voided: true }]);
      expect(event.totals.grossMinor).toBe(0);
      expect(event.quality ?? []).not.toContain('totals-unbalanced');
      expect(posted(event)).toEqual({});
    },
  );

  test('C07: the stock of a known product stays as it was', () => {
    const sale = only('v04-uae-void-known-product.xml');
    expect(sale.lines.map((line) => line.productId)).toEqual(['liner', 'liner']);
    const book = newStockBook();
    const stock = catalog.products;
    foldStock(book, stockOf(Date.parse(sale.occurredAt) - 1, 'count', 10_000, 'liner'), {
      store: undefined,
      products: stock,
    });
    foldStock(book, sale, { store: undefined, products: stock });
    expect(book.records.get(productId('liner'))?.onHandMilli).toBe(10_000);
  });

  test.each(['p05-ikea-wincor-pt.xml', 'v05-ikea-tax-2-decimals.xml'])(
    'C08: a line tax of four decimals does not refuse %s',
    (name) => {
      const event = only(name);
      expect(event.totals).toEqual({ netMinor: 2845, taxMinor: 654, grossMinor: 3499 });
      expect(event.quality ?? []).not.toContain('totals-unbalanced');
      expect(posted(event)).toEqual({ [CARD]: 3499, [REVENUE]: -2845, [TAX]: -654 });
    },
  );

  test.each(['p07-retalix-uk.xml', 'v07-retalix-uk.xml'])(
    'C10: %s states its tax three times, and the amount to pay as net',
    (name) => {
      const event = only(name);
      expect(event.totals).toEqual({ netMinor: 591, taxMinor: 66, grossMinor: 657 });
      expect(event.quality).toContain('totals-disagree');
      expect(posted(event)).toEqual({ [CASH]: 657, [REVENUE]: -591, [TAX]: -66 });
    },
  );

  test('C12: p11-ncr-jp.xml has amounts before discounts, and its tax twice', () => {
    const event = only('p11-ncr-jp.xml');
    expect(event.totals).toEqual({ netMinor: 1434, taxMinor: 114, grossMinor: 1548 });
    expect(event.lines.map((line) => line.extendedAmountMinor)).toEqual([455, 446, 647]);
    expect(event.tenders).toMatchObject([{ type: 'cash', amountMinor: 2000, changeMinor: 452 }]);
    expect(posted(event)).toEqual({ [CASH]: 1548, [REVENUE]: -1434, [TAX]: -114 });
  });

  test.each(['p10-fr-fast.xml', 'v10-fr-fast.xml'])('C14: %s states a rate and no tax', (name) => {
    const event = only(name);
    expect(event).toMatchObject({
      businessDate: '2023-04-03',
      totals: { netMinor: 2500, taxMinor: 500, grossMinor: 3000 },
      lines: [{ taxes: [{ rateBasisPoints: 2000, amountMinor: 500 }] }],
    });
    expect(event.quality).toContain('tax-calculated');
    expect(posted(event)).toEqual({ [OTHER]: 3000, [REVENUE]: -2500, [TAX]: -500 });
  });

  test('C15: numbers that restart within a day hide no sale', () => {
    const { events, duplicates, warnings } = read('x10-sequence-reset-same-day.xml');
    expect(duplicates).toBe(0);
    expect(events.map((event) => event.kind === 'transaction' && event.totals.grossMinor)).toEqual([
      2000, 3499, 1000,
    ]);
    expect(warnings.filter(({ code }) => code === 'id-conflict')).toHaveLength(1);
  });

  test.each([
    'x1-utf8-declares-utf16.xml',
    'x2-latin1-declared.xml',
    'x4-utf16le-bom.xml',
    'x5-utf8-bom.xml',
    'x6-doctype.xml',
    'x7-leading-newline.xml',
  ])('C16x: %s is read, as its encoding is certain', (name) => {
    const event = only(name);
    expect(event.totals.grossMinor).toBe(1000);
    expect(event.lines[0]?.description).toBe('Käse Gruyère');
  });

  test('C16x: x3-cp1252-undeclared.xml is refused, with what to do', () => {
    expect(() => read('x3-cp1252-undeclared.xml')).toThrow(/not UTF-8.*encoding="windows-1252"/);
  });
});
