import { z } from 'zod';

/**
 * A text that is stored, of at most `maxLength` UTF-16 units. Half of a surrogate pair is refused: such a text has no
 * UTF-8 form, so that no key, URL or file could hold it, and what was written would not be what is read.
 */
export const storedText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => text.isWellFormed(), {
      error: 'is not well-formed Unicode: it holds half of a surrogate pair (was it cut inside a character?)',
    });

/** 1 to `maxLength` printable characters that Azure Tables accepts in a key: no `/ \ # ?`, no control characters. */
export const keyText = (maxLength: number) =>
  storedText(maxLength)
    .min(1)
    // eslint-disable-next-line no-control-regex -- control characters are just what Azure Tables refuses.
    .regex(/^[^/\\#?\u0000-\u001f\u007f-\u009f]+$/, 'must not hold / \\ # ? or control characters');

/**
 * The longest beginning of a text that has at most `maxLength` UTF-16 units and ends between two characters. Whoever
 * cuts a text that was sent must say so.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength);
}

/*
 * Identifiers are branded so that a till can not be passed where a store is meant. A brand costs nothing at run time.
 */

export const storeIdSchema = keyText(100).brand<'StoreId'>();
export const tillIdSchema = keyText(100).brand<'TillId'>();
export const operatorIdSchema = keyText(100).brand<'OperatorId'>();
export const productIdSchema = keyText(100).brand<'ProductId'>();
/** `<source>:<the source's own de-duplication id>`; the same for every delivery of the same event. */
export const eventIdSchema = keyText(300).brand<'EventId'>();
/**
 * A calendar day in the store's own terms, `YYYY-MM-DD`. See `businessDateOf` in time.ts. Dates that stand for "never",
 * such as 9999-12-31, are none: the day after it can not even be written.
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
