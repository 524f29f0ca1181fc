import fc from 'fast-check';
import { LINE_TYPES, TENDER_TYPES, UNITS } from '../../shared/pos/event.ts';

/** Any event that our wire format allows. */
const minor = fc.integer({ min: -1_000_000, max: 1_000_000 });
const positiveMinor = fc.integer({ min: 0, max: 1_000_000 });
const key = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,30}$/);
const text = fc.string({ maxLength: 60 }).filter((value) => !/[@+]|\d{4}/.test(value));
const code = fc.oneof(fc.constantFrom('4006381333931', '04006381333931', 'unknown-1'), key);
const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-12-31'), noInvalidDate: true });
const occurredAt = fc.oneof(
  instant.map((date) => date.toISOString()),
  instant.map((date) => date.toISOString().slice(0, 19)),
  instant.map((date) => `${date.toISOString().slice(0, 16)}+05:30`),
);
const businessDate = instant.map((date) => date.toISOString().slice(0, 10));

const tax = fc.record(
  { code: key, rateBasisPoints: fc.nat({ max: 10_000 }), taxableMinor: minor, amountMinor: minor },
  { requiredKeys: ['code', 'taxableMinor', 'amountMinor'] },
);
const line = fc.record(
  {
    lineNumber: fc.integer({ min: 1, max: 999 }),
    type: fc.constantFrom(...LINE_TYPES),
    productCode: code,
    description: text,
    quantityMilli: minor,
    unit: fc.constantFrom(...UNITS),
    regularUnitPriceMinor: positiveMinor,
    actualUnitPriceMinor: positiveMinor,
    extendedAmountMinor: minor,
    discounts: fc.array(
      fc.record(
        { amountMinor: minor, reason: text, manual: fc.boolean() },
        { requiredKeys: ['amountMinor', 'manual'] },
      ),
      { maxLength: 2 },
    ),
    taxes: fc.array(tax, { maxLength: 2 }),
    voided: fc.boolean(),
    priceOverride: fc.record({ reason: text, approvedBy: key }, { requiredKeys: [] }),
  },
  {
    requiredKeys: [
      'lineNumber',
      'type',
      'productCode',
      'quantityMilli',
      'unit',
      'regularUnitPriceMinor',
      'actualUnitPriceMinor',
      'extendedAmountMinor',
    ],
  },
);
const tender = fc.record(
  {
    type: fc.constantFrom(...TENDER_TYPES),
    label: text,
    amountMinor: minor,
    changeMinor: positiveMinor,
    giftCardNumber: key,
  },
  { requiredKeys: ['type', 'amountMinor'] },
);
const item = { productCode: code };

const envelope = {
  id: key,
  storeId: fc.oneof(fc.constantFrom('berlin-1', 'B1'), key),
  operatorId: key,
  sequenceNumber: fc.nat(),
  sequenceScope: text,
  occurredAt,
  businessDate,
  offline: fc.boolean(),
  training: fc.boolean(),
  version: fc.integer({ min: 1, max: 100 }),
};
const currency = fc.constantFrom('EUR', 'USD', 'JPY');
const always = ['id', 'storeId', 'occurredAt', 'kind'] as const;

export const wireTransaction = fc.record(
  {
    ...envelope,
    tillId: key,
    kind: fc.constant('transaction'),
    transactionId: key,
    receiptNumber: text,
    status: fc.constantFrom('completed', 'voided', 'suspended', 'resumed', 'cancelled'),
    shiftId: key,
    currency,
    taxIncluded: fc.boolean(),
    lines: fc.array(line, { maxLength: 4 }),
    tenders: fc.array(tender, { maxLength: 3 }),
    totals: fc.record(
      { netMinor: minor, taxMinor: minor, grossMinor: minor, tipMinor: minor, roundingMinor: minor },
      { requiredKeys: ['netMinor', 'taxMinor', 'grossMinor'] },
    ),
    taxes: fc.array(tax, { maxLength: 2 }),
    customerId: key,
    returnOf: fc.record({ transactionId: key, receiptNumber: text, operatorId: key }, { requiredKeys: [] }),
    resumes: key,
  },
  {
    requiredKeys: [
      ...always,
      'tillId',
      'transactionId',
      'status',
      'currency',
      'taxIncluded',
      'lines',
      'tenders',
      'totals',
    ],
  },
);

const wireDrawer = fc.record(
  {
    ...envelope,
    tillId: key,
    kind: fc.constant('drawer'),
    action: fc.constantFrom('noSale', 'paidIn', 'paidOut', 'drop', 'float'),
    currency,
    amountMinor: positiveMinor,
    reason: text,
  },
  { requiredKeys: [...always, 'tillId', 'action', 'currency', 'amountMinor'] },
);
const counter = fc.nat(1_000_000);
const wireShift = fc.record(
  {
    ...envelope,
    tillId: key,
    kind: fc.constant('shift'),
    action: fc.constantFrom('opened', 'closed'),
    shiftId: key,
    currency,
    openingFloatMinor: positiveMinor,
    counts: fc.array(
      fc.record({ tender: fc.constantFrom(...TENDER_TYPES), countedMinor: minor, tillExpectedMinor: minor }),
      { maxLength: 2 },
    ),
    zReport: fc.record(
      {
        reportNumber: key,
        firstSequenceNumber: counter,
        lastSequenceNumber: counter,
        transactionsCount: counter,
        salesCount: counter,
        voidsCount: counter,
        salesTotalMinor: minor,
        returnsTotalMinor: positiveMinor,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [...always, 'tillId', 'action', 'shiftId', 'currency'] },
);
const wireStock = fc.record(
  {
    ...envelope,
    kind: fc.constant('stock'),
    action: fc.constantFrom('movement', 'count'),
    reason: fc.constantFrom('delivery', 'transfer', 'shrink', 'adjustment', 'count'),
    items: fc.array(fc.record({ ...item, quantityMilli: minor, unit: fc.constantFrom(...UNITS) }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: [...always, 'action', 'reason', 'items'] },
);
const wirePrice = fc.record(
  {
    ...envelope,
    kind: fc.constant('price'),
    currency,
    effectiveAt: occurredAt,
    promotion: text,
    items: fc.array(fc.record({ ...item, priceMinor: positiveMinor }), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [...always, 'currency', 'effectiveAt', 'items'] },
);

export const anyWireEvent: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  wireTransaction,
  wireDrawer,
  wireShift,
  wireStock,
  wirePrice,
);
