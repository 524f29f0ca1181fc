import { z } from 'zod';

/**
 * A stored text of at most `maxLength` UTF-16 units. Unpaired surrogates are rejected: such a text has no
 * UTF-8 form, so no key, URL or file could hold it, and it would not read back as written.
 */
export const storedText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => text.isWellFormed(), {
      error:
        'is not well-formed Unicode: it has an unpaired surrogate (was it truncated inside a character?)',
    });

/** 1 to `maxLength` printable characters that Azure Tables accepts in a key: no `/ \ # ?`, no control characters. */
export const keyText = (maxLength: number) =>
  storedText(maxLength)
    .min(1)
    // eslint-disable-next-line no-control-regex -- Azure Tables rejects exactly these control characters.
    .regex(/^[^/\\#?\u0000-\u001f\u007f-\u009f]+$/, 'must not hold / \\ # ? or control characters');

/**
 * The longest prefix of a text with at most `maxLength` UTF-16 units that ends between two characters. Callers
 * must report truncated input.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength);
}

/*
 * Identifiers are branded, so a till cannot be passed where a store is expected. Brands have no runtime cost.
 */

export const storeIdSchema = keyText(100).brand<'StoreId'>();
export const tillIdSchema = keyText(100).brand<'TillId'>();
export const operatorIdSchema = keyText(100).brand<'OperatorId'>();
export const productIdSchema = keyText(100).brand<'ProductId'>();
/** `<source>:<the source's own de-duplication id>`; the same for every delivery of the same event. */
export const eventIdSchema = keyText(300).brand<'EventId'>();
/**
 * A calendar day in the store's own terms, `YYYY-MM-DD`. See `businessDateOf` in time.ts. Dates that stand for "never",
 * such as 9999-12-31, are excluded: the following day could not be represented.
 */
export const businessDateSchema = z.iso
  .date()
  .regex(/^(?:19[7-9]|2[01]\d)\d-/, 'must be a date of the years 1970 to 2199')
  .brand<'BusinessDate'>();

export type StoreId = z.infer<typeof storeIdSchema>;
export type TillId = z.infer<typeof tillIdSchema>;
export type OperatorId = z.infer<typeof operatorIdSchema>;
export type ProductId = z.infer<typeof productIdSchema>;
export type EventId = z.infer<typeof eventIdSchema>;
export type BusinessDate = z.infer<typeof businessDateSchema>;

/** Constructors that check; for literals in code and tests. They throw a ZodError on a bad id. */
export const storeId = (text: string): StoreId => storeIdSchema.parse(text);
export const tillId = (text: string): TillId => tillIdSchema.parse(text);
export const operatorId = (text: string): OperatorId => operatorIdSchema.parse(text);
export const productId = (text: string): ProductId => productIdSchema.parse(text);
export const eventId = (text: string): EventId => eventIdSchema.parse(text);
export const businessDate = (text: string): BusinessDate => businessDateSchema.parse(text);
