import { PermanentError, TransientError } from '../../../errors.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, toInstant } from '../../../time.ts';
import { Quality, businessDateFor, storeOf } from '../../enrich.ts';
import { OriginalIds } from '../original-ids.ts';
import { readingOf, type MappedRecord } from '../reading.ts';
import {
  VENDOR_NOT_FOUND,
  type HydrateContext,
  type HydrateRequest,
  type Hydration,
  type ReadResult,
  type VendorApi,
} from '../source.ts';
import { eventOfDraft } from '../transaction-draft.ts';
import { cashEventsPath, readCashEvents } from './cash-events.ts';
import { mapCloverOrder } from './order.ts';
import {
  MAX_ELEMENTS,
  readCloverCashEvents,
  readCloverLines,
  readCloverOrder,
  readCloverPayment,
  readCloverPayments,
  readCloverRefunds,
  type CloverPayment,
} from './order-schema.ts';

/** Asks Clover for the order that a notice named. Clover asks callers to expand at most three fields in one call. */
export const cloverHydration: Hydration = {
  apiUrl: 'https://api.clover.com',
  tokenSecret: 'clover-access-token',
  // Each merchant gives a token of its own, whichever address its notices come to.
  accountOf: ({ id }) => merchantOf(id).toLowerCase(),
  exchange: {
    url: (_secret, apiUrl) => `${apiUrl}/oauth/v2/refresh`,
    /** `<client id> <first refresh token>`; one word alone is a token of the former flow. */
    form(secret, refreshToken) {
      const [clientId = '', first] = secret.trim().split(/\s+/);
      return first === undefined ? undefined : { client_id: clientId, refresh_token: refreshToken ?? first };
    },
    isJson: true,
    // Each refresh token works once.
    isShared: true,
  },
  headers: (token) => ({ authorization: `Bearer ${token}`, accept: 'application/json' }),
  // Clover publishes no ladder; an order and its payment may be readable some time apart.
  notFoundDelaysMs: [
    10 * SECOND_MS,
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
  ],
  async hydrate(request, vendor, given) {
    const ids = new OriginalIds(given.pseudonymise);
    const context = { ...given, pseudonymise: ids.pseudonymise };
    const api = ids.apiOf(vendor);
    if (request.object === 'cash') return fromCash(request, api, context);
    return readingOf(await recordsOf(request, api, context, ids), context.catalog);
  },
};

const merchantOf = (id: string): string => id.slice(0, id.indexOf('/'));

function recordsOf(
  request: HydrateRequest,
  api: VendorApi,
  context: HydrateContext,
  ids: OriginalIds,
): Promise<MappedRecord[]> {
  const merchant = merchantOf(request.id);
  const id = request.id.slice(merchant.length + 1);
  const base = `/v3/merchants/${encodeURIComponent(merchant)}`;
  const parts = { merchant, id, base, api, context };
  switch (request.object) {
    case 'order':
      return fromOrder(parts);
    case 'deleted-order':
      return fromDeletedOrder(parts, request.version);
    case 'payment':
      return fromPayment(parts, request, ids);
    default:
      throw new PermanentError(
        'deleted-at-vendor',
        `Clover deleted a ${request.object.replace('deleted-', '')}: what it was can not be asked for. Compare the day with Clover's own report`,
      );
  }
}

/**
 * Of a list within another object Clover gives the first hundred, without a word.
 * https://docs.clover.com/dev/docs/paginating-elements
 */
const MAX_NESTED = 100;

interface Parts {
  readonly merchant: string;
  readonly id: string;
  readonly base: string;
  readonly api: VendorApi;
  readonly context: HydrateContext;
}

