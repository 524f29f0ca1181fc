import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { maybe, whereOf } from '../payload.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of a purchase; all else is dropped, among it positions, card details and comments. Webhook and API write it
 * differently: `purchaseUuid` (or `purchaseUUID`) is `purchaseUUID1` there, `refundsPurchaseUuid` is `refundsPurchaseUUID1`.
 * https://github.com/iZettle/api-documentation/blob/master/purchase.adoc
 */
const id = storedText(100).min(1);
const text = maybe(z.string());
const amount = z.int();
/** Percents are JSON numbers, whose shortest decimal text is what was sent. */
const percentage = maybe(z.union([z.number(), z.string().max(20)]).transform(String));
const discount = z.object({
  name: text,
  amount: maybe(amount),
  percentage,
  quantity: maybe(z.union([z.int(), z.string().max(40)]).transform(String)),
  /** What it takes off altogether. */
  value: maybe(amount),
});
const product = z.object({
  productUuid: maybe(id),
  variantUuid: maybe(id),
  name: text,
  variantName: text,
  sku: text,
  barcode: text,
  unitPrice: amount,
  /** Decimal; negative in a refund, while the price stays positive. */
  quantity: z.union([z.string().max(40), z.int()]).transform(String),
  unitName: text,
  vatPercentage: percentage,
  taxRates: maybe(z.array(z.object({ percentage })).max(20)),
  discount: maybe(discount),
  discountValue: maybe(amount),
  fromLocationUuid: maybe(id),
  toLocationUuid: maybe(id),
  type: maybe(z.string().max(40)),
});
const payment = z.object({
  uuid: maybe(id),
  /** With the tip. */
  amount,
  type: z.string().max(60),
  gratuityAmount: maybe(amount),
  attributes: maybe(z.object({ handedAmount: maybe(amount), changeAmount: maybe(amount) })).catch(undefined),
});
const purchase = z.object({
  purchaseUUID1: maybe(id),
  purchaseUuid: maybe(id),
  purchaseUUID: maybe(id),
  refundsPurchaseUUID1: maybe(id),
  refundsPurchaseUuid: maybe(id),
  refund: maybe(z.boolean()),
  source: maybe(z.string().max(40)),
  organizationUuid: maybe(id),
  created: maybe(z.string().max(40)),
  timestamp: maybe(z.union([z.string().max(40), z.int()])),
  purchaseNumber: maybe(z.int()),
  amount,
  vatAmount: maybe(amount),
  currency: z.string().max(3),
  taxationMode: maybe(z.string().max(20)),
  products: z.array(product).max(2000),
  discounts: maybe(z.array(discount).max(50)),
  serviceCharge: maybe(
    z.object({
      amount,
      title: text,
      vatPercentage: percentage,
      quantity: maybe(z.union([z.string().max(40), z.int()]).transform(String)),
    }),
  ),
  payments: z.array(payment).max(100),
});
const compiled = z.compile(purchase, { strict: true });

export type ZettlePurchase = z.infer<typeof purchase>;
export type ZettleProduct = z.infer<typeof product>;
export type ZettlePayment = z.infer<typeof payment>;
export type ZettleDiscount = z.infer<typeof discount>;

const rules = {
  productFields: new Set(['barcode', 'sku']),
  idFields: new Set([
    'purchaseuuid',
    'purchaseuuid1',
    'refundspurchaseuuid',
    'refundspurchaseuuid1',
    'organizationuuid',
    'productuuid',
    'variantuuid',
    'fromlocationuuid',
    'tolocationuuid',
    'locationuuid',
    'uuid',
  ]),
  /** Products, variants, units and discounts have names as well. */
  harmlessNames: new Set(['name', 'variantname', 'unitname', 'eventname']),
};

export const scrubbedZettle = (
  value: unknown,
  { pseudonymise }: Pick<ReadContext, 'pseudonymise'>,
): unknown => scrub(value, { ...rules, pseudonymise }).value;

/** @param scrubbed as `scrubbedZettle` gives it. @throws PermanentError `schema` */
export function parsePurchase(scrubbed: unknown): ZettlePurchase {
  const parsed = compiled.safeParse(scrubbed);
  if (parsed.success) return parsed.data;
  throw new PermanentError('schema', "The purchase is not in the form of Zettle's", {
    where: whereOf(parsed.error),
  });
}

const identity = purchase.pick({
  purchaseUUID1: true,
  purchaseUuid: true,
  purchaseUUID: true,
  organizationUuid: true,
});

/** What a purchase that cannot be read can still be asked for by. */
export const identityOf = (scrubbed: unknown): Partial<z.infer<typeof identity>> =>
  identity.safeParse(scrubbed).data ?? {};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id that webhook and API agree on. The API's own `purchaseUUID` is the same in another spelling. */
export const purchaseIdOf = ({
  purchaseUUID1,
  purchaseUuid,
  purchaseUUID,
}: Partial<z.infer<typeof identity>>): string | undefined =>
  purchaseUUID1 ?? purchaseUuid ?? (UUID.test(purchaseUUID ?? '') ? purchaseUUID : undefined);

const operatorSchema = z.object({ userDisplayName: z.string().trim().min(1).max(200) });

/** Who took the money, as webhook and API both name them; read before the scrubber takes the name away. */
export function operatorOf(sent: unknown): string | undefined {
  const parsed = operatorSchema.safeParse(sent);
  return parsed.success ? parsed.data.userDisplayName : undefined;
}
