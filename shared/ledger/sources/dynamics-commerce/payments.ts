import { addMinor, parseAmount, type Currency } from '../../../money.ts';
import type { ODataRow } from '../../../odata/client.ts';
import type { TenderType } from '../../../pos/event.ts';
import type { PaymentField } from './collections.ts';
import type { DynamicsCommerceConfig } from './config.ts';
import type { HeadquartersReceipt } from './headquarters-row.ts';

interface PaymentLine {
  readonly tenderType: string;
  /** As headquarters has it; change is a line of its own, below zero. */
  readonly amount: string;
}
/** Payment lines in force, by receipt. */
export type Payments = ReadonlyMap<string, readonly PaymentLine[]>;

export const paymentKey = (store: string, terminal: string, transactionNumber: string): string =>
  JSON.stringify([store, terminal, transactionNumber]);

export function paymentsByReceipt(
  rows: readonly ODataRow[],
  fields: Readonly<Record<PaymentField, string | undefined>>,
): Payments {
  const found = new Map<string, PaymentLine[]>();
  for (const row of rows) {
    const text = (field: PaymentField): string => {
      const value = row[fields[field] ?? ''];
      return typeof value === 'string' ? value : '';
    };
    if (isVoided(text('Status')) || isVoided(text('VoidStatus'))) continue;
    const key = paymentKey(text('Store'), text('Terminal'), text('TransactionNumber'));
    found.set(key, [...(found.get(key) ?? []), { tenderType: text('TenderType'), amount: text('Amount') }]);
  }
  return found;
}

const isVoided = (status: string): boolean => status.toLowerCase() === 'voided';

/** @param lines undefined where no payment lines are read: the receipt's own amount counts. */
export function paidOf(
  lines: readonly PaymentLine[] | undefined,
  paymentAmount: string,
  currency: Currency | undefined,
  tenders: DynamicsCommerceConfig['tenders'],
): Pick<HeadquartersReceipt, 'paidMinor' | 'tenders'> {
  if (currency === undefined) return { paidMinor: undefined };
  if (lines === undefined)
    return { paidMinor: paymentAmount === '' ? undefined : parseAmount(paymentAmount, currency) };
  const sums = new Map<TenderType, number>();
  let paidMinor = 0;
  let isNamed = true;
  for (const { tenderType, amount } of lines) {
    const amountMinor = parseAmount(amount, currency);
    if (amountMinor === undefined) return { paidMinor: undefined };
    paidMinor = addMinor(paidMinor, amountMinor);
    const type = tenders[tenderType];
    if (type === undefined) isNamed = false;
    else sums.set(type, addMinor(sums.get(type) ?? 0, amountMinor));
  }
  if (!isNamed) return { paidMinor };
  const named = [...sums].sort(([left], [right]) => (left < right ? -1 : 1));
  return { paidMinor, tenders: named.map(([type, amountMinor]) => ({ type, amountMinor })) };
}
