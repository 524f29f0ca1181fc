import fc from 'fast-check';
import { circuitBreaker } from '../../functions/webhooks/circuit-breaker.ts';
import { durablePublisher, type Publisher } from '../../functions/webhooks/publisher.ts';
import { createRepublish, type Republish } from '../../functions/webhooks/republish.ts';
import { SpillOrder } from '../../functions/webhooks/spill-order.ts';
import type { HubSender } from '../../shared/azure/hub/hub-sender.ts';
import { storeLanes } from '../../shared/azure/hub/store-lanes.ts';
import { TransientError } from '../../shared/errors.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { memorySpill } from '../support/spill.ts';
import { silentLog } from '../support/stream-fixture.ts';
import { virtualTime } from '../support/virtual-time.ts';

const host = fc.constantFrom(0 as const, 1 as const);
/**
 * The hub goes away and comes back for either of two hosts, a till's next webhook may come to the other one, messages are
 * taken in any order and by either, processes end in the middle of it, and storage takes its time.
 */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      host,
      store: fc.constantFrom('S1', 'S2'),
      /** So many webhooks at once. */
      at: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hub' as const), host, isUp: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('republish' as const),
      host,
      pick: fc.nat(20),
      isKilled: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat(900) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Killed extends Error {}

function world(latenciesMs: readonly number[]) {
  const hub: PublishableEvent[] = [];
  const time = virtualTime();
  let operations = 0;
  const { messages, spilled, spillOf } = memorySpill(() => {
    operations += 1;
    const ms = latenciesMs[operations % latenciesMs.length] ?? 0;
    return ms === 0 ? Promise.resolve() : time.wait(ms);
  });
  const hostNamed = (name: string) => {
    const state = { isUp: true, killAfterSend: false };
    const spill = spillOf(name, time.clock);
    const sender: HubSender = {
      async send(_key, events) {
        await Promise.resolve();
        if (!state.isUp) throw new TransientError('hub-unavailable', 'down');
        hub.push(...events);
        if (state.killAfterSend) throw new Killed();
        return [];
      },
    };
    const publisher: Publisher = durablePublisher({
      lanes: storeLanes(sender, 60_000),
      order: new SpillOrder(spill, time.clock, time.wait),
      breaker: circuitBreaker({ threshold: 3, openMs: 5_000, clock: time.clock }),
    });
    const parts = { spill, deadLetters: { bury: () => Promise.resolve() }, clock: time.clock };
    const republish: Republish = createRepublish({ ...parts, sender });
    return { state, publisher, republish };
  };
  return { hub, time, messages, spilled, hosts: [hostNamed('a'), hostNamed('b')] as const };
}
type World = ReturnType<typeof world>;

/** Takes a message of the queue; a process that ends in the middle of it leaves it there. */
async function take(
  { messages, hosts }: World,
  { host: at, pick, isKilled }: Extract<Step, { kind: 'republish' }>,
) {
  const [text] = messages.splice(pick % messages.length, 1);
  if (text === undefined) return;
  const { state, republish } = hosts[at];
  state.killAfterSend = isKilled && state.isUp;
  try {
    await republish(text, silentLog);
  } catch (thrown) {
    if (!(thrown instanceof Killed)) throw thrown;
    messages.push(text);
  } finally {
    state.killAfterSend = false;
  }
}

test('P4 order per store: kept through the spill lane on two hosts, whoever brings it back, and wherever a process is killed', async () => {
  let spilledEvents = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 7 }),
      async (steps, latenciesMs) => {
        const all = world(latenciesMs);
        const { hub, time, hosts } = all;
        /** Ids by store, each with the number of its turn: what is under way at once has no order. */
        const sent = new Map<string, Map<string, number>>();
        /** A till sends the next event once the one before is answered. */
        const tills = new Map<string, Promise<unknown>>();
        const underway: Promise<unknown>[] = [];
        let count = 0;
        const publish = ({ host: at, store, at: webhooks }: Extract<Step, { kind: 'publish' }>) => {
          const ofStore = sent.get(store) ?? new Map<string, number>();
          sent.set(store, ofStore);
          const turn = ofStore.size;
          return Promise.all(
            Array.from({ length: webhooks }, async () => {
              count += 1;
              const eventId = `e${count}`;
              ofStore.set(eventId, turn);
              const body = Buffer.from('{}');
              const event = { storeId: store, eventId, kind: 'transaction', traceparent: '', body };
              spilledEvents += (await hosts[at].publisher.publish([event])).spilled;
            }),
          );
        };
        for (const one of steps) {
          if (one.kind === 'hub') hosts[one.host].state.isUp = one.isUp;
          else if (one.kind === 'time') await time.pass(one.ms);
          else if (one.kind === 'republish') underway.push(take(all, one));
          else
            tills.set(
              one.store,
              (tills.get(one.store) ?? Promise.resolve()).then(() => publish(one)),
            );
          await time.pass(1);
        }
        for (const { state } of hosts) state.isUp = true;
        await time.until(Promise.all([...tills.values(), ...underway]));
        while (all.messages.length > 0)
          await time.until(take(all, { kind: 'republish', host: 0, pick: 0, isKilled: false }));
        expect(all.spilled()).toEqual([]);
        for (const [store, turns] of sent) {
          const arrived = new Set(
            hub.filter(({ storeId }) => storeId === store).map(({ eventId }) => eventId),
          );
          expect([...arrived].map((id) => turns.get(id))).toEqual([...turns.values()]);
        }
      },
    ),
    { numRuns: 250 },
  );
  expect(spilledEvents).toBeGreaterThan(100);
});
