import { z } from 'zod';
import {
  businessDateSchema,
  eventIdSchema,
  operatorIdSchema,
  productIdSchema,
  storeIdSchema,
  storedText,
  tillIdSchema,
} from '../ids.ts';
import { currencySchema } from '../money.ts';
import { instantSchema } from '../time.ts';
import { QUALITY_ISSUES } from './quality-issue.ts';

/**
 * The canonical event: an envelope and one of five kinds, in the terms of ARTS POSLog.
 *
 * Conventions that every rule relies on:
 * - Money is `...Minor`: integer minor units of the event's `currency`. Quantities are `...Milli`: thousandths of
 *   the unit (1 piece = 1000, 0.65 kg = 650).
 * - Signs follow the money and the goods: a sale line is positive, a return line has a negative quantity and
 *   a negative amount; a tender is positive when the customer pays and negative when the store pays out.
 * - `net + tax = gross` and `gross + tip + rounding = sum(tender amount) - sum(change)` for a completed
 *   transaction that balances; `transactionIssues` (transaction-checks.ts) reports one that does not. Such an
 *   event is still accepted: money is never lost because a till adds wrongly.
 */
export const SCHEMA_VERSION = 1;

/** Part of addresses, event ids and names of secrets. Only sources/registry.ts lists the sources. */
export const posSourceSchema = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens');
export type PosSource = z.infer<typeof posSourceSchema>;

/**
 * More than any till takes: a billion of a currency with two decimals. A larger value, such as a bar code in the field
 * of an amount, is refused, since a few of them in one sum would leave the safe integers and spoil a whole store's day.
 */
export const MAX_AMOUNT_MINOR = 10 ** 11;
/** A million units: more than any till sells or store receives at once, and less than a bar code in the field. */
export const MAX_QUANTITY_MILLI = 10 ** 9;

const tooLarge = (what: string, limit: number): string =>
  `is larger than any till accepts (at most ${limit} ${what}): is there a bar code or another number in this field?`;
const AMOUNT_TOO_LARGE = tooLarge('minor units', MAX_AMOUNT_MINOR);
const QUANTITY_TOO_LARGE = tooLarge('thousandths', MAX_QUANTITY_MILLI);
const minor = z.int().min(-MAX_AMOUNT_MINOR, AMOUNT_TOO_LARGE).max(MAX_AMOUNT_MINOR, AMOUNT_TOO_LARGE);
const positiveMinor = z.int().min(0).max(MAX_AMOUNT_MINOR, AMOUNT_TOO_LARGE);
const milli = z
  .int()
  .min(-MAX_QUANTITY_MILLI, QUANTITY_TOO_LARGE)
  .max(MAX_QUANTITY_MILLI, QUANTITY_TOO_LARGE);
/** Lengths of the texts of an event, in UTF-16 units; a mapping that has a longer one cuts it and says so. */
export const MAX_TEXT_LENGTH = 200;
export const MAX_CODE_LENGTH = 100;
const text = storedText(MAX_TEXT_LENGTH);
const codeText = storedText(MAX_CODE_LENGTH).min(1);

const envelope = {
  schemaVersion: z.literal(SCHEMA_VERSION),
  eventId: eventIdSchema,
  source: posSourceSchema,
  storeId: storeIdSchema,
  operatorId: operatorIdSchema.optional(),
  /** The till's own running number. */
  sequenceNumber: z.int().min(0).optional(),
  /** What restarts the running number, e.g. `S1/T2/2026-03-02`; gaps are looked for within one scope. */
  sequenceScope: text.optional(),
  /** When it happened, by the till's clock. */
  occurredAt: instantSchema,
  businessDate: businessDateSchema,
  /** When the webhook received it, by our clock. */
  receivedAt: instantSchema,
  /** The till had no connection when it happened. */
  offline: z.boolean(),
  /** Made in training mode: it counts nowhere in stock or ledger. */
  training: z.boolean(),
  /** W3C trace context: the event's correlation id from webhook to report. */
  traceparent: z.string().max(55),
  /** Where a source sends the same object again, the highest version supersedes; 1 where it never does. */
  version: z.int().min(1),
  quality: z.array(z.enum(QUALITY_ISSUES)).optional(),
  /**
   * A person decided that this event counts, though its id was used before with other content, or though it is older
   * than what the stream remembers. Set in the dead letter of such an event, so replaying it is the decision; no
   * sender can set it.
   */
  decision: z.literal('count').optional(),
};
const atTill = { ...envelope, tillId: tillIdSchema };

