import type { SettlementKind } from '../settlement-entry.ts';

/**
 * Stripe's reporting categories, and the older types of balance transactions. What is not listed is an adjustment by its
 * own name. https://docs.stripe.com/reports/reporting-categories
 */
export const STRIPE_KINDS: Readonly<Record<string, SettlementKind>> = {
  charge: 'capture',
  payment: 'capture',
  charge_failure: 'capture',
  payment_failure_refund: 'capture',
  partial_capture_reversal: 'capture',
  refund: 'refund',
  payment_refund: 'refund',
  refund_failure: 'refund',
  partial_refund: 'refund',
  dispute: 'chargeback',
  dispute_reversal: 'chargebackReversed',
  fee: 'fee',
  stripe_fee: 'fee',
  stripe_fx_fee: 'fee',
  tax_fee: 'fee',
  tax: 'fee',
  network_cost: 'fee',
  risk_reserved_funds: 'reserve',
  reserve_transaction: 'reserve',
  reserved_funds: 'reserve',
  payout: 'payout',
  payout_reversal: 'payout',
  payout_cancel: 'payout',
  payout_failure: 'payout',
};
