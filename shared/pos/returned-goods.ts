import type { TransactionLine } from './event.ts';

/**
 * Whether goods came back with a line, as a return line or as a sale of a negative quantity, which is how many tills
 * write a refund. Gift cards, deposits and fees are no goods.
 */
export function isReturned({
  type,
  quantityMilli,
}: Pick<TransactionLine, 'type' | 'quantityMilli'>): boolean {
  return type === 'return' || (type === 'sale' && quantityMilli < 0);
}

/** What a line takes off the shelf (negative) or puts back (positive), in thousandths; 0 for what is no goods. */
export function shelfMoveMilli(line: Pick<TransactionLine, 'type' | 'quantityMilli' | 'voided'>): number {
  if (line.voided === true || (line.type !== 'sale' && line.type !== 'return') || line.quantityMilli === 0)
    return 0;
  return isReturned(line) ? Math.abs(line.quantityMilli) : -line.quantityMilli;
}
