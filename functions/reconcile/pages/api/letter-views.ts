import { z } from 'zod';
import { LETTER_ACTIONS, type SettledOrder } from '../../../../shared/azure/letter-orders.ts';
import { needsDecision } from '../../../../shared/pos/dead-letter.ts';
import type { FoundLetter } from '../../letters/find-letters.ts';

/** Dead letters and orders as the API shows and takes them. */
const text = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => value.isWellFormed());
export const reason = z
  .string()
  .trim()
  .min(3)
  .max(2_000)
  .refine((value) => value.isWellFormed());
export const filterFields = {
  stage: text.optional().describe('The function that gave up.'),
  code: text.optional().describe('Reason code of the letters.'),
  source: text.optional(),
  store: text.optional().describe('Store id.'),
};
export const summarySchema = z.object({
  name: z.string().describe('Blob name: the address of the letter is this below /operations/api/letters.'),
  stage: z.string(),
  code: z.string(),
  message: z.string(),
  where: z.string().optional(),
  source: z.string().optional(),
  storeId: z.string().optional(),
  eventId: z.string().optional(),
  diedAt: z.string(),
  replayTo: z.enum(['webhook', 'hub', 'queue', 'nowhere']),
  needsDecision: z
    .boolean()
    .describe('A person decides about each one: replaying it counts what may have counted before.'),
});
const deedSchema = z.object({
  action: z.enum(LETTER_ACTIONS),
  by: z.string(),
  at: z.string(),
  reason: z.string(),
  diff: z.string().optional(),
  original: z.string().optional(),
});
export const letterSchema = summarySchema.extend({
  payload: z.string().describe('As it is kept, without card data or names.'),
  deeds: z.array(deedSchema).describe('Who did what with it, the oldest first.'),
});
export const orderSchema = z.object({
  order: z.string(),
  letters: z.array(
    z.object({
      name: z.string(),
      action: z.enum(LETTER_ACTIONS),
      state: z.enum(['open', 'done', 'left']).describe('`left`: the letter lies there as before.'),
      detail: z.string().optional(),
      doneAt: z.string().optional(),
    }),
  ),
});

export const orderedView = (one: SettledOrder) => ({
  name: one.letter,
  action: one.action,
  state: one.state,
  ...(one.state === 'open' ? {} : { detail: one.detail, doneAt: one.doneAt }),
});

export function summaryOf({ name, letter }: Pick<FoundLetter, 'name' | 'letter'>) {
  const { stage, code, message, where, source, storeId, eventId, diedAt, replay } = letter;
  return {
    name,
    stage,
    code,
    message,
    where,
    source,
    storeId,
    eventId,
    diedAt,
    replayTo: replay.to,
    needsDecision: needsDecision(code),
  };
}
