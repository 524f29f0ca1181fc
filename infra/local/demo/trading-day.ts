import { businessDate as toBusinessDate, tillId as toTillId } from '../../../shared/ids.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { HOUR_MS, MINUTE_MS, minuteOf, SECOND_MS } from '../../../shared/time.ts';
import { playBackOffice, type BackOfficeOptions } from './back-office.ts';
import { BUSY } from './busy-hours.ts';
import type { DemoStore } from './chain.ts';
import { addFloat, closeShift, dropIfFull, noSale, openShift, paidIn, paidOut } from './drawer.ts';
import { hoursOf, type Hours } from './hours.ts';
import { DEMO_PRODUCTS } from './products.ts';
import { randomOf, type Random } from './random.ts';
import type { StoreDay, Till } from './store-day.ts';
import { plantedCounts, type PlantedAlert } from './till-faults.ts';
import {
  cancelledSale,
  refundOfOwnSale,
  refundWithoutReceipt,
  returnWithReceipt,
  sale,
  saleOfUnknownProduct,
  sellGiftCard,
  suspendedSale,
  takeDeposit,
  trainingSale,
  voidedSale,
} from './transactions.ts';

/** A till action at a certain time; played in chronological order. */
interface Task {
  readonly atMs: number;
  readonly till: Till;
  readonly play: (day: StoreDay, till: Till, atMs: number) => void;
}

/** By ISO weekday, in percent of a normal day. */
const WEEKDAYS: readonly number[] = [0, 92, 90, 95, 100, 118, 130, 75];

/** What happens at a till, and how often per thousand. */
const HAPPENINGS = [
  { item: sale, weight: 931 },
  { item: returnWithReceipt, weight: 14 },
  { item: cancelledSale, weight: 9 },
  { item: suspendedSale, weight: 9 },
  { item: sellGiftCard, weight: 9 },
  { item: trainingSale, weight: 5 },
  { item: takeDeposit, weight: 5 },
  { item: oddNoSale, weight: 5 },
  { item: oddRefund, weight: 1 },
  { item: paidOut, weight: 2 },
  { item: paidIn, weight: 1 },
  { item: addFloat, weight: 3 },
] as const;

export interface StoreDayOptions extends BackOfficeOptions {
  readonly demoStore: DemoStore;
  readonly profile: PostingProfile;
  readonly date: BusinessDate;
  readonly seed: number;
}

/**
 * Plays one business date of one store: the same seed, date and store give the same events. A store that is closed on
 * that weekday has none.
 */
export function storeDay(options: StoreDayOptions): StoreDay {
  const { demoStore, profile, date, seed } = options;
  const random = randomOf(seed, date, demoStore.store.storeId);
  const hours = hoursOf(demoStore, date);
  const promotions = random.sample(DEMO_PRODUCTS, 3);
  const day: StoreDay = {
    demoStore,
    profile,
    date: toBusinessDate(date),
    random,
    tills: (demoStore.store.tills ?? []).map((tillId) => ({
      tillId: toTillId(tillId),
      sequence: 0,
      lastAtMs: 0,
      shift: undefined,
      offline: undefined,
    })),
    promotions: new Map(
      promotions.map((product) => [
        product.productId,
        Math.floor(((product.priceMinor[demoStore.store.currency] ?? 0) * 4) / 5),
      ]),
    ),
    stock: new Map(options.stockBefore),
    emptyFrom: emptyShelves(options, hours),
    giftCards: [],
    pastSales: [],
    events: [],
    bookings: [],
    completed: 0,
    grossMinor: 0,
  };
  if (!hours) return day;
  playBackOffice(day, hours, options, () => playTills(day, hours, options));
  day.events.sort((a, b) => a.occurredAtMs - b.occurredAtMs);
  return day;
}

/** When the shelves that are planted to be empty are: from the morning on, whatever the books say. */
function emptyShelves(
  { planted, demoStore }: StoreDayOptions,
  hours: Hours | undefined,
): Map<string, number> {
  const here = planted.filter(
    (fault) => fault.alert === 'silent-stockout' && fault.storeId === demoStore.store.storeId,
  );
  const fromMs = hours ? hours.opensMs + (hours.closesMs - hours.opensMs) * 0.15 : 0;
  return new Map(here.map((fault) => ['product' in fault ? fault.product.productId : '', fromMs]));
}

/** Time of the shift change at each till, so no two coincide. */
const handOverMs = (hours: Hours, index: number): number =>
  hours.opensMs + Math.floor((hours.closesMs - hours.opensMs) / 2) + index * 20 * MINUTE_MS;

