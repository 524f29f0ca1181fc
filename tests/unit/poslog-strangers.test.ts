import type { TransactionEvent } from '../../shared/pos/event.ts';
import { transactionIssues } from '../../shared/pos/transaction-checks.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { CATALOG } from '../support/webhook-fixture.ts';

/** Totals and contents as dialects state them wrongly, each with the only value that the tenders allow. */

const context = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const read = (content: string) =>
  posLogSource.read(
    Buffer.from(`<POSLog><Transaction><RetailStoreID>9</RetailStoreID><WorkstationID>1</WorkstationID>
      <SequenceNumber>1</SequenceNumber><BusinessDayDate>2026-03-02</BusinessDayDate>
      <EndDateTime>2026-03-02T10:01:00</EndDateTime><CurrencyCode>EUR</CurrencyCode>
      ${content}</Transaction></POSLog>`),
    context,
  );
const retail = (...content: string[]) => `<RetailTransaction>${content.join('')}</RetailTransaction>`;

function only(...content: string[]): TransactionEvent {
  const { events, rejected } = read(retail(...content));
  expect(rejected).toEqual([]);
  const [event] = events;
  if (event?.kind !== 'transaction') throw new Error('no transaction');
  return event;
}

const goods = (element: string, amount: string, tax = '') =>
  `<${element}><POSIdentity><POSItemID>4006381333931</POSItemID></POSIdentity><Quantity>1</Quantity>
   <RegularSalesUnitPrice>${amount}</RegularSalesUnitPrice><ExtendedAmount>${amount}</ExtendedAmount>${tax}</${element}>`;
const item = (...content: string[]) => `<LineItem>${content.join('')}</LineItem>`;
const tax = (amount: string | undefined, percent?: string, id = 'VAT') =>
  `<Tax TaxID="${id}">${amount === undefined ? '' : `<Amount>${amount}</Amount>`}${percent === undefined ? '' : `<Percent>${percent}</Percent>`}</Tax>`;
const tender = (amount: string, code = 'Sale') =>
  `<Tender TenderType="Cash" TypeCode="${code}"><Amount>${amount}</Amount></Tender>`;
const total = (type: string, amount: string) =>
  `<Total TotalType="Transaction${type}Amount">${amount}</Total>`;

const totalsOf = ({ totals: { netMinor, taxMinor, grossMinor } }: TransactionEvent): number[] => [
  netMinor,
  taxMinor,
  grossMinor,
];
const taxesOf = ({ taxes = [] }: TransactionEvent): number[] => taxes.map(({ amountMinor }) => amountMinor);

describe('a rate without an amount is no tax of 0', () => {
  test('in a line beside another that states its tax', () => {
    const event = only(
      item(goods('Sale', '11.90', tax(undefined, '19'))),
      item(goods('Sale', '10.70', tax('0.70', '7'))),
      item(tender('22.60')),
    );
    expect(totalsOf(event)).toEqual([2000, 260, 2260]);
    expect(event.quality).toEqual(['tax-calculated']);
    expect(transactionIssues(event)).toEqual([]);
  });

  test('of a second tax of one line', () => {
    const event = only(
      item(goods('Sale', '10.00', tax('0.50', undefined, 'GST') + tax(undefined, '7', 'PST'))),
      item(tender('11.20')),
    );
    expect(totalsOf(event)).toEqual([1000, 120, 1120]);
    expect(event.lines[0]?.taxes?.map(({ amountMinor }) => amountMinor)).toEqual([50, 70]);
  });

  test('but the total says whether the rate was charged', () => {
    const lines = [
      item(goods('Sale', '11.90', tax(undefined, '19'))),
      item(goods('Sale', '10.70', tax('0.70', '7'))),
      item(tender('22.60')),
    ];
    expect(totalsOf(only(...lines, total('Tax', '2.60')))).toEqual([2000, 260, 2260]);
    const exempt = only(...lines, total('Tax', '0.70'));
    expect(totalsOf(exempt)).toEqual([2190, 70, 2260]);
    expect(exempt.quality).toEqual(['totals-disagree']);
  });
});

