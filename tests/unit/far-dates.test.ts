import { storeLookup } from '../../functions/reconcile/matching/store-lookup.ts';
import { businessDate, businessDateSchema } from '../../shared/ids.ts';
import { BERLIN } from '../support/stream-events.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** What systems write for "never": planning would fail on them, and with it every other date. */
test.each(['9999-12-31', '0001-01-01', '2200-01-01', '1969-12-31'])('%s is no business date', (date) => {
  expect(businessDateSchema.safeParse(date).success).toBe(false);
});

test('every business date that is accepted has an end in its store', () => {
  for (const date of ['1970-01-01', '2199-12-31'])
    expect(storeLookup([BERLIN]).dayEndMs(BERLIN.storeId, businessDate(date))).toBeGreaterThan(0);
});

test.each([
  { businessDate: '9999-12-31' },
  { occurredAt: '9999-12-31T12:00:00Z' },
  { occurredAt: '1900-01-01T12:00:00' },
])('an event of %j is refused', async (when) => {
  const till = webhookFixture();
  const answer = await till.post(JSON.stringify({ events: [wireSale(when), wireSale({ id: 'good' })] }));
  expect(JSON.parse(answer.body)).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'schema' }] });
});
