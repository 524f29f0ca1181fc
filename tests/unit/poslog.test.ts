import { readFileSync } from 'node:fs';
import { transactionIssues } from '../../shared/pos/transaction-checks.ts';
import { posEventSchema, type PosEvent } from '../../shared/pos/event.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { cutTransactions } from '../../shared/pos/sources/poslog/cut.ts';
import type { ReadContext } from '../../shared/pos/sources/source.ts';
import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { newTillBook, shiftsIn } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { DATE, PROFILE } from '../support/ledger-fixtures.ts';
import { sharedData } from '../support/shared-data.ts';
import { CATALOG, webhookFixture } from '../support/webhook-fixture.ts';

const context: ReadContext = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'key of the tests', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const read = (xml: string) => posLogSource.read(Buffer.from(xml), context);

const REJECTED_ID = expect.stringMatching(/^9:2026-03-02:3:op-[\w-]{14}:8$/) as string;

const item = (fields: string, attributes = '', itemAttributes = '') =>
  `<LineItem ${attributes}><Sale ItemType="Stock" ${itemAttributes}>${fields}</Sale></LineItem>`;
const milk = (amount: string, quantity: string, sequence: number, attributes = '') =>
  item(
    `<POSIdentity POSIDType="GTIN"><POSItemID>04006381333931</POSItemID></POSIdentity><Description>MILK  </Description>
     <RegularSalesUnitPrice>1.19</RegularSalesUnitPrice><ExtendedAmount>${amount}</ExtendedAmount>
     <Quantity>${quantity}</Quantity><acs:OperatorSequence>${sequence}</acs:OperatorSequence>`,
    attributes,
  );
const cash = (amount: string) =>
  `<LineItem><Tender TenderType="Cash" TypeCode="Sale"><TenderID>1</TenderID><Amount>${amount}</Amount></Tender></LineItem>`;
const change = (amount: string) =>
  `<LineItem><Tender TenderType="Cash"><Amount>${amount}</Amount><TenderChange><Amount>${amount}</Amount></TenderChange></Tender></LineItem>`;
const total = (type: string, amount: string) => `<Total TotalType="${type}">${amount}</Total>`;
const retail = (content: string, attributes = '') =>
  `<RetailTransaction ${attributes}>${content}</RetailTransaction>`;
const transaction = (content: string, { sequence = '7', store = '9', attributes = '' } = {}) =>
  `<Transaction ${attributes}><RetailStoreID>${store}</RetailStoreID><WorkstationID>3</WorkstationID>
   <SequenceNumber>${sequence}</SequenceNumber><BusinessDayDate>2026-03-02</BusinessDayDate>
   <EndDateTime>2026-03-02T13:15:25</EndDateTime><OperatorID OperatorName="Erika M">437</OperatorID>
   <CurrencyCode>EUR</CurrencyCode>${content}</Transaction>`;
const log = (...transactions: string[]) =>
  `<?xml version="1.0"?>\n<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/">\n${transactions.join('\n')}</POSLog>`;

function only(xml: string): PosEvent {
  const { events, rejected } = read(xml);
  expect(rejected).toEqual([]);
  const [event] = events;
  if (!event || events.length > 1) throw new Error(`${events.length} events`);
  expect(posEventSchema.parse(event)).toEqual(event);
  if (event.kind === 'transaction') expect(transactionIssues(event)).toEqual([]);
  return event;
}

