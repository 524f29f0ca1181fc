import fc from 'fast-check';
import { TransientError } from '../../shared/errors.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { squareHydration } from '../../shared/pos/sources/square/hydrate.ts';
import { VENDOR_NOT_FOUND, type HydrateRequest, type VendorApi } from '../../shared/pos/sources/source.ts';
import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { newTillBook, shiftsIn } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { MINUTE_MS, toInstant } from '../../shared/time.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { positioned } from '../support/stream-events.ts';
import { CATALOG } from '../support/webhook-fixture.ts';

/** Money that came with a payment and with its order is counted once, whichever of them is told first. */

/** Ten minutes before Berlin's cut-over, so a payment and its order may be of two business dates. */
const START_MS = Date.parse('2026-03-03T02:50:00.000Z');
const DATES = ['2026-03-02', '2026-03-03', '2026-03-04'] as BusinessDate[];
const atMinute = (minute: number) => toInstant(START_MS + minute * MINUTE_MS);
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

interface World {
  readonly payments: ReadonlyArray<{ readonly minute: number; readonly amount: number }>;
  /** Minutes from the last payment until the order is complete, and from then until Square lets it be read. */
  readonly completeAfter: number;
  readonly readableAfter: number;
  /** When the payments name their order; never is what Square should not do. */
  readonly linkedAfter: number | undefined;
  readonly tendersHaveTimes: boolean;
  readonly refundedAfter: number | undefined;
}

function squareOf(world: World) {
  const { payments } = world;
  const lastMinute = Math.max(...payments.map(({ minute }) => minute));
  const closedMinute = lastMinute + world.completeAfter;
  const readableMinute = closedMinute + world.readableAfter;
  const totalMinor = payments.reduce((sum, { amount }) => sum + amount, 0);
  const line = {
    quantity: '2',
    name: 'Milk',
    catalog_object_id: '4012345678901',
    base_price_money: eur(0),
    total_money: eur(totalMinor),
  };
  const order = {
    id: 'ORDER',
    location_id: 'LSQ1',
    state: 'COMPLETED',
    version: 7,
    created_at: atMinute(0),
    closed_at: atMinute(closedMinute),
    updated_at: atMinute(closedMinute),
    line_items: [line],
    total_money: eur(totalMinor),
    tenders: payments.map(({ minute, amount }, index) => ({
      id: `PAY${index}`,
      type: 'CARD',
      amount_money: eur(amount),
      ...(world.tendersHaveTimes ? { created_at: atMinute(minute) } : {}),
    })),
  };
  const refundMinute = readableMinute + (world.refundedAfter ?? 0);
  const refund = {
    id: 'REFUND',
    location_id: 'LSQ1',
    state: 'COMPLETED',
    version: 3,
    closed_at: atMinute(refundMinute),
    updated_at: atMinute(refundMinute),
    returns: [{ source_order_id: 'ORDER', return_line_items: [{ ...line, total_money: eur(100) }] }],
    refunds: [{ tender_id: 'PAY0', transaction_id: 'ORDER', amount_money: eur(100), status: 'COMPLETED' }],
    total_money: eur(0),
  };
  const unknown = () => Promise.reject(new TransientError(VENDOR_NOT_FOUND, 'not known yet'));
  const apiAt = (nowMinute: number): VendorApi => ({
    get(path) {
      if (path === '/v2/orders/ORDER' && nowMinute >= readableMinute) return Promise.resolve({ order });
      if (path === '/v2/orders/REFUND' && nowMinute >= refundMinute) {
        return Promise.resolve({ order: refund });
      }
      const index = Number(/^\/v2\/payments\/PAY(\d)$/.exec(path)?.[1] ?? -1);
      const payment = payments[index];
      if (payment === undefined || nowMinute < payment.minute) return unknown();
      const { minute, amount } = payment;
      const isLinked = world.linkedAfter !== undefined && nowMinute >= minute + world.linkedAfter;
      const isRefunded = world.refundedAfter !== undefined && nowMinute >= refundMinute;
      return Promise.resolve({
        payment: {
          id: `PAY${index}`,
          status: 'COMPLETED',
          location_id: 'LSQ1',
          source_type: 'CARD',
          created_at: atMinute(minute),
          updated_at: atMinute(isRefunded ? refundMinute : minute),
          amount_money: eur(amount),
          total_money: eur(amount),
          ...(isLinked ? { order_id: 'ORDER' } : {}),
        },
      });
    },
    post(_path, query) {
      const { query: asked } = query as {
        query: { filter: { date_time_filter: { closed_at: { start_at: string; end_at: string } } } };
      };
      const { start_at, end_at } = asked.filter.date_time_filter.closed_at;
      const isFound = nowMinute >= readableMinute && order.closed_at >= start_at && order.closed_at <= end_at;
      return Promise.resolve({ orders: isFound ? [order] : [] });
    },
  });
  return { apiAt, readableMinute, refundMinute };
}

