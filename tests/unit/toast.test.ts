import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import { businessDate } from '../../shared/ids.ts';
import { toastSource } from '../../shared/pos/sources/toast/source.ts';
import { signToastWebhook } from '../../shared/pos/sources/toast/signature.ts';
import type { HydrateContext } from '../../shared/pos/sources/source.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { describeGolden } from '../support/golden-source.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { toastMessage, toastOrder } from '../support/toast-orders.ts';
import { deliver } from '../support/vendors/fake-vendor.ts';
import { startFakeToast, TOAST_LADDER_MS } from '../support/vendors/toast-vendor.ts';
import { CATALOG, webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(toastSource);

const context: HydrateContext = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-03T06:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  nowMs: Date.parse('2026-03-03T06:00:00Z'),
};
const bodyOf = (message: object) => Buffer.from(JSON.stringify(message));
const read = (message: object) => toastSource.read(bodyOf(message), context);
const fixture = () => webhookFixture({ secrets: { 'webhook-toast': ['secret'] } });
const post = (till: ReturnType<typeof fixture>, message: object) => {
  const body = bodyOf(message);
  return till.post(body, {
    source: 'toast',
    unsigned: true,
    headers: { 'toast-signature': signToastWebhook('secret', body) },
  });
};

test('the signature is over the body and then the timestamp of the message', () => {
  const body = Buffer.from('{"timestamp":"2026-03-02T11:30:01.000Z","guid":"é"}');
  const signed = `${body.toString('utf8')}2026-03-02T11:30:01.000Z`;
  expect(signToastWebhook('secret', body)).toBe(
    createHmac('sha256', 'secret').update(signed).digest('base64'),
  );
});

test('a message without its order asks for it, and what cannot be read can be asked for again', async () => {
  const till = fixture();
  await post(till, toastMessage({ orderGuid: 'order-9' }));
  expect(till.hydrations).toMatchObject([{ source: 'toast', object: 'order', id: 'rest-1/order-9' }]);
  await post(till, toastMessage({ order: toastOrder({ modifiedDate: 'nonsense' }) }));
  await post(till, toastMessage({ restaurantGuid: 'elsewhere', order: toastOrder() }));
  await post(till, toastMessage({}, { eventCategory: 'gift_cards' }));
  expect(till.letters.map(({ code, replay }) => [code, replay.to])).toEqual([
    ['schema', 'queue'],
    ['unknown-location', 'queue'],
    ['unsupported-event-type', 'nowhere'],
  ]);
  expect(read(toastMessage({}, { eventCategory: 'menus' })).ignored).toMatchObject([
    { reason: 'not-an-order' },
  ]);
});

test('a check that cannot be read costs itself alone', () => {
  const [one] = toastOrder()['checks'] as object[];
  const bad = { ...one, guid: 'check-2', selections: [{ guid: 's1', quantity: 1 }] };
  const { events, rejected } = read(toastMessage({ order: toastOrder({ checks: [bad, one] }) }));
  expect(events.map(({ eventId }) => eventId)).toEqual([expect.stringMatching(/^toast:check-1:\d{13}$/)]);
  expect(rejected).toMatchObject([{ code: 'schema', where: '/checks/selections/0/price' }]);
});

test('two changes within one second are two versions; the same change is one event, however often it comes', () => {
  const idOf = (modifiedDate: string) =>
    read(toastMessage({ order: toastOrder({ modifiedDate }) })).events[0]?.eventId;
  const first = idOf('2026-03-02T11:30:00.456+0000');
  expect(idOf('2026-03-02T11:30:00.457+0000')).not.toBe(first);
  expect(idOf('2026-03-02T11:30:00.456+0000')).toBe(first);
  expect(idOf('2026-03-02T12:30:00.456+0100')).toBe(first);
});

test('any prices, taxes with many decimals and tips: lines and taxes add up to the cent, and the books balance', () => {
  const cents = fc.integer({ min: 0, max: 99_999 });
  const item = fc.record({
    gross: cents,
    off: fc.double({ min: 0, max: 1, noNaN: true }),
    rate: fc.constantFrom(0, 0.05, 0.07, 0.19),
  });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), cents, (items, tip) => {
      // As Toast calculates with prices that hold their tax: doubles of which only the check is rounded.
      const selections = items.map(({ gross, off, rate }, index) => {
        const before = gross / 100 / (1 + rate);
        const price = before * (1 - off);
        const appliedTaxes = [{ name: `T${rate}`, rate, type: 'PERCENT', taxAmount: price * rate }];
        return { guid: `s${index}`, quantity: 1, preDiscountPrice: before, price, appliedTaxes };
      });
      const round = (amount: number) => Math.round(amount * 100) / 100;
      const sum = (of: (one: (typeof selections)[number]) => number) =>
        round(selections.reduce((total, one) => total + of(one), 0));
      const amount = sum(({ price }) => price);
      const taxAmount = sum(({ appliedTaxes }) => appliedTaxes[0]?.taxAmount ?? 0);
      const paid = round(amount + taxAmount);
      const check = {
        amount,
        taxAmount,
        selections,
        payments: [
          { guid: 'p1', type: 'CREDIT', amount: paid, tipAmount: tip / 100, paymentStatus: 'CAPTURED' },
        ],
      };
      const { events, rejected } = read(toastMessage({ order: toastOrder({}, check) }));
      expect(rejected).toEqual([]);
      const [event] = events;
      if (event?.kind !== 'transaction') throw new Error('no transaction');
      // A sum that lies on half a cent is rounded by binary fractions there, and exactly here: then it is said.
      const isSaid = event.quality?.some(
        (code) => code === 'totals-disagree' || code === 'totals-unbalanced',
      );
      if (isSaid === true) return;
      expect(event.totals.grossMinor).toBe(Math.round(paid * 100));
      expect(event.totals.tipMinor ?? 0).toBe(tip);
      expect(imbalanceOf(postingsOfTransaction(event, PROFILE).postings)).toBe(0);
    }),
  );
});

