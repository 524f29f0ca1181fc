import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { sumOf } from '../../shared/tills/shift.ts';
import { newTillBook, shiftsIn } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { createStream } from '../../functions/stream/stream.ts';
import {
  concernsStock,
  concernsTills,
  stockFold,
  stockShape,
  tillFold,
  tillShape,
} from '../../functions/stream/folds.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { eventId, tillId } from '../../shared/ids.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent, PositionedEvent, TransactionEvent } from '../../shared/pos/event.ts';
import type { Tally } from '../../shared/one-effect/store-state.ts';
import { DAY_MS, MINUTE_MS, toInstant } from '../../shared/time.ts';
import { memoryTable } from '../support/memory-table.ts';
import {
  atHour,
  BERLIN,
  drawerOf,
  positioned,
  PRODUCTS,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';
import { CATALOG, silentLog } from '../support/stream-fixture.ts';

/** Both streams over one hub partition, with what they keep as dead letters. */
function streams() {
  const letters: DeadLetter[] = [];
  const common = {
    deliver: () => Promise.resolve(),
    deadLetters: { bury: (letter: DeadLetter) => Promise.resolve(void letters.push(letter)) },
    clock: () => atHour(20),
    log: silentLog,
  };
  const [stockTable, tillTable] = [memoryTable(), memoryTable()];
  const stock = createStream({
    ...common,
    stage: 'stock',
    states: storeStates(stockTable.client, stockShape),
    concerns: concernsStock,
    currentFold: () => Promise.resolve(stockFold(CATALOG)),
  });
  const tills = createStream({
    ...common,
    stage: 'tills',
    states: storeStates(tillTable.client, tillShape),
    concerns: concernsTills,
    currentFold: () => Promise.resolve(tillFold()),
  });
  let next = 0;
  return {
    letters,
    async read(...events: PosEvent[]) {
      const messages = events.map((event) => ({
        body: Buffer.from(JSON.stringify(event)),
        hubPartition: '0',
        hubSequenceNumber: next++,
        enqueuedAtMs: Date.parse(event.receivedAt),
      }));
      await stock(messages);
      await tills(messages);
    },
    /** What a person does who decides that it counts. */
    async replay(letter: DeadLetter | undefined) {
      await this.read(JSON.parse(letter?.payload ?? '') as PosEvent);
    },
    async onHand(): Promise<number | undefined> {
      const { book } = await storeStates(stockTable.client, stockShape).load('S1');
      return book.records.get('P1')?.onHandMilli;
    },
    async stockTally(): Promise<Tally> {
      return (await storeStates(stockTable.client, stockShape).load('S1')).book.tally;
    },
    async till() {
      const { book } = await storeStates(tillTable.client, tillShape).load('S1');
      const shifts = shiftsIn(book.records.values());
      return {
        transactions: shifts.reduce((sum, shift) => sum + sumOf(shift, 'transactions'), 0),
        cashMinor: shifts.reduce((sum, shift) => sum + sumOf(shift, 'cashMinor'), 0),
        tally: book.tally,
      };
    },
  };
}

const received = <E extends PosEvent>(event: E, atMs: number): E => ({
  ...event,
  receivedAt: toInstant(atMs),
});

describe('one id, two contents', () => {
  const first = transactionOf(atHour(1), [{ priceMinor: 1_000 }]);
  const second: TransactionEvent = {
    ...transactionOf(atHour(2), [{ priceMinor: 9_900 }]),
    eventId: first.eventId,
  };

  test('same id and same content is a duplicate, whatever was received or derived otherwise', async () => {
    const both = streams();
    await both.read(first, { ...received(first, atHour(5)), offline: true, quality: ['unknown-product'] });
    expect(both.letters).toEqual([]);
    expect(await both.till()).toMatchObject({
      transactions: 1,
      tally: { folded: 1, duplicates: 1, conflicts: 0 },
    });
  });

  test('P3 nothing vanishes: other content is kept by both groups, tallied, and counts once a person decides so', async () => {
    const both = streams();
    await both.read(first, second, second);
    expect(both.letters.map(({ stage, code }) => `${stage} ${code}`)).toEqual(
      ['stock', 'tills'].flatMap((stage) => [`${stage} conflict`, `${stage} conflict`]),
    );
    // The repeat of a conflict is no further letter.
    expect(new Set(both.letters.map(({ stage, deadLetterId }) => stage + deadLetterId)).size).toBe(2);
    expect(await both.till()).toMatchObject({
      cashMinor: 1_000,
      tally: { folded: 1, conflicts: 2, duplicates: 0 },
    });
    await both.replay(both.letters[0]);
    await both.replay(both.letters[2]);
    await both.read(second);
    expect(await both.till()).toMatchObject({
      transactions: 2,
      cashMinor: 10_900,
      tally: { folded: 2, conflicts: 2, duplicates: 2 },
    });
    expect(both.letters).toHaveLength(4);
  });

  test('a time that differs by whole hours is other content', async () => {
    const both = streams();
    const opening = drawerOf(atHour(1), 'paidOut', 500);
    await both.read(opening, { ...opening, occurredAt: toInstant(atHour(3)) });
    expect(both.letters.map(({ stage, code }) => [stage, code])).toEqual([['tills', 'conflict']]);
  });

  test('two sales with one number and version at one till are a conflict under any id; the same sale is not', async () => {
    const both = streams();
    const again = { ...first, eventId: eventId('tillstream:other') };
    const other = { ...second, eventId: eventId('tillstream:third'), transactionId: first.transactionId };
    await both.read(first, again, other);
    expect(both.letters.map(({ eventId: id, code }) => [id, code])).toEqual([
      [other.eventId, 'conflict'],
      [other.eventId, 'conflict'],
    ]);
    expect(await both.till()).toMatchObject({
      cashMinor: 1_000,
      tally: { folded: 1, duplicates: 1, conflicts: 1 },
    });
  });
});

describe('what is older than the memory', () => {
  /** Ten days of trade, a few events each, so segments fill and are dropped. */
  const trade = (days: number): PosEvent[] =>
    Array.from({ length: days * 120 }, (_, index) => drawerOf(atHour(1) + (index * DAY_MS) / 120, 'noSale'));

  test('P2 one effect: a repeat on any later day never counts again by itself', async () => {
    for (const day of [1, 5, 9, 12, 20]) {
      const both = streams();
      const delivery = stockOf(atHour(0), 'delivery', 48_000);
      const sale = transactionOf(atHour(1), [{ priceMinor: 700 }]);
      await both.read(delivery, sale, ...trade(day));
      await both.read(received(delivery, atHour(24 * day + 2)), received(sale, atHour(24 * day + 3)));
      expect([day, await both.onHand(), (await both.till()).cashMinor]).toEqual([day, 47_000, 700]);
      const { folded, duplicates, conflicts, tooOld } = await both.stockTally();
      expect(duplicates + tooOld).toBe(2);
      expect(folded + duplicates + conflicts + tooOld).toBe(120 * day + 4);
      expect(both.letters.every(({ code }) => code === 'too-old')).toBe(true);
      expect(both.letters).toHaveLength(tooOld * 2 - (tooOld === 0 ? 0 : 1));
    }
  });

  test('a sale that was offline for two weeks is kept, and counts once a person decides so', async () => {
    const both = streams();
    await both.read(...trade(14));
    const late = received(transactionOf(atHour(1), [{ priceMinor: 700 }]), atHour(24 * 14));
    await both.read(late);
    expect(both.letters.map(({ stage, code }) => [stage, code])).toEqual([
      ['stock', 'too-old'],
      ['tills', 'too-old'],
    ]);
    await both.replay(both.letters[1]);
    await both.replay(both.letters[0]);
    await both.read(late);
    expect(await both.till()).toMatchObject({ cashMinor: 700, tally: { tooOld: 1, duplicates: 2 } });
    expect(both.letters).toHaveLength(2);
  });

  test('a store that has forgotten nothing takes what is years old, such as a file of another year', async () => {
    const both = streams();
    await both.read(
      received(transactionOf(atHour(1)), atHour(24 * 900)),
      received(transactionOf(atHour(2)), atHour(24 * 900)),
    );
    expect(both.letters).toEqual([]);
    expect((await both.till()).transactions).toBe(2);
  });

  test('a void of a sale that is forgotten is kept, and changes nothing by itself', async () => {
    const both = streams();
    const sale = transactionOf(atHour(1));
    await both.read(sale, ...trade(14));
    const voided = { ...sale, eventId: eventId('tillstream:void'), status: 'voided' as const };
    await both.read(received(voided, atHour(24 * 14)));
    expect(both.letters.map(({ code }) => code)).toEqual(['too-old', 'too-old']);
  });

  test('a count that comes too late to be completed is kept, unless its products were counted since', async () => {
    const both = streams();
    const late = stockOf(atHour(1), 'count', 5_000);
    const sales = Array.from({ length: 12 }, (_, day) => transactionOf(atHour(24 * day + 2)));
    await both.read(stockOf(atHour(0), 'count', 9_000), ...sales, received(late, atHour(24 * 11 + 3)));
    expect(both.letters.map(({ stage, code }) => [stage, code])).toEqual([['stock', 'count-too-old']]);
    await both.read(
      stockOf(atHour(24 * 12), 'count', 8_000),
      received(stockOf(atHour(1), 'count', 1_000), atHour(24 * 12)),
    );
    expect(both.letters).toHaveLength(1);
    expect(await both.onHand()).toBe(8_000);
  });
});

describe('a recreated hub', () => {
  const sale = (hour: number, receivedMs = atHour(hour) + 1_000): TransactionEvent =>
    received(transactionOf(atHour(hour)), receivedMs);
  const at = (event: PosEvent, hubSequenceNumber: number, enqueuedAtMs?: number): PositionedEvent => ({
    event,
    hubPartition: '0',
    hubSequenceNumber,
    ...(enqueuedAtMs === undefined ? {} : { enqueuedAtMs }),
  });

  test.each([true, false])(
    'what was spilled before and comes first there counts; times known: %s',
    (timed) => {
      const book = newTillBook();
      const [old, newer] = [sale(1), sale(2)];
      const ms = (hour: number): number | undefined => (timed ? atHour(hour) : undefined);
      expect(book.admit(at(old, 100, ms(1)))).toBe('new');
      expect(book.admit(at(newer, 101, ms(2)))).toBe('new');
      // Received before the newest one, and published into the new hub hours later.
      const spilled = sale(1.5);
      expect(book.admit(at(spilled, 0, ms(5)))).toBe('new');
      expect(book.admit(at(sale(5), 1, ms(5)))).toBe('new');
      expect(book.admit(at(spilled, 0, ms(5)))).toBe('delivered-before');
      expect(book.tally).toMatchObject({ folded: 4, duplicates: 0 });
    },
  );

  test('what the spill queue publishes twice over the change is a duplicate, and tallied', () => {
    const book = newTillBook();
    const event = sale(1);
    book.admit(at(event, 100, atHour(1)));
    expect(book.admit(at(event, 0, atHour(5)))).toBe('duplicate');
    expect(book.tally).toMatchObject({ folded: 1, duplicates: 1 });
  });

  test('a partition that is given again from any earlier place counts nothing again', () => {
    const book = newTillBook();
    const hub = Array.from({ length: 30 }, (_, index) =>
      at(sale(1 + index / 10), index, atHour(2) + (index >> 2) * MINUTE_MS),
    );
    for (const one of hub) expect(book.admit(one)).toBe('new');
    for (const one of hub.slice(7)) expect(book.admit(one)).toBe('delivered-before');
    expect(book.tally).toMatchObject({ folded: 30, duplicates: 0 });
  });
});

describe('one number, two things', () => {
  const tillTwo = { tillId: tillId('T2') };
  const fold = (events: readonly PosEvent[]) => {
    const [stock, tills] = [newStockBook(), newTillBook()];
    for (const one of positioned(events)) {
      if (stock.admit(one) === 'new') foldStock(stock, one.event, { store: BERLIN, products: PRODUCTS });
      if (tills.admit(one) === 'new') foldTills(tills, one.event);
    }
    const shifts = shiftsIn(tills.records.values());
    return {
      onHand: stock.records.get('P1')?.onHandMilli,
      cash: shifts.reduce((sum, shift) => sum + sumOf(shift, 'cashMinor'), 0),
      transactions: shifts.reduce((sum, shift) => sum + sumOf(shift, 'transactions'), 0),
      conflicts: tills.tally.conflicts + stock.tally.conflicts,
    };
  };

  test('two tills that number by themselves both count, also with one amount, in both orders', () => {
    const one = transactionOf(atHour(1), [{}], { transactionId: '17' });
    const other = transactionOf(atHour(1), [{}], { transactionId: '17', ...tillTwo });
    const result = { onHand: -2_000, cash: 200, transactions: 2, conflicts: 0 };
    expect(fold([one, other])).toEqual(result);
    expect(fold([other, one])).toEqual(result);
  });

  test("one till's void takes back its own sale and never the other's", () => {
    const one = transactionOf(atHour(1), [{ priceMinor: 300 }], { transactionId: '17' });
    const other = transactionOf(atHour(1), [{ priceMinor: 300 }], { transactionId: '17', ...tillTwo });
    const voided = transactionOf(atHour(2), [], { transactionId: '17', status: 'voided', ...tillTwo });
    for (const order of [
      [one, other, voided],
      [one, voided, other],
      [voided, one, other],
    ]) {
      expect(fold(order)).toEqual({ onHand: -1_000, cash: 300, transactions: 1, conflicts: 0 });
    }
  });

  test('a void at another till takes back a sale whose id names its till', () => {
    const source = 'poslog' as const;
    const sold = transactionOf(atHour(1), [{}], { source, transactionId: 'S1:2026-03-02:T1:17' });
    const voided = transactionOf(atHour(1), [], {
      ...tillTwo,
      source,
      transactionId: sold.transactionId,
      status: 'voided',
    });
    expect(fold([sold, voided])).toMatchObject({ cash: 0, transactions: 0 });
  });

  test('practice never hides a sale, nor takes one back', () => {
    const real = transactionOf(atHour(1), [{}], { transactionId: '17' });
    const practice = transactionOf(atHour(2), [{}], { transactionId: '17', training: true });
    const practisedVoid = {
      ...transactionOf(atHour(3), [], { transactionId: '17', training: true }),
      status: 'voided' as const,
    };
    for (const order of [
      [real, practice, practisedVoid],
      [practisedVoid, practice, real],
    ]) {
      expect(fold(order)).toEqual({ onHand: -1_000, cash: 100, transactions: 1, conflicts: 0 });
    }
  });

  test('a delivery and a sale with one number both count, and the delivery is no version of the sale', () => {
    const number = '1001';
    const delivery = stockOf(atHour(1), 'delivery', 48_000, 'P1', {
      eventId: eventId(`tillstream:${number}`),
    });
    const sold = transactionOf(atHour(2), [{}], { transactionId: number });
    const voided = transactionOf(atHour(3), [], { transactionId: number, status: 'voided' });
    for (const order of [
      [delivery, sold, voided],
      [sold, delivery, voided],
      [voided, delivery, sold],
    ]) {
      expect(fold(order).onHand).toBe(48_000);
    }
    const late = stockOf(atHour(0), 'count', 1_000);
    // What moved after a late count is found for both.
    expect(fold([delivery, sold, late]).onHand).toBe(1_000 + 48_000 - 1_000);
  });

  test('names of tills that hold separators do not run into each other', () => {
    const ids = ['A 1', 'A', '1:A', 'training A', '1 A'];
    const sales = ids.flatMap((id) => [
      transactionOf(atHour(1), [{}], { transactionId: '17', tillId: tillId(id) }),
      transactionOf(atHour(1), [{}], { transactionId: '17 till', tillId: tillId(id) }),
    ]);
    expect(fold(sales)).toMatchObject({ transactions: sales.length, conflicts: 0 });
  });
});
