import { isSweepHour, sweepRules } from '../../functions/reconcile/workflow/sweep-rules.ts';
import { storeId } from '../../shared/ids.ts';
import { DEFAULT_POLICY } from '../../shared/workflow/policy.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { AFTER_THE_DAY, reconcileWorld } from '../support/reconcile-world.ts';
import { silentLog } from '../support/stream-fixture.ts';

const DAY_MS = 86_400_000;
const rule = (more: object) => ({
  ...DEFAULT_POLICY,
  autoAccept: [
    {
      name: 'old',
      reasonCode: 'immaterial',
      categories: ['missing-in-ledger' as const],
      maxAmountMinor: { EUR: 100_000 },
      ...more,
    },
  ],
});

async function world() {
  const one = reconcileWorld();
  const sales = [sale('1', 1_000), sale('2', 2_000)];
  await one.land(sales);
  one.putLedger('a.csv', postedEach(sales[0]!));
  await one.plan();
  await one.drain();
  return one;
}
const itemsOf = async (one: Awaited<ReturnType<typeof world>>) =>
  [...((await one.workflow.load(DATE, storeId('S1')))?.items.values() ?? [])].map(({ status, reason }) => [
    status,
    reason?.by.id,
  ]);

test('a rule acts on the night on which the exception is old enough, though nothing of the date is new', async () => {
  const one = await world();
  one.policy = rule({ minAgeDays: 20 });
  expect(await sweepRules(one.parts, silentLog)).toBe(0);
  expect(await itemsOf(one)).toEqual([['open', undefined]]);
  one.nowMs = Date.parse(`${DATE}T03:10:00Z`) + 20 * DAY_MS;
  expect(await one.plan()).toEqual([]);
  expect(await itemsOf(one)).toEqual([['open', undefined]]);
  expect(await sweepRules(one.parts, silentLog)).toBe(1);
  expect(await itemsOf(one)).toEqual([['accepted', 'old']]);
  // A second time there is nothing left to ask about.
  expect(await sweepRules(one.parts, silentLog)).toBe(0);
});

test('a rule leaves alone what is too old for it', async () => {
  const one = await world();
  one.nowMs = AFTER_THE_DAY + 90 * DAY_MS;
  one.policy = rule({ minAgeDays: 20, maxAgeDays: 40 });
  expect(await sweepRules(one.parts, silentLog)).toBe(0);
  expect(await itemsOf(one)).toEqual([['open', undefined]]);
});

test('without a rule that waits nothing is read, and a kill at any write leaves nothing half done', async () => {
  const one = await world();
  one.policy = rule({});
  const before = one.calls;
  expect(await sweepRules(one.parts, silentLog)).toBe(0);
  expect(one.calls).toBe(before);
  one.policy = rule({ minAgeDays: 20 });
  one.nowMs = AFTER_THE_DAY + 30 * DAY_MS;
  for (let call = 0; call < 12; call += 1) {
    one.killAt({ call, when: call % 2 === 0 ? 'before' : 'after' });
    await sweepRules(one.parts, silentLog).catch(() => undefined);
  }
  one.killAt(undefined);
  await sweepRules(one.parts, silentLog);
  expect(await itemsOf(one)).toEqual([['accepted', 'old']]);
  const history = await one.workflow.history(DATE, storeId('S1'), 0, 100);
  expect(history.filter(({ what }) => what === 'accepted')).toHaveLength(1);
});

test('once a day', () => {
  expect([2, 3, 4].map((hour) => isSweepHour(Date.UTC(2026, 2, 5, hour, 10)))).toEqual([false, true, false]);
});
