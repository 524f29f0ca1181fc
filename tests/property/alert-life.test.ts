/**
 * What becomes of an alert, under any order of events, commands and ticks of the clock, with late repeats, two hosts that
 * race, and a process that is killed at any write.
 */
import fc from 'fast-check';
import { alertIdOf, type Alert } from '../../shared/alerts/alert.ts';
import { clockStep, ended, raised, nextDueMs, LONGEST_LIFE_MS } from '../../shared/alerts/life-steps.ts';
import { decideCommand, type AlertCommand } from '../../shared/alerts/life-commands.ts';
import { isAudible, lifeSchema, type AlertActor, type AlertLife } from '../../shared/alerts/life.ts';
import { respond } from '../../shared/azure/alerts/respond.ts';
import { tableResponses } from '../../shared/azure/alerts/responses.ts';
import { DAY_MS, epochMsOf, MINUTE_MS, toInstant } from '../../shared/time.ts';
import { alertOf } from '../support/alerts.ts';
import { memoryTable } from '../support/memory-table.ts';

const START = Date.UTC(2026, 2, 2, 19);
const ANNA: AlertActor = { kind: 'person', id: 'anna', name: 'Anna' };
const alert = alertOf();
const PLANNED = [{ to: 'lead', afterMinutes: 30, dueAt: toInstant(START + 30 * MINUTE_MS) }];
const birth = (atMs: number) => ({ atMs, planned: PLANNED });
const next = (route: string) =>
  route === 'lead' ? [{ to: 'head', afterMinutes: 60, dueAt: toInstant(START + 90 * MINUTE_MS) }] : [];

type Happening =
  | { readonly what: 'raise' }
  | { readonly what: 'end' }
  | { readonly what: 'wait'; readonly minutes: number }
  | { readonly what: 'do'; readonly command: AlertCommand; readonly key: string };

const command: fc.Arbitrary<AlertCommand> = fc.oneof(
  fc.constantFrom<AlertCommand>(
    { action: 'acknowledge' },
    { action: 'escalate' },
    { action: 'clear' },
    { action: 'reopen' },
    { action: 'assign', to: 'Ben' },
    { action: 'assign', to: '' },
  ),
  fc.integer({ min: 1, max: 200 }).map((minutes): AlertCommand => ({ action: 'snooze', minutes })),
  fc.constantFrom<AlertCommand>({ action: 'mute', days: 1 }, { action: 'mute', days: 40 }),
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.constantFrom<Happening>({ what: 'raise' }, { what: 'end' }),
  fc.integer({ min: 0, max: 3_000 }).map((minutes): Happening => ({ what: 'wait', minutes })),
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('do' as const),
      command,
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    }),
  },
);

interface Seen {
  life: AlertLife | undefined;
  nowMs: number;
  says: { occasion: string; atState: string }[];
}

function apply(seen: Seen, one: Happening): void {
  const { life, nowMs } = seen;
  if (one.what === 'raise') seen.life = raised(life, alert, birth(nowMs)) ?? life;
  else if (one.what === 'end') seen.life = ended(life, alert, 'restocked', nowMs) ?? life;
  else if (one.what === 'wait') {
    seen.nowMs += one.minutes * MINUTE_MS;
    // As often as there is something: the timer runs every half minute.
    for (let round = 0; round < 20; round += 1) {
      const step: ReturnType<typeof clockStep> = seen.life && clockStep(seen.life, seen.nowMs, next);
      if (!step) return;
      seen.life = step.life;
      for (const { occasion } of step.says) seen.says.push({ occasion, atState: step.life.state });
    }
    throw new Error('the clock never comes to rest');
  } else if (one.what === 'do' && life) {
    const decided = decideCommand(life, one.command, { by: ANNA, nowMs, key: one.key, next });
    if (!('life' in decided)) return;
    seen.life = decided.life;
    for (const { occasion } of decided.says) seen.says.push({ occasion, atState: decided.life.state });
  }
}

const play = (all: readonly Happening[]): Seen => {
  const seen: Seen = { life: undefined, nowMs: START, says: [] };
  for (const one of all) apply(seen, one);
  return seen;
};

