import { z } from 'zod';
import { storedText } from '../ids.ts';

/** What people do with exceptions and days. Texts are as typed; `decide` scrubs them. */
const MAX_TEXT = 2_000;
const MAX_ASSIGNEE = 200;
const text = storedText(MAX_TEXT).describe(
  'Free text. Card numbers, e-mail addresses, IBANs and phone numbers are removed.',
);
const reasonCode = z.string().max(40).describe('One of the reason codes of the close policy.');

export const itemCommandSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('assign'),
    assignee: storedText(MAX_ASSIGNEE)
      .nullable()
      .describe('Who works on it, by the name that colleagues know; null for nobody.'),
  }),
  z.strictObject({ action: z.literal('comment'), text }),
  z.strictObject({ action: z.literal('explain'), reasonCode, text: text.optional() }),
  z.strictObject({ action: z.literal('accept'), reasonCode, text: text.optional() }),
  z.strictObject({ action: z.literal('take-back'), text }),
]);
export type ItemCommand = z.infer<typeof itemCommandSchema>;

export const dayCommandSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('prepare'), text: text.optional() }),
  z.strictObject({ action: z.literal('sign-off'), text: text.optional() }),
  z.strictObject({ action: z.literal('reopen'), text }),
  z.strictObject({ action: z.literal('comment'), text }),
]);
export type DayCommand = z.infer<typeof dayCommandSchema>;
