import { at, byTime, msOf, type Sale, type VendorChange, type VendorDay } from './day.ts';
import { startFakeLightspeed, type LightspeedWorld } from './lightspeed-vendor.ts';

/** Webhooks have the shape of API 1.0, with names and texts; API 2.0 has ids and numbers. */
export function lightspeedDay(sales: readonly Sale[]): VendorDay {
  const world: LightspeedWorld = {
    sales: [],
    products: new Map(),
    taxes: [{ id: 'tax-1', name: 'GST', rates: [{ rate: 0.15 }] }],
  };
  let version = 27_838_462_789;
  const order = sales.flatMap((one, index) => stepsOf(one).map((step) => ({ one, index, step })));
  order.sort((left, right) => msOf(left.one, left.step.later) - msOf(right.one, right.step.later));
  const changes = order.map(({ one, index, step }): VendorChange => {
    version += 17;
    const sent = saleOf(one, index, step, version);
    return {
      atMs: msOf(one, step.later),
      happen: () => {
        world.products.set(`prod-${index}`, { sku: '4006381333931', name: one.text, handle: 'milk' });
        const others = world.sales.filter(({ id }) => id !== sent.api.id);
        world.sales.splice(0, world.sales.length, ...others, sent.api);
      },
      webhook: new URLSearchParams({ type: 'sale.update', payload: JSON.stringify(sent.webhook) }).toString(),
      contentType: 'application/x-www-form-urlencoded',
    };
  });
  return {
    source: 'lightspeed-x',
    location: 'reg-1',
    changes: byTime(changes),
    start: (options) => startFakeLightspeed(world, options),
  };
}

interface Step {
  readonly later: number;
  readonly status: string;
  readonly direction: 1 | -1;
  readonly isPaid: boolean;
  readonly suffix: string;
}
function stepsOf({ fate }: Sale): Step[] {
  const step = (later: number, status: string, more: Partial<Step> = {}): Step => ({
    later,
    status,
    direction: 1,
    isPaid: status !== 'SAVED',
    suffix: '',
    ...more,
  });
  if (fate === 'open') return [step(0, 'SAVED')];
  if (fate === 'cancelled') return [step(0, 'SAVED'), step(2, 'CLOSED'), step(4, 'VOIDED')];
  if (fate === 'touched') return [step(2, 'CLOSED'), step(6, 'CLOSED')];
  if (fate === 'refunded') return [step(2, 'CLOSED'), step(20, 'CLOSED', { direction: -1, suffix: '-back' })];
  return [step(0, 'SAVED'), step(2, 'CLOSED')];
}

/** Five decimals of which only the sum is whole cents. */
function finePartsOf(cents: number): { price: number; tax: number } {
  const fine = cents * 1_000;
  const price = Math.round((fine * 100) / 115);
  return { price: price / 100_000, tax: (fine - price) / 100_000 };
}

function saleOf(one: Sale, index: number, step: Step, version: number) {
  const { direction, later, status, isPaid, suffix } = step;
  const { price, tax } = finePartsOf(one.cents);
  const common = {
    id: `sale-${index}${suffix}`,
    outlet_id: 'outlet-1',
    register_id: 'reg-1',
    user_id: 'user-1',
    invoice_number: `10${index}${suffix}`,
    status,
    version,
    ...(direction < 0 ? { return_for: `sale-${index}` } : {}),
  };
  const line = {
    id: `line-${index}`,
    product_id: `prod-${index}`,
    quantity: direction,
    tax_id: 'tax-1',
    status: 'CONFIRMED',
  };
  const soldAt = direction < 0 ? later : 0;
  const text = (value: number): string => (direction * value).toFixed(5);
  const old = (minutes: number): string => at(one, minutes).slice(0, 19).replace('T', ' ');
  const payment = { id: `pay-${index}${suffix}`, name: 'Cash' };
  return {
    webhook: {
      ...common,
      sale_date: old(soldAt),
      updated_at: old(later),
      total_price: text(price),
      total_tax: text(tax),
      register_sale_products: [
        {
          ...line,
          sku: '4006381333931',
          name: one.text,
          handle: 'milk',
          price_total: text(price),
          tax_total: text(tax),
          tax_name: 'GST',
          tax_rate: '0.15000',
        },
      ],
      register_sale_payments: isPaid
        ? [{ ...payment, amount: (direction * one.cents) / 100, payment_date: old(soldAt + 1) }]
        : [],
    },
    api: {
      ...common,
      sale_date: `${at(one, soldAt).slice(0, 19)}+00:00`,
      updated_at: `${at(one, later).slice(0, 19)}+00:00`,
      total_price: direction * price,
      total_tax: direction * tax,
      line_items: [{ ...line, price_total: direction * price, tax_total: direction * tax }],
      payments: isPaid
        ? [
            {
              ...payment,
              amount: (direction * one.cents) / 100,
              payment_date: `${at(one, soldAt + 1).slice(0, 19)}+00:00`,
            },
          ]
        : [],
    },
  };
}
