import fc from 'fast-check';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { transactionIssues } from '../../shared/pos/transaction-checks.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { CATALOG } from '../support/webhook-fixture.ts';

const context = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-02T18:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

function only(xml: string): TransactionEvent {
  const { events, rejected } = posLogSource.read(Buffer.from(xml), context);
  expect(rejected).toEqual([]);
  const [event] = events;
  if (event?.kind !== 'transaction') throw new Error('no transaction');
  return event;
}

const decimal = (minor: number): string => (minor / 100).toFixed(2);

/** One sale as it was: what a POSLog of any dialect has to come out as. */
interface Truth {
  readonly lines: readonly { grossMinor: number; taxMinor: number; discountMinor: number }[];
  readonly taxIncluded: boolean;
  readonly tipMinor: number;
  readonly roundingMinor: number;
  readonly changeMinor: number;
}

/** In which of several ways a dialect says what it says. */
interface Dialect {
  readonly amounts: 'after' | 'before';
  readonly discount: 'modifier' | 'extended' | 'own line' | 'own line and in the lines';
  readonly tax: readonly ('line' | 'item' | 'total' | 'net')[];
  readonly netIsGross: boolean;
  readonly grand: 'gross' | 'with tip' | 'none';
  readonly isVersion6: boolean;
  readonly prefix: string;
}

const truths = fc.record<Truth>({
  lines: fc.array(
    fc
      .record({
        grossMinor: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constant(119)),
        rate: fc.constantFrom(0, 7, 19, 20),
        off: fc.constantFrom(0, 0, 10, 50),
      })
      .map(({ grossMinor, rate, off }) => ({
        grossMinor,
        taxMinor: Math.round((grossMinor * rate) / (100 + rate)),
        discountMinor: Math.round((grossMinor * off) / 100),
      })),
    { minLength: 1, maxLength: 6 },
  ),
  taxIncluded: fc.boolean(),
  tipMinor: fc.constantFrom(0, 0, 100),
  roundingMinor: fc.constantFrom(0, 0, 1, -2),
  changeMinor: fc.constantFrom(0, 57),
});

const dialects = fc.record<Dialect>({
  amounts: fc.constantFrom('after', 'before'),
  discount: fc.constantFrom('modifier', 'extended', 'own line', 'own line and in the lines'),
  tax: fc.constantFrom<Dialect['tax'][number][]>(
    ['total'],
    ['item'],
    ['line'],
    ['line', 'item'],
    ['line', 'item', 'total'],
    ['item', 'total', 'net'],
    ['line', 'item', 'net'],
    ['line', 'net'],
  ),
  netIsGross: fc.boolean(),
  grand: fc.constantFrom('gross', 'with tip', 'none'),
  isVersion6: fc.boolean(),
  prefix: fc.constantFrom('', 'arts:', 'r10Ex:'),
});

function render(truth: Truth, dialect: Dialect): string {
  const { lines, taxIncluded, tipMinor, roundingMinor, changeMinor } = truth;
  const { discount, prefix, tax } = dialect;
  const inLines = discount === 'modifier' || discount === 'extended';
  const grossMinor = lines.reduce((sum, line) => sum + line.grossMinor, 0);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0);
  const discountMinor = lines.reduce((sum, line) => sum + line.discountMinor, 0);
  const tag = (name: string, content: string | number, attributes = ''): string =>
    `<${prefix}${name}${attributes}>${content}</${prefix}${name}>`;
  const taxTag = (minor: number): string => tag('Tax', tag('Amount', decimal(minor)), ' TaxType="VAT"');
  const sale = (line: Truth['lines'][number]): string => {
    const worth = line.grossMinor - (taxIncluded ? 0 : line.taxMinor);
    const isBefore = (inLines && dialect.amounts === 'before') || discount === 'own line';
    const stated = worth + (isBefore ? line.discountMinor : 0);
    const parts = [
      tag('ItemID', '4006381333931'),
      tag('RegularSalesUnitPrice', decimal(worth + line.discountMinor)),
      tag('ExtendedAmount', decimal(stated)),
      tag('Quantity', 1),
      ...(discount === 'extended' ? [tag('ExtendedDiscountAmount', decimal(line.discountMinor))] : []),
      ...(discount === 'modifier' && line.discountMinor > 0
        ? [tag('RetailPriceModifier', tag('Amount', decimal(line.discountMinor), ' Action="Subtract"'))]
        : []),
      ...(tax.includes('line') ? [taxTag(line.taxMinor)] : []),
    ];
    return tag('LineItem', tag('Sale', parts.join('')));
  };
  const paidMinor = grossMinor + tipMinor + roundingMinor;
  const tender = tag(
    'LineItem',
    tag(
      'Tender',
      tag('Amount', decimal(paidMinor + changeMinor)) +
        (changeMinor === 0 ? '' : tag('TenderChange', tag('Amount', decimal(changeMinor)))) +
        (tipMinor === 0 ? '' : tag('Tip', decimal(tipMinor))),
      ' TenderType="Cash"',
    ),
  );
  const total = (type: string, minor: number): string =>
    tag('Total', decimal(minor), ` CurrencyCode="EUR" TotalType="${type}"`);
  const retail = [
    ...lines.map(sale),
    ...(inLines || discountMinor === 0
      ? []
      : [tag('LineItem', tag('Discount', tag('Amount', decimal(discountMinor))))]),
    ...(tax.includes('item') ? [tag('LineItem', taxTag(taxMinor))] : []),
    tender,
    ...(tax.includes('total') ? [total('TransactionTaxAmount', taxMinor)] : []),
    ...(tax.includes('net')
      ? [total('TransactionNetAmount', dialect.netIsGross ? grossMinor : grossMinor - taxMinor)]
      : []),
    ...(dialect.grand === 'none'
      ? []
      : [total('TransactionGrandAmount', grossMinor + (dialect.grand === 'gross' ? 0 : tipMinor))]),
    ...(roundingMinor === 0 ? [] : [total('RoundingAmount', Math.abs(roundingMinor))]),
  ];
  const store = dialect.isVersion6
    ? tag('BusinessUnit', tag('UnitID', '9', ' TypeCode="RetailStore"'))
    : tag('RetailStoreID', '9');
  const head = tag('WorkstationID', 3) + tag('SequenceNumber', 7) + tag('EndDateTime', '2026-03-02T13:15:25');
  return `<POSLog xmlns:arts="urn:a" xmlns:r10Ex="urn:b">${tag('Transaction', store + head + tag('CurrencyCode', 'EUR') + tag('RetailTransaction', retail.join('')))}</POSLog>`;
}

