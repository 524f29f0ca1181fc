import { setTimeout as wait } from 'node:timers/promises';
import { bookCache, keyedLock } from '../../functions/stream/book-cache.ts';
import { forEachBounded } from '../../shared/bounded.ts';

test('a book that was taken out is gone until it is put back', () => {
  const cache = bookCache<string>(100, () => 10);
  cache.putBack('S1', 'book');
  expect(cache.take('S1')).toBe('book');
  expect(cache.take('S1')).toBeUndefined();
});

test('books that outgrow the memory push out the ones that were not used for longest', () => {
  const cache = bookCache<{ bytes: number }>(100, ({ bytes }) => bytes);
  for (const store of ['S1', 'S2', 'S3']) cache.putBack(store, { bytes: 30 });
  const first = cache.take('S1');
  cache.putBack('S1', first ?? { bytes: 0 });
  cache.putBack('S4', { bytes: 60 });
  expect(['S1', 'S2', 'S3', 'S4'].filter((store) => cache.take(store))).toEqual(['S1', 'S4']);
  cache.putBack('S5', { bytes: 1_000 });
  expect(cache.take('S5')).toBeUndefined();
});

test('tasks of one key run one after another, also after one that failed, others at the same time', async () => {
  const lock = keyedLock();
  const order: string[] = [];
  const task =
    (name: string, fails = false) =>
    async (): Promise<void> => {
      order.push(`${name} begins`);
      await wait(1);
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
  const outcomes = await Promise.allSettled([
    lock('S1', task('first', true)),
    lock('S1', task('second')),
    lock('S2', task('other')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(order.filter((entry) => !entry.startsWith('other'))).toEqual([
    'first begins',
    'first ends',
    'second begins',
    'second ends',
  ]);
  expect(order.indexOf('other begins')).toBeLessThan(order.indexOf('first ends'));
});

test('all items are worked on, at most so many at once, before the first failure is thrown', async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  const work = forEachBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await wait(1);
    running -= 1;
    if (item === 2) throw new Error('two');
    done.push(item);
  });
  await expect(work).rejects.toThrow('two');
  expect(most).toBe(3);
  expect(done.sort((one, other) => one - other)).toEqual([1, 3, 4, 5, 6, 7]);
});
