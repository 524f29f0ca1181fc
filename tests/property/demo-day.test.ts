import fc from 'fast-check';
import { demonstrationChain } from '../../infra/local/demo/chain.ts';
import { demoDays, type DemoDay } from '../../infra/local/demo/demo-day.ts';
import type { WireTransaction } from '../../infra/local/demo/wire.ts';
import { businessDate } from '../../shared/ids.ts';
import { productsFileSchema } from '../../shared/pos/product.ts';
import { storesFileSchema } from '../../shared/pos/stores-file.ts';
import { compiledWireEvent } from '../../shared/pos/sources/tillstream/wire-schema.ts';
import { addDays, businessDateOf, minuteOf } from '../../shared/time.ts';

const MONDAY = businessDate('2026-03-02');
const dayOf = (seed: number, date = MONDAY, stores = 5): DemoDay => {
  const [day] = demoDays({ stores, seed, dates: [date] });
  return day as DemoDay;
};
const transactionsOf = (day: DemoDay): WireTransaction[] =>
  day.events.flatMap(({ wire }) => (wire.kind === 'transaction' ? [wire] : []));
const anySeed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const anyDate = fc.integer({ min: 0, max: 400 }).map((days) => addDays(MONDAY, days));
const few = { numRuns: 3 };

describe('the demonstration day', () => {
  it('is the same for the same seed, and another for another', () => {
    const text = (seed: number) => JSON.stringify({ ...dayOf(seed), stores: undefined });
    expect(text(7)).toBe(text(7));
    expect(text(7)).not.toBe(text(8));
  });

  it('plays a store the same, however many others there are', () => {
    const berlin = (stores: number) =>
      dayOf(1, MONDAY, stores).events.flatMap(({ wire }) =>
        wire.kind === 'price' && wire.storeId === 'BER01' ? [wire] : [],
      );
    expect(berlin(1)).toEqual(berlin(9));
  });

  it('has at least three time zones and two currencies in its default chain', () => {
    const { stores, products } = demonstrationChain(5);
    expect(new Set(stores.map(({ store }) => store.timeZone)).size).toBeGreaterThanOrEqual(3);
    expect(new Set(stores.map(({ store }) => store.currency)).size).toBeGreaterThanOrEqual(2);
    expect(storesFileSchema.parse({ stores: stores.map(({ store }) => store) }).stores).toHaveLength(5);
    expect(productsFileSchema.parse({ products }).products.length).toBeGreaterThanOrEqual(115);
    expect(new Set(products.flatMap(({ codes }) => codes)).size).toBe(
      products.flatMap(({ codes }) => codes).length,
    );
  });

  it('keeps store ids and ledger dimensions apart in a chain of hundreds', () => {
    const { stores } = demonstrationChain(300);
    expect(new Set(stores.map(({ store }) => store.storeId)).size).toBe(300);
    expect(new Set(stores.map(({ store }) => store.ledgerDimension)).size).toBe(300);
  });

  it('sends only what the wire schema takes, each id once', () => {
    fc.assert(
      fc.property(anySeed, anyDate, (seed, date) => {
        const { events } = dayOf(seed, date);
        for (const { wire } of events) expect(() => compiledWireEvent.parse(wire)).not.toThrow();
        expect(new Set(events.map(({ wire }) => wire.id)).size).toBe(events.length);
      }),
      few,
    );
  });

  it('balances every transaction: gross + tip + rounding = tenders less change', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        for (const { totals, tenders, status } of transactionsOf(dayOf(seed))) {
          expect(totals.netMinor + totals.taxMinor).toBe(totals.grossMinor);
          if (status === 'suspended' || status === 'cancelled') continue;
          const paid = tenders.reduce(
            (sum, { amountMinor, changeMinor = 0 }) => sum + amountMinor - changeMinor,
            0,
          );
          expect(totals.grossMinor + (totals.tipMinor ?? 0) + (totals.roundingMinor ?? 0)).toBe(paid);
        }
      }),
      few,
    );
  });

  it('books debits equal to credits', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const bookings = dayOf(seed).stores.flatMap((store) => store.bookings);
        for (const { entries } of bookings) {
          expect(entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0);
        }
      }),
      few,
    );
  });

  it('counts drawers right: expected cash is the float and everything that moved', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const expected = new Map<string, number>();
        const add = (shiftId: string | undefined, amountMinor: number) =>
          expected.set(shiftId ?? '', (expected.get(shiftId ?? '') ?? 0) + amountMinor);
        const events = [...dayOf(seed).events].sort((a, b) => a.occurredAtMs - b.occurredAtMs);
        for (const { wire } of events) {
          if (wire.kind === 'shift' && wire.action === 'opened')
            add(wire.shiftId, wire.openingFloatMinor ?? 0);
          if (wire.kind === 'drawer') {
            add(
              wire.shiftId,
              ['drop', 'paidOut'].includes(wire.action) ? -wire.amountMinor : wire.amountMinor,
            );
          }
          if (wire.kind === 'transaction' && wire.status === 'completed' && !wire.training) {
            for (const { type, amountMinor, changeMinor = 0 } of wire.tenders) {
              if (type === 'cash') add(wire.shiftId, amountMinor - changeMinor);
            }
          }
          if (wire.kind === 'shift' && wire.action === 'closed') {
            const cash = wire.counts?.find(({ tender }) => tender === 'cash');
            expect(cash?.tillExpectedMinor).toBe(expected.get(wire.shiftId));
          }
        }
      }),
      few,
    );
  });

  it("happens on its business date in every store's own time", () => {
    fc.assert(
      fc.property(anySeed, anyDate, (seed, date) => {
        const zones = new Map(demonstrationChain(8).stores.map(({ store }) => [store.storeId, store]));
        for (const { storeId, occurredAtMs } of dayOf(seed, date, 8).events) {
          const store = zones.get(storeId);
          expect(businessDateOf(occurredAtMs, store?.timeZone ?? '', minuteOf(store?.cutOver ?? ''))).toBe(
            date,
          );
        }
      }),
      few,
    );
  });

  it('sells nothing that is not on the shelf', () => {
    for (const { stores } of demoDays({ stores: 5, seed: 3, dates: [MONDAY, addDays(MONDAY, 1)] })) {
      for (const { stock } of stores)
        for (const quantity of stock.values()) expect(quantity).toBeGreaterThan(-5000);
    }
  });

  it('plants every fault in a ledger file, and says by how much each cell then differs', () => {
    const { plantedDifferences, ledger } = dayOf(1);
    const kinds = new Set(plantedDifferences.map(({ kind }) => kind));
    expect([...kinds].filter((kind) => kind !== 'unknown-product').sort()).toEqual([
      'bad-row',
      'duplicate-posting',
      'missing-posting',
      'statement-short',
      'unknown-entry',
      'wrong-account',
      'wrong-amount',
      'wrong-date',
      'wrong-store',
      'wrong-tax',
      'wrong-tender',
    ]);
    for (const { kind, cells } of plantedDifferences) {
      if (kind !== 'bad-row' && kind !== 'unknown-product') expect(cells.length).toBeGreaterThan(0);
      expect(cells.reduce((sum, { differenceMinor }) => sum + differenceMinor, 0)).toBe(0);
    }
    expect(ledger.split('\r\n')[0]).toMatch(/^JournalNumber,Voucher,/);
  });
});
