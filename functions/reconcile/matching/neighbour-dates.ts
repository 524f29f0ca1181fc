import type { BusinessDate } from '../../../shared/ids.ts';
import { addDays } from '../../../shared/time.ts';

/** So many days before and after a date may hold the other side of its open documents. */
const NEIGHBOUR_DAYS = 3;

/** The dates around a business date, the nearest first. */
export function neighboursOf(businessDate: BusinessDate): BusinessDate[] {
  const neighbours: BusinessDate[] = [];
  for (let distance = 1; distance <= NEIGHBOUR_DAYS; distance += 1)
    neighbours.push(addDays(businessDate, -distance), addDays(businessDate, distance));
  return neighbours;
}
