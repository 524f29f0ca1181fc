import {
  readRetailRows,
  valueMinor,
  type RetailRow,
} from '../../../infra/local/replay/online-retail-rows.ts';
import { businessDate, eventId, productId, storeId, tillId } from '../../../shared/ids.ts';
import { postingProfileSchema, type PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { currency, divideRounded } from '../../../shared/money.ts';
import type { TransactionEvent, TransactionLine } from '../../../shared/pos/event.ts';
import type { Store } from '../../../shared/pos/store.ts';
import { epochMsOfLocal, toInstant } from '../../../shared/time.ts';
import {
  ACCOUNTS,
  lineKindOf,
  paymentOf,
  shiftOf,
  STORES,
  storeOf,
  tillOf,
  vatRateOf,
} from './assumptions.ts';

/** The invoices as the tills of four stores would have sent them. */

const ZONE = 'Europe/London';
const GBP = currency('GBP');

export const RETAIL_STORES: readonly Store[] = STORES.map(
  (store) =>
    ({
      storeId: storeId(store.storeId),
      name: store.storeId,
      timeZone: ZONE,
      cutOver: '04:00',
      currency: GBP,
      hours: [],
      ledgerDimension: store.storeId,
    }) satisfies Store,
);

export const RETAIL_PROFILE: PostingProfile = postingProfileSchema.parse({
  accounts: {
    revenue: { default: ACCOUNTS.revenue, fee: ACCOUNTS.fee },
    tax: { default: ACCOUNTS.vat, reduced: ACCOUNTS.reducedVat },
    tender: { default: ACCOUNTS.other, cash: ACCOUNTS.cash, card: ACCOUNTS.card, account: ACCOUNTS.account },
    giftCardLiability: ACCOUNTS.giftCards,
    deposits: '261600',
    tips: '261700',
    rounding: '690100',
    cashOverShort: '690200',
    paidIn: '690300',
    paidOut: '690400',
    safe: '110300',
  },
});

/** @throws Error where a row cannot be read. */
export async function readSales(file: string): Promise<TransactionEvent[]> {
  const { rows, bad } = await readRetailRows(file);
  const [first] = bad;
  if (first) throw new Error(`${first.file}:${first.line} ${first.reason}`);
  const invoices = new Map<string, RetailRow[]>();
  for (const row of rows) {
    const held = invoices.get(row.invoice);
    if (held) held.push(row);
    else invoices.set(row.invoice, [row]);
  }
  return [...invoices.values()].map(saleOf);
}

function saleOf(rows: readonly RetailRow[]): TransactionEvent {
  const [first] = rows as readonly [RetailRow];
  const { invoice, invoiceDate } = first;
  const customerId = rows.find((row) => row.customerId !== undefined)?.customerId;
  const date = invoiceDate.slice(0, 10);
  const occurredAtMs = epochMsOfLocal(invoiceDate, ZONE);
  const lines = rows.map((row, index) => lineOf(row, index, date));
  const sum = (of: (line: TransactionLine) => number): number =>
    lines.reduce((total, line) => total + of(line), 0);
  const grossMinor = sum((line) => line.extendedAmountMinor);
  const taxMinor = sum((line) => line.taxes?.[0]?.amountMinor ?? 0);
  return {
    schemaVersion: 1,
    eventId: eventId(`tillstream:${invoice}`),
    source: 'tillstream',
    storeId: storeId(storeOf(invoice, customerId).storeId),
    tillId: tillId(tillOf(invoice)),
    occurredAt: toInstant(occurredAtMs),
    businessDate: businessDate(date),
    receivedAt: toInstant(occurredAtMs + 900),
    offline: false,
    training: false,
    traceparent: '00-00000000000000000000000000000001-0000000000000001-01',
    version: 1,
    kind: 'transaction',
    transactionId: invoice,
    status: 'completed',
    shiftId: shiftOf(invoice, date),
    currency: GBP,
    taxIncluded: true,
    lines,
    tenders: tendersOf(invoice, customerId, grossMinor),
    totals: { netMinor: grossMinor - taxMinor, taxMinor, grossMinor },
  };
}

function lineOf(row: RetailRow, index: number, date: string): TransactionLine {
  const extendedAmountMinor = valueMinor(row);
  const kind = lineKindOf(row.stockCode);
  const rate = vatRateOf(date);
  const amountMinor = Number(divideRounded(BigInt(extendedAmountMinor * rate), BigInt(1_000 + rate)));
  const unitMinor = Math.abs(valueMinor({ ...row, quantity: 1 }));
  return {
    lineNumber: index + 1,
    type: kind === 'goods' ? (row.quantity < 0 ? 'return' : 'sale') : kind,
    productCode: row.stockCode,
    productId: productId(`P-${row.stockCode}`),
    quantityMilli: row.quantity * 1_000,
    unit: 'each',
    regularUnitPriceMinor: unitMinor,
    actualUnitPriceMinor: unitMinor,
    extendedAmountMinor,
    ...(kind === 'giftCard'
      ? {}
      : { taxes: [{ code: 'standard', taxableMinor: extendedAmountMinor - amountMinor, amountMinor }] }),
  };
}

const BANKNOTE_MINOR = 500;

function tendersOf(
  invoice: string,
  customerId: string | undefined,
  grossMinor: number,
): TransactionEvent['tenders'] {
  if (grossMinor === 0) return [];
  const payment = paymentOf(invoice, customerId);
  if (payment === 'cash-and-card') {
    const cashMinor = Math.trunc(grossMinor / 2);
    return [
      { type: 'cash', amountMinor: cashMinor },
      { type: 'card', amountMinor: grossMinor - cashMinor },
    ];
  }
  const changeMinor =
    payment === 'cash' && grossMinor > 0
      ? (BANKNOTE_MINOR - (grossMinor % BANKNOTE_MINOR)) % BANKNOTE_MINOR
      : 0;
  return [
    {
      type: payment,
      amountMinor: grossMinor + changeMinor,
      ...(changeMinor > 0 ? { changeMinor } : {}),
    },
  ];
}