interface Notice {
  readonly minute: number;
  readonly object: 'order' | 'payment';
  readonly id: string;
  readonly notFound: number;
}

/** Everything that is published when these notices come, in the order of time; what is not known yet is asked again. */
async function published(
  square: ReturnType<typeof squareOf>,
  notices: readonly Notice[],
): Promise<PosEvent[]> {
  const waiting = [...notices];
  const events: PosEvent[] = [];
  for (let steps = 0; waiting.length > 0; steps += 1) {
    if (steps > 2_000) throw new Error('it does not end');
    waiting.sort((left, right) => left.minute - right.minute);
    const next = waiting.shift() as Notice;
    const receivedAt = atMinute(next.minute);
    const request: HydrateRequest = {
      source: 'square',
      object: next.object,
      id: next.id,
      version: 0,
      receivedAt,
      traceparent: TRACE,
    };
    try {
      const read = await squareHydration.hydrate(request, square.apiAt(next.minute), {
        catalog: CATALOG,
        pseudonymise: (kind, id) => `${kind}-${id}`,
        receivedAt,
        traceparent: TRACE,
        nowMs: START_MS + next.minute * MINUTE_MS,
      });
      events.push(...read.events);
      for (const { object, id } of read.hydrate) {
        waiting.push({ ...next, object: object as Notice['object'], id, notFound: 0 });
      }
    } catch (thrown) {
      if (!(thrown instanceof TransientError) || thrown.code !== VENDOR_NOT_FOUND) throw thrown;
      const delayMs = squareHydration.notFoundDelaysMs[next.notFound];
      if (delayMs === undefined) continue;
      waiting.push({ ...next, minute: next.minute + delayMs / MINUTE_MS, notFound: next.notFound + 1 });
    }
  }
  return events;
}

/** What the events do to the books, the shelf and the till. */
function effectsOf(events: readonly PosEvent[]) {
  const postings = DATES.map((businessDate) => {
    const book = new DayBook({ businessDate, profile: PROFILE, dayEndMsOf: () => Number.MAX_VALUE });
    for (const event of events) if (event.businessDate === businessDate) book.add(event);
    const sums: Record<string, number> = {};
    const days = book.close();
    for (const { amounts } of days.flatMap(({ documents }) => documents)) {
      for (const [account, minor] of amounts) sums[account] = (sums[account] ?? 0) + Number(minor);
    }
    const conflicts = days
      .flatMap(({ findings }) => findings)
      .filter((one) => one.kind === 'identity-conflict');
    return { sums, conflicts };
  });
  const stock = newStockBook();
  const tills = newTillBook();
  const admissions = positioned(events).map((event) => {
    const admitted = [stock.admit(event), tills.admit(event)];
    if (admitted[0] === 'new') foldStock(stock, event.event, { store: undefined, products: new Map() });
    if (admitted[1] === 'new') foldTills(tills, event.event);
    return admitted;
  });
  const turnover = shiftsIn(tills.records.values()).map(({ businessDate, sums }) =>
    Object.entries(sums)
      .filter(([, sum]) => sum !== 0)
      .map(([what, sum]) => `${businessDate} ${what} ${sum}`),
  );
  return {
    postings,
    doubts: admissions.flat().filter((one) => one === 'conflict' || one === 'too-old'),
    onHand: [...stock.records.values()].map(({ onHandMilli }) => onHandMilli),
    turnover: new Set(turnover.flat()),
  };
}

