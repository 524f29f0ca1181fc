import type { BookShape } from '../../shared/azure/state/store-rows.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { positionOfStored, storedPosition, type Position } from '../../shared/stock/position.ts';
import {
  foldStock,
  newStockHeader,
  stockEffectOfStored,
  stockHeaderOfStored,
  type StockEffect,
  type StockHeader,
} from '../../shared/stock/stock-fold.ts';
import {
  effectOfStored,
  recordOfStored,
  storedEffect,
  storedRecord,
} from '../../shared/tills/stored-till.ts';
import type { TillEffect, TillRecord } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import type { TillContext } from '../../shared/tills/till-context.ts';
import type { Limits } from '../../shared/alerts/limits.ts';
import type { Fold } from './fold-stores.ts';

/** The two folds of the stream, and how what they keep is stored. */
export type StockShape = BookShape<Position, StockEffect, StockHeader>;
export type TillShape = BookShape<TillRecord, TillEffect, Record<string, never>>;

export const stockShape: StockShape = {
  newHeader: newStockHeader,
  decodeHeader: stockHeaderOfStored,
  encode: storedPosition,
  decode: positionOfStored,
  encodeEffect: (effect) => effect,
  decodeEffect: stockEffectOfStored,
};

export const tillShape: TillShape = {
  newHeader: () => ({}),
  // It has none; what a later version keeps there is left out.
  decodeHeader: () => ({}),
  encode: storedRecord,
  decode: recordOfStored,
  encodeEffect: storedEffect,
  decodeEffect: effectOfStored,
};

/** @param limits those in code where they are left out. */
export function stockFold(
  { stores, products }: Catalog,
  limits?: Limits,
): Fold<Position, StockEffect, StockHeader> {
  const more = limits ? { limits } : {};
  return (book, event) => foldStock(book, event, { store: stores.get(event.storeId), products, ...more });
}

/** @param context with its defaults where it is left out. */
export function tillFold(context: TillContext = {}): Fold<TillRecord, TillEffect, Record<string, never>> {
  return (book, event) => foldTills(book, event, context);
}

/** Every event concerns at least one of the two, so every doubtful event is kept for a decision. */
export const concernsTills = ({ kind }: PosEvent): boolean =>
  kind === 'transaction' || kind === 'drawer' || kind === 'shift';
export const concernsStock = ({ kind }: PosEvent): boolean => kind !== 'drawer' && kind !== 'shift';