function playTills(day: StoreDay, hours: Hours, { planted }: StoreDayOptions): void {
  const { random, demoStore, tills } = day;
  goOffline(day, hours);
  const tasks: Task[] = tills.flatMap((till, index) => shiftTasks(day, till, index, hours, planted));
  const weekday = new Date(`${day.date}T12:00:00Z`).getUTCDay() || 7;
  const factor = (WEEKDAYS[weekday] ?? 100) * random.int(96, 104);
  const customers = Math.round((demoStore.salesPerDay * factor) / 10_000);
  for (let count = 0; count < customers; count += 1) {
    const atMs = busyMoment(day, hours);
    const served = tills.filter((_, index) => Math.abs(atMs - handOverMs(hours, index)) > 12 * MINUTE_MS);
    if (served.length > 0) tasks.push({ atMs, till: random.pick(served), play: random.weighted(HAPPENINGS) });
  }
  if (random.chance(350)) {
    const [till] = tills;
    if (till) tasks.push({ atMs: hours.opensMs + 2 * HOUR_MS, till, play: saleOfUnknownProduct });
  }
  tasks.sort((a, b) => a.atMs - b.atMs);
  for (const { till, atMs, play } of tasks) {
    play(day, till, atMs);
    if (play === sale) dropIfFull(day, till, till.lastAtMs + 5 * SECOND_MS);
  }
}

/** In most stores one till loses its network for some hours, and sends its backlog when it is back. */
function goOffline(day: StoreDay, hours: Hours): void {
  const { random, tills } = day;
  const till = tills[tills.length - 1];
  if (!till || tills.length < 2 || random.chance(300)) return;
  const fromMs = hours.opensMs + random.int(3, 6) * HOUR_MS;
  const backLate = random.chance(400);
  till.offline = {
    fromMs,
    untilMs: backLate ? hours.closesMs + 45 * MINUTE_MS : fromMs + random.int(1, 3) * HOUR_MS,
  };
}

function shiftTasks(
  day: StoreDay,
  till: Till,
  index: number,
  hours: Hours,
  planted: readonly PlantedAlert[],
): Task[] {
  const handOver = handOverMs(hours, index);
  const bounds = [
    { number: 1 as const, fromMs: hours.opensMs - 10 * MINUTE_MS, untilMs: handOver },
    { number: 2 as const, fromMs: handOver + 6 * MINUTE_MS, untilMs: hours.closesMs + 10 * MINUTE_MS },
  ];
  return bounds.flatMap(({ number, fromMs, untilMs }) => {
    const here = planted.filter(
      (fault) =>
        fault.storeId === day.demoStore.store.storeId &&
        !('product' in fault) &&
        fault.tillId === till.tillId &&
        fault.shift === number,
    );
    const difference = here.find((fault) => fault.alert === 'cash-over-short');
    const differenceMinor =
      difference?.alert === 'cash-over-short' ? difference.differenceMinor : smallDifference(day);
    const open: Task['play'] = (on, at, atMs) => openShift(on, at, atMs, number, differenceMinor);
    return [
      { atMs: fromMs, till, play: open },
      ...here.flatMap((fault) => plantedTasks(day.random, till, fault, fromMs, untilMs)),
      { atMs: untilMs, till, play: closeShift },
    ];
  });
}

const PLANTED: Readonly<
  Partial<Record<PlantedAlert['alert'], readonly [count: number, play: Task['play']]>>
> = {
  'no-sale-openings': [plantedCounts.noSales, noSale],
  'refund-without-receipt': [plantedCounts.refunds, refundWithoutReceipt],
  'post-void': [1, voidedSale],
  'own-refund': [1, refundOfOwnSale],
};

/** Spread over the middle of the shift, a few minutes apart. */
function plantedTasks(
  random: Random,
  till: Till,
  fault: PlantedAlert,
  fromMs: number,
  untilMs: number,
): Task[] {
  const planted = PLANTED[fault.alert];
  if (!planted) return [];
  const [count, play] = planted;
  const step = Math.floor((untilMs - fromMs) / (count + 2));
  return Array.from({ length: count }, (_, index) => ({
    atMs: fromMs + (index + 1) * step + random.int(0, 4) * MINUTE_MS,
    till,
    play,
  }));
}

/** Cashiers miscount coins: by nothing, or by up to a fiftieth of the smallest note. */
function smallDifference({ random, demoStore }: StoreDay): number {
  if (random.chance(500)) return 0;
  const coin = Math.max(1, Math.floor((demoStore.notesMinor[0] ?? 0) / 50));
  return random.int(-4, 4) * coin;
}

/** A legitimate no-sale: change for the trolley. At most one per shift. */
function oddNoSale(day: StoreDay, till: Till, atMs: number): void {
  if (till.shift && till.shift.noSales === 0) noSale(day, till, atMs);
}

/** A manager occasionally refunds without a receipt. At most once per shift. */
function oddRefund(day: StoreDay, till: Till, atMs: number): void {
  if (till.shift && till.shift.refundsWithoutReceipt === 0) refundWithoutReceipt(day, till, atMs);
}

function busyMoment(day: StoreDay, hours: Hours): number {
  const { random, demoStore } = day;
  const opens = minuteOf(demoStore.store.hours[0]?.opens ?? '08:00') / 60;
  const length = Math.floor((hours.closesMs - hours.opensMs) / HOUR_MS);
  const hour = random.weighted(
    Array.from({ length }, (_, index) => ({ item: index, weight: BUSY[(opens + index) % 24] ?? 1 })),
  );
  // No customers in the first and last minute, when the tills open and close.
  const atMs = hours.opensMs + hour * HOUR_MS + random.int(60, 3_539) * SECOND_MS;
  return Math.min(atMs, hours.closesMs - MINUTE_MS);
}
