import { storesFileSchema } from '../../shared/pos/stores-file.ts';

const store = (storeId: string, changes: object = {}) => ({
  storeId,
  name: storeId,
  timeZone: 'Europe/Berlin',
  cutOver: '04:00',
  currency: 'EUR',
  hours: [],
  ledgerDimension: `D-${storeId}`,
  sourceLocations: { square: [`L-${storeId}`, `M-${storeId}`] },
  ...changes,
});
const placesOf = (...stores: object[]) =>
  storesFileSchema.safeParse({ stores }).error?.issues.map(({ path }) => path.join('/')) ?? [];

test('no two stores share an id, a ledger dimension or a location, as their money would be thrown together', () => {
  expect(placesOf(store('A'), store('B'))).toEqual([]);
  expect(placesOf(store('A'), store('A', { ledgerDimension: 'D', sourceLocations: {} }))).toEqual([
    'stores/1/storeId',
  ]);
  expect(placesOf(store('A'), store('B', { ledgerDimension: 'D-A' }))).toEqual(['stores/1/ledgerDimension']);
  expect(placesOf(store('A'), store('B', { sourceLocations: { square: ['M-A'] } }))).toEqual([
    'stores/1/sourceLocations/square',
  ]);
  expect(placesOf(store('A'), store('B', { sourceLocations: { poslog: ['M-A'] } }))).toEqual([]);
});

test('a cut-over is a time of the day; only shops may close at 24:00', () => {
  const monday = (closes: string) => ({ hours: [{ weekday: 1, opens: '09:00', closes }] });
  expect(placesOf(store('A', { cutOver: '00:00' }), store('B', { cutOver: '23:59' }))).toEqual([]);
  expect(placesOf(store('A', { cutOver: '24:00' }))).toEqual(['stores/0/cutOver']);
  expect(placesOf(store('A', monday('24:00')))).toEqual([]);
  expect(placesOf(store('A', monday('24:30')))).toEqual(['stores/0/hours/0/closes']);
});