describe("Toast's own API", () => {
  const at = Date.parse('2026-03-02T11:30:00Z');
  const order = (index: number, more: object = {}) =>
    toastOrder({
      guid: `order-${index}`,
      modifiedDate: new Date(at + index).toISOString().replace('Z', '+0000'),
      ...more,
    }) as ReturnType<typeof toastOrder> & { modifiedDate: string };
  const apiOf = (url: string, headers: string[] = []) =>
    vendorApi({
      source: 'toast',
      access: toastSource.hydration!,
      apiUrl: url,
      token: 'token',
      fetchFrom: (input, init) => {
        headers.push(new Headers(init?.headers).get('toast-restaurant-external-id') ?? '');
        return fetch(input, init);
      },
    });

  test('a day is listed page by page, each order as its message would have been read', async () => {
    const orders = Array.from({ length: 130 }, (_, index) => order(index));
    const open = order(130, { checks: [{ guid: 'c', paymentStatus: 'OPEN' }] });
    const broken = order(131, { checks: [{ guid: 'c', paymentStatus: 'CLOSED', selections: [{}] }] });
    const vendor = await startFakeToast({ orders: [...orders, open, broken] }, { token: 'token' });
    const headers: string[] = [];
    try {
      const found = [];
      let cursor: string | undefined;
      do {
        const page = await toastSource.list!.page(
          {
            businessDate: businessDate('2026-03-02'),
            location: 'rest-1',
            fromMs: at,
            toMs: at + 3_600_000,
            ...(cursor === undefined ? {} : { cursor }),
          },
          apiOf(vendor.url, headers),
          context,
        );
        found.push(...page.objects);
        cursor = page.next;
      } while (cursor !== undefined);
      // All of them within a second: slices get shorter first, and then pages are numbered.
      expect(vendor.asked.length).toBeLessThan(16);
      expect(new Set(headers)).toEqual(new Set(['rest-1']));
      expect(found).toHaveLength(131);
      expect(found[0]?.read?.events).toEqual(read(toastMessage({ order: orders[0] })).events);
      // What cannot be read is asked for, and is a dead letter then.
      expect(found.at(-1)).toEqual({ object: 'order', id: 'rest-1/order-131', version: 0, transactions: [] });
    } finally {
      await vendor.stop();
    }
  });

  test('an order that is asked for is what its message was; one that is not there yet is asked for again', async () => {
    const vendor = await startFakeToast({ orders: [order(1)] }, { token: 'token', burst: 2 });
    const ask = (id: string) =>
      toastSource.hydration!.hydrate(
        {
          source: 'toast',
          object: 'order',
          id,
          version: 0,
          receivedAt: context.receivedAt,
          traceparent: context.traceparent,
        },
        apiOf(vendor.url),
        context,
      );
    try {
      expect((await ask('rest-1/order-1')).events).toEqual(read(toastMessage({ order: order(1) })).events);
      await expect(ask('rest-1/order-2')).rejects.toMatchObject({ code: 'vendor-not-found' });
      await expect(ask('rest-1/order-1')).rejects.toMatchObject({
        code: 'vendor-throttled',
        retryAfterMs: 1_000,
      });
    } finally {
      await vendor.stop();
    }
  });

  test('over the ladder of Toast an outage of ten minutes loses nothing, and what comes twice counts once', async () => {
    const till = fixture();
    till.faults.hub = new Error('away');
    till.faults.spill = new Error('away');
    let waitedMs = 0;
    const tries = await deliver(
      async () => (await post(till, toastMessage({ order: toastOrder() }))).status,
      TOAST_LADDER_MS,
      (ms) => {
        waitedMs += ms;
        till.clock.nowMs += ms;
        if (waitedMs >= 600_000) {
          delete till.faults.hub;
          delete till.faults.spill;
        }
      },
    );
    expect(tries).toBe(3);
    await post(till, toastMessage({ order: toastOrder() }));
    expect(new Set(till.hub.map(({ eventId }) => eventId)).size).toBe(1);
    expect(till.events().filter((event) => event.kind === 'transaction' && isInForce(event))).toHaveLength(2);
  });
});