/** `lb` because unit prices of American tills are per pound, and converting them would not be exact. */
export const UNITS = ['each', 'kg', 'lb', 'l', 'm'] as const;
export const TENDER_TYPES = [
  'cash',
  'card',
  'giftCard',
  'voucher',
  'mobile',
  'account',
  'check',
  'loyalty',
  'foodStamp',
  /** A credit note or store credit: negative where it is issued, positive where it pays. */
  'storeCredit',
  'other',
] as const;
export type TenderType = (typeof TENDER_TYPES)[number];

const discount = z.strictObject({
  /** What the discount takes off the line, zero or more for a sale line, zero or less for a return line. */
  amountMinor: minor,
  reason: text.optional(),
  /** Given by hand at the till, in contrast to a promotion. */
  manual: z.boolean(),
  /** What it was given for, where the till tells staff discounts and coupons apart. */
  type: z.enum(['employee', 'coupon', 'loyalty', 'other']).optional(),
  /** The product that a coupon is valid for: its line must be in the same transaction. */
  requiresProductCode: codeText.optional(),
});

/** How a code came into the till. `keyed`: typed by hand. */
const ENTRY_METHODS = ['scanned', 'keyed', 'selected', 'weighed', 'other'] as const;
/** How a card came into the till. `keyed`: its number was typed by hand. */
const CARD_ENTRY_METHODS = ['chip', 'contactless', 'swiped', 'keyed', 'online', 'other'] as const;

const tax = z.strictObject({
  code: codeText,
  /** Rate in hundredths of a percent: 19 % = 1900. */
  rateBasisPoints: z.int().min(0).optional(),
  taxableMinor: minor,
  amountMinor: minor,
});

/**
 * `donation` is money collected for another organisation. `breakage` is what a gift card forfeits when it expires: with a `giftCard` line
 * of the opposite amount it moves that amount out of the liability.
 */
export const LINE_TYPES = ['sale', 'return', 'giftCard', 'deposit', 'fee', 'donation', 'breakage'] as const;

export type LineType = (typeof LINE_TYPES)[number];

const line = z.strictObject({
  lineNumber: z.int().min(1),
  type: z.enum(LINE_TYPES),
  /** The code as the till sent it. */
  productCode: codeText,
  /** Our product, where the code is known. */
  productId: productIdSchema.optional(),
  description: text.optional(),
  quantityMilli: milli,
  unit: z.enum(UNITS),
  regularUnitPriceMinor: positiveMinor,
  actualUnitPriceMinor: positiveMinor,
  /** What the line adds to the transaction after its discounts; includes tax if `taxIncluded`. */
  extendedAmountMinor: minor,
  discounts: z.array(discount).max(50).optional(),
  taxes: z.array(tax).max(20).optional(),
  /** Voided before the end of the transaction: counts neither for stock nor for money. */
  voided: z.boolean().optional(),
  /** The price was keyed in by hand. */
  priceOverride: z
    .strictObject({ reason: text.optional(), approvedBy: operatorIdSchema.optional() })
    .optional(),
  /** The tax was changed or taken off by hand. */
  taxOverride: z
    .strictObject({ reason: text.optional(), approvedBy: operatorIdSchema.optional() })
    .optional(),
  entry: z.enum(ENTRY_METHODS).optional(),
  /** When the line was entered, by the till's clock. */
  enteredAt: instantSchema.optional(),
  /** Keyed pseudonym of the gift card that a `giftCard` line sells, loads or takes back. */
  giftCardRef: text.optional(),
});

