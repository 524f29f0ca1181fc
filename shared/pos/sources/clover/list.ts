import { z } from 'zod';
import { DAY_MS, SECOND_MS } from '../../../time.ts';
import { maybe } from '../payload.ts';
import { listAnswer, listPhase } from '../list-answer.ts';
import type { HydrateContext, ListClient, ListedObject, ListPage, ListQuery, VendorApi } from '../source.ts';
import { afterSlice, sliceOf } from '../time-slices.ts';
import { readCashEvents } from './cash-events.ts';
import { cloverHydration } from './hydrate.ts';
import { readCloverCashEvents, scrubbedCloverId, type CloverCashEvent } from './order-schema.ts';
import { isMoney, isUnknownResult } from './tenders.ts';

const PER_PAGE = 100;
const id = z.string().min(1).max(100);
const time = maybe(z.int().min(0));
const listOf = <S extends z.ZodType>(element: S) =>
  z.object({ elements: z.array(element) }).transform(({ elements }) => elements);
const reference = maybe(z.object({ id }));
const payment = z.object({
  id,
  order: reference,
  result: z.string().max(40),
  offline: maybe(z.boolean()),
  createdTime: time,
  modifiedTime: time,
});
const credit = z.object({ id, createdTime: time });
const ordersSchema = listOf(
  z.object({
    id,
    testMode: maybe(z.boolean()),
    modifiedTime: time,
    payments: maybe(listOf(payment)),
    voids: maybe(listOf(z.object({ id, createdTime: time, modifiedTime: time }))),
    credits: maybe(listOf(credit)),
  }),
);
const paymentsSchema = listOf(payment);
const refundsSchema = listOf(
  z.object({
    id,
    createdTime: time,
    orderRef: reference,
    payment: maybe(z.object({ id, order: reference })),
  }),
);
type ListedOrder = z.infer<typeof ordersSchema>[number];

/**
 * Clover: a merchant's orders by the time of their last change; payments and refunds, whose changes need not change their
 * order; and movements of cash. https://docs.clover.com/dev/reference/ordergetorders
 */
export const cloverList: ListClient = {
  access: cloverHydration,
  per: 'location',
  // Sixteen calls a second and token are allowed.
  pauseMs: SECOND_MS / 4,
  reachMs: 90 * DAY_MS,
  page(query, api, context) {
    const phase = listPhase(query.cursor, ['orders', 'payments', 'refunds', 'cash']);
    return phase.phase === 'cash'
      ? cashPage(query, api, context, phase)
      : objectsPage(LISTS[phase.phase], query, api, context, phase);
  },
};

interface Phase {
  readonly cursor: string | undefined;
  readonly next: (cursor: string | undefined) => string | undefined;
}
type Listing = (merchant: string, answer: unknown, context: HydrateContext) => ObjectsOfPage;
interface ObjectsOfPage {
  readonly count: number;
  readonly objects: readonly ListedObject[];
}
interface List {
  readonly path: string;
  readonly field: 'modifiedTime' | 'createdTime';
  /** Clover asks callers to expand three fields at most. */
  readonly expand?: string;
  readonly read: Listing;
}
const LISTS: Readonly<Record<'orders' | 'payments' | 'refunds', List>> = {
  orders: { path: 'orders', field: 'modifiedTime', expand: 'payments,voids,credits', read: ordersOf },
  payments: { path: 'payments', field: 'modifiedTime', read: paymentsOf },
  refunds: { path: 'refunds', field: 'createdTime', expand: 'payment', read: refundsOf },
};

async function objectsPage(
  { path, field, expand, read }: List,
  query: ListQuery,
  api: VendorApi,
  context: HydrateContext,
  { cursor, next }: Phase,
): Promise<ListPage> {
  const { location: merchant = '' } = query;
  const slice = sliceOf(cursor, query);
  const answer = await api.get(pathOf(merchant, path, field, slice, expand));
  const { count, objects } = read(merchant, answer, context);
  const after = afterSlice(slice, count >= PER_PAGE, query);
  return pageOf(after.isWhole ? objects : [], next(after.next));
}

const pageOf = (objects: readonly ListedObject[], next: string | undefined): ListPage =>
  next === undefined ? { objects } : { objects, next };

function pathOf(
  merchant: string,
  list: string,
  field: string,
  slice: ReturnType<typeof sliceOf>,
  expand: string | undefined,
): string {
  const query = new URLSearchParams({
    limit: String(PER_PAGE),
    offset: String((slice.page - 1) * PER_PAGE),
    ...(expand === undefined ? {} : { expand }),
  });
  query.append('filter', `${field}>=${slice.fromMs}`);
  query.append('filter', `${field}<${slice.toMs}`);
  return `/v3/merchants/${encodeURIComponent(merchant)}/${list}?${query.toString()}`;
}

