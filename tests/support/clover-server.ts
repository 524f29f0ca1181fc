import { startVendorServer, type VendorAnswer, type VendorServer } from './vendor-server.ts';

export type Json = Readonly<Record<string, unknown>>;
/** An order with its lists, as plain arrays. */
export interface CloverFixture {
  readonly order: Json;
  readonly lineItems?: readonly Json[];
  readonly payments?: readonly Json[];
  readonly refunds?: readonly Json[];
  readonly credits?: readonly Json[];
  readonly voids?: readonly Json[];
  readonly discounts?: readonly Json[];
}
export const MERCHANT = '9ABCDEF123456';
export const TOKEN = 'token-of-the-merchant';

const elements = (list: readonly unknown[] | undefined) => ({ elements: list ?? [] });

/**
 * Clover's REST API: what is not expanded is a reference only, more than three expansions are refused, and lists have no more
 * than `limit`.
 */
export function startCloverServer(
  orders: Map<string, CloverFixture>,
  cashEvents: Json[] = [],
): Promise<VendorServer> {
  return startVendorServer((call) => {
    if (call.headers.authorization !== `Bearer ${TOKEN}`) return { status: 401 };
    const expand = (call.query.get('expand') ?? '').split(',').filter(Boolean);
    if (expand.length > 3) return { status: 400 };
    const base = `/v3/merchants/${MERCHANT}/`;
    if (!call.path.startsWith(base)) return undefined;
    return answerOfClover(call.query, call.path.slice(base.length).split('/'), expand, orders, cashEvents);
  });
}

export function answerOfClover(
  query: URLSearchParams,
  [kind = '', id = '', list]: string[],
  expand: readonly string[],
  orders: Map<string, CloverFixture>,
  cashEvents: readonly Json[],
): VendorAnswer | undefined {
  const limit = Number(query.get('limit') ?? 100);
  if (kind === 'cash_events') {
    const bounds = query.getAll('filter').map((filter) => /^timestamp(>=|<=)(\d+)$/.exec(filter));
    const fits = (at: number): boolean =>
      bounds.every((bound) => (bound?.[1] === '>=' ? at >= Number(bound[2]) : at <= Number(bound?.[2])));
    return { body: elements(cashEvents.filter((event) => fits(Number(event['timestamp']))).slice(0, limit)) };
  }
  if (kind === 'payments') {
    const found = [...orders.values()].find(({ payments = [] }) => payments.some((one) => one['id'] === id));
    return found && { body: { id, amount: 1, order: { id: found.order['id'] } } };
  }
  const found = orders.get(id);
  if (kind !== 'orders' || found === undefined) return undefined;
  const only = (item: Json, names: readonly string[]): Json =>
    Object.fromEntries(
      Object.entries(item).filter(([name]) => !names.includes(name) || expand.includes(name)),
    );
  if (list === 'payments') {
    const payments = (found.payments ?? []).map((one) => only(one, ['taxRates', 'refunds', 'tender']));
    return { body: elements(payments.slice(0, limit)) };
  }
  if (list === 'line_items') {
    const items = (found.lineItems ?? []).map((one) => only(one, ['discounts', 'modifications', 'taxRates']));
    return { body: elements(items.slice(0, limit)) };
  }
  const refunds = (found.refunds ?? []).map((one) => {
    const { lineItems, overrideMerchantTender, ...rest } = one;
    return {
      ...rest,
      ...(expand.includes('refunds.lineItems') ? { lineItems } : {}),
      ...(expand.includes('refunds.overrideMerchantTender') ? { overrideMerchantTender } : {}),
    };
  });
  const lists = { refunds, credits: found.credits, voids: found.voids, discounts: found.discounts };
  const expanded = Object.entries(lists)
    .filter(([name, of]) => of !== undefined && expand.includes(name))
    .map(([name, of]) => [name, elements(of)]);
  return { body: { ...found.order, ...Object.fromEntries(expanded) } };
}

export const AT_MS = Date.parse('2026-03-02T11:00:00Z');
export const tender = (labelKey: string, label = labelKey): Json => ({ id: 'T', label, labelKey });
const CARD = tender('com.clover.tender.credit_card', 'Credit Card');
export const CASH = tender('com.clover.tender.cash', 'Cash');

export const cloverOrder = (more: Json = {}): Json => ({
  id: 'ORDER1',
  currency: 'EUR',
  state: 'locked',
  paymentState: 'PAID',
  isVat: false,
  createdTime: AT_MS,
  modifiedTime: AT_MS + 1000,
  employee: { id: 'EMP1' },
  device: { id: 'b7d2c1de-0000-4000-8000-000000000001' },
  customers: { elements: [{ firstName: 'Erika', lastName: 'Mustermann' }] },
  note: 'for Erika',
  ...more,
});
export const cloverLine = (id: string, price: number, more: Json = {}): Json => ({
  id,
  item: { id: `ITEM-${id}` },
  name: 'Milk',
  price,
  createdTime: AT_MS,
  ...more,
});
export const cloverPayment = (id: string, amount: number, taxAmount: number, more: Json = {}): Json => ({
  id,
  order: { id: 'ORDER1' },
  tender: CARD,
  amount,
  taxAmount,
  createdTime: AT_MS,
  clientCreatedTime: AT_MS,
  modifiedTime: AT_MS,
  offline: false,
  result: 'SUCCESS',
  device: { id: 'b7d2c1de-0000-4000-8000-000000000001' },
  employee: { id: 'EMP1' },
  cardTransaction: { last4: '4242', cardholderName: 'MUSTERMANN/ERIKA' },
  ...more,
});
export const taxRate = (taxableAmount: number, taxAmount: number, more: Json = {}): Json => ({
  elements: [
    { id: 'TAX1', name: 'Sales Tax', rate: 825_000, taxableAmount, taxAmount, isVat: false, ...more },
  ],
});
