import { formatDecimal } from '../../../shared/money.ts';
import { squareLocationOf } from './chain.ts';
import type { WireEvent } from './wire.ts';

/**
 * A stock count as a Square webhook: https://developer.squareup.com/reference/square/inventory-api/webhooks
 * @throws RangeError for any other event.
 */
export function squareNotification(count: WireEvent): string {
  if (count.kind !== 'stock' || count.action !== 'count')
    throw new RangeError(`${count.id} is not a stock count`);
  return JSON.stringify({
    merchant_id: 'DEMO',
    type: 'inventory.count.updated',
    event_id: count.id,
    created_at: count.occurredAt,
    data: {
      type: 'inventory_counts',
      id: count.id,
      object: {
        inventory_counts: count.items.map(({ productCode, quantityMilli }) => ({
          catalog_object_id: productCode,
          catalog_object_type: 'ITEM_VARIATION',
          state: 'IN_STOCK',
          location_id: squareLocationOf(count.storeId),
          quantity: formatDecimal(quantityMilli, 3),
          calculated_at: count.occurredAt,
        })),
      },
    },
  });
}
