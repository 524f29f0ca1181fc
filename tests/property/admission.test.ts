/** Which deliveries count, over weeks and over hubs that are created anew. All amounts are equal, so nothing evens out by them. */
import fc from 'fast-check';
import { createFoldStores } from '../../functions/stream/fold-stores.ts';
import { stockShape } from '../../functions/stream/folds.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { PermanentError } from '../../shared/errors.ts';
import { MEMORY_MS } from '../../shared/one-effect/seen-ids.ts';
import type { Tally } from '../../shared/one-effect/store-state.ts';
import type { PosEvent, PositionedEvent } from '../../shared/pos/event.ts';
import { newTillBook } from '../../shared/tills/till-book.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, toInstant } from '../../shared/time.ts';
import { memoryTable } from '../support/memory-table.ts';
import { atHour, drawerOf, stockOf, transactionOf } from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';

/** A consumer that notes what counts and what is kept for a decision; `restart` makes it read its state again. */
function consumer() {
  const table = memoryTable();
  const states = storeStates(table.client, stockShape);
  const counted: string[] = [];
  const kept: { eventId: string; code: string }[] = [];
  const start = () =>
    createFoldStores({
      states,
      deliver: () => Promise.resolve(),
      bury: ({ event }: PositionedEvent, { code }: PermanentError) =>
        Promise.resolve(void kept.push({ eventId: event.eventId, code })),
      log: silentLog,
    });
  let foldStores = start();
  return {
    counted,
    kept,
    restart: () => (foldStores = start()),
    take: (deliveries: readonly PositionedEvent[]) =>
      foldStores(deliveries, (_book, { eventId }) => {
        counted.push(eventId);
        return [];
      }),
    tally: async (): Promise<Tally> => (await states.load('S1')).book.tally,
    marks: async () => (await states.load('S1')).book.marks,
  };
}

const KINDS = [
  (atMs: number): PosEvent => transactionOf(atMs),
  (atMs: number): PosEvent => drawerOf(atMs, 'paidIn', 100),
  (atMs: number): PosEvent => stockOf(atMs, 'delivery', 1_000),
];
const kind = fc.constantFrom(...KINDS);

const visit = fc.record({
  kind,
  gapHours: fc.integer({ min: 0, max: 60 }),
  /** How long the till was offline; less than nothing where its clock is ahead. */
  ageHours: fc.oneof(
    fc.integer({ min: -30, max: 3 }),
    fc.integer({ min: -190, max: -20 }),
    fc.integer({ min: 100, max: 900 }),
  ),
  repeatsAfterHours: fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 3 }),
  isRestart: fc.boolean(),
});

interface Delivery {
  readonly event: PosEvent;
  readonly firstAtMs: number;
  readonly atMs: number;
  readonly isRestart: boolean;
}

function deliveriesOf(visits: readonly (typeof visit extends fc.Arbitrary<infer V> ? V : never)[]) {
  const deliveries: Delivery[] = [];
  let firstAtMs = atHour(0);
  for (const { kind: make, gapHours, ageHours, repeatsAfterHours, isRestart } of visits) {
    firstAtMs += gapHours * HOUR_MS + 1;
    const event = make(firstAtMs - ageHours * HOUR_MS);
    for (const after of [0, ...repeatsAfterHours]) {
      const atMs = firstAtMs + after * HOUR_MS;
      deliveries.push({ event: { ...event, receivedAt: toInstant(atMs) }, firstAtMs, atMs, isRestart });
    }
  }
  return deliveries.sort((one, other) => one.atMs - other.atMs);
}

test('P2 one effect: whenever a source repeats itself, also long after its ids are forgotten, nothing counts twice or is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { minLength: 1, maxLength: 12 }), async (visits) => {
      const world = consumer();
      const deliveries = deliveriesOf(visits);
      for (const [hubSequenceNumber, { event, firstAtMs, atMs, isRestart }] of deliveries.entries()) {
        if (isRestart) world.restart();
        const [counted, kept] = [world.counted.length, world.kept.length];
        await world.take([{ event, hubPartition: '0', hubSequenceNumber, enqueuedAtMs: atMs }]);
        const becameOf = { counted: world.counted.length - counted, kept: world.kept.length - kept };
        const isFirst = atMs === firstAtMs && !world.counted.slice(0, counted).includes(event.eventId);
        const ageMs = atMs - Date.parse(event.occurredAt);
        // In time: it counts at once. Within the memory: a repeat of what counted is silent.
        if (isFirst && ageMs < MEMORY_MS - DAY_MS) expect(becameOf).toEqual({ counted: 1, kept: 0 });
        if (world.counted.slice(0, counted).includes(event.eventId) && atMs - firstAtMs <= MEMORY_MS)
          expect(becameOf).toEqual({ counted: 0, kept: 0 });
        expect(becameOf.counted + becameOf.kept).toBeLessThanOrEqual(1);
      }
      expect(new Set(world.counted).size).toBe(world.counted.length);
      expect(new Set(world.kept.map(({ code }) => code))).not.toContain('conflict');
      const known = new Set([...world.counted, ...world.kept.map(({ eventId }) => eventId)]);
      expect(known).toEqual(new Set(deliveries.map(({ event }) => event.eventId)));
      const { folded, duplicates, conflicts, tooOld } = await world.tally();
      expect(folded + duplicates + conflicts + tooOld).toBe(deliveries.length);
      expect([folded, tooOld]).toEqual([world.counted.length, world.kept.length]);
    }),
    { numRuns: 200 },
  );
});

