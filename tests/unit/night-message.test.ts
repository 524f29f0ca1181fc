import { alertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { alertSchema, type Alert } from '../../shared/alerts/alert.ts';
import { eventId } from '../../shared/ids.ts';
import { alertOf, notifier } from '../support/alerts.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { reconcileWorld, type ReconcileWorld } from '../support/reconcile-world.ts';

const saleOf = (id: string) => sale(id, 1_000, { eventId: eventId(`tillstream:${id}`) });
const { routes } = alertRoutesFileSchema.parse({
  routes: [
    { name: 'on-call', channel: 'webhook', url: 'https://on-call.example' },
    {
      name: 'finance',
      channel: 'webhook',
      url: 'https://finance.example',
      kinds: ['day-reconciled', 'day-failed'],
    },
  ],
});

function finance(given: typeof routes) {
  const { urls, alertLog, notify, letters } = notifier(given);
  return {
    urls,
    alertLog,
    send: async (alert: Alert) => {
      await notify(JSON.stringify(alert));
      expect(letters).toEqual([]);
    },
  };
}

async function reconciled(world: ReconcileWorld): Promise<void> {
  await world.plan();
  await world.drain();
}

test('finance is told once per day and outcome, however often the day is reconciled', async () => {
  const world = reconcileWorld();
  const [first, second] = [saleOf('a'), saleOf('b')];
  await world.land([first]);
  await reconciled(world);
  await world.land([second]);
  await reconciled(world);
  world.putLedger('a.csv', [...postedEach(first), ...postedEach(second)]);
  await reconciled(world);
  expect(world.told.map(({ title }) => title)).toEqual([
    `${DATE}: reconciled, with exceptions`,
    `${DATE}: reconciled, with exceptions`,
    `${DATE}: reconciled, POS and ledger agree`,
  ]);
  for (const message of world.told) expect(alertSchema.safeParse(message).success).toBe(true);
  const { urls, send } = finance(routes);
  for (const message of [...world.told, ...world.told]) await send(message);
  expect(urls()).toEqual(['https://finance.example', 'https://finance.example']);
});

test('a night that failed is told as such: a part that is missing, and a shard that was given up', async () => {
  const world = reconcileWorld();
  const name = await world.land([saleOf('a')]);
  world.blobs.set(name, new Error('gone'));
  await world.plan();
  const [message] = world.queue;
  await expect(world.drain()).rejects.toThrow('gone');
  await world.giveUp(message);
  expect(world.told).toMatchObject([{ kind: 'day-failed', severity: 'warning' }]);
});

test('who has not asked for messages gets none, and none counts as an alert that reached nobody', async () => {
  const world = reconcileWorld();
  await world.land([saleOf('a')]);
  await reconciled(world);
  const [message] = world.told;
  if (!message) throw new Error('there is one');
  const onCall = finance(routes.slice(0, 1));
  await onCall.send(message);
  expect(onCall.urls()).toEqual([]);
  expect(await onCall.alertLog.list(DATE)).toEqual([]);
  await onCall.send(alertOf());
  expect(onCall.urls()).toHaveLength(1);
});
