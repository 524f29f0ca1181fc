import { storesFileSchema } from '../../shared/pos/store.ts';

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
