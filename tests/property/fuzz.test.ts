import { fuzz } from '../support/fuzz.ts';

/** `npm run fuzz -- --bodies 20000` goes on for longer. */
test('fuzzed bodies: no crash and no 5xx, whatever is sent to whichever source', async () => {
  const { statuses, faults } = await fuzz(1_500, 20_260_302);
  expect(faults).toEqual([]);
  // Some got past the signature and the form, or nothing was tried.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(20);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(1_500);
});
