/** Webhooks of Lightspeed X-Series, in the shape of API 1.0, as small as a case allows. */
type Json = Readonly<Record<string, unknown>>;

export const lightspeedSale = (more: Json = {}): Json => ({
  id: 'sale-1',
  register_id: 'reg-1',
  user_id: 'user-1',
  invoice_number: '1036',
  status: 'CLOSED',
  sale_date: '2026-03-02 11:00:00',
  updated_at: '2026-03-02 11:00:10',
  version: 413,
  total_price: '1.03478',
  total_tax: '0.15522',
  register_sale_products: [
    {
      id: 'line-1',
      product_id: 'prod-1',
      sku: '4006381333931',
      name: 'Milk',
      quantity: 1,
      price_total: '1.03478',
      tax_total: '0.15522',
      tax_name: 'GST',
      tax_rate: '0.15000',
      status: 'CONFIRMED',
    },
  ],
  register_sale_payments: [
    { id: 'pay-1', name: 'Cash', amount: '1.19', payment_date: '2026-03-02 11:00:05' },
  ],
  ...more,
});

/** Not percent-encoded, so that a test sees its text as it is. */
export const formOf = (payload: unknown, type = 'sale.update'): string =>
  `type=${type}&payload=${typeof payload === 'string' ? payload : JSON.stringify(payload)}&domain_prefix=acme`;
