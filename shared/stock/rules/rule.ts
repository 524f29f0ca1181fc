import type { AlertRule, Words } from '../../alerts/alert-rule.ts';
import type { Product } from '../../pos/product.ts';
import type { Position } from '../position.ts';
import type { TradingInstant, TradingTime } from '../sales-rate.ts';

/** One product in one store, as rules see it. The position is known: something was counted or delivered. */
export interface StockView {
  readonly storeId: string;
  readonly position: Position;
  readonly product: Product;
  readonly trading: TradingTime;
  /** The newest event of the position: a late event is judged by what is known when it arrives. */
  readonly asOf: TradingInstant;
  /** The rule has raised an alert about it and not cleared it yet. */
  readonly isOpen: boolean;
}

/** A rule about the stock of a product in a store: a file of its own, and one line in `list.ts`. */
export interface StockRule<Kind extends string = string, Limits = unknown> extends AlertRule<Kind, Limits> {
  /** `raise` opens an episode with an alert, `clear` ends it without a word, so the next one is a new alert. */
  finding(view: StockView, limits: Limits): 'raise' | 'clear' | undefined;
  words(view: StockView, limits: Limits): Omit<Words, 'evidence'>;
}

/** A rule with its own types forgotten: the fold takes all rules alike. */
export type AnyStockRule = StockRule;

/** Ties a rule to its own types while it is written. */
export function stockRule<Kind extends string, Limits>(
  rule: StockRule<Kind, Limits>,
): StockRule<Kind, Limits> {
  return rule;
}