describe('money that goes back', () => {
  test('has positive totals in some dialects, which is no contradiction', () => {
    const event = only(
      item(goods('Return', '11.90', tax('1.90'))),
      item(tender('11.90', 'Refund')),
      total('Gross', '11.90') + total('Net', '10.00') + total('Tax', '1.90'),
    );
    expect(totalsOf(event)).toEqual([-1000, -190, -1190]);
    expect(event.quality).toBeUndefined();
  });

  test.each([
    ['positive taxes', ['1.90'], [-190]],
    ['signed taxes', ['1.90', '-3.80'], [190, -380]],
  ])('by an exchange with %s in line items of their own', (_, taxes, expected) => {
    const event = only(
      item(goods('Sale', '11.90')),
      item(goods('Return', '23.80')),
      ...taxes.map((amount) => item(tax(amount))),
      item(tender('11.90', 'Refund')),
    );
    expect(totalsOf(event)).toEqual([-1000, -190, -1190]);
    expect(taxesOf(event)).toEqual(expected);
    expect(transactionIssues(event)).toEqual([]);
  });
});

test('what was paid says how lines finer than the currency were rounded', () => {
  const thirds = [1, 2, 3].map(() => item(goods('Sale', '0.3333')));
  expect(totalsOf(only(...thirds, item(tender('1.00'))))).toEqual([100, 0, 100]);
  expect(read(retail(...thirds, item(tender('5.00')))).rejected).toHaveLength(1);
});

test('one total that is stated twice with different amounts is said', () => {
  const content = [item(goods('Sale', '11.90', tax('1.90'))), item(tender('11.90')), total('Grand', '11.90')];
  expect(only(...content, total('Grand', '11.900')).quality).toBeUndefined();
  expect(only(...content, total('Grand', '13.00')).quality).toEqual(['totals-disagree']);
});

test('a tax that is more than all that was sold is said', () => {
  const event = only(item(goods('Sale', '11.90', tax('190'))), item(tender('11.90')));
  expect(transactionIssues(event)).toMatchObject([{ code: 'tax-implausible', amountMinor: 19_000 }]);
});

describe('nothing is dropped because it stands beside its like', () => {
  test('goods and tenders of one line item', () => {
    const event = only(
      item(goods('Sale', '5.00'), goods('Sale', '6.90')),
      item(tender('5.00'), tender('6.90')),
    );
    expect(event.lines.map(({ extendedAmountMinor }) => extendedAmountMinor)).toEqual([500, 690]);
    expect(event.tenders.map(({ amountMinor }) => amountMinor)).toEqual([500, 690]);
  });

  test.each([
    ['two sales', retail(item(goods('Sale', '1.00'))) + retail(item(goods('Sale', '99.00')))],
    [
      'a sign-on and a sale',
      `<ControlTransaction><SignOn/></ControlTransaction>${retail(item(goods('Sale', '1.00')))}`,
    ],
    [
      'two movements of cash',
      '<TenderControlTransaction><TenderLoan><Amount>1.00</Amount></TenderLoan><TenderPickup><Amount>2.00</Amount></TenderPickup></TenderControlTransaction>',
    ],
  ])('%s in one transaction are refused', (_, content) => {
    const { events, rejected } = read(content);
    expect(events).toEqual([]);
    expect(rejected).toMatchObject([
      { code: 'schema', message: expect.stringMatching(/2 contents/) as string },
    ]);
  });
});

test('ids hold no e-mail address, and names of elements no card number', () => {
  const mail = 'erika.muster@example.com';
  const event = only(
    item(goods('Sale', '1.00')),
    item(`<Tender TenderType="Cash"><TenderID>${mail}</TenderID><Amount>1.00</Amount></Tender>`),
    `<ReceiptNumber>${mail}</ReceiptNumber>`,
  );
  expect(JSON.stringify(event)).not.toContain(mail);
  expect(event.receiptNumber).toBe('[e-mail]');
  const { rejected } = read(retail(item(goods('Sale', 'x')), '<C4111111111111111 a4111111111111111="1"/>'));
  expect(JSON.stringify(rejected)).not.toContain('4111111111111111');
});
