import { formatAmount } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import type { SettlementEntry } from '../settlement-entry.ts';
import { SettlementFault, type SettlementFormat } from '../settlement-format.ts';
import { tableRows, type SettlementTableRow } from '../settlement-table.ts';
import { STRIPE_KINDS } from './stripe-kinds.ts';

/**
 * Stripe's payout reconciliation and balance reports, itemised (CSV): amounts in decimals, one row for each balance
 * transaction. https://docs.stripe.com/reports/payout-reconciliation
 */
const NEEDED = ['balance_transaction_id', 'reporting_category', 'currency', 'gross', 'fee', 'net'] as const;

export const stripeCsv: SettlementFormat = {
  name: 'Stripe payout reconciliation report (CSV)',
  recognises: (head) => /balance_transaction_id/i.test(head) && /reporting_category/i.test(head),
  rows: (file, content) =>
    tableRows(file, content, { encoding: 'auto', delimiter: 'auto', needed: NEEDED }, (row) =>
      entryOf(file, row),
    ),
};

function entryOf(file: string, row: SettlementTableRow): SettlementEntry {
  const text = row.needed('reporting_category');
  const kind = ownValue(STRIPE_KINDS, text) ?? 'adjustment';
  const currency = row.currency('currency');
  const [grossMinor, feeMinor, netMinor] = (['gross', 'fee', 'net'] as const).map((column) => {
    row.needed(column);
    return row.amount(column, currency);
  }) as [number, number, number];
  if (grossMinor - feeMinor !== netMinor)
    throw new SettlementFault(
      'net',
      `is ${formatAmount(netMinor, currency)}, but gross less fee is ${formatAmount(grossMinor - feeMinor, currency)}`,
    );
  const sourceId = row.text('source_id');
  return {
    kind,
    acquirer: 'stripe',
    payoutId: row.text('automatic_payout_id') || row.text('payout_id') || (kind === 'payout' ? sourceId : ''),
    reference: row.text('payment_intent_id') || row.text('charge_id') || sourceId,
    merchantReference: merchantReferenceOf(row),
    occurredOn: row.date('created') ?? row.date('created_utc'),
    payoutDate:
      row.date('automatic_payout_effective_at') ??
      row.date('automatic_payout_effective_at_utc') ??
      row.date('payout_expected_arrival_date'),
    currency,
    grossMinor,
    netCurrency: currency,
    feeMinor,
    netMinor,
    rowId: row.needed('balance_transaction_id'),
    text,
    readAt: { part: file, row: row.line },
  };
}

/** Metadata columns in which a till's own number is usually kept. */
function merchantReferenceOf(row: SettlementTableRow): string {
  for (const name of ['transaction_id', 'transactionid', 'receipt', 'order_id'])
    for (const prefix of ['payment_metadata', 'charge_metadata', 'metadata']) {
      const text = row.text(`${prefix}[${name}]`);
      if (text !== '') return text;
    }
  return '';
}
