import { silentStockout } from '../silent/silent-stockout.ts';
import { stockoutImminent } from './stockout-imminent.ts';

/** Every rule about stock that an event can break. A new one is a file beside this one and a line here. */
export const STOCK_RULES = [stockoutImminent] as const;

/** Rules about stock that act by the clock, as no event says what they find. */
export const STOCK_CLOCK_RULES = [silentStockout] as const;
