import { type PostingRule } from '../rule.ts';

/** The account structure allows the dimension value of the store. */
export const financialDimension: PostingRule = {
  id: 'financial-dimension',
  level: 'posting',
  name: 'Financial dimension',
  notChecked: ({ stores }) => (stores ? undefined : 'stores are not set'),
  check: ({ storeId }, { store }) =>
    store.get(storeId)?.dimensionActive === false
      ? [
          {
            message: `You must select a value in the Store field in combination with the following dimensions values that are valid (${storeId}).`,
          },
        ]
      : [],
};
