import { z } from 'zod';
import { alertIdOf, storedAlerts, type Alert } from '../../alerts/alert.ts';
import { cutText, productIdSchema, type ProductId } from '../../ids.ts';
import type { Product } from '../../pos/product.ts';
import type { Store } from '../../pos/store.ts';
import { businessDateOf, epochMsOfLocal, HOUR_MS, minuteOf, toInstant } from '../../time.ts';
import { silentStockout, type SilentStockoutLimits } from './silent-stockout.ts';
import type { HourRange, ShelfScore } from './judge-shelves.ts';
import { HOURS } from './hour-panel.ts';
import type { SilenceModel } from './silence-model.ts';

/** What the watch over a store's shelves remembers from one look to the next. Hours are local, since 1970. */
export interface ShelfWatch {
  /** No hour before it is judged again, whatever arrives late. */
  readonly judgedUntil: number | undefined;
  readonly open: ReadonlyMap<ProductId, ShelfEpisode>;
  /** Alerts that were raised and may not have left yet. They have deterministic ids: sending one again adds nothing. */
  readonly pending: readonly Alert[];
}

interface ShelfEpisode {
  /** The first hour without a sale, as it was known when the alert was raised. */
  readonly sinceHour: number;
  readonly raisedHour: number;
}

export const NEW_WATCH: ShelfWatch = { judgedUntil: undefined, open: new Map(), pending: [] };

/** What the books say of a product at the look. */
export interface BookedShelf {
  readonly product: Product;
  readonly onHandMilli: number;
  readonly countedAtMs: number;
}

export interface Look {
  readonly store: Store;
  readonly judged: HourRange;
  readonly scores: readonly ShelfScore[];
  /** By product; what is missing has no stock by the books. */
  readonly booked: ReadonlyMap<ProductId, BookedShelf>;
  readonly model: SilenceModel;
  readonly limits: SilentStockoutLimits;
}

/** The lowest probability whose alerts kept a precision, between the levels that were measured. */
export function thresholdOf({ thresholds }: SilenceModel, precision: number): number {
  const levels = [...(thresholds.levels ?? [])].sort((one, other) => one.precision - other.precision);
  const above = levels.findIndex((level) => level.precision >= precision);
  const [low, high] = [levels[above - 1], levels[above]];
  if (high === undefined) return Math.max(thresholds.alert, levels.at(-1)?.threshold ?? 0);
  if (low === undefined) return high.threshold;
  const share = (precision - low.precision) / (high.precision - low.precision);
  return low.threshold + share * (high.threshold - low.threshold);
}

/**
 * One look at a store's shelves. Hours are judged one after the other, as if each had been looked at in time, but only
 * what is still open at the end is raised: nobody needs an alert about the past.
 */
export function look(before: ShelfWatch, seen: Look): ShelfWatch {
  const open = new Map(before.open);
  const sellsAgain: ShelfScore[] = [];
  const raised: ShelfScore[] = [];
  const threshold = thresholdOf(seen.model, seen.limits.precision);
  const byProduct = new Map(seen.scores.map((score) => [score.productId, score]));
  // A product that is no longer watched, or has no stock by the books any more, is no longer silent.
  for (const productId of open.keys())
    if (!byProduct.has(productId) || !seen.booked.has(productId)) open.delete(productId);
  for (const score of seen.scores) {
    if (!seen.booked.has(score.productId)) continue;
    const former = before.open.get(score.productId);
    const now = episodeAfter(former, score, seen, threshold);
    if (now === undefined) open.delete(score.productId);
    else open.set(score.productId, now);
    if (former && !now && (score.lastSaleHour ?? 0) >= former.sinceHour) sellsAgain.push(score);
    if (now && now.raisedHour !== former?.raisedHour) raised.push(score);
  }
  const alerts = [
    ...(raised.length > 0 ? [silentAlert(seen, raised)] : []),
    ...(sellsAgain.length > 0 ? [sellsAgainAlert(seen, sellsAgain)] : []),
  ];
  return { judgedUntil: seen.judged.end, open, pending: [...before.pending, ...alerts] };
}

function episodeAfter(
  former: ShelfEpisode | undefined,
  score: ShelfScore,
  { judged, booked, limits, store }: Look,
  threshold: number,
): ShelfEpisode | undefined {
  const { lastSaleHour = judged.from - 1, probability, storeNow, chance } = score;
  // A sale that came late, of before the alert, ends the episode only if the doubt goes with it.
  let episode = former && lastSaleHour > former.raisedHour ? undefined : former;
  const countedAtMs = booked.get(score.productId)?.countedAtMs ?? 0;
  // Whoever counted has looked; if it stays silent, that is news.
  if (episode && countedAtMs > instantOfHour(episode.raisedHour + 1, store)) episode = undefined;
  const isHigh = (hour: number): boolean =>
    (probability.get(hour) ?? 0) >= threshold && (storeNow.get(hour) ?? 0) >= limits.leastStoreShare;
  // The model learned where a fifth of all hours were empty. Where the books show stock far fewer are, so the silence
  // itself must be out of the ordinary too.
  const isStrange = (hour: number): boolean => (chance.get(hour) ?? 1) <= limits.falseAlertLevel;
  for (let hour = Math.max(judged.from, lastSaleHour + 1); hour < judged.end; hour += 1) {
    const now = probability.get(hour);
    if (now === undefined) continue;
    if (episode && now < threshold * limits.clearFactor) episode = undefined;
    else if (!episode && isStrange(hour) && isHigh(hour) && isHigh(hour - 1))
      episode = { sinceHour: lastSaleHour + 1, raisedHour: hour };
  }
  return episode;
}

