import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { productSchema } from '../../shared/pos/product.ts';
import { scaleCodeOf, weighed } from '../../shared/pos/scale-code.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { tillstreamSource } from '../../shared/pos/sources/tillstream/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { sharedData } from '../support/shared-data.ts';

const product = (productId: string, codes: string[], more: Record<string, unknown> = {}) =>
  productSchema.parse({
    productId,
    description: productId,
    codes,
    unit: 'kg',
    leadTimeHours: 24,
    safetyStockMilli: 0,
    priceMinor: { EUR: 1000 },
    ...more,
  });

test.each([
  '0212345000000',
  '212345000000',
  '00212345000000',
  '0212345',
  '212345',
  '0212345VVVVVC',
  '12345',
  '0212345?????6',
])('every weight of one product is that product, listed as %s', (listed) => {
  const catalog = indexCatalog([], [product('ham', [listed])]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 9 }), (value, check) => {
      const code = `0212345${String(value).padStart(5, '0')}${check}`;
      for (const sent of [code, `0${code}`, code.slice(1), ` ${code}`]) {
        expect(catalog.productOfCode(sent)?.productId).toBe('ham');
      }
    }),
  );
  for (const other of ['0212346003506', '4006381333931', '12346', '2112345003506']) {
    expect(catalog.productOfCode(other)).toBeUndefined();
  }
});

test('a code that a product has as a whole is that product, and a bare number of pieces is none of a scale', () => {
  const catalog = indexCatalog(
    [],
    [
      product('ham', ['2512345000000']),
      product('shirt', ['2512345007595'], { unit: 'each' }),
      product('pen', ['12345'], { unit: 'each' }),
    ],
  );
  expect(catalog.productOfCode('2512345007595')?.productId).toBe('shirt');
  expect(catalog.productOfCode('2512345007596')?.productId).toBe('ham');
  expect(catalog.productOfCode('0212345003506')).toBeUndefined();
});

test.each([
  ['2112345003506', 'weight', 1000, 350],
  ['2112345003506', 'weight', -1000, -350],
  ['2112345003506', 'price', 1000, 350],
  ['0212345903506', 'price', 1000, 350],
  ['2112345003506', 'weight', 2000, 2000],
  ['2112345000006', 'weight', 1000, 1000],
] as const)('%s holds a %s: %i thousandths become %i', (productCode, scaleCode, sent, quantityMilli) => {
  const ham = product('ham', ['2112345000000', '0212345000000'], { scaleCode });
  expect(weighed({ productCode, quantityMilli: sent, unit: 'each' }, ham, 'EUR').quantityMilli).toBe(
    quantityMilli,
  );
  // What the till weighed itself stands.
  expect(weighed({ productCode, quantityMilli: 777, unit: 'kg' }, ham, 'EUR')).toEqual({
    quantityMilli: 777,
    unit: 'kg',
  });
});

test.each(['4006381333931', '0078000003864', '2001', '', '00012345003506', '212345003506x'])(
  '%s is no code of a scale',
  (code) => {
    expect(scaleCodeOf(code)).toBeUndefined();
  },
);

const context = {
  catalog: indexCatalog([], [product('ham', ['0212345000000'], { scaleCode: 'weight' })]),
  pseudonymise: pseudonymiser({ customers: 'a', operators: 'b', ids: 'c' }),
  receivedAt: '2026-03-11T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

test('a POSLog line of one piece gets its weight from the code', () => {
  const xml = `<Transaction><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID><SequenceNumber>1</SequenceNumber>
    <EndDateTime>2026-03-11T13:15:25Z</EndDateTime><CurrencyCode>EUR</CurrencyCode><RetailTransaction>
    <LineItem><Sale><POSIdentity><POSItemID>0212345003506</POSItemID></POSIdentity><ExtendedAmount>3.50</ExtendedAmount></Sale></LineItem>
    <LineItem><Tender TenderType="Cash"><Amount>3.50</Amount></Tender></LineItem></RetailTransaction></Transaction>`;
  const [event] = posLogSource.read(Buffer.from(xml), context).events;
  expect(event).toMatchObject({
    lines: [
      {
        productId: 'ham',
        productCode: '0212345003506',
        quantityMilli: 350,
        unit: 'kg',
        extendedAmountMinor: 350,
      },
    ],
  });
});

const field = sharedData('field');
(field === undefined ? test.skip : test)('C31: the weighed line of o-gtin.json is a known product', () => {
  const { events } = tillstreamSource.read(readFileSync(join(field ?? '', 'o-gtin.json')), context);
  const weighedSale = events.find((event) => event.kind === 'transaction' && event.transactionId === 'g6');
  expect(weighedSale).toMatchObject({ lines: [{ productId: 'ham', quantityMilli: 350, unit: 'kg' }] });
  expect(weighedSale?.quality ?? []).not.toContain('unknown-product');
});
