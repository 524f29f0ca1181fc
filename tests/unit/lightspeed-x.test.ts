import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import { lightspeedXSource } from '../../shared/pos/sources/lightspeed-x/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { describeGolden } from '../support/golden-source.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { formOf, lightspeedSale } from '../support/lightspeed-sales.ts';
import { CATALOG, webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(lightspeedXSource);

const context = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-03T06:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const read = (payload: unknown, type?: string) =>
  lightspeedXSource.read(Buffer.from(formOf(payload, type)), context);
const fixture = () => webhookFixture({ secrets: { 'webhook-lightspeed-x': ['newer', 'secret'] } });
const post = (till: ReturnType<typeof fixture>, body: string, signature: string) =>
  till.post(body, {
    source: 'lightspeed-x',
    unsigned: true,
    contentType: 'application/x-www-form-urlencoded',
    headers: { 'x-signature': signature },
  });

test('the form or its payload may be signed, in hexadecimal digits or base64; anything else is refused', async () => {
  const payload = JSON.stringify(lightspeedSale());
  const body = new URLSearchParams({ type: 'sale.update', payload }).toString();
  const hmac = (text: string, encoding: 'hex' | 'base64') =>
    createHmac('sha256', 'secret').update(text).digest(encoding);
  for (const text of [body, payload]) {
    for (const encoding of ['hex', 'base64'] as const) {
      const till = fixture();
      const { status } = await post(till, body, `signature=${hmac(text, encoding)},algorithm=HMAC-SHA256`);
      expect([status, till.hub.length]).toEqual([200, 1]);
    }
  }
  const bad = [
    '',
    'signature=',
    `algorithm=HMAC-SHA256`,
    `signature=${hmac('other', 'hex')}`,
    hmac(body, 'hex'),
  ];
  for (const signature of bad) expect((await post(fixture(), body, signature)).status).toBe(401);
});

test('what is no form, no UTF-8 or no sale is refused or kept, never read as something else', () => {
  expect(() => lightspeedXSource.read(Buffer.from('type=sale.update'), context)).toThrow('payload');
  // Latin-1, percent-encoded: a lenient reader would put another character there.
  expect(() =>
    lightspeedXSource.read(Buffer.from('payload=%7B%22name%22%3A%22caf%E9%22%7D'), context),
  ).toThrow('UTF-8');
  expect(read({ id: 'p', name: 'Milk' }, 'product.update').ignored).toMatchObject([{ reason: 'not-a-sale' }]);
  expect(read({ id: 'p' }, 'unknown.update').rejected).toMatchObject([{ code: 'unsupported-event-type' }]);
  // The type beside the payload may not be signed: a sale is a sale whatever it says.
  expect(read(lightspeedSale(), 'product.update').events).toHaveLength(1);
});

test('a sale of an outlet that is not listed is kept whole, and replayed once it is', async () => {
  const till = fixture();
  const payload = JSON.stringify(lightspeedSale({ register_id: 'reg-9' }));
  const body = new URLSearchParams({ payload }).toString();
  const signed = (text: string) =>
    lightspeedXSource.sign({ body: Buffer.from(text), secret: 'secret', notificationUrl: '', nowMs: 0 })[
      'x-signature'
    ] ?? '';
  await post(till, body, signed(body));
  expect(till.letters).toMatchObject([{ code: 'unknown-location', replay: { to: 'webhook' } }]);
  const again = (till.letters[0]?.payload ?? '').replace('reg-9', 'reg-1');
  await post(till, again, signed(again));
  expect(till.events()).toMatchObject([
    { eventId: 'lightspeed-x:sale-1:413', totals: { grossMinor: 119, taxMinor: 16 } },
  ]);
});

test('a sale in the shape of API 2.0 is the same sale', () => {
  const { register_sale_products: lines, register_sale_payments: payments, ...rest } = lightspeedSale();
  const sale = { ...rest, sale_date: '2026-03-02T11:00:00Z', line_items: lines, payments };
  expect(read(sale).events).toEqual(read(lightspeedSale()).events);
});

test('two states of one second, without a version, are two versions', () => {
  const versionOf = (more: object) =>
    read(lightspeedSale({ version: undefined, ...more })).events[0]?.version ?? 0;
  const paid = [
    { name: 'Cash', amount: '1.00' },
    { name: 'Cash', amount: '0.19' },
  ];
  expect(versionOf({ register_sale_payments: paid })).toBe(versionOf({}) + 1);
});

test('any lines with five decimals: gross, tax and books add up to the cent', () => {
  const line = fc.record({
    cents: fc.integer({ min: -99_999, max: 99_999 }),
    rate: fc.constantFrom(0, 0.05, 0.15, 0.2),
    quantity: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
      const products = lines.map(({ cents, rate, quantity }) => {
        // As Lightspeed: the price without tax in five decimals, and the tax as what is missing to the price with tax.
        const micro = Math.round((cents * 1000) / (1 + rate));
        return {
          product_id: 'p',
          quantity: cents < 0 ? -quantity : quantity,
          price_total: (micro / 100_000).toFixed(5),
          tax_total: ((cents * 1000 - micro) / 100_000).toFixed(5),
          tax_name: `T${rate}`,
        };
      });
      const gross = lines.reduce((sum, { cents }) => sum + cents, 0);
      const payment = { name: 'EFTPOS', amount: (gross / 100).toFixed(2) };
      const { events, rejected } = read(
        lightspeedSale({
          total_price: undefined,
          total_tax: undefined,
          register_sale_products: products,
          register_sale_payments: [payment],
        }),
      );
      expect(rejected).toEqual([]);
      const [event] = events;
      if (event?.kind !== 'transaction') throw new Error('no transaction');
      expect(event.totals.grossMinor).toBe(gross);
      expect(event.lines.map((one) => one.extendedAmountMinor)).toEqual(lines.map(({ cents }) => cents));
      expect(imbalanceOf(postingsOfTransaction(event, PROFILE).postings)).toBe(0);
    }),
  );
});