describe('a POSLog transaction', () => {
  test('a sale for cash with change, in the wall time of its store', () => {
    const event = only(
      log(
        transaction(
          retail(
            milk('2.38', '2', 1) +
              `<LineItem><Tax acs:TaxID="1"><TaxableAmount>2.38</TaxableAmount><Amount>0.24</Amount><Percent>10.129</Percent></Tax></LineItem>` +
              cash('5.00') +
              change('-2.38') +
              total('TransactionGrandAmount', '2.62') +
              total('TransactionTaxAmount', '0.24'),
          ),
        ),
      ),
    );
    expect(event).toMatchObject({
      eventId: expect.stringMatching(/^poslog:9:2026-03-02:3:op-[\w-]{14}:7$/) as string,
      storeId: 'berlin-1',
      tillId: '3',
      operatorId: context.pseudonymise('operator', '437'),
      sequenceNumber: 7,
      occurredAt: '2026-03-02T12:15:25.000Z',
      transactionId: '9:2026-03-02:3:7',
      totals: { netMinor: 238, taxMinor: 24, grossMinor: 262 },
      taxes: [{ code: '1', rateBasisPoints: 1013, taxableMinor: 238, amountMinor: 24 }],
      lines: [{ productId: 'milk', description: 'MILK', quantityMilli: 2000, extendedAmountMinor: 238 }],
      tenders: [{ type: 'cash', amountMinor: 500, changeMinor: 238 }],
    });
    expect(event).not.toHaveProperty('quality');
  });

  test('cash back on a card is cash paid out', () => {
    const card = `<LineItem><Tender TenderType="CreditDebit"><Amount>21.19</Amount><CreditDebit CardType="Debit"><PrimaryAccountNumber>4111111111111111</PrimaryAccountNumber></CreditDebit></Tender></LineItem>`;
    const event = only(log(transaction(retail(milk('1.19', '1', 1) + card + change('-20.00')))));
    expect(event).toMatchObject({
      tenders: [
        { type: 'card', amountMinor: 2119 },
        { type: 'cash', amountMinor: -2000 },
      ],
    });
  });

  test('a line taken back marks the line that it takes back, and the total holds', () => {
    const event = only(
      log(
        transaction(
          retail(
            milk('1.19', '1', 1) +
              milk('1.19', '1', 2) +
              milk('-1.19', '-1', 3, 'VoidFlag="true"') +
              cash('1.19') +
              total('TransactionGrandAmount', '1.19'),
          ),
        ),
      ),
    );
    expect(event).toMatchObject({
      lines: [{ extendedAmountMinor: 119 }, { voided: true, extendedAmountMinor: 119 }],
    });
    expect(event.kind === 'transaction' && event.lines).toHaveLength(2);
  });

  test('a reward on the transaction is broken down to its lines', () => {
    const reward = (amount: string, reference: number, flags: string) =>
      `<LineItem><LoyaltyReward ${flags}><PromotionID>5081</PromotionID><EventID>6</EventID><acs:RewardCategory>Monetary</acs:RewardCategory>
       <acs:ExtendedRewardAmount>${amount}</acs:ExtendedRewardAmount><acs:OperatorSequenceReference>${reference}</acs:OperatorSequenceReference></LoyaltyReward></LineItem>`;
    const points = `<LineItem><LoyaltyReward acs:summarizedActivity="true"><acs:RewardCategory>CustomOffer</acs:RewardCategory><acs:ExtendedRewardAmount>4</acs:ExtendedRewardAmount></LoyaltyReward></LineItem>`;
    const event = only(
      log(
        transaction(
          retail(
            milk('2.38', '2', 1) +
              milk('1.19', '1', 2) +
              points +
              reward('-0.50', 0, 'acs:summarizedActivity="true"') +
              reward('-0.35', 1, 'acs:detailedData="true"') +
              reward('-0.15', 2, 'acs:detailedData="true"') +
              cash('3.07') +
              total('TransactionGrandAmount', '3.07'),
          ),
        ),
      ),
    );
    expect(event).toMatchObject({
      lines: [
        { extendedAmountMinor: 203, discounts: [{ amountMinor: 35, reason: '5081/6', manual: false }] },
        { extendedAmountMinor: 104, discounts: [{ amountMinor: 15 }] },
      ],
    });
  });

  test('a return counts down and names its sale', () => {
    const line = `<LineItem><Return ItemType="Stock"><ItemID>4006381333931</ItemID><RegularSalesUnitPrice>1.19</RegularSalesUnitPrice>
      <ExtendedAmount>1.19</ExtendedAmount><Quantity>1</Quantity><TransactionLink ReasonCode="Return"><RetailStoreID>9</RetailStoreID><WorkstationID>1</WorkstationID>
      <SequenceNumber>44</SequenceNumber><BusinessDayDate>2026-03-01</BusinessDayDate></TransactionLink></Return></LineItem>`;
    const refund = `<LineItem><Tender TenderType="Cash" TypeCode="Refund"><Amount>1.19</Amount></Tender></LineItem>`;
    expect(
      only(log(transaction(retail(line + refund + total('TransactionGrandAmount', '-1.19'))))),
    ).toMatchObject({
      lines: [{ type: 'return', quantityMilli: -1000, extendedAmountMinor: -119 }],
      tenders: [{ type: 'cash', amountMinor: -119 }],
      returnOf: { transactionId: '9:2026-03-01:1:44' },
    });
  });

  test('no-sales and paid-outs are drawer events, sign-ons are counted and ignored', () => {
    const control = (content: string) => `<ControlTransaction Version="2.1">${content}</ControlTransaction>`;
    const result = read(
      log(
        transaction(control('<ReasonCode>Procedure 21</ReasonCode><NoSale>2026-03-02T13:15:25</NoSale>')),
        transaction(control('<ReasonCode>Valid SignOn</ReasonCode><OperatorSignOn></OperatorSignOn>'), {
          sequence: '8',
        }),
        transaction(
          '<TenderControlTransaction><PaidOut><Amount>12.50</Amount><Reason>milk run</Reason></PaidOut></TenderControlTransaction>',
          { sequence: '9' },
        ),
      ),
    );
    expect(result).toMatchObject({
      received: 3,
      events: [
        { kind: 'drawer', action: 'noSale', amountMinor: 0, reason: 'Procedure 21' },
        { kind: 'drawer', action: 'paidOut', amountMinor: 1250, reason: 'milk run' },
      ],
      positions: [0, 2],
      ignored: [{ index: 1, reason: 'operator-sign-on' }],
      rejected: [],
    });
  });

  test('training, offline, cancelled, suspended and post-voided transactions say so', () => {
    const of = (attributes: string, retailAttributes = '') =>
      read(log(transaction(retail(milk('1.19', '1', 1), retailAttributes), { attributes }))).events[0];
    expect(of('TrainingModeFlag="true"')).toMatchObject({ training: true, offline: false });
    expect(of('OfflineFlag="true"')).toMatchObject({ offline: true });
    expect(of('CancelFlag="true"')).toMatchObject({ status: 'cancelled' });
    expect(of('', 'TransactionStatus="Suspended"')).toMatchObject({ status: 'suspended' });
    expect(of('', 'TransactionStatus="PostVoided"')).toMatchObject({ status: 'voided' });
  });

  test('a post-void takes back its sale, sent again with its own number or as a transaction that links to it', () => {
    const sold = transaction(retail(milk('1.19', '1', 1) + cash('1.19')));
    const again = transaction(retail(milk('1.19', '1', 1) + cash('1.19'), 'TransactionStatus="PostVoided"'));
    const linked = transaction(
      retail(
        `${milk('1.19', '1', 1)}${cash('1.19')}<TransactionLink ReasonCode="PostVoid"><BusinessDayDate>2026-03-02</BusinessDayDate><WorkstationID>3</WorkstationID><SequenceNumber>7</SequenceNumber></TransactionLink>`,
      ),
      { sequence: '8' },
    );
    for (const taking of [again, linked]) {
      const { events, duplicates } = read(log(sold, taking));
      expect(duplicates).toBe(0);
      expect(events).toMatchObject([{ status: 'completed' }, { status: 'voided' }]);
      // Seen ids are kept by the event's id alone, and books and counters know a sale by its transaction.
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
      const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => 0 });
      const tills = newTillBook();
      for (const [hubSequenceNumber, event] of events.entries()) {
        book.add(event);
        if (tills.admit({ event, hubPartition: '0', hubSequenceNumber }) === 'new') foldTills(tills, event);
      }
      expect(book.close()[0]?.documents).toEqual([]);
      expect(shiftsIn(tills.records.values()).map(({ sums }) => sums)).toEqual([{}]);
    }
  });

  test('what is wrong is rejected with its place, and the rest is kept', () => {
    const result = read(
      log(
        transaction(retail(milk('1.19', '1', 1))),
        transaction(retail(milk('1.195', '1', 1)), { sequence: '8' }),
        transaction('<InventoryControlTransaction/>', { sequence: '9' }),
        transaction(retail(''), { sequence: '10' }).replace(/<EndDateTime>.*?<\/EndDateTime>/, ''),
        transaction(retail(milk('1.19', '1', 1))),
      ),
    );
    expect(result).toMatchObject({
      received: 5,
      events: [{ sequenceNumber: 7 }],
      duplicates: 1,
      rejected: [
        { index: 1, code: 'schema', where: '/Sale/ExtendedAmount', id: REJECTED_ID },
        { index: 2, code: 'unsupported-transaction-type' },
        { index: 3, code: 'schema', where: '/Transaction/EndDateTime' },
      ],
    });
    // A dead letter's payload is mapped again after the cause is fixed, and fails the same way until then.
    for (const { payload, code } of result.rejected) expect(read(payload).rejected).toMatchObject([{ code }]);
  });

  test('a transaction that is no XML spoils none of its neighbours', () => {
    const of = (sequence: string) => transaction(retail(milk('1.19', '1', 1)), { sequence });
    const result = read(log(of('1'), of('2').replace('</Quantity>', '<Quantity>'), of('3'), of('4')));
    expect(result).toMatchObject({
      received: 4,
      events: [{ sequenceNumber: 1 }, { sequenceNumber: 3 }, { sequenceNumber: 4 }],
      positions: [0, 2, 3],
      rejected: [{ index: 1, code: 'bad-xml' }],
    });
    expect(result.rejected[0]?.payload).toContain('<xxxxxxxxxxx>');
  });

  test('a body cut off keeps what came whole', () => {
    const of = (sequence: string) => transaction(retail(milk('1.19', '1', 1)), { sequence });
    const result = read(`<POSLog>${of('1')}${of('2')}${of('3').slice(0, -40)}`);
    expect(result).toMatchObject({
      received: 3,
      events: [{ sequenceNumber: 1 }, { sequenceNumber: 2 }],
      rejected: [{ index: 2, code: 'bad-xml' }],
    });
  });

  test('a body cut off between two transactions says so', () => {
    const whole = transaction(retail(milk('1.19', '1', 1)));
    expect(read(`<POSLog>${whole}`)).toMatchObject({
      received: 2,
      events: [{ sequenceNumber: 7 }],
      rejected: [{ index: 1, code: 'bad-xml', message: 'The body is not XML behind its last transaction' }],
    });
  });

  test.each([
    ['no XML at all', 'hello', 'bad-xml'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><POSLog>&b;</POSLog>', 'bad-xml'],
    ['no transaction', '<POSLog/>', 'schema'],
    ['elements without end', '<a>'.repeat(100_000), 'bad-xml'],
  ])('%s is refused', async (_name, body, code) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code }) as Error);
    const till = webhookFixture();
    const answer = await till.post(body, { source: 'poslog' });
    expect(answer).toMatchObject({ status: code === 'bad-xml' ? 400 : 422 });
    expect(till.letters).toHaveLength(1);
  });

  test('P6 no card data, no names: neither in events nor in what is kept of rejected transactions', () => {
    const personal = `<LineItem><acs:LoyaltyMembership><acs:LoyaltyID>CUST-4711</acs:LoyaltyID></acs:LoyaltyMembership></LineItem>
      <Customer><CustomerID>CUST-4711</CustomerID><Name>Mustermann</Name><Address><City>Mustermann</City></Address></Customer>
      <LineItem><AgeRestriction Birthdate="1980-01-01"/><CRMCustomVariable><Value>Mustermann</Value></CRMCustomVariable></LineItem>
      <LineItem><Tender TenderType="CreditDebit"><Amount>1.19</Amount><CreditDebit><PrimaryAccountNumber>4111 1111 1111 1111</PrimaryAccountNumber><CardHolderName>Mustermann</CardHolderName></CreditDebit></Tender></LineItem>`;
    const good = transaction(retail(milk('1.19', '1', 1) + personal));
    const result = read(log(good, good.replace('EUR', 'nope').replace('>7<', '>8<')));
    expect(result.events).toHaveLength(1);
    expect(result.rejected).toHaveLength(1);
    expect(JSON.stringify(result)).not.toMatch(/Mustermann|Erika|1980|CUST-4711|4111.?1111/);
    // Mapped again, customer and operator are the same.
    const again = read(result.rejected[0]?.payload.replace('nope', 'EUR') ?? '').events[0];
    const { customerRef, operatorId } = result.events[0] as { customerRef?: string; operatorId?: string };
    expect(customerRef).toBeDefined();
    expect(again).toMatchObject({ customerRef, operatorId });
  });

  test('fields that dialects add keep neither names nor numbers of people in a dead letter', () => {
    const dialect = `<Customer><CustomerExternalId>0171 2345678</CustomerExternalId><Greeting>Dear Erika</Greeting></Customer>
      <LoyaltyCardNumber>9800123456</LoyaltyCardNumber><ClerkID>erika.muster</ClerkID><DeliveryHint clerk="Erika Muster">ring at Muster</DeliveryHint>
      <BonusPoints>120</BonusPoints><Surcharge>0.50</Surcharge><MobileLine>01712345678</MobileLine>`;
    const bad = transaction(retail(milk('1.19', '1', 1) + dialect)).replace('EUR', 'nope');
    const payload = read(log(bad)).rejected[0]?.payload ?? '';
    expect(payload).not.toMatch(/erika|muster|0171|2345678|9800123456/i);
    expect(payload).toContain('<BonusPoints>120</BonusPoints><Surcharge>0.50</Surcharge>');
  });

  test('free text loses e-mail, phone and card number before it is an event, and the warning names the event', () => {
    const text =
      'gift for erika@example.org, +49 30 901820, Tel 030 901820, 4111-1111-1111-1111 exp 12/27 cvv 123';
    const lines = milk('1.19', '1', 1).replace('MILK', text);
    const result = read(
      log(transaction(retail(milk('1.19', '1', 1))), transaction(retail(lines)).replace('>7<', '>8<')),
    );
    expect(result.events[1]).toMatchObject({
      lines: [{ description: 'gift for [e-mail], [phone], Tel [phone], [card 1111] [expiry] [code]' }],
    });
    const id = result.events[1]?.eventId.replace('poslog:', '');
    expect(result.warnings).toEqual(
      expect.arrayContaining([
        { id, code: 'card-data-removed' },
        { id, code: 'personal-data-removed' },
      ]),
    );
    expect(result.warnings.filter((warning) => warning.id !== id && /removed/.test(warning.code))).toEqual(
      [],
    );
  });
});

