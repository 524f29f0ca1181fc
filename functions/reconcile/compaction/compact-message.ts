import { z } from 'zod';
import { PermanentError } from '../../../shared/errors.ts';
import { businessDateSchema } from '../../../shared/ids.ts';
import { laterFormatReason } from '../../../shared/stored-format.ts';

/** Written without its number while it is the first. */
const MESSAGE_FORMAT = 1;

const compactMessageSchema = z.object({
  businessDate: businessDateSchema,
  /** The shards to be reconciled afterwards, and the plan that they belong to. */
  shards: z.int().min(1).max(10_000),
  inputs: z.string().max(100),
});
export type CompactMessage = z.infer<typeof compactMessageSchema>;

/** @throws PermanentError `bad-message` */
export function compactMessageOf(message: unknown): CompactMessage {
  const later = laterFormatReason(message, MESSAGE_FORMAT);
  if (later !== undefined) throw new PermanentError('bad-message', later);
  const parsed = compactMessageSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new PermanentError('bad-message', 'A message in the compact queue has an invalid format', {
    cause: parsed.error,
  });
}