test('in any order: what events ended stays over, nothing is said twice, and each step is in the history', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (all) => {
      const seen: Seen = { life: undefined, nowMs: START, says: [] };
      let wasEnded = false;
      for (const one of all) {
        const before = seen.life;
        const saidBefore = seen.says.length;
        apply(seen, one);
        const { life } = seen;
        if (one.what === 'end') wasEnded = true;
        if (!life) continue;
        if (wasEnded) expect(life.state).toBe('cleared');
        // Said only by what is or becomes audible, so that whoever answered is left in peace.
        for (const { atState } of seen.says.slice(saidBefore))
          expect(['open', 'escalated']).toContain(atState);
        if (life !== before) {
          expect(life.version).toBeGreaterThan(before?.version ?? 0);
          expect(life.history.length + life.earlierSteps).toBe(life.version);
          expect(life.history.at(-1)?.by).toBeDefined();
        } else expect(life).toBe(before);
        expect(life.until !== undefined).toBe(life.state === 'snoozed' || life.state === 'muted');
        expect(JSON.parse(JSON.stringify(lifeSchema.parse(JSON.parse(JSON.stringify(life)))))).toEqual(
          JSON.parse(JSON.stringify(life)),
        );
        // There is always an end in sight.
        if (life.state !== 'cleared')
          expect(nextDueMs(life)).toBeLessThanOrEqual(seen.nowMs + Math.max(LONGEST_LIFE_MS, 366 * DAY_MS));
      }
      const occasions = seen.says.map(({ occasion }) => occasion);
      expect(new Set(occasions).size).toBe(occasions.length);
    }),
    { numRuns: 300 },
  );
});

test('late repeats change nothing: each event and each command counts once', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), fc.infiniteStream(fc.nat(29)), (all, places) => {
      const keyed = all.map((one, index) => (one.what === 'do' ? { ...one, key: `key ${index}` } : one));
      const repeated = keyed.flatMap((one, index) => {
        const [at = 0] = places.take(1);
        const again = keyed[Math.min(at, index)];
        return again && again.what !== 'wait' && at % 2 === 0 && !isNews(again, keyed.slice(0, index + 1))
          ? [one, again]
          : [one];
      });
      expect(play(repeated)).toEqual(play(keyed));
    }),
    { numRuns: 200 },
  );

  /** A refused command that is sent again is judged anew, as things may have changed. */
  function isNews(one: Happening, before: readonly Happening[]): boolean {
    if (one.what !== 'do') return !before.includes(one);
    const seen: Seen = { life: undefined, nowMs: START, says: [] };
    for (const each of before) {
      const { life } = seen;
      apply(seen, each);
      if (each === one) return seen.life === life;
    }
    return true;
  }
});

test('raise and end come to the same, whichever is first', () => {
  const final = (...all: Happening[]) => {
    const { life } = play(all);
    return [life?.state, life?.alert, life?.by.kind];
  };
  const over = ['cleared', alert, 'events'];
  expect(final({ what: 'raise' }, { what: 'end' })).toEqual(over);
  expect(final({ what: 'end' }, { what: 'raise' })).toEqual(over);
  expect(final({ what: 'end' }, { what: 'raise' }, { what: 'end' }, { what: 'raise' })).toEqual(over);
});

test('acknowledged stops the escalation; a snooze that ends says so once and waits anew', () => {
  const acknowledge: Happening = { what: 'do', command: { action: 'acknowledge' }, key: 'k' };
  expect(play([{ what: 'raise' }, acknowledge, { what: 'wait', minutes: 1_000 }]).says).toEqual([]);
  const snoozed = play([
    { what: 'raise' },
    { what: 'do', command: { action: 'snooze', minutes: 60 }, key: 'k' },
    { what: 'wait', minutes: 59 },
  ]);
  expect([snoozed.says, snoozed.life?.state]).toEqual([[], 'snoozed']);
  apply(snoozed, { what: 'wait', minutes: 1 });
  expect(snoozed.says.map(({ occasion }) => occasion)).toEqual(['again-1']);
  apply(snoozed, { what: 'wait', minutes: 29 });
  expect(snoozed.says).toHaveLength(1);
  apply(snoozed, { what: 'wait', minutes: 1 });
  apply(snoozed, { what: 'wait', minutes: 600 });
  expect(snoozed.says.map(({ occasion }) => occasion)).toEqual(['again-1', 'escalated-1', 'escalated-2']);
  expect(snoozed.life?.planned).toEqual([]);
});

