import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** What one body costs is counted in sends to the hub: one for each store, and none where it has too many stores. */

const bodyOf = (events: number, stores: number): string =>
  JSON.stringify({
    events: Array.from({ length: events }, (_, index) =>
      wireSale({
        id: `T1-${index}`,
        transactionId: `X-${index}`,
        storeId: `store-${index % stores}`,
        sequenceNumber: index,
      }),
    ),
  });

test.each([
  [500, 1],
  [500, 100],
  [100, 100],
])('%i events of %i stores are one send for each store', async (events, stores) => {
  const till = webhookFixture();
  expect(await till.post(bodyOf(events, stores))).toMatchObject({ status: 200 });
  expect(till.sends).toHaveLength(stores);
  expect(till.events()).toHaveLength(events);
});

test.each([
  [101, 101],
  [500, 500],
])(
  '%i events of %i stores are refused as a whole, with what to do, and without a send',
  async (events, stores) => {
    const till = webhookFixture();
    const answer = await till.post(bodyOf(events, stores));
    expect(answer.status).toBe(413);
    expect(answer.body).toContain(`names ${stores} stores; at most 100`);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'too-many-stores' });
    expect(till.sends).toEqual([]);
    expect(till.letters).toMatchObject([{ code: 'too-many-stores', replay: { to: 'nowhere' } }]);
  },
);