function ordersOf(merchant: string, answer: unknown, context: HydrateContext): ObjectsOfPage {
  const orders = listAnswer(ordersSchema, answer, "Clover's list of orders");
  return { count: orders.length, objects: orders.flatMap((order) => listedOrder(merchant, order, context)) };
}

/** What our events of it are called: see `mapCloverOrder`. An open ticket has none. */
function listedOrder(
  merchant: string,
  { id: orderId, testMode, modifiedTime = 0, payments = [], voids = [], credits = [] }: ListedOrder,
  context: HydrateContext,
): ListedObject[] {
  const all = [...payments, ...voids, ...credits];
  if (testMode === true || all.length === 0) return [];
  const ownId = scrubbedCloverId(orderId, context);
  const version = Math.max(
    1,
    modifiedTime,
    ...all.map(({ createdTime = 0 }) => createdTime),
    ...[...payments, ...voids].map((one) => one.modifiedTime ?? 0),
  );
  const object = { object: 'order', id: `${merchant}/${orderId}`, version };
  const isDeclined = payments.some(({ offline, result }) => offline === true && result === 'FAIL');
  const hasMoney = payments.some((one) => isMoney({ result: one.result }));
  // A person decides about these, so they are fetched and told.
  const isDoubt =
    payments.some((one) => isUnknownResult({ result: one.result })) || (isDeclined && !hasMoney);
  if (isDoubt) return [{ ...object, transactions: [] }];
  const isCounted = hasMoney || voids.length > 0 || payments.some(({ result }) => result === 'VOIDED');
  const transactions = [
    ...(isCounted ? [{ transactionId: ownId, version }] : []),
    ...credits.map((one) => ({
      transactionId: `${ownId}-C${scrubbedCloverId(one.id, context)}`,
      version: one.createdTime ?? 1,
    })),
  ];
  return transactions.length === 0 ? [] : [{ ...object, transactions }];
}

/** A tip is adjusted in the payment alone. */
function paymentsOf(merchant: string, answer: unknown, context: HydrateContext): ObjectsOfPage {
  const payments = listAnswer(paymentsSchema, answer, "Clover's list of payments");
  const objects = payments.flatMap((one): ListedObject[] => {
    const { order, result, modifiedTime: version = one.createdTime ?? 1 } = one;
    if (!isMoney({ result }) && result !== 'VOIDED') return [];
    // Nothing else leads to its order then, so its own request says what is missing.
    if (order === undefined)
      return [{ object: 'payment', id: `${merchant}/${one.id}`, version, transactions: [] }];
    const transactionId = scrubbedCloverId(order.id, context);
    return [
      { object: 'order', id: `${merchant}/${order.id}`, version, transactions: [{ transactionId, version }] },
    ];
  });
  return { count: payments.length, objects };
}

function refundsOf(merchant: string, answer: unknown, context: HydrateContext): ObjectsOfPage {
  const refunds = listAnswer(refundsSchema, answer, "Clover's list of refunds");
  const objects = refunds.map((one): ListedObject => {
    const { createdTime: version = 1, orderRef, payment: paid } = one;
    const order = orderRef ?? paid?.order;
    if (order === undefined) {
      const owner = paid === undefined ? one.id : paid.id;
      return { object: 'payment', id: `${merchant}/${owner}`, version, transactions: [] };
    }
    const transactionId = `${scrubbedCloverId(order.id, context)}-R${scrubbedCloverId(one.id, context)}`;
    return {
      object: 'order',
      id: `${merchant}/${order.id}`,
      version,
      transactions: [{ transactionId, version }],
    };
  });
  return { count: refunds.length, objects };
}

/** Movements of cash without a sale. Their list holds all of them, so nothing else is asked for. */
async function cashPage(
  query: ListQuery,
  api: VendorApi,
  context: HydrateContext,
  { cursor, next }: Phase,
): Promise<ListPage> {
  const { location: merchant = '' } = query;
  const slice = sliceOf(cursor, query);
  const answer = await api.get(pathOf(merchant, 'cash_events', 'timestamp', slice, undefined));
  const found = readCloverCashEvents(answer, context);
  const after = afterSlice(slice, found.length >= PER_PAGE, query);
  if (!after.isWhole) return pageOf([], next(after.next));
  const byTime = new Map<number, CloverCashEvent[]>();
  for (const one of found) byTime.set(one.timestamp, [...(byTime.get(one.timestamp) ?? []), one]);
  const objects = [...byTime].flatMap(([timestamp, atOnce]): ListedObject[] => {
    const read = readCashEvents(merchant, atOnce, context);
    if (read.events.length + read.rejected.length === 0) return [];
    const events = read.rejected.length > 0 ? [] : read.events.map(({ eventId }) => eventId);
    const object = { object: 'cash', id: `${merchant}/${timestamp}`, version: timestamp };
    return [{ ...object, transactions: [], events, read }];
  });
  return pageOf(objects, next(after.next));
}
