import { lightspeedXSource } from '../../shared/pos/sources/lightspeed-x/source.ts';
import { formOf, lightspeedSale } from './lightspeed-sales.ts';
import type { Plants, PlantedSource } from './planted-source.ts';

export const LIGHTSPEED_SECRET = 'client secret of the tests';

/** Lightspeed's webhooks, with customers, notes and users. */
export function plantedLightspeedX({ name, card, email, freeText, id }: Plants): PlantedSource {
  const person = {
    customer_name: name,
    customer: { name, contact: { email, first_name: name, physical_address1: name } },
    user_name: email,
    note: `${freeText} ${name}`,
    custom_field_1: name,
  };
  const product = { product_id: 'p', sku: card, name: freeText, note: name, quantity: 1, price_total: 1.19 };
  const payment = { id: 'pay', name: freeText, amount: 1.19, label: name };
  const sale = (more: object): object =>
    lightspeedSale({
      ...person,
      invoice_number: id,
      register_sale_products: [product],
      register_sale_payments: [payment],
      ...more,
    });
  const payloads = [
    sale({}),
    sale({ id: 'sale-2', register_id: card }),
    sale({ id: 'sale-3', status: name }),
    sale({ id: card, sale_date: name }),
    { ...person, id: 'closure', register_id: 'reg-1', register_close_time: '2026-03-02 12:00:00' },
    { ...person, id: 'other' },
  ].map((payload) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
  return {
    source: 'lightspeed-x',
    requests: (nowMs) =>
      [...payloads, formOf(`{"note":"${name}"`)].map((text) => {
        const body = Buffer.from(text);
        const headers = lightspeedXSource.sign({
          body,
          secret: LIGHTSPEED_SECRET,
          notificationUrl: '',
          nowMs,
        });
        return {
          source: 'lightspeed-x',
          body,
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        };
      }),
  };
}