test('what nobody ends is closed after 30 days, and says so', () => {
  const seen = play([{ what: 'raise' }, { what: 'wait', minutes: 31 * 24 * 60 }]);
  expect(seen.life?.state).toBe('cleared');
  expect(seen.life?.history.at(-1)).toMatchObject({ what: 'expired', by: { kind: 'clock' } });
});

const other: Alert = alertOf({ alertId: alertIdOf('x') });

test('two hosts at once, one of them killed at any write: the table holds one history without a gap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ command, host: fc.nat(1), kill: fc.constantFrom('no', 'no', 'before', 'after') }),
        { maxLength: 12 },
      ),
      async (all) => {
        const table = memoryTable();
        const responses = tableResponses(table.client);
        for (const one of [alert, other])
          expect(
            await responses.commit(undefined, { life: raised(undefined, one, birth(START)) as AlertLife }),
          ).toBe(true);
        let committed = 0;
        // Both hosts read, then both write: the second must look again.
        for (let at = 0; at < all.length; at += 2) {
          const pair = all.slice(at, at + 2).map(async ({ command: asked, kill }, index) => {
            const key = `key ${at + index}`;
            const once = () =>
              respond(
                responses,
                { alertId: alert.alertId, businessDate: alert.businessDate, command: asked },
                { by: ANNA, nowMs: START + at * MINUTE_MS, key, next },
              );
            if (kill !== 'no') {
              let isKilled = false;
              table.fault = (when) => {
                if (isKilled || when !== kill) return;
                isKilled = true;
                throw new Error('killed');
              };
            }
            // Whoever gets no answer, which may be the other host, repeats with the same key.
            for (let tries = 0; ; tries += 1) {
              try {
                return await once();
              } catch (thrown) {
                if (tries > 3) throw thrown;
              }
            }
          });
          for (const result of await Promise.all(pair)) if (result.kind === 'done') committed += 1;
          table.fault = undefined;
        }
        const life = (await responses.life(alert.alertId, alert.businessDate))?.life;
        expect(life?.version).toBe(1 + committed);
        expect(life?.history).toHaveLength(1 + committed);
        // What is to be said is there exactly for the escalations of the history.
        const said = (await responses.announcements()).map(({ occasion }) => occasion).sort();
        const escalations = life?.history.filter(({ what }) => what === 'escalated').length ?? 0;
        expect(said).toEqual(Array.from({ length: escalations }, (_, index) => `escalated-${index + 1}`));
        const untouched = await responses.life(other.alertId, other.businessDate);
        expect(untouched?.life.version).toBe(1);
      },
    ),
    { numRuns: 60 },
  );
});

test('a mute is for what comes of the same kind in the same place, until it ends or somebody leaves it', async () => {
  const responses = tableResponses(memoryTable().client);
  await responses.commit(undefined, { life: raised(undefined, alert, birth(START)) as AlertLife });
  const asked = { alertId: alert.alertId, businessDate: alert.businessDate };
  const context = { by: ANNA, nowMs: START, next };
  await respond(responses, { ...asked, command: { action: 'mute', days: 2 } }, { ...context, key: 'one' });
  const [same, elsewhere] = [other, alertOf({ alertId: alertIdOf('y'), tillId: 'T2' as never })];
  const mute = await responses.muteOf(same, START);
  expect(mute).toMatchObject({ until: toInstant(START + 2 * DAY_MS), by: ANNA });
  expect(await responses.muteOf(elsewhere, START)).toBeUndefined();
  expect(await responses.muteOf(same, START + 2 * DAY_MS)).toBeUndefined();
  const born = raised(undefined, same, { ...birth(START), ...(mute && { mutedUntil: mute }) });
  expect([born?.state, born && isAudible(born), epochMsOf(born?.until ?? '')]).toEqual([
    'muted',
    false,
    START + 2 * DAY_MS,
  ]);
  await respond(responses, { ...asked, command: { action: 'acknowledge' } }, { ...context, key: 'two' });
  expect(await responses.muteOf(same, START)).toBeUndefined();
});
