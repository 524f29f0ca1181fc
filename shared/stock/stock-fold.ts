import { z } from 'zod';
import { alertIdOf, type Alert } from '../alerts/alert.ts';
import { DEFAULT_LIMITS, type Limits } from '../alerts/limits.ts';
import { PermanentError } from '../errors.ts';
import { cutText, type ProductId } from '../ids.ts';
import type { DecisionCode } from '../pos/dead-letter.ts';
import type { PosEvent, StockEvent, TransactionEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { shelfMoveMilli } from '../pos/returned-goods.ts';
import type { Product } from '../pos/product.ts';
import type { Store } from '../pos/store.ts';
import { decidedScope, StoreState } from '../one-effect/store-state.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import { toInstant } from '../time.ts';
import { count, move, newPosition, noteSold, type Position } from './position.ts';
import {
  ALWAYS_OPEN,
  newWeekShape,
  noteCustomer,
  TradingTime,
  weekShapeOfStored,
  type WeekShape,
} from './sales-rate.ts';
import { STOCK_RULES } from './rules/list.ts';
import type { AnyStockRule, StockView } from './rules/rule.ts';

/**
 * What an event did to the shelf: product, change, next product, its change, and so on; changes in thousandths, negative
 * for a sale. One flat array, as most of what a store's memory holds is these.
 */
export type StockEffect = readonly (ProductId | number)[];
export interface StockHeader {
  readonly shape: WeekShape;
}
export type StockBook = StoreState<Position, StockEffect, StockHeader>;

export interface StockContext {
  /** Undefined for a store that the master data does not know: it counts as always open, by UTC. */
  readonly store: Store | undefined;
  readonly products: ReadonlyMap<ProductId, Product>;
  readonly limits?: Limits;
  readonly rules?: readonly AnyStockRule[];
}

/** @throws ZodError for anything that is not a header. */
export const stockHeaderOfStored = (stored: unknown): StockHeader => ({
  shape: weekShapeOfStored((stored as { shape?: unknown } | null)?.shape),
});

export const newStockHeader = (): StockHeader => ({ shape: newWeekShape() });
export const newStockBook = (): StockBook => new StoreState({ header: newStockHeader() });

/**
 * Folds one admitted event into the stock of its store, and returns the alerts that it raised. Lines without a known
 * product move nothing: they are reported as data quality.
 */
export function foldStock(book: StockBook, event: PosEvent, context: StockContext): Alert[] {
  switch (event.kind) {
    case 'transaction':
      return foldTransaction(book, event, context);
    case 'stock':
      return event.action === 'count' ? foldCount(book, event, context) : foldMovement(book, event, context);
    default:
      return [];
  }
}

function foldTransaction(book: StockBook, event: TransactionEvent, context: StockContext): Alert[] {
  const version = book.versionOf(event);
  if (!version) return [];
  const { key, scope, content, rank, atMs, former } = version;

  const effect = isInForce(event) ? effectOf(event) : [];
  if (former) {
    eachMove(former.effect, (productId, deltaMilli) => sell(book, productId, deltaMilli, former.atMs));
  }
  eachMove(effect, (productId, deltaMilli) => sell(book, productId, -deltaMilli, atMs));
  if (!former && effect.length > 0) {
    noteCustomer(book.header.shape, atMs, (context.store ?? ALWAYS_OPEN).timeZone);
  }
  book.log({ key, scope, content, rank, atMs, effect }, effect.length / 2);
  return stockAlerts(book, event, atMs, former ? [...former.effect, ...effect] : effect, context);
}

function eachMove(effect: StockEffect, visit: (productId: ProductId, deltaMilli: number) => void): void {
  for (let at = 0; at < effect.length; at += 2) visit(effect[at] as ProductId, effect[at + 1] as number);
}

/** @throws ZodError for anything that is not such an effect. */
export function stockEffectOfStored(stored: unknown): StockEffect {
  return storedEffectSchema.parse(stored) as StockEffect;
}
const storedEffectSchema = z
  .array(z.union([z.string(), z.int()]))
  .refine((all) => all.every((one, at) => (typeof one === 'string') === (at % 2 === 0)));

/** Sold goods leave the shelf; returned goods come back. */
function effectOf(event: TransactionEvent): StockEffect {
  const effect: (ProductId | number)[] = [];
  for (const line of event.lines) {
    const moveMilli = line.productId === undefined ? 0 : shelfMoveMilli(line);
    if (line.productId !== undefined && moveMilli !== 0) effect.push(line.productId, moveMilli);
  }
  return effect;
}

function sell(book: StockBook, productId: ProductId, soldMilli: number, atMs: number): void {
  const position = positionOf(book, productId, atMs);
  move(position, -soldMilli, atMs);
  noteSold(position, soldMilli, atMs);
}

function foldMovement(book: StockBook, event: StockEvent, context: StockContext): Alert[] {
  if (event.training) return [];
  const atMs = eventTimeMs(event);
  const effect: (ProductId | number)[] = [];
  for (const { productId, quantityMilli } of event.items) {
    if (productId === undefined) continue;
    const position = positionOf(book, productId, atMs);
    move(position, quantityMilli, atMs);
    position.known ||= event.reason === 'delivery';
    effect.push(productId, quantityMilli);
  }
  // A delivery is no version of the sale that has its number.
  const scope = event.decision ? decidedScope(event) : 'stock';
  book.log({ key: event.eventId, scope, rank: 0, atMs, effect }, effect.length / 2);
  return stockAlerts(book, event, atMs, effect, context);
}

function foldCount(book: StockBook, event: StockEvent, context: StockContext): Alert[] {
  const atMs = eventTimeMs(event);
  if (event.training) return [];
  if (atMs < book.horizonMs) return refuseLateCount(book, event, atMs);
  const movedAfter = atMs < book.newestEventAtMs ? movementsAfter(book, atMs) : undefined;
  const counted: (ProductId | number)[] = [];
  for (const { productId, quantityMilli } of event.items) {
    if (productId === undefined) continue;
    const position = positionOf(book, productId, atMs);
    count(position, quantityMilli, atMs, () => movedAfter?.get(productId) ?? 0);
    counted.push(productId, quantityMilli);
  }
  return stockAlerts(book, event, atMs, counted, context);
}

/**
 * So late a count cannot be completed by what moved after it, as that is forgotten. It changes nothing where all of its
 * products were counted since.
 * @throws PermanentError `count-too-old` otherwise.
 */
function refuseLateCount(book: StockBook, event: StockEvent, atMs: number): Alert[] {
  const open = event.items.find(
    ({ productId }) => productId !== undefined && (book.records.get(productId)?.countedAtMs ?? 0) < atMs,
  );
  if (!open) return [];
  throw new PermanentError(
    'count-too-old' satisfies DecisionCode,
    `The count is older than what moved since is remembered, and product ${String(open.productId)} was not counted ` +
      'after it: count again',
  );
}

function movementsAfter(book: StockBook, atMs: number): Map<ProductId, number> {
  const moved = new Map<ProductId, number>();
  for (const effect of book.effects.after(atMs)) {
    eachMove(effect, (productId, deltaMilli) => {
      moved.set(productId, (moved.get(productId) ?? 0) + deltaMilli);
    });
  }
  return moved;
}

function positionOf(book: StockBook, productId: ProductId, atMs: number): Position {
  let position = book.records.get(productId);
  if (position) {
    book.touch(productId);
  } else {
    position = newPosition(atMs);
    book.put(productId, position);
  }
  return position;
}

const NO_EPISODE = { isOpen: false, number: 0 };

/** Opens and closes the episodes of the products that an event moved. */
function stockAlerts(
  book: StockBook,
  event: PosEvent,
  nowMs: number,
  moves: StockEffect,
  context: StockContext,
): Alert[] {
  const { limits = DEFAULT_LIMITS, rules = STOCK_RULES } = context;
  const alerts: Alert[] = [];
  const trading = tradingTimeOf(book.header, context.store);
  const now = trading.at(nowMs);
  for (let at = 0; at < moves.length; at += 2) {
    const productId = moves[at] as ProductId;
    const position = book.records.get(productId);
    const product = context.products.get(productId);
    if (!position || !product || !position.known) continue;
    // A late event is judged by what is known when it arrives: sales and stock as of the newest event.
    const asOf = position.newestAtMs === nowMs ? now : trading.at(position.newestAtMs);
    for (const rule of rules) {
      const limitsNow: unknown = limits.of(rule, event);
      const { isOpen, number } = position.episodes[rule.kind] ?? NO_EPISODE;
      const view = { storeId: event.storeId, position, product, trading, asOf, isOpen };
      const found = rule.finding(view, limitsNow);
      if (found === undefined) continue;
      const episode = { isOpen: found === 'raise', number: found === 'raise' ? number + 1 : number };
      position.episodes = { ...position.episodes, [rule.kind]: episode };
      if (found === 'raise') alerts.push(stockAlert(event, nowMs, rule, view, limitsNow));
    }
  }
  return alerts;
}

const derived = new WeakMap<
  StockHeader,
  { store: Store | undefined; revision: number; trading: TradingTime }
>();

/** Derived from the header and the store alone, so it can be dropped at any time. */
function tradingTimeOf(header: StockHeader, store: Store | undefined): TradingTime {
  let known = derived.get(header);
  if (!known || known.revision !== header.shape.revision || known.store !== store) {
    const trading = new TradingTime(store ?? ALWAYS_OPEN, header.shape);
    known = { store, revision: header.shape.revision, trading };
    derived.set(header, known);
  }
  return known.trading;
}

function stockAlert(
  event: PosEvent,
  nowMs: number,
  rule: AnyStockRule,
  view: StockView,
  limits: unknown,
): Alert {
  const { storeId, businessDate, traceparent, eventId, occurredAt } = event;
  const { productId } = view.product;
  const { severity, title, detail } = rule.words(view, limits);
  return {
    alertId: alertIdOf(rule.kind, storeId, productId, `${view.position.episodes[rule.kind]?.number}`),
    kind: rule.kind,
    severity,
    storeId,
    productId,
    businessDate,
    raisedAt: toInstant(nowMs),
    title: cutText(title, 200),
    detail: cutText(detail, 2_000),
    evidence: [
      {
        eventId,
        occurredAt,
        ...(event.kind === 'transaction' ? { transactionId: event.transactionId } : {}),
      },
    ],
    traceparent,
  };
}
