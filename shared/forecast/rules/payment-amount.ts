import { type PostingRule } from '../rule.ts';

/** The payment amount of the header is the sum of the payments. */
export const paymentAmount: PostingRule = {
  id: 'payment-amount',
  level: 'header',
  name: 'Payment amount',
  notChecked: () => 'the header that Dynamics gets has the sum of the payments: tills send no other',
  check: () => [],
};
