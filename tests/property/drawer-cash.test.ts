import fc from 'fast-check';
import { addMinor } from '../../shared/money.ts';
import { cashTakenMinor, isNewerCount, takenIn } from '../../shared/pos/drawer-cash.ts';
import { TENDER_TYPES } from '../../shared/pos/event.ts';

const tender = fc.record(
  {
    type: fc.constantFrom(...TENDER_TYPES),
    amountMinor: fc.integer({ min: -20_000, max: 20_000 }),
    changeMinor: fc.constantFrom(0, 1, 500),
  },
  { requiredKeys: ['type', 'amountMinor'] },
);

test('what tenders bring in is what was paid less the change, and all change is cash', () => {
  fc.assert(
    fc.property(fc.array(tender, { maxLength: 8 }), (tenders) => {
      const taken = takenIn({ tenders });
      const paid = tenders.map(({ amountMinor, changeMinor = 0 }) => amountMinor - changeMinor);
      expect(addMinor(...taken.map(([, amountMinor]) => amountMinor))).toBe(addMinor(...paid));
      const notCash = (of: readonly (readonly [string, number])[]) =>
        of.filter(([type]) => type !== 'cash').map(([, amountMinor]) => amountMinor);
      expect(notCash(taken)).toEqual(notCash(tenders.map(({ type, amountMinor }) => [type, amountMinor])));
      expect(cashTakenMinor({ tenders })).toBe(addMinor(...paid, ...notCash(taken).map((minor) => -minor)));
    }),
  );
});

const rank = fc.record({
  version: fc.integer({ min: 1, max: 2 }),
  atMs: fc.integer({ min: 0, max: 2 }),
  eventId: fc.constantFrom('a', 'b', 'c', '\u{1F600}', '\uffff'),
});

test('of several counts one is valid, in any order of arrival', () => {
  fc.assert(
    fc.property(fc.array(rank, { minLength: 1, maxLength: 6 }), fc.nat(), (counts, turn) => {
      const inForce = (of: typeof counts) => of.reduce((held, one) => (isNewerCount(one, held) ? one : held));
      const at = turn % counts.length;
      expect(inForce([...counts.slice(at), ...counts.slice(0, at)])).toEqual(inForce(counts));
      expect(inForce(counts).version).toBe(Math.max(...counts.map(({ version }) => version)));
    }),
  );
});
