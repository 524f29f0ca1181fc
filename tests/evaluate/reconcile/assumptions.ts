/**
 * What the invoices do not say and both sides have to assume: stores, tills, how it was paid, tax rates, accounts. Facts only:
 * the amounts are calculated twice, by `till-side.ts` and by `ledger-side.ts`, which share nothing else.
 */

/** How a store's sales reach the ledger. */
export type Layout =
  /** One voucher a sale, which names it. */
  | 'reference'
  /** One voucher a sale, without its number. */
  | 'voucher'
  /** One voucher a shift, in sum. */
  | 'statement';

export interface RetailStore {
  readonly storeId: string;
  readonly layout: Layout;
}

export const STORES: readonly RetailStore[] = [
  { storeId: 'UK-NORTH', layout: 'reference' },
  { storeId: 'UK-SOUTH', layout: 'reference' },
  { storeId: 'UK-EAST', layout: 'voucher' },
  { storeId: 'UK-WEST', layout: 'statement' },
];

/** A customer buys in one store; without a customer the number decides. */
export function storeOf(invoice: string, customerId: string | undefined): RetailStore {
  const digits = customerId ?? invoice.replace(/^\D/, '');
  return STORES[Number(digits) % STORES.length] as RetailStore;
}

export const tillOf = (invoice: string): string => `T${Number(invoice.slice(-2)) % 2}`;
export const shiftOf = (invoice: string, date: string): string => `${date}-${tillOf(invoice)}`;

export type Payment = 'cash' | 'card' | 'account' | 'cash-and-card';

export function paymentOf(invoice: string, customerId: string | undefined): Payment {
  if (customerId === undefined) return 'cash';
  const last = Number(invoice.slice(-1));
  return last < 4 ? 'card' : last < 7 ? 'cash' : last === 7 ? 'cash-and-card' : 'account';
}

/** The standard rate of British VAT, in tenths of a percent. */
export const vatRateOf = (date: string): number => (date < '2010-01-01' ? 150 : 175);

export type LineKind = 'goods' | 'fee' | 'giftCard';

const SERVICES: ReadonlySet<string> = new Set(['POST', 'DOT', 'C2', 'BANK CHARGES', 'AMAZONFEE']);

export function lineKindOf(stockCode: string): LineKind {
  if (stockCode.toLowerCase().startsWith('gift_')) return 'giftCard';
  return SERVICES.has(stockCode.toUpperCase()) ? 'fee' : 'goods';
}

export const ACCOUNTS = {
  revenue: '401000',
  fee: '401900',
  vat: '261100',
  reducedVat: '261101',
  cash: '110100',
  card: '110200',
  account: '120100',
  other: '110900',
  giftCards: '261500',
} as const;
