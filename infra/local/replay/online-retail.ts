import { epochMsOfLocal, toInstant } from '../../../shared/time.ts';
import type { Product } from '../../../shared/pos/product.ts';
import { plainProduct } from '../demo/products.ts';
import { masterDataOf } from './master-data.ts';
import { readRetailRows, valueMinor, type RetailRow } from './online-retail-rows.ts';
import type { ReplayOptions } from './options.ts';
import type { ReplayFile, ReplayItem } from './record.ts';

const STORE = 'ONLINE';
const TILL = 'WEB';

/** Codes for services and corrections instead of goods: postage, manual, discount, bank charges. */
const FEES = new Set('POST DOT C2 C3 D M S B ADJUST ADJUST2 AMAZONFEE CRUK BANK-CHARGES'.split(' '));

/**
 * The invoices of an online shop as till events: an invoice is a transaction, a credit note a return, and rows without
 * price and customer are stock corrections. Rows that do not fit are sent too, so the product has
 * to handle them.
 */
export async function readOnlineRetail(options: ReplayOptions): Promise<ReplayFile> {
  const { rows, bad } = await readRetailRows(options.file);
  const invoices = new Map<string, RetailRow[]>();
  for (const row of rows) {
    const invoice = invoices.get(row.invoice);
    if (invoice) invoice.push(row);
    else invoices.set(row.invoice, [row]);
  }
  const { timeZone, currency } = options;
  return {
    recordName: 'row',
    records: rows.length + bad.length,
    items: [...invoices.values()].map((invoice) => itemOf(invoice, options)),
    bad,
    notes: notesOf(rows, invoices),
    currency,
    webhook: { source: 'tillstream', contentType: 'application/json' },
    masterData: masterDataOf({ storeIds: [STORE], timeZone, currency, products: productsOf(rows, options) }),
    bodyOf: (items) => `{"events":[${items.map(({ text }) => text).join(',')}]}`,
  };
}

const isCredit = ({ invoice }: RetailRow): boolean => invoice.startsWith('C');
const isCorrection = ({ priceMilli, customerId }: RetailRow): boolean =>
  priceMilli === 0 && customerId === undefined;

function itemOf(rows: readonly RetailRow[], options: ReplayOptions): ReplayItem {
  const event = rows.every(isCorrection) ? stockEvent(rows, options) : transaction(rows, options);
  return {
    text: JSON.stringify(event),
    records: rows.length,
    grossMinor: rows.reduce((sum, row) => sum + valueMinor(row), 0),
    line: rows[0]?.line ?? 0,
  };
}

function envelope(rows: readonly RetailRow[], { timeZone }: ReplayOptions) {
  const [first] = rows as [RetailRow];
  return {
    id: `invoice-${first.invoice}`,
    storeId: STORE,
    occurredAt: toInstant(epochMsOfLocal(first.invoiceDate, timeZone)),
  };
}

/** A `RetailRow` does not say where goods went, so anything found or written off is an adjustment. */
function stockEvent(rows: readonly RetailRow[], options: ReplayOptions) {
  return {
    ...envelope(rows, options),
    kind: 'stock',
    action: 'movement',
    reason: 'adjustment',
    items: rows.map(({ stockCode, quantity }) => ({
      productCode: stockCode,
      quantityMilli: quantity * 1000,
      unit: 'each',
    })),
  };
}

function transaction(rows: readonly RetailRow[], options: ReplayOptions) {
  const [first] = rows as [RetailRow];
  const grossMinor = rows.reduce((sum, row) => sum + valueMinor(row), 0);
  const customerId = rows.find((row) => row.customerId !== undefined)?.customerId;
  return {
    ...envelope(rows, options),
    kind: 'transaction',
    tillId: TILL,
    transactionId: first.invoice,
    status: 'completed',
    currency: options.currency,
    taxIncluded: true,
    lines: rows.map(lineOf),
    tenders: grossMinor === 0 ? [] : [{ type: 'account', amountMinor: grossMinor }],
    totals: { netMinor: grossMinor, taxMinor: 0, grossMinor },
    ...(customerId === undefined ? {} : { customerId }),
  };
}

function lineOf(row: RetailRow, index: number) {
  const unitMinor = valueMinor({ ...row, quantity: 1 });
  return {
    lineNumber: index + 1,
    type: typeOf(row),
    productCode: row.stockCode,
    ...(row.description === '' ? {} : { description: row.description }),
    quantityMilli: row.quantity * 1000,
    unit: 'each',
    regularUnitPriceMinor: unitMinor,
    actualUnitPriceMinor: unitMinor,
    extendedAmountMinor: valueMinor(row),
  };
}

function typeOf({ stockCode, quantity }: RetailRow): string {
  if (stockCode.toLowerCase().startsWith('gift_')) return 'giftCard';
  if (FEES.has(stockCode.toUpperCase().replace(' ', '-'))) return 'fee';
  return quantity < 0 ? 'return' : 'sale';
}

/** Goods have a number and, at least once, a name. Services and odd codes stay unknown and are reported as such. */
function productsOf(rows: readonly RetailRow[], { currency }: ReplayOptions): Product[] {
  const products = new Map<string, Product>();
  for (const row of rows) {
    const code = row.stockCode.toUpperCase();
    if (products.has(code) || !/^(\d|DCGS)/.test(code) || row.description === '' || row.priceMilli < 0)
      continue;
    products.set(code, {
      ...plainProduct(code, row.description, { [currency]: valueMinor({ ...row, quantity: 1 }) }),
      codes: [code],
    });
  }
  return [...products.values()];
}

function notesOf(
  rows: readonly RetailRow[],
  invoices: ReadonlyMap<string, readonly RetailRow[]>,
): [string, number][] {
  const count = (fits: (row: RetailRow) => boolean): number => rows.filter(fits).length;
  const all = [...invoices.values()];
  return [
    ['invoices', all.filter(([first]) => first && !isCredit(first)).length],
    ['credit notes', all.filter(([first]) => first && isCredit(first)).length],
    ['rows without a customer', count(({ customerId }) => customerId === undefined)],
    ['rows with a negative quantity', count(({ quantity }) => quantity < 0)],
    ['rows without a price', count(({ priceMilli }) => priceMilli === 0)],
    ['rows with a negative price', count(({ priceMilli }) => priceMilli < 0)],
    ['rows with a price finer than a minor unit', count(({ priceMilli }) => priceMilli % 10 !== 0)],
    ['rows without a description', count(({ description }) => description === '')],
  ];
}
