import { failed, type PostingRule } from '../rule.ts';

/** The customer of the transaction exists. */
export const customerAccount: PostingRule = {
  id: 'customer-account',
  level: 'header',
  name: 'Customer account',
  notChecked: ({ customerRefs }) =>
    customerRefs ? undefined : 'customerRefs are not set; events have pseudonyms alone',
  check: ({ customerRef }, { customerRefs }) =>
    customerRefs === undefined || customerRef === undefined || customerRefs.includes(customerRef)
      ? []
      : [failed('Customer account', 'the customer does not exist in headquarters')],
};