test('says that two totals fit, where rounding without a sign leaves both', () => {
  const truth: Truth = {
    lines: [
      { grossMinor: 119, taxMinor: 8, discountMinor: 0 },
      { grossMinor: 7, taxMinor: 0, discountMinor: 4 },
      { grossMinor: 1, taxMinor: 0, discountMinor: 0 },
    ],
    taxIncluded: false,
    tipMinor: 0,
    roundingMinor: -2,
    changeMinor: 0,
  };
  const dialect: Dialect = {
    amounts: 'before',
    discount: 'modifier',
    tax: ['total'],
    netIsGross: false,
    grand: 'none',
    isVersion6: false,
    prefix: '',
  };
  // 1.27 less 0.02 and 1.23 more 0.02 both come to the 1.25 that were paid.
  expect(only(render(truth, dialect)).quality).toContain('totals-disagree');
  expect(only(render({ ...truth, roundingMinor: 0 }, dialect)).quality ?? []).not.toContain(
    'totals-disagree',
  );
});

test('a sale is the same sale in whatever dialect it is said', () => {
  fc.assert(
    fc.property(truths, dialects, (truth, dialect) => {
      const grossMinor = truth.lines.reduce((sum, line) => sum + line.grossMinor, 0);
      const taxMinor = truth.lines.reduce((sum, line) => sum + line.taxMinor, 0);
      const event = only(render(truth, dialect));
      // Rounding is stated without a sign: two totals may fit the tenders, and that is said.
      if (truth.roundingMinor !== 0 && event.quality?.includes('totals-disagree')) return;
      expect({ tip: 0, rounding: 0, ...event.totals }).toMatchObject({
        netMinor: grossMinor - taxMinor,
        taxMinor,
        grossMinor,
      });
      expect([event.totals.tipMinor ?? 0, event.totals.roundingMinor ?? 0]).toEqual([
        truth.tipMinor,
        truth.roundingMinor,
      ]);
      expect(event.quality ?? []).not.toContain('totals-unbalanced');
      const codes = transactionIssues(event).map(({ code }) => code);
      expect(codes.filter((code) => /total|payment|plus-tax/.test(code))).toEqual([]);
      const { postings, imbalanceMinor } = postingsOfTransaction(event, PROFILE);
      expect(imbalanceMinor).toBe(0);
      const cash = postings.find(({ account }) => account === '110100')?.amountMinor ?? 0;
      expect(cash).toBe(grossMinor + truth.tipMinor + truth.roundingMinor);
    }),
    { numRuns: 300 },
  );
});

test('what balances in no reading is marked, whatever is wrong with it', () => {
  const plain = fc.record({ truth: truths, dialect: dialects }).map(({ truth, dialect }) => ({
    truth: {
      ...truth,
      lines: truth.lines.map(({ grossMinor }) => ({ grossMinor, taxMinor: 0, discountMinor: 0 })),
      tipMinor: 0,
      roundingMinor: 0,
    },
    dialect: { ...dialect, grand: 'gross' as const },
  }));
  fc.assert(
    fc.property(plain, fc.constantFrom(-1, 1, 7, 10_000), ({ truth, dialect }, wrong) => {
      const grossMinor = truth.lines.reduce((sum, line) => sum + line.grossMinor, 0);
      const tendered = grossMinor + truth.changeMinor + wrong;
      fc.pre(tendered > 0);
      const xml = render(truth, dialect).replace(
        /(TenderType="Cash"><[\w:]*Amount>)[\d.]+/,
        `$1${decimal(tendered)}`,
      );
      const event = only(xml);
      expect(event.quality).toContain('totals-unbalanced');
      // What was stated stays: the books say what the till said, and that it does not add up.
      expect(event.totals.grossMinor).toBe(grossMinor);
    }),
  );
});