const NAMED = 20;

function silentAlert(seen: Look, raised: readonly ShelfScore[]): Alert {
  const lines = [...raised]
    .sort((one, other) => other.expectedSince - one.expectedSince)
    .map((score) => {
      const { product, onHandMilli } = seen.booked.get(score.productId) as BookedShelf;
      const since =
        score.lastSaleHour === undefined
          ? 'none sold for weeks'
          : `last sold ${hourText(score.lastSaleHour)}`;
      const sure = Math.floor(([...score.probability.values()].at(-1) ?? 0) * 100);
      return `${product.description} (${product.productId}): ${amountText(onHandMilli, product)} by the books, ${since}, ${score.expectedSince.toFixed(1)} hours with a sale expected since, ${sure} % sure`;
    });
  const [only] = raised;
  const what =
    raised.length === 1 && only
      ? (seen.booked.get(only.productId)?.product.description ?? only.productId)
      : `${raised.length} products`;
  return alertOf(seen, 'silent', {
    severity: 'warning',
    title: `Shelf may be empty, books show stock: ${what} in ${seen.store.storeId}`,
    detail: `Nothing sells though the books show stock. Look at the shelf; fill it, or count it to correct the books.\n${named(lines)}`,
    ...(raised.length === 1 && only ? { productId: only.productId } : {}),
  });
}

function sellsAgainAlert(seen: Look, again: readonly ShelfScore[]): Alert {
  const lines = again.map(({ productId, lastSaleHour = 0 }) => {
    const description = seen.booked.get(productId)?.product.description ?? '';
    return `${description} (${productId}): sold ${hourText(lastSaleHour)}`;
  });
  const [only] = again;
  return alertOf(seen, 'sells-again', {
    severity: 'info',
    title: `Sells again: ${again.length === 1 ? lines[0] : `${again.length} products`} in ${seen.store.storeId}`,
    detail: `These shelves were thought to be empty, and sell again.\n${named(lines)}`,
    ...(again.length === 1 && only ? { productId: only.productId } : {}),
  });
}

function named(lines: readonly string[]): string {
  const more = lines.length - NAMED;
  return [...lines.slice(0, NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function alertOf(
  { store, judged }: Look,
  what: string,
  words: Pick<Alert, 'severity' | 'title' | 'detail' | 'productId'>,
): Alert {
  const atMs = instantOfHour(judged.end, store);
  return {
    alertId: alertIdOf(silentStockout.kind, store.storeId, what, `${judged.end}`),
    kind: silentStockout.kind,
    storeId: store.storeId,
    businessDate: businessDateOf(atMs - 1, store.timeZone, minuteOf(store.cutOver)),
    raisedAt: toInstant(atMs),
    evidence: [],
    // It follows from many events and from none alone.
    traceparent: '',
    ...words,
    title: cutText(words.title, 200),
    detail: cutText(words.detail, 2_000),
  };
}

const wallOf = (hour: number): string => new Date(hour * HOUR_MS).toISOString();
const instantOfHour = (hour: number, { timeZone }: Store): number =>
  epochMsOfLocal(wallOf(hour).slice(0, 19), timeZone);
/** `2 Mar 14:00` as `03-02 14:00`: the hour in which it happened. */
const hourText = (hour: number): string =>
  hour <= 0 ? 'long ago' : `${wallOf(hour).slice(5, 10)} ${wallOf(hour).slice(11, 16)}`;

function amountText(milli: number, { unit }: Product): string {
  return `${Math.round(milli) / 1_000} ${unit === 'each' ? 'pieces' : unit}`;
}

/** The hours that a look judges: those that are over, not judged yet, and at most a day old. */
export function hoursToJudge(
  { judgedUntil }: ShelfWatch,
  nowLocalMs: number,
  { graceMinutes }: SilentStockoutLimits,
): HourRange | undefined {
  const end = Math.floor((nowLocalMs - graceMinutes * 60_000) / HOUR_MS);
  const from = Math.max(judgedUntil ?? 0, end - HOURS);
  return from < end ? { from, end } : undefined;
}

const WATCH_FORMAT = 1;
const storedSchema = z.looseObject({
  format: z.int().min(1),
  judgedUntil: z.int().optional(),
  open: z.array(z.tuple([productIdSchema, z.int(), z.int()], z.unknown())),
  pending: z.unknown(),
});

export function storedWatch({ judgedUntil, open, pending }: ShelfWatch): unknown {
  const episodes = [...open].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    format: WATCH_FORMAT,
    ...(judgedUntil === undefined ? {} : { judgedUntil }),
    open: episodes.map(([productId, { sinceHour, raisedHour }]) => [productId, sinceHour, raisedHour]),
    pending,
  };
}

/** @throws ZodError for what is no such watch. */
export function watchOfStored(stored: unknown): ShelfWatch {
  const { judgedUntil, open, pending } = storedSchema.parse(stored);
  return {
    judgedUntil,
    open: new Map(open.map(([productId, sinceHour, raisedHour]) => [productId, { sinceHour, raisedHour }])),
    pending: storedAlerts(pending),
  };
}
