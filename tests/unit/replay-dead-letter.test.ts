import type { Logger } from '../../shared/log.ts';
import type { DeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { createBury } from '../../functions/reconcile/letters/bury.ts';
import { replayDeadLetter, type ReplayWays } from '../../functions/reconcile/letters/replay-dead-letter.ts';

const letter = (changes: Partial<DeadLetter>): DeadLetter => ({
  deadLetterId: '1',
  stage: 'land',
  code: 'schema',
  message: 'x',
  diedAt: '2026-03-02T10:00:00.000Z',
  replay: { to: 'nowhere' },
  payload: '{"storeId":"S1","eventId":"tillstream:1","kind":"transaction","traceparent":"t"}',
  ...changes,
});

function world(held: DeadLetter) {
  const done: string[] = [];
  const store: Pick<DeadLetterStore, 'take' | 'retire'> = {
    take: (name) => Promise.resolve(name === 'land/1.json' ? { letter: held, etag: 'e' } : undefined),
    retire: (name) => Promise.resolve(void done.push(`retired ${name}`)),
  };
  const ways: ReplayWays = {
    toHub: ({ storeId, eventId, body }) =>
      Promise.resolve(void done.push(`hub ${storeId} ${eventId} ${body.length}`)),
    toQueue: (queue, text) => Promise.resolve(void done.push(`queue ${queue} ${text}`)),
    toWebhook: ({ source }, payload) =>
      Promise.resolve(void done.push(`webhook ${source} ${payload.length}`)),
  };
  const replay = (name = 'land/1.json') => replayDeadLetter(store, ways, name);
  return { done, ways, replay };
}

test.each([
  [letter({ replay: { to: 'hub' } }), 'hub S1 tillstream:1 80'],
  [letter({ replay: { to: 'queue', queue: 'alerts' }, payload: '{}' }), 'queue alerts {}'],
  [letter({ replay: { to: 'webhook', source: 'tillstream', headers: {} } }), 'webhook tillstream 80'],
])('P3 nothing vanishes: a dead letter goes back as it says, and is put away', async (held, way) => {
  const { done, replay } = world(held);
  expect(await replay()).toBe(true);
  expect(done).toEqual([way, 'retired land/1.json']);
});

test('a letter stays where it is when its way is closed, or when it has none', async () => {
  const { done, ways, replay } = world(letter({ replay: { to: 'hub' } }));
  const closed = { ...ways, toHub: () => Promise.reject(new Error('away')) };
  await expect(
    replayDeadLetter(
      {
        take: () => Promise.resolve({ letter: letter({ replay: { to: 'hub' } }), etag: 'e' }),
        retire: () => Promise.resolve(void done.push('retired')),
      } as Partial<DeadLetterStore> as DeadLetterStore,
      closed,
      'land/1.json',
    ),
  ).rejects.toThrow('away');
  await expect(world(letter({})).replay()).rejects.toMatchObject({ code: 'no-way-back' });
  await expect(world(letter({ replay: { to: 'hub' }, payload: 'no json' })).replay()).rejects.toMatchObject({
    code: 'no-way-back',
  });
  expect(await replay('land/2.json')).toBe(false);
  expect(done).toEqual([]);
});

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };

test('what a queue gives up becomes one dead letter that knows its way back', async () => {
  const buried: DeadLetter[] = [];
  const bury = createBury({
    deadLetters: { bury: (one) => Promise.resolve(void buried.push(one)) },
    clock: () => Date.parse('2026-03-02T11:00:00Z'),
    giveUpShard: () => Promise.reject(new Error('only for the queue reconcile')),
    giveUpCompaction: () => Promise.reject(new Error('only for the queue compact')),
  });
  const message = {
    queue: 'alerts',
    text: '{"alertId":"a"}',
    insertedAt: new Date('2026-03-02T10:00:00Z'),
    triedBefore: 0,
  };
  await bury(message, silent);
  await bury(message, silent);
  expect(buried[0]).toEqual(buried[1]);
  expect(buried[0]).toMatchObject({
    stage: 'notify',
    code: 'retries-exhausted',
    diedAt: '2026-03-02T10:00:00.000Z',
    dequeueCount: 5,
    replay: { to: 'queue', queue: 'alerts' },
    payload: message.text,
  });
});

test.each([
  ['spill', 'republish'],
  ['hydrate', 'hydrate'],
  ['alerts', 'notify'],
  ['reconcile', 'reconcile'],
  ['compact', 'compact'],
  ['a-queue-of-later', 'a-queue-of-later'],
])('what the queue %s gives up bears the stage %s, where its message goes back to', async (queue, stage) => {
  const buried: DeadLetter[] = [];
  const bury = createBury({
    deadLetters: { bury: (one) => Promise.resolve(void buried.push(one)) },
    clock: () => Date.parse('2026-03-02T11:00:00Z'),
    giveUpShard: () => Promise.resolve(),
    giveUpCompaction: () => Promise.resolve(),
  });
  await bury({ queue, text: '{}', insertedAt: undefined, triedBefore: 0 }, silent);
  expect(buried).toMatchObject([
    { stage, replay: { to: 'queue', queue }, diedAt: '2026-03-02T11:00:00.000Z' },
  ]);
});
