/**
 * What a bookkeeper would post for the invoices, from the file alone: no import from the product, its own reading, its own
 * arithmetic in pence as bigint.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { ACCOUNTS, lineKindOf, paymentOf, vatRateOf } from './assumptions.ts';

/** Pence by account: debits above 0, credits below. */
export type Pence = Map<string, bigint>;

interface CsvLine {
  readonly Invoice: string;
  readonly StockCode: string;
  readonly Quantity: string;
  readonly InvoiceDate: string;
  readonly Price: string;
  readonly CustomerID: string;
}

/** The posting of each invoice, by its number. Invoices of nothing have none. */
export function readPostings(file: string): Map<string, Pence> {
  const lines: CsvLine[] = parse(gunzipSync(readFileSync(file)), { columns: true, bom: true });
  const byInvoice = new Map<string, CsvLine[]>();
  for (const line of lines) byInvoice.set(line.Invoice, [...(byInvoice.get(line.Invoice) ?? []), line]);
  const postings = new Map<string, Pence>();
  for (const [invoice, ofInvoice] of byInvoice) {
    const pence = postingOf(invoice, ofInvoice);
    if (pence.size > 0) postings.set(invoice, pence);
  }
  return postings;
}

function postingOf(invoice: string, lines: readonly CsvLine[]): Pence {
  const pence: Pence = new Map();
  const post = (account: string, amount: bigint): void => {
    const sum = (pence.get(account) ?? 0n) + amount;
    if (sum === 0n) pence.delete(account);
    else pence.set(account, sum);
  };
  const rate = BigInt(vatRateOf(lines[0]?.InvoiceDate.slice(0, 10) ?? ''));
  let gross = 0n;
  for (const { StockCode, Quantity, Price } of lines) {
    const amount = halfAwayFromZero(BigInt(Quantity) * tenthsOfPence(Price), 10n);
    gross += amount;
    const kind = lineKindOf(StockCode);
    const vat = kind === 'giftCard' ? 0n : halfAwayFromZero(amount * rate, 1_000n + rate);
    post(ACCOUNTS.vat, -vat);
    post({ goods: ACCOUNTS.revenue, fee: ACCOUNTS.fee, giftCard: ACCOUNTS.giftCards }[kind], -(amount - vat));
  }
  const customerId = lines.find((line) => line.CustomerID !== '')?.CustomerID;
  const payment = paymentOf(invoice, customerId);
  if (payment === 'cash-and-card') {
    post(ACCOUNTS.cash, gross / 2n);
    post(ACCOUNTS.card, gross - gross / 2n);
  } else post(ACCOUNTS[payment], gross);
  return pence;
}

function tenthsOfPence(price: string): bigint {
  const [whole = '', decimals = ''] = price.split('.');
  return BigInt(whole + decimals.padEnd(3, '0'));
}

function halfAwayFromZero(numerator: bigint, denominator: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const rounded = (2n * size + denominator) / (2n * denominator);
  return numerator < 0n ? -rounded : rounded;
}

/** The larger of debits and credits, in pence. */
export function sizeOf(pence: Pence): bigint {
  let [debit, credit] = [0n, 0n];
  for (const amount of pence.values())
    if (amount > 0n) debit += amount;
    else credit -= amount;
  return debit > credit ? debit : credit;
}

export function less(left: Pence, right: Pence): Pence {
  const rest = new Map(left);
  for (const [account, amount] of right) {
    const sum = (rest.get(account) ?? 0n) - amount;
    if (sum === 0n) rest.delete(account);
    else rest.set(account, sum);
  }
  return rest;
}

export const poundsOf = (pence: bigint): string => {
  const digits = (pence < 0n ? -pence : pence).toString().padStart(3, '0');
  return `${pence < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
