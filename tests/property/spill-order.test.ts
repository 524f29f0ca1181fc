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

/** The hub is away and comes back, messages are taken in any order, and processes end in the middle of it. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('publish' as const),
    instance: fc.nat(1),
    store: fc.constantFrom('S1', 'S2'),
    /** So many webhooks at once. */
    at: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('hub' as const), isUp: fc.boolean() }),
  fc.record({ kind: fc.constant('republish' as const), pick: fc.nat(20), isKilled: fc.boolean() }),
);

class Killed extends Error {}

function world() {
  const hub: PublishableEvent[] = [];
  const state = { isUp: true, nowMs: 1_000_000, killAfterSend: false };
  const clock = () => state.nowMs;
  const { messages, blobs, spillOf } = memorySpill();
  const sender: HubSender = {
    async send(_key, events) {
      await Promise.resolve();
      if (!state.isUp) throw new TransientError('hub-unavailable', 'down');
      hub.push(...events);
      if (state.killAfterSend) throw new Killed();
      return [];
    },
  };
  const instance = (name: string): { publisher: Publisher; republish: Republish } => {
    const spill = spillOf(name, clock);
    return {
      publisher: durablePublisher({
        lanes: storeLanes(sender, 1_000),
        order: new SpillOrder(spill, clock),
        breaker: circuitBreaker({ threshold: 3, openMs: 5_000, clock }),
      }),
      republish: createRepublish({ spill, sender, deadLetters: { bury: () => Promise.resolve() }, clock }),
    };
  };
  return { hub, state, messages, blobs, instances: [instance('a'), instance('b')] as const };
}

test('P4 order per store: kept through the spill lane, whoever brings it back, and wherever a process is killed', async () => {
  let spilled = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { hub, state, messages, blobs, instances } = world();
      const sent = new Map<string, string[]>([
        ['S1', []],
        ['S2', []],
      ]);
      let count = 0;
      const take = async (pick: number, isKilled: boolean): Promise<void> => {
        const at = pick % messages.length;
        const [text = ''] = messages.splice(at, 1);
        state.killAfterSend = isKilled && state.isUp;
        try {
          await instances[0].republish(text, silentLog);
        } catch (thrown) {
          if (!(thrown instanceof Killed)) throw thrown;
          // The queue shows it again.
          messages.push(text);
        } finally {
          state.killAfterSend = false;
        }
      };
      for (const one of steps) {
        // Longer than two instances may differ about a lane.
        state.nowMs += 4_000;
        if (one.kind === 'hub') state.isUp = one.isUp;
        else if (one.kind === 'republish') {
          if (messages.length > 0) await take(one.pick, one.isKilled);
        } else {
          const webhooks = Array.from({ length: one.at }, () => {
            count += 1;
            const eventId = `e${count}`;
            sent.get(one.store)?.push(eventId);
            const event = {
              storeId: one.store,
              eventId,
              kind: 'transaction',
              traceparent: '',
              body: Buffer.from('{}'),
            };
            return instances[one.instance as 0 | 1].publisher.publish([event]);
          });
          for (const result of await Promise.all(webhooks)) spilled += result.spilled;
        }
      }
      state.isUp = true;
      while (messages.length > 0) await take(0, false);
      expect(blobs.size).toBe(0);
      for (const [store, ids] of sent) {
        const ofStore = hub.filter(({ storeId }) => storeId === store).map(({ eventId }) => eventId);
        expect([...new Set(ofStore)]).toEqual(ids);
      }
    }),
    { numRuns: 300 },
  );
  expect(spilled).toBeGreaterThan(100);
});
