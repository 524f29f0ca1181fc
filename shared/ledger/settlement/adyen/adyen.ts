import type { BusinessDate } from '../../../ids.ts';
import { formatAmount, type Currency } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import type { SettlementEntry, SettlementKind } from '../settlement-entry.ts';
import { SettlementFault, type SettlementFormat } from '../settlement-format.ts';
import { tableRows, type SettlementTableRow } from '../settlement-table.ts';

/**
 * Adyen's settlement details report (CSV). A batch of a merchant account is a payout; its row `MerchantPayout` says what
 * was paid out. https://docs.adyen.com/reporting/settlement-reconciliation/transaction-level/settlement-details-report
 */
const NEEDED = [
  'Merchant Account',
  'Psp Reference',
  'Merchant Reference',
  'Creation Date',
  'Type',
  'Gross Currency',
  'Gross Debit (GC)',
  'Gross Credit (GC)',
  'Net Currency',
  'Net Debit (NC)',
  'Net Credit (NC)',
  'Batch Number',
] as const;
const FEES = ['Commission (NC)', 'Markup (NC)', 'Scheme Fees (NC)', 'Interchange (NC)'] as const;

/** Journal types; what is not listed is an adjustment by its own name. */
const KINDS: Readonly<Record<string, SettlementKind>> = {
  Settled: 'capture',
  SettledBulk: 'capture',
  SettledInstallment: 'capture',
  SettledReversed: 'capture',
  Refunded: 'refund',
  RefundedBulk: 'refund',
  RefundedReversed: 'refund',
  Chargeback: 'chargeback',
  SecondChargeback: 'chargeback',
  ChargebackReversed: 'chargebackReversed',
  Fee: 'fee',
  MiscCosts: 'fee',
  InvoiceDeduction: 'fee',
  PaymentCost: 'fee',
  ReserveAdjustment: 'reserve',
  MerchantPayout: 'payout',
  PayoutReversed: 'payout',
};

export const adyenSettlement: SettlementFormat = {
  name: 'Adyen settlement details report',
  recognises: (head) => /psp reference/i.test(head) && /net credit \(nc\)/i.test(head),
  rows: (file, content) =>
    tableRows(file, content, { encoding: 'auto', delimiter: 'auto', needed: NEEDED }, (row) =>
      entryOf(file, row),
    ),
};

function entryOf(file: string, row: SettlementTableRow): SettlementEntry {
  const text = row.needed('Type');
  const kind = ownValue(KINDS, text) ?? 'adjustment';
  const netCurrency = row.currency('Net Currency');
  const netMinor = row.amount('Net Credit (NC)', netCurrency) - row.amount('Net Debit (NC)', netCurrency);
  const { currency, grossMinor } = grossOf(row, netCurrency, netMinor);
  const sameCurrency = currency === netCurrency;
  const fees = feesOf(row, netCurrency);
  const account = row.needed('Merchant Account');
  const createdOn = row.date('Creation Date');
  return {
    kind,
    acquirer: 'adyen',
    payoutId: `${account}/${row.needed('Batch Number')}`,
    reference: row.text('Psp Reference'),
    merchantReference: row.text('Modification Merchant Reference') || row.text('Merchant Reference'),
    occurredOn: createdOn,
    payoutDate: kind === 'payout' ? bookedOn(row, createdOn) : undefined,
    currency,
    grossMinor,
    netCurrency,
    // Between currencies, gross less net is a difference of rates as well: only what the report names is a fee.
    feeMinor: sameCurrency ? grossMinor - netMinor : fees,
    netMinor,
    rowId: '',
    text,
    readAt: { part: file, row: row.line },
  };
}

const bookedOn = (row: SettlementTableRow, createdOn: BusinessDate | undefined): BusinessDate | undefined =>
  row.date('Booking Date') ?? createdOn;

/**
 * Which of the two gross columns holds a payment differs between versions of the report: in Adyen's own sample `Settled`
 * is a gross debit, elsewhere a credit. Net is gross less fees, so the row itself shows which sign is meant.
 */
function grossOf(
  row: SettlementTableRow,
  netCurrency: Currency,
  netMinor: number,
): { currency: Currency; grossMinor: number } {
  if (row.text('Gross Currency') === '') return { currency: netCurrency, grossMinor: netMinor };
  const currency = row.currency('Gross Currency');
  const inColumns = row.amount('Gross Credit (GC)', currency) - row.amount('Gross Debit (GC)', currency);
  if (inColumns === 0) return { currency: netCurrency, grossMinor: netMinor };
  const isAgainstNet = netMinor !== 0 && inColumns > 0 !== netMinor > 0;
  if (currency !== netCurrency) return { currency, grossMinor: isAgainstNet ? -inColumns : inColumns };
  const feeMinor = feesOf(row, netCurrency);
  for (const grossMinor of [inColumns, -inColumns])
    if (Math.abs(grossMinor - feeMinor - netMinor) <= FEES.length) return { currency, grossMinor };
  const said = (minor: number): string => formatAmount(minor, netCurrency);
  throw new SettlementFault(
    'Net Credit (NC)',
    `is ${said(netMinor)} net, but gross ${said(Math.abs(inColumns))} less fees ${said(feeMinor)} is ${said(Math.abs(inColumns) - feeMinor)}`,
  );
}

/** The fees of a row, to the minor unit: Adyen writes some of them with more decimals than the currency has. */
function feesOf(row: SettlementTableRow, currency: Currency): number {
  let sum = 0;
  for (const column of FEES) {
    const text = row.text(column);
    const [, digits] = /^-?\d+\.(\d+)$/.exec(text) ?? [];
    const isFiner = digits !== undefined && digits.length > formatAmount(0, currency).length - 2;
    sum += isFiner ? roundedMinor(text, currency) : row.amount(column, currency);
  }
  return sum;
}

function roundedMinor(text: string, currency: Currency): number {
  const decimals = (formatAmount(0, currency).split('.')[1] ?? '').length;
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const kept = Number(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  const minor = kept + (Number(fraction.charAt(decimals) || '0') >= 5 ? 1 : 0);
  return text.startsWith('-') ? -minor : minor;
}
