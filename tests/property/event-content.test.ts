import fc from 'fast-check';
import { businessDate, operatorId, productId, storeId } from '../../shared/ids.ts';
import type { PosEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { contentDigest, contentFingerprint, isSameContent } from '../../shared/pos/event-content.ts';
import { atHour, closedOf, drawerOf, openedOf, stockOf, transactionOf } from '../support/stream-events.ts';

const sale: TransactionEvent = {
  ...transactionOf(atHour(1), [{ product: 'P1' }, { product: 'P2', milli: 2_000 }]),
  receiptNumber: '0001',
  tenders: [
    { type: 'card', amountMinor: 100 },
    { type: 'cash', amountMinor: 300, changeMinor: 100 },
  ],
};
const anyEvent: fc.Arbitrary<PosEvent> = fc.constantFrom<PosEvent>(
  sale,
  drawerOf(atHour(2), 'paidOut', 500),
  openedOf(atHour(0)),
  closedOf(atHour(9), 500),
  stockOf(atHour(3), 'delivery', 5_000),
);

/** The same event with the keys of every object in another order. */
function reordered(value: unknown, key: (name: string) => number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, field]) => [name, reordered(field, key)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => key(one) - key(other)));
}

test('a repeat has the same digest, however it reached us and whatever master data made of it', () => {
  const otherDelivery = fc.record({
    receivedAt: fc.constantFrom('2026-03-05T00:00:00.000Z', '2027-01-01T00:00:00.000Z'),
    traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203339-01'),
    offline: fc.boolean(),
    storeId: fc.constantFrom(storeId('S1'), storeId('renamed')),
    businessDate: fc.constantFrom(businessDate('2026-03-01'), businessDate('2026-03-02')),
    quality: fc.constantFrom(undefined, ['unknown-store', 'business-date-assumed'] as const),
  });
  fc.assert(
    fc.property(anyEvent, otherDelivery, fc.func(fc.integer()), (event, more, key) => {
      const repeat = reordered({ ...event, ...more }, key) as PosEvent;
      expect(contentDigest(repeat)).toBe(contentDigest(event));
    }),
  );
});

test('a repeat after a pseudonym key was replaced is no conflict', () => {
  const under = (key: string): TransactionEvent => ({
    ...sale,
    operatorId: operatorId(`op-${key}`),
    customerRef: `customer ${key}`,
    tenders: sale.tenders.map((tender) => ({ ...tender, giftCardRef: `card ${key}` })),
    returnOf: { transactionId: 'R1', operatorId: operatorId(`op-other-${key}`) },
    lines: sale.lines.map((line) => ({ ...line, priceOverride: { approvedBy: operatorId(`op-${key}`) } })),
  });
  expect(isSameContent(under('old'), under('new'))).toBe(true);
});

test('a product that became known, and a wall time whose zone became known, are no other content', () => {
  const [first, ...others] = sale.lines;
  if (!first) throw new Error('the sale has lines');
  const { productId: _known, ...unknown } = first;
  const before: TransactionEvent = {
    ...sale,
    occurredAt: '2026-03-02T10:00:00.000Z',
    lines: [unknown, { ...others[0]!, productId: productId('other') }],
    quality: ['unknown-product', 'zone-assumed', 'business-date-assumed'],
  };
  expect(isSameContent(before, sale)).toBe(true);
});

/** Every way to change one number, text, flag or list of the content. */
function changes(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, field]) => changes(field, [...path, key]));
}

const derived =
  /^(schemaVersion|eventId|storeId|receivedAt|offline|traceparent|quality)$|productId$|operatorId$/;

test.each([
  sale,
  drawerOf(atHour(2), 'paidOut', 500),
  closedOf(atHour(9), 500),
  stockOf(atHour(3), 'count', 1_000),
])('different content is detected, field by field', (event) => {
  for (const path of changes(event).filter((one) => !derived.test(one.join('.')))) {
    const changed = structuredClone(event) as unknown as Record<string, unknown>;
    const parent = path.slice(0, -1).reduce<Record<string, unknown>>((at, key) => at[key] as never, changed);
    const name = path.at(-1) as string;
    const was = parent[name];
    if (typeof was === 'number') parent[name] = was + 1;
    else if (typeof was === 'boolean') parent[name] = !was;
    else parent[name] = name === 'occurredAt' ? '2026-03-02T21:00:00.000Z' : `${String(was)}x`;
    expect([path, isSameContent(event, changed as unknown as PosEvent)]).toEqual([path, false]);
  }
});

test('two lines that changed places, or a text cut elsewhere, are other content', () => {
  expect(contentDigest({ ...sale, lines: [...sale.lines].reverse() })).not.toBe(contentDigest(sale));
  const one = { ...sale, receiptNumber: '1', shiftId: '23' };
  expect(contentDigest({ ...one, receiptNumber: '12', shiftId: '3' })).not.toBe(contentDigest(one));
});

// What stores hold was made by earlier versions: another digest would turn every repeat across an upgrade into a conflict.
test.each([
  [sale, 'cd8adc2e82ee2fd897cd803c3d8b6815', '39cc141b'],
  [{ ...sale, receiptNumber: 'Größe 😀' }, '8d4ab783d1a6f562e70c5e43dd8b31f9', '39cc141b'],
  [
    drawerOf(atHour(2), 'paidOut', 500, { reason: undefined }),
    'adcfa87d7c08945f6a43335a30d78b98',
    'd029f588',
  ],
  [stockOf(atHour(3), 'delivery', 5_000), '54b4898604ea9cacb6660c9c08d01c62', '8489c96e'],
] satisfies [PosEvent, string, string][])(
  'the digest of an event stays what it was: %#',
  (event, digest, times) => {
    expect(contentDigest(event)).toBe(digest);
    expect(Buffer.from(contentFingerprint(event), 'latin1').toString('hex')).toBe(
      digest.slice(0, 16) + times,
    );
  },
);
