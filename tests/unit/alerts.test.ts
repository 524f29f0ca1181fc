import { Webhook } from 'standardwebhooks';
import { alertIdOf, alertSchema, type Alert } from '../../shared/alerts/alert.ts';
import { alertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { routesOf } from '../../shared/alerts/alert-routes.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { webhookChannel } from '../../shared/alerts/channels/webhook.ts';
import { newTillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { alertOf, itemOf, noticeOf, WEBHOOK_SECRET } from '../support/alerts.ts';
import {
  atHour,
  BERLIN,
  closedOf,
  drawerOf,
  openedOf,
  PRODUCTS,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';

const route = (more: Partial<Route> & { url?: string } = {}) => ({
  name: 'store-team',
  channel: 'webhook' as const,
  url: 'https://alerts.example/in',
  ...more,
});

const parsed = () => ({ ...route(), kinds: undefined, stores: undefined, minSeverity: undefined }) as never;

test('an alert id follows from what the alert is about, and is fit for a webhook id', () => {
  const id = alertIdOf('cash-over-short', 'S1', 'T1');
  expect(id).toBe(alertIdOf('cash-over-short', 'S1', 'T1'));
  expect(id).toMatch(/^alert_[0-9a-f]{32}$/);
  const others = [
    alertIdOf('no-sale-openings', 'S1', 'T1'),
    alertIdOf('cash-over-short', 'S1T1'),
    alertIdOf('cash-over-short', 'S', '1T1'),
  ];
  expect(new Set([id, ...others]).size).toBe(4);
});

test('all alerts that rules make fit the schema, also with the longest texts', () => {
  const long = {
    tillId: 'T'.repeat(100) as never,
    storeId: 'S'.repeat(100) as never,
    shiftId: '\u{1F34E}'.repeat(50),
    sequenceScope: 'x'.repeat(200),
  };
  const tills = newTillBook();
  const untidy = [
    openedOf(atHour(0), 10_000, { ...long, sequenceNumber: 1 }),
    ...Array.from({ length: 30 }, (_, index) =>
      drawerOf(atHour(1), 'noSale', 0, { ...long, sequenceNumber: 3 + 2 * index }),
    ),
    ...Array.from({ length: 101 }, (_, index) =>
      drawerOf(atHour(1), 'paidIn', 1, { ...long, sequenceScope: 'odd', sequenceNumber: 2 * index }),
    ),
    ...Array.from({ length: 30 }, () => transactionOf(atHour(2), [{ milli: -1_000 }], long)),
    drawerOf(atHour(3), 'noSale', 0, { ...long, shiftId: undefined as never }),
    closedOf(atHour(9), 4_000, long),
  ].flatMap((event) => foldTills(tills, event));
  const book = newStockBook();
  const described = { ...PRODUCTS.get('P1' as never), description: 'd'.repeat(200) } as never;
  const context = { store: BERLIN, products: new Map([['P1' as never, described]]) };
  const stockout = [stockOf(atHour(0), 'count', 3_000), transactionOf(atHour(1), [{ milli: 3_000 }])].flatMap(
    (event) => foldStock(book, event, context),
  );
  const alerts: Alert[] = [...untidy, ...stockout];
  // Those of the other rules are checked where each is tested, see support/till-alerts.ts.
  const raised = new Set(alerts.map(({ kind }) => kind));
  const expected = [
    'cash-over-short',
    'no-sale-openings',
    'refund-without-receipt',
    'sequence-gap',
    'sequence-unclear',
    'shift-unclear',
    'stockout-imminent',
  ];
  for (const kind of expected) expect(raised).toContain(kind);
  for (const alert of alerts) expect(alertSchema.parse(alert)).toEqual(alert);
});

test.each([
  ['a route without filters', {}, true],
  ['its kind', { kinds: ['cash-over-short', 'no-sale-openings'] }, true],
  ['another kind', { kinds: ['stockout-imminent'] }, false],
  ['its store', { stores: ['S1'] }, true],
  ['another store', { stores: ['S2'] }, false],
  ['a lower severity', { minSeverity: 'info' }, true],
  ['its severity', { minSeverity: 'warning' }, true],
  ['a higher severity', { minSeverity: 'critical' }, false],
] as [string, Partial<Route>, boolean][])('an alert and %s', (_what, filters, taken) => {
  expect(routesOf(alertOf({ severity: 'warning' }), [route(filters)])).toHaveLength(taken ? 1 : 0);
});

test('a routes file is refused when names repeat, or cannot name a secret, or a url is no web address', () => {
  const parse = (routes: unknown[]) => alertRoutesFileSchema.safeParse({ routes }).success;
  expect(parse([route(), route({ name: 'other' })])).toBe(true);
  expect(parse([route(), route()])).toBe(false);
  expect(parse([route({ name: 'Not_A_Name' })])).toBe(false);
  expect(parse([route({ url: 'ftp://alerts.example' })])).toBe(false);
  expect(parse([{ ...route(), channel: 'pigeon' }])).toBe(false);
});

test('the webhook verifies with the reference implementation, and its id is the same for every delivery', () => {
  const alert = alertOf();
  const nowMs = Date.now();
  const notice = noticeOf({ items: [itemOf(alert)] });
  const request = webhookChannel.request(notice, parsed(), WEBHOOK_SECRET, nowMs);
  const verified = new Webhook(WEBHOOK_SECRET).verify(request.body, { ...request.headers });
  expect(verified).toEqual({
    type: 'alert.cash-over-short',
    timestamp: alert.raisedAt,
    data: { format: 1, ...alert },
  });
  const later = webhookChannel.request(notice, parsed(), WEBHOOK_SECRET, nowMs + 60_000);
  expect(later.headers['webhook-id']).toBe(request.headers['webhook-id']);
});

test('a digest is one webhook with all of its alerts', () => {
  const items = [itemOf(), itemOf(alertOf({ alertId: alertIdOf('x') }))] as const;
  const notice = noticeOf({ reason: 'digest', items: [...items] });
  const request = webhookChannel.request(notice, parsed(), WEBHOOK_SECRET, 0);
  expect(JSON.parse(request.body)).toMatchObject({
    type: 'alerts.digest',
    data: { alerts: items.map(({ alert }) => ({ format: 1, alertId: alert.alertId })) },
  });
});