const tender = z.strictObject({
  type: z.enum(TENDER_TYPES),
  /** The source's own name of the tender. */
  label: text.optional(),
  /** Handed over by the customer (positive) or paid out to them (negative), before change. */
  amountMinor: minor,
  /** Given back, zero or more. */
  changeMinor: positiveMinor.optional(),
  /** Keyed pseudonym of the gift card. */
  giftCardRef: text.optional(),
  /** The acquirer's own reference of the payment, such as Adyen's PSP reference: settlement reports name it. */
  paymentReference: codeText.optional(),
  /** Keyed pseudonym of the acquirer's token or fingerprint of the card: the same card has the same one. */
  cardRef: text.optional(),
  entry: z.enum(CARD_ENTRY_METHODS).optional(),
});

export const transactionEventSchema = z.strictObject({
  ...atTill,
  kind: z.literal('transaction'),
  /** The source's id of the transaction, the same for all its versions; matches the ledger's reference. */
  transactionId: codeText,
  receiptNumber: text.optional(),
  /** `voided` is a post-void (after tender), `cancelled` was given up before tender. */
  status: z.enum(['completed', 'voided', 'suspended', 'resumed', 'cancelled']),
  shiftId: codeText.optional(),
  currency: currencySchema,
  /** Prices and line amounts include tax. */
  taxIncluded: z.boolean(),
  lines: z.array(line).max(2000),
  tenders: z.array(tender).max(100),
  totals: z.strictObject({
    netMinor: minor,
    taxMinor: minor,
    grossMinor: minor,
    tipMinor: minor.optional(),
    /** Cash rounding: amount paid less amount due. */
    roundingMinor: minor.optional(),
  }),
  /** Taxes of the whole transaction, where the source gives none per line. */
  taxes: z.array(tax).max(50).optional(),
  /** Keyed pseudonym of the customer; the key's deletion erases the person. */
  customerRef: text.optional(),
  /** The returned sale, if known. */
  returnOf: z
    .strictObject({
      transactionId: codeText.optional(),
      receiptNumber: text.optional(),
      operatorId: operatorIdSchema.optional(),
      /** Keyed pseudonym of the card that paid for the sale. */
      cardRef: text.optional(),
    })
    .optional(),
  /** The suspended transaction that this one resumes. */
  resumes: codeText.optional(),
});

export const drawerEventSchema = z.strictObject({
  ...atTill,
  kind: z.literal('drawer'),
  /** `noSale`: opened without a sale. `drop`: cash to the safe. `float`: change money put in. */
  action: z.enum(['noSale', 'paidIn', 'paidOut', 'drop', 'float']),
  shiftId: codeText.optional(),
  currency: currencySchema,
  /** Zero for `noSale`, otherwise zero or more; the action gives the direction. */
  amountMinor: positiveMinor,
  reason: text.optional(),
});

/** More transactions than any shift has. */
const MAX_COUNTER = 1_000_000;
const counter = z.int().min(0).max(MAX_COUNTER);

/**
 * The counters of a shift as its till printed them on the Z report: its own account of what it did, against which is held
 * what has arrived. Names follow the shifts of Dynamics 365 Commerce (RetailPosBatch). A counter that the till does not
 * have is left out, which is not the same as 0.
 */
