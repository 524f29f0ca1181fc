import {
  STORE,
  inApiForm,
  zettleMessage,
  zettlePayment,
  zettleProduct,
  zettlePurchase,
} from '../zettle-messages.ts';
import { at, byTime, msOf, type Sale, type VendorChange, type VendorDay } from './day.ts';
import { startFakeZettle, type ZettleWorld } from './zettle-vendor.ts';

const uuid = (number: number): string => `7cdf4ae2-a110-11eb-a7f9-${number.toString(16).padStart(12, '0')}`;

/** Purchases never change, so what is refunded is a purchase of its own; a ticket that is open is none yet. */
export function zettleDay(sales: readonly Sale[]): VendorDay {
  const world: ZettleWorld = { purchases: [] };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const purchase = (number: number, later: number, direction: 1 | -1): VendorChange => {
      const created = at(one, later).replace('Z', '+0000');
      const amount = direction * one.cents;
      const vat = Math.trunc(amount / 5);
      const sent = {
        ...zettlePurchase(amount, vat, {
          created,
          timestamp: msOf(one, later),
          purchaseNumber: number,
          products: [zettleProduct(one.cents, { name: one.text, quantity: String(direction) })],
          payments: [zettlePayment('IZETTLE_CARD', amount)],
          ...(direction < 0 ? { refundsPurchaseUuid: uuid(2 * index) } : {}),
        }),
        purchaseUuid: uuid(number),
      };
      return {
        atMs: msOf(one, later),
        happen: () => void world.purchases.push({ ...inApiForm(sent), timestamp: created, created }),
        webhook: JSON.parse(
          zettleMessage(sent, { messageUuid: uuid(1_000 + number), timestamp: at(one, later) }),
        ) as unknown,
      };
    };
    if (one.fate === 'open' || one.fate === 'cancelled') return [];
    const sold = purchase(2 * index, 2, 1);
    return one.fate === 'refunded' ? [sold, purchase(2 * index + 1, 20, -1)] : [sold];
  });
  return {
    source: 'zettle',
    location: STORE,
    changes: byTime(changes),
    start: (options) => startFakeZettle(world, options),
  };
}
