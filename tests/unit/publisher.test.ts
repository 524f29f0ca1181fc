import { circuitBreaker } from '../../functions/webhooks/circuit-breaker.ts';
import type { HubSender } from '../../shared/azure/hub/hub-sender.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { durablePublisher } from '../../functions/webhooks/publisher.ts';
import { orderWithoutWaiting } from '../support/spill.ts';
import { storeLanes } from '../../shared/azure/hub/store-lanes.ts';
import { TransientError } from '../../shared/errors.ts';

const event = (eventId: string, storeId = 's1'): PublishableEvent => ({
  storeId,
  eventId,
  kind: 'transaction',
  traceparent: '00-a-b-01',
  body: Buffer.from('{}'),
});
const idsOf = (events: readonly PublishableEvent[]) => events.map(({ eventId }) => eventId);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A hub of which each send is answered by hand. */
function manualHub() {
  const sends: Array<{
    key: string;
    ids: string[];
    accept: (tooLarge?: PublishableEvent[]) => void;
    fail: () => void;
  }> = [];
  const sender: HubSender = {
    send: (key, events) =>
      new Promise((resolve, reject) => {
        sends.push({
          key,
          ids: idsOf(events),
          accept: (tooLarge = []) => resolve(tooLarge),
          fail: () => reject(new TransientError('hub-unavailable', 'down')),
        });
      }),
  };
  return { sender, sends };
}

function fakeSpill(fault?: Error) {
  const spilled: string[] = [];
  const order = orderWithoutWaiting((_storeId, events) => {
    if (fault) return Promise.reject(fault);
    spilled.push(...idsOf(events));
    return Promise.resolve();
  });
  return { order, spilled };
}

describe('store lanes', () => {
  test('what comes in one turn, and while a send is under way, leaves together, in order', async () => {
    const { sender, sends } = manualHub();
    const lanes = storeLanes(sender, 5_000);
    const first = [lanes.send('s1', [event('a')]), lanes.send('s1', [event('b')])];
    await turn();
    expect(sends.map(({ ids }) => ids)).toEqual([['a', 'b']]);
    const later = [lanes.send('s1', [event('c')]), lanes.send('s1', [event('d'), event('e')])];
    await turn();
    expect(sends).toHaveLength(1);
    sends[0]?.accept();
    await Promise.all(first);
    await turn();
    expect(sends[1]).toMatchObject({ key: 's1', ids: ['c', 'd', 'e'] });
    sends[1]?.accept();
    expect(await Promise.all(later)).toEqual([[], []]);
  });

  test('a caller is answered only when its own batch is accepted', async () => {
    const { sender, sends } = manualHub();
    const lanes = storeLanes(sender, 5_000);
    let answered = false;
    const sent = lanes.send('s1', [event('a')]).then(() => (answered = true));
    await turn();
    await turn();
    expect(answered).toBe(false);
    sends[0]?.accept();
    await sent;
    expect(answered).toBe(true);
  });

  test('stores do not wait for one another', async () => {
    const { sender, sends } = manualHub();
    const lanes = storeLanes(sender, 5_000);
    const sent = [lanes.send('s1', [event('a')]), lanes.send('s2', [event('b', 's2')])];
    await turn();
    expect(sends.map(({ key }) => key)).toEqual(['s1', 's2']);
    for (const send of sends) send.accept();
    await Promise.all(sent);
  });

  test('an event that is too large is reported only to its own caller', async () => {
    const { sender, sends } = manualHub();
    const lanes = storeLanes(sender, 5_000);
    const huge = event('huge');
    const sent = [lanes.send('s1', [huge]), lanes.send('s1', [event('b')])];
    await turn();
    sends[0]?.accept([huge]);
    expect(await Promise.all(sent)).toEqual([[huge], []]);
  });

  test('what is not accepted within the budget fails, and what waits behind it is not sent any more', async () => {
    const { sender, sends } = manualHub();
    const lanes = storeLanes(sender, 30);
    const sent = lanes.send('s1', [event('a')]);
    await turn();
    const waiting = lanes.send('s1', [event('b')]);
    await expect(sent).rejects.toMatchObject({ code: 'hub-slow' });
    await expect(waiting).rejects.toMatchObject({ code: 'hub-slow' });
    sends[0]?.accept();
    await turn();
    await turn();
    expect(sends).toHaveLength(1);
  });

  test('a failed send fails all who share it, and the lane goes on', async () => {
    const { sender, sends } = manualHub();
    const lanes = storeLanes(sender, 5_000);
    const sent = [lanes.send('s1', [event('a')]), lanes.send('s1', [event('b')])];
    await turn();
    sends[0]?.fail();
    for (const one of sent) await expect(one).rejects.toMatchObject({ code: 'hub-unavailable' });
    const next = lanes.send('s1', [event('c')]);
    await turn();
    await turn();
    sends[1]?.accept();
    expect(await next).toEqual([]);
  });
});

describe('durable publisher', () => {
  const failing: HubSender = { send: () => Promise.reject(new TransientError('hub-unavailable', 'down')) };

  test('after three failures the hub is not asked any more, then once, and when it answers, always', async () => {
    let nowMs = 0;
    let isDown = true;
    let asked = 0;
    const sender: HubSender = {
      send() {
        asked += 1;
        return isDown ? Promise.reject(new TransientError('hub-unavailable', 'down')) : Promise.resolve([]);
      },
    };
    const { order, spilled } = fakeSpill();
    const breaker = circuitBreaker({ threshold: 3, openMs: 5_000, clock: () => nowMs });
    const publisher = durablePublisher({ lanes: storeLanes(sender, 1_000), order, breaker });
    for (let count = 0; count < 5; count += 1) {
      expect(await publisher.publish([event(`e${count}`)])).toMatchObject({ published: 0, spilled: 1 });
    }
    expect([asked, breaker.state, spilled.length]).toEqual([3, 'open', 5]);
    nowMs = 5_000;
    expect(breaker.state).toBe('half-open');
    await Promise.all([publisher.publish([event('f', 's1')]), publisher.publish([event('g', 's2')])]);
    expect([asked, breaker.state]).toEqual([4, 'open']);
    nowMs = 10_000;
    isDown = false;
    expect(await publisher.publish([event('h')])).toEqual({ published: 1, spilled: 0, tooLarge: [] });
    expect(breaker.state).toBe('closed');
  });

  test('hub and spill queue down: nothing-durable, with both causes', async () => {
    const { order } = fakeSpill(new TransientError('azure-unavailable', 'down'));
    const breaker = circuitBreaker({ threshold: 3, openMs: 5_000, clock: () => 0 });
    const publisher = durablePublisher({ lanes: storeLanes(failing, 1_000), order, breaker });
    await expect(publisher.publish([event('a')])).rejects.toMatchObject({
      code: 'nothing-durable',
      cause: { errors: [{ code: 'hub-unavailable' }, { code: 'azure-unavailable' }] },
    });
  });
});