/** What one hub delivers: its events in order, with places it goes back to. */
const hub = fc.record({
  partition: fc.constantFrom('0', '1'),
  events: fc.array(kind, { minLength: 1, maxLength: 8 }),
  /** How many of the events before are published here again, by the spill queue or their source. */
  again: fc.integer({ min: 0, max: 4 }),
  repeatsFirst: fc.boolean(),
  rewinds: fc.array(fc.nat(10), { maxLength: 4 }),
  batch: fc.integer({ min: 1, max: 5 }),
  isRestart: fc.boolean(),
});

test.each([true, false])(
  'P2 one effect: a hub that is created anew, and one that goes back, lose nothing and count nothing twice (with times: %s)',
  async (hasTimes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(hub, { minLength: 1, maxLength: 5 }), async (hubs) => {
        const world = consumer();
        const published: PosEvent[] = [];
        let atMs = atHour(0);
        let repeats = 0;
        const lastRead = new Map<string, number>();
        for (const { partition, events, again, repeatsFirst, rewinds, batch, isRestart } of hubs) {
          if (isRestart) world.restart();
          const repeated = published.slice(-again || published.length);
          const fresh = events.map((make) => {
            atMs += MINUTE_MS;
            return { ...make(atMs), receivedAt: toInstant(atMs) };
          });
          published.push(...fresh);
          repeats += repeated.length;
          const held = (repeatsFirst ? [...repeated, ...fresh] : [...fresh, ...repeated]).map(
            (event, hubSequenceNumber): PositionedEvent => {
              atMs += 1;
              return {
                event,
                hubPartition: partition,
                hubSequenceNumber,
                ...(hasTimes ? { enqueuedAtMs: atMs } : {}),
              };
            },
          );
          lastRead.set(partition, held.length - 1);
          for (const from of [0, ...rewinds.map((back) => Math.max(0, held.length - back))])
            for (let at = from; at < held.length; at += batch) await world.take(held.slice(at, at + batch));
        }
        expect(world.counted).toEqual(published.map(({ eventId }) => eventId));
        expect(world.kept).toEqual([]);
        const { folded, duplicates } = await world.tally();
        expect(folded).toBe(published.length);
        // By number alone some of the repeats look like the hub's own.
        if (hasTimes) expect(await world.marks()).toEqual(lastRead);
        if (hasTimes) expect(duplicates).toBe(repeats);
        else expect(duplicates).toBeLessThanOrEqual(repeats);
      }),
      { numRuns: 150 },
    );
  },
);

describe('the edges of what is forgotten', () => {
  /** A book that has read one event at the first hour, and then one of nine days later. */
  function forgetful() {
    const book = newTillBook();
    let sequence = 0;
    const admit = (event: PosEvent, receivedAtMs: number) => {
      sequence += 1;
      return book.admit({
        event: { ...event, receivedAt: toInstant(receivedAtMs) },
        hubPartition: '0',
        hubSequenceNumber: sequence,
        enqueuedAtMs: receivedAtMs + sequence,
      });
    };
    const [firstMs, nowMs] = [atHour(0), atHour(0) + 9 * DAY_MS];
    admit(drawerOf(firstMs, 'paidIn', 100), firstMs);
    admit(drawerOf(nowMs, 'paidIn', 100), nowMs);
    return { admit, firstMs, nowMs };
  }

  test('an event may have been counted up to a day after the newest that is forgotten, and not a millisecond later', () => {
    const { admit, firstMs, nowMs } = forgetful();
    expect(admit(drawerOf(firstMs + DAY_MS, 'paidIn', 100), nowMs)).toBe('too-old');
    expect(admit(drawerOf(firstMs + DAY_MS + 1, 'paidIn', 100), nowMs)).toBe('new');
  });

  test('while nothing is forgotten, what a clock without its battery dates to 1970 counts', () => {
    const book = newTillBook();
    const event = drawerOf(HOUR_MS, 'paidIn', 100);
    expect(book.admit({ event, hubPartition: '0', hubSequenceNumber: 1 })).toBe('new');
  });

  test.each([
    [5, 'new'],
    [7, 'new'],
    [9, 'new'],
    [10, 'too-old'],
    [12, 'too-old'],
  ])('a void of a sale that is not known, of a business date %d days ago, is %s', (days, admission) => {
    const { admit, nowMs } = forgetful();
    const midnightMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
    const voided = transactionOf(nowMs, [], {
      status: 'voided',
      businessDate: toInstant(midnightMs - days * DAY_MS).slice(0, 10) as never,
    });
    expect(admit(voided, nowMs)).toBe(admission);
  });
});
