import { HOURS, type HourPanel, type PanelSeries } from '../../shared/stock/silent/hour-panel.ts';
import { randomFor } from '../../infra/stockout-model/random.ts';

/** A made-up chain: every series sells by its own rate from 8 to 20, and some of its days run out after a sale. */
export function madePanel({ stores = 3, products = 6, days = 70, seed = 1 } = {}): HourPanel {
  const series: PanelSeries[] = [];
  for (let store = 0; store < stores; store += 1) {
    for (let product = 0; product < products; product += 1) {
      const random = randomFor(seed, `${store}/${product}`);
      const rate = 0.3 + 0.5 * random();
      const supply = 3 + Math.floor(6 * random());
      series.push(soldOut(`S${store}`, `P${product}`, days, rate, supply, random));
    }
  }
  return { days, firstDay: 0, series };
}

function soldOut(
  storeId: string,
  productId: string,
  days: number,
  rate: number,
  supply: number,
  random: () => number,
): PanelSeries {
  const sold = new Float32Array(days * HOURS);
  const out = new Uint8Array(days * HOURS);
  for (let day = 0; day < days; day += 1) {
    let left = random() < 0.4 ? supply : Number.POSITIVE_INFINITY;
    for (let hour = 8; hour < HOURS; hour += 1) {
      if (left <= 0) out[day * HOURS + hour] = 1;
      else if (hour <= 20 && random() < rate) {
        sold[day * HOURS + hour] = 1;
        left -= 1;
      }
    }
  }
  return {
    storeId,
    productId,
    sold,
    out,
    discount: new Float32Array(days).fill(1),
    holiday: new Uint8Array(days),
    promotion: new Uint8Array(days),
  };
}
