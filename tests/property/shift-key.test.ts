import fc from 'fast-check';
import { businessDate, type TillId } from '../../shared/ids.ts';
import { shiftKey } from '../../shared/tills/shift.ts';

test('the key of a shift is the JSON text that earlier versions stored, whatever the ids hold', () => {
  const id = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('"', '\\', '\u2028', '\ud800', 'Kasse ä', '\u007f', 'a"b', '[]', ' '),
  );
  fc.assert(
    fc.property(id, fc.option(id, { nil: undefined }), (tillId, shiftId) => {
      const date = businessDate('2026-03-02');
      const of = { tillId: tillId as TillId, shiftId, businessDate: date, currency: 'EUR' as never };
      const part = shiftId === undefined ? `day ${date}` : `shift ${shiftId}`;
      expect(shiftKey(of)).toBe(JSON.stringify([tillId, part, 'EUR']));
    }),
    { numRuns: 1_000 },
  );
});
