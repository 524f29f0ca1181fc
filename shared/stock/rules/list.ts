import { stockoutImminent } from './stockout-imminent.ts';

/** Every rule about stock. A new one is a file beside this one and a line here. */
export const STOCK_RULES = [stockoutImminent] as const;