async function fromOrder({ merchant, id, base, api, context }: Parts): Promise<MappedRecord[]> {
  const path = `${base}/orders/${encodeURIComponent(id)}`;
  const order = readCloverOrder(await api.get(`${path}?expand=discounts,credits,voids`), context);
  const payments = readCloverPayments(
    await api.get(`${path}/payments?expand=tender,taxRates,refunds&limit=${MAX_ELEMENTS}`),
    context,
  );
  const all = [...payments, ...voidsOf(order.voids, payments)];
  const hasMoney = all.length > 0 || order.credits.length > 0;
  // Tickets are announced with every line that is keyed in.
  if (!hasMoney) return [{ outcome: 'ignored', reason: 'order-not-paid' }];
  const items = readCloverLines(
    await api.get(`${path}/line_items?expand=discounts,modifications&limit=${MAX_ELEMENTS}`),
    context,
  );
  for (const [what, list] of Object.entries({ payments, items })) {
    if (list.length < MAX_ELEMENTS) continue;
    throw new PermanentError('too-many-lines', `The order has more ${what} than Clover gives at once`);
  }
  const isRefunded =
    (order.paymentState ?? '').includes('REFUND') || all.some(({ refunds }) => refunds.length > 0);
  const { refunds } = isRefunded
    ? readCloverRefunds(
        await api.get(`${path}?expand=refunds,refunds.lineItems,refunds.overrideMerchantTender`),
        context,
      )
    : { refunds: [] };
  const { discounts, credits, voids } = order;
  for (const [what, list] of Object.entries({ discounts, credits, voids, refunds })) {
    if (list.length < MAX_NESTED) continue;
    throw new PermanentError(
      'too-many-lines',
      `The order has ${MAX_NESTED} ${what} or more, and Clover gives no more of them: enter the rest by hand`,
      { where: `/order/${what}` },
    );
  }
  const known = new Set(refunds.map((refund) => refund.id));
  const ofPayments = all.flatMap((payment) =>
    payment.refunds
      .filter((refund) => !known.has(refund.id))
      .map((refund) => ({ ...refund, payment: refund.payment ?? { id: payment.id } })),
  );
  return mapCloverOrder(
    { merchant, order: { ...order, refunds: [...refunds, ...ofPayments] }, items, payments: all },
    context,
  );
}

/** Voided payments may stand in a list of their own; there they are none, whatever their result says. */
function voidsOf(voids: readonly CloverPayment[], payments: readonly CloverPayment[]): CloverPayment[] {
  const known = new Set(payments.map(({ id }) => id));
  return voids.filter(({ id }) => !known.has(id)).map((payment) => ({ ...payment, result: 'VOIDED' }));
}

/**
 * Open tickets are deleted all day. What Clover still answers is read as ever; of what it does not know any more a last,
 * empty version takes back whatever counted.
 */
async function fromDeletedOrder(parts: Parts, atMs: number): Promise<MappedRecord[]> {
  try {
    return await fromOrder(parts);
  } catch (thrown) {
    if (!(thrown instanceof TransientError) || thrown.code !== VENDOR_NOT_FOUND) throw thrown;
  }
  const { merchant, id, context } = parts;
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'clover', merchant, quality);
  if (store === undefined) {
    throw new PermanentError('unknown-store', 'No store has this merchant in its sourceLocations.clover', {
      where: '/merchants',
    });
  }
  const occurredAt = toInstant(atMs);
  return [
    eventOfDraft(
      {
        source: 'clover',
        transactionId: id,
        version: Math.max(1, atMs),
        storeId,
        tillId: 'clover',
        occurredAt,
        businessDate: businessDateFor(undefined, occurredAt, store, quality),
        status: 'cancelled',
        currency: store.currency,
        taxIncluded: false,
        lines: [],
        tenders: [],
        taxMinor: 0,
        quality,
      },
      context,
    ),
  ];
}

async function fromPayment(
  { merchant, id, base, api, context }: Parts,
  request: HydrateRequest,
  ids: OriginalIds,
): Promise<MappedRecord[]> {
  const { order } = readCloverPayment(await api.get(`${base}/payments/${encodeURIComponent(id)}`), context);
  if (order === undefined) {
    throw new PermanentError('schema', 'The payment names no order', { where: '/payment/order' });
  }
  return [
    {
      outcome: 'hydrate',
      request: { ...request, object: 'order', id: `${merchant}/${ids.originalOf(order.id)}` },
    },
  ];
}

async function fromCash(
  { id, version: atMs }: HydrateRequest,
  api: VendorApi,
  context: HydrateContext,
): Promise<ReadResult> {
  const merchant = merchantOf(id);
  const found = readCloverCashEvents(await api.get(cashEventsPath(merchant, atMs)), context);
  if (found.length === 0)
    throw new TransientError(VENDOR_NOT_FOUND, 'Clover does not list the cash event yet');
  return readCashEvents(merchant, found, context);
}
