import { SpillOrder } from '../../functions/webhooks/spill-order.ts';
import type { Spill } from '../../shared/azure/hub/spill.ts';
import { virtualTime } from '../support/virtual-time.ts';

const never = () => Promise.reject(new Error('not used here'));
const EVENT = { storeId: 'S1', eventId: 'e1', kind: 'transaction', traceparent: '', body: Buffer.from('{}') };

/** Storage in which the lanes of `waiting` are open; it counts what it is asked. */
function storage(overrides: Partial<Spill> = {}) {
  const asked: string[] = [];
  const state = { mark: '', waiting: [] as string[] };
  const noting =
    <T>(what: string, answer: () => T) =>
    (): Promise<T> => {
      asked.push(what);
      return Promise.resolve(answer());
    };
  const spill: Spill = {
    put: noting('put', () => 'place'),
    holds: noting('holds', () => true),
    mark: noting('mark', () => state.mark),
    changeMark: noting('change', () => void (state.mark += '+')),
    isWaiting: noting('look', () => state.waiting.length > 0),
    storesWaiting: noting('list', () => state.waiting),
    parts: () => {
      throw new Error('not used here');
    },
    attemptOf: () => 0,
    postpone: never,
    ...overrides,
  };
  return { spill, asked, state };
}

test('while no lane is open it is known at once, and storage is asked for a mark a few times a second', async () => {
  const time = virtualTime();
  const { spill, asked } = storage();
  const order = new SpillOrder(spill, time.clock, time.wait);
  expect(await time.until(Promise.resolve(order.isClear('S1')))).toBe(true);
  for (let ms = 0; ms < 10_000; ms += 10) {
    expect(order.isClear(`S${ms}`)).toBe(true);
    await time.pass(10);
  }
  expect(asked.filter((what) => what === 'list')).toHaveLength(1);
  const marks = asked.filter((what) => what === 'mark').length;
  expect(marks).toBeGreaterThan(20);
  expect(marks).toBeLessThan(45);
});

test('a lane that another instance opens while this one looks at it, slowly, is not taken for empty', async () => {
  const time = virtualTime();
  let isAskedAgain = false;
  const slow = async () => {
    const wasEmpty = !isAskedAgain;
    await time.wait(2_000);
    return !wasEmpty;
  };
  const { spill, state } = storage({ isWaiting: slow });
  state.waiting = ['S1'];
  const order = new SpillOrder(spill, time.clock, time.wait);
  const first = Promise.resolve(order.isClear('S1'));
  await time.pass(600);
  // What was there is gone, and another instance opens the lane again and says so.
  state.mark = 'changed';
  isAskedAgain = true;
  await time.until(Promise.resolve(order.isClear('S2')));
  expect(await time.until(first)).toBe(false);
});

test('storage that does not answer keeps nothing from the hub for longer than 300 ms', async () => {
  const time = virtualTime();
  const { spill } = storage({ mark: () => time.wait(60_000).then(() => '') });
  const order = new SpillOrder(spill, time.clock, time.wait);
  const startMs = time.clock();
  expect(await time.until(Promise.resolve(order.isClear('S1')))).toBe(true);
  expect(time.clock() - startMs).toBe(300);
});

test('a lane that this instance opens is answered once all others must know of it, and the next ones at once', async () => {
  const time = virtualTime();
  const { spill, asked } = storage();
  const order = new SpillOrder(spill, time.clock, time.wait);
  const startMs = time.clock();
  await time.until(order.put('S1', [EVENT]));
  expect(time.clock() - startMs).toBeGreaterThanOrEqual(500);
  const openMs = time.clock();
  await time.until(order.put('S1', [EVENT]));
  expect(time.clock()).toBe(openMs);
  expect(asked.filter((what) => what === 'change')).toHaveLength(1);
});

test('hundreds of lanes that open at once change the mark a few times', async () => {
  const time = virtualTime();
  const { spill, asked } = storage();
  const order = new SpillOrder(spill, time.clock, time.wait);
  await time.until(Promise.all(Array.from({ length: 500 }, (_, index) => order.put(`S${index}`, [EVENT]))));
  expect(asked.filter((what) => what === 'change').length).toBeLessThan(4);
});

test('an event is not answered while nobody can be told of its lane: its sender keeps it, and the order with it', async () => {
  const time = virtualTime();
  const { spill } = storage({ changeMark: () => Promise.reject(new Error('storage is away')) });
  const order = new SpillOrder(spill, time.clock, time.wait);
  await expect(time.until(order.put('S1', [EVENT]))).rejects.toThrow('storage is away');
});