const zReport = z.strictObject({
  /** The till's number of the report. */
  reportNumber: codeText.optional(),
  /** Running numbers that the shift used, the closing included. */
  firstSequenceNumber: z.int().min(0).optional(),
  lastSequenceNumber: z.int().min(0).optional(),
  /** Every transaction that was begun, whatever became of it. */
  transactionsCount: counter.optional(),
  /** Completed sales, returns and exchanges, without voided, suspended and training ones: what must be in the books. */
  salesCount: counter.optional(),
  /** How many of them were returns. */
  returnsCount: counter.optional(),
  voidsCount: counter.optional(),
  suspendedCount: counter.optional(),
  trainingCount: counter.optional(),
  noSaleCount: counter.optional(),
  zeroSalesCount: counter.optional(),
  /**
   * Gross of the transactions in `salesCount`, as `totals.grossMinor` adds up; without what came back, if
   * `returnsTotalMinor` states that.
   */
  salesTotalMinor: minor.optional(),
  /** Gross of what came back, zero or more. */
  returnsTotalMinor: positiveMinor.optional(),
  taxTotalMinor: minor.optional(),
  discountTotalMinor: minor.optional(),
  /** Cash rounding, with the sign of `totals.roundingMinor`. */
  roundedAmountTotalMinor: minor.optional(),
  priceOverrideTotalMinor: minor.optional(),
  voidedSalesTotalMinor: minor.optional(),
});

export const shiftEventSchema = z.strictObject({
  ...atTill,
  kind: z.literal('shift'),
  action: z.enum(['opened', 'closed']),
  shiftId: codeText,
  currency: currencySchema,
  /** Cash in the drawer at opening. */
  openingFloatMinor: positiveMinor.optional(),
  /** On closing: what was counted, per tender. */
  counts: z
    .array(
      z.strictObject({
        tender: z.enum(TENDER_TYPES),
        countedMinor: minor,
        tillExpectedMinor: minor.optional(),
      }),
    )
    .max(20)
    .optional(),
  /** On closing: the till's own counters. */
  zReport: zReport.optional(),
});

export const stockEventSchema = z.strictObject({
  ...envelope,
  tillId: tillIdSchema.optional(),
  kind: z.literal('stock'),
  /** `movement` is a delta, `count` is the absolute quantity on the shelf. */
  action: z.enum(['movement', 'count']),
  reason: z.enum(['delivery', 'transfer', 'shrink', 'adjustment', 'count']),
  items: z
    .array(
      z.strictObject({
        productCode: codeText,
        productId: productIdSchema.optional(),
        quantityMilli: milli,
        unit: z.enum(UNITS),
      }),
    )
    .min(1)
    .max(2000),
});

export const priceEventSchema = z.strictObject({
  ...envelope,
  tillId: tillIdSchema.optional(),
  kind: z.literal('price'),
  currency: currencySchema,
  effectiveAt: instantSchema,
  promotion: text.optional(),
  items: z
    .array(
      z.strictObject({
        productCode: codeText,
        productId: productIdSchema.optional(),
        priceMinor: positiveMinor,
      }),
    )
    .min(1)
    .max(2000),
});

export const posEventSchema = z.discriminatedUnion('kind', [
  transactionEventSchema,
  drawerEventSchema,
  shiftEventSchema,
  stockEventSchema,
  priceEventSchema,
]);

export type PosEvent = z.infer<typeof posEventSchema>;
export type TransactionEvent = z.infer<typeof transactionEventSchema>;
export type DrawerEvent = z.infer<typeof drawerEventSchema>;
export type ShiftEvent = z.infer<typeof shiftEventSchema>;
export type StockEvent = z.infer<typeof stockEventSchema>;
export type TransactionLine = TransactionEvent['lines'][number];
export type Tender = TransactionEvent['tenders'][number];

/** An event with its place in the hub, as stream and landing read it. */
export interface PositionedEvent {
  readonly event: PosEvent;
  readonly hubPartition: string;
  /** Rises without repeats within a hub partition. */
  readonly hubSequenceNumber: number;
  /** When the hub took it, in epoch milliseconds by the hub's clock; within a partition it never goes back. */
  readonly enqueuedAtMs?: number | undefined;
}