const minutes = (max: number) => fc.integer({ min: 0, max });
const worlds: fc.Arbitrary<World> = fc.record({
  // Equal amounts often, as money that is counted twice hides behind them.
  payments: fc.array(fc.record({ minute: minutes(30), amount: fc.constantFrom(500, 500, 1_234) }), {
    minLength: 1,
    maxLength: 3,
  }),
  completeAfter: fc.constantFrom(0, 0, 1, 4, 6, 14, 16, 90),
  readableAfter: fc.constantFrom(0, 0, 1, 5, 14, 15, 16, 30, 600),
  linkedAfter: fc.constantFrom(undefined, undefined, 0, 10, 20, 700),
  tendersHaveTimes: fc.boolean(),
  refundedAfter: fc.constantFrom(undefined, 0, 3, 40),
});
const times = fc.array(minutes(1_200), { minLength: 1, maxLength: 4 });

/** The order is complete at once and told first; its payment never names it, and has no order when it is old enough. */
const ORDER_FIRST: World = {
  payments: [{ minute: 0, amount: 500 }],
  completeAfter: 0,
  readableAfter: 0,
  linkedAfter: undefined,
  tendersHaveTimes: true,
  refundedAfter: undefined,
};

test('with an order: the postings, the stock and the till are those of the order alone', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, times, times, times, async (world, ofPayments, ofOrder, ofRefund) => {
      const square = squareOf(world);
      const notice = (object: Notice['object'], id: string, minute: number): Notice => ({
        object,
        id,
        minute,
        notFound: 0,
      });
      const refunds =
        world.refundedAfter === undefined ? [] : ofRefund.map((minute) => notice('order', 'REFUND', minute));
      const orders = ofOrder.map((minute) => notice('order', 'ORDER', minute));
      const payments = world.payments.flatMap(({ minute: fromMinute }, index) =>
        ofPayments.map((minute) => notice('payment', `PAY${index}`, fromMinute + minute)),
      );
      const events = await published(square, [...payments, ...orders, ...refunds]);
      const alone = (await published(square, [...orders, ...refunds])).filter(
        ({ eventId }) => !eventId.startsWith('square:PAY'),
      );
      const once = [...new Map(alone.map((event) => [event.eventId, event])).values()];
      expect(effectsOf(events)).toEqual(effectsOf(once));
      // As a till that is read again from the start, in whatever order the hub's partitions come.
      expect(effectsOf([...events].reverse()).postings).toEqual(effectsOf(once).postings);
    }),
    { numRuns: 100, examples: [[ORDER_FIRST, [0, 20], [1], [0]]] },
  );
});

test('without an order: the payments count, each once', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, times, async (world, ofPayments) => {
      const square = squareOf({ ...world, readableAfter: 100_000, linkedAfter: undefined });
      const notices = world.payments.flatMap(({ minute: fromMinute }, index) =>
        ofPayments.map((minute): Notice => ({
          object: 'payment',
          id: `PAY${index}`,
          minute: fromMinute + minute,
          notFound: 0,
        })),
      );
      const { postings, doubts } = effectsOf(await published(square, notices));
      const card = postings.reduce((sum, { sums }) => {
        const tender = Object.entries(sums).filter(([, minor]) => minor > 0);
        return sum + tender.reduce((total, [, minor]) => total + minor, 0);
      }, 0);
      expect(card).toBe(world.payments.reduce((sum, { amount }) => sum + amount, 0));
      expect(doubts).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