const real = sharedData('poslog/poslog.xml');

(real === undefined ? describe.skip : describe)('a real NCR till log', () => {
  const text = real === undefined ? '' : readFileSync(real, 'utf8');

  test('each of its 30 transactions becomes an event or is ignored with a reason, and all of them add up', () => {
    const result = read(text);
    expect(result.received).toBe(30);
    expect(result.rejected).toEqual([]);
    expect(result.ignored.map(({ reason }) => reason).sort()).toEqual([
      'operator-sign-off',
      'operator-sign-off',
      'operator-sign-on',
      'operator-sign-on',
      'operator-sign-on',
    ]);
    expect(result.events).toHaveLength(25);
    const sales = result.events.filter((event) => event.kind === 'transaction');
    expect(sales).toHaveLength(23);
    for (const sale of sales) {
      expect({ id: sale.transactionId, issues: transactionIssues(sale) }).toEqual({
        id: sale.transactionId,
        issues: [],
      });
    }
    const grandMinor = sales.reduce((sum, sale) => sum + sale.totals.grossMinor, 0);
    const stated = [...text.matchAll(/TotalType="TransactionGrandAmount">([^<]*)</g)];
    expect(grandMinor).toBe(Math.round(stated.reduce((sum, match) => sum + Number(match[1]) * 100, 0)));
  });

  test('nobody is named in it any more', () => {
    const names = [...text.matchAll(/OperatorName="([^"]*)"/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'System');
    const result = JSON.stringify(read(text));
    for (const name of names) expect(result).not.toContain(name);
    expect(result).not.toMatch(/1980-01-01|1988-11-11|2063720416/);
  });

  test('cut and sent one by one it is the same', () => {
    const pieces = cutTransactions(text);
    expect(pieces).toHaveLength(30);
    expect(pieces.flatMap((piece) => read(piece).events)).toEqual(read(text).events);
  });
});
