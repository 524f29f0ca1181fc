import { type PostingRule } from '../rule.ts';

/** Orders and invoices need site and warehouse. */
export const inventoryDimension: PostingRule = {
  id: 'inventory-dimension',
  level: 'posting',
  name: 'Inventory dimension',
  notChecked: ({ stores }) => (stores ? undefined : 'stores are not set'),
  check: ({ storeId }, { stores, store }) => {
    if (!stores) return [];
    const { site, warehouse } = store.get(storeId) ?? {};
    if (site === undefined)
      return [{ message: 'Inventory dimension Site is mandatory and must consequently be specified.' }];
    return warehouse === undefined ? [{ message: 'Inventory dimension Location must be specified.' }] : [];
  },
};
