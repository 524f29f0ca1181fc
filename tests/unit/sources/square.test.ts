import { squareSource } from '../../../shared/pos/sources/square/source.ts';
import { describeSource } from '../../support/source-template.ts';

const count = (id: string, more: object = {}): string =>
  JSON.stringify({
    merchant_id: 'M1',
    type: 'inventory.count.updated',
    event_id: id,
    created_at: '2026-03-02T11:05:00Z',
    data: {
      id: 'X',
      object: {
        inventory_counts: [
          {
            catalog_object_id: '4012345678901',
            state: 'IN_STOCK',
            location_id: 'LSQ1',
            quantity: '12',
            calculated_at: '2026-03-02T11:00:00Z',
            ...more,
          },
        ],
      },
    },
  });

describeSource(squareSource, {
  secrets: ['newer key', 'older key'],
  wrongSecret: 'another key',
  body: (id, text) => count(id, { catalog_object_id: text }),
  withUnknownField: (text) => count('one', { counted_by: text }),
  signsBody: true,
});
