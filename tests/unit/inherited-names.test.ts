import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { CATALOG, webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** Names that every object inherits: a look-up in a plain object finds something for them. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

const context = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-02T18:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const read = (content: string) =>
  posLogSource.read(
    Buffer.from(
      `<Transaction><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID><SequenceNumber>7</SequenceNumber>
       <EndDateTime>2026-03-02T13:15:25</EndDateTime>${content}</Transaction>`,
    ),
    context,
  );

test.each(INHERITED)('a field called %s is refused as any other that is not of the format', async (name) => {
  const till = webhookFixture();
  const answer = await till.post(`{"events":[${JSON.stringify(wireSale())},{"${name}":""}]}`);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'schema' }] });
});

test.each(INHERITED)('POSLog: %s is no control transaction, tender, unit or status that we know', (name) => {
  expect(read(`<ControlTransaction><${name}/></ControlTransaction>`)).toMatchObject({
    ignored: [],
    rejected: [{ code: 'unsupported-transaction-type' }],
  });
  expect(read(`<TenderControlTransaction><${name}/></TenderControlTransaction>`).rejected).toHaveLength(1);
  const { events } = read(
    `<RetailTransaction TransactionStatus="${name}"><LineItem><Sale ItemType="${name}"><ItemID>${name}</ItemID><ExtendedAmount>1.19</ExtendedAmount>
     <Quantity UnitOfMeasureCode="${name}">1</Quantity></Sale></LineItem>
     <LineItem><Tender TenderType="${name}"><Amount>1.19</Amount></Tender></LineItem></RetailTransaction>`,
  );
  expect(events).toMatchObject([
    { status: 'completed', lines: [{ type: 'sale', unit: 'each' }], tenders: [{ type: 'other' }] },
  ]);
});
