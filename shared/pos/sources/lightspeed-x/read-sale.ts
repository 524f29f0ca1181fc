import type { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { whereOf } from '../payload.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { saleSchema, scrubbedLightspeed } from './sale-schema.ts';
import { eventsOfSale } from './sale.ts';

/** API 2.0 names the lines and payments of a sale otherwise; webhooks may change to it one day. */
export function inFormerShape(sent: object): object {
  const { line_items: lines, payments, ...rest } = sent as Readonly<Record<string, unknown>>;
  return lines === undefined
    ? sent
    : { register_sale_products: lines, register_sale_payments: payments, ...rest };
}

/** @throws PermanentError `schema` and what `eventsOfSale` throws */
export function eventsOfSent(sent: object, context: ReadContext): MappedRecord[] {
  const parsed = saleSchema.safeParse(sent);
  if (!parsed.success) throw formFault(parsed.error);
  return eventsOfSale(parsed.data, context);
}

/** A sale as API 2.0 answers it. */
export const readSale = (sent: object, context: ReadContext): MappedRecord[] =>
  eventsOfSent(inFormerShape(scrubbedLightspeed(sent, context) as object), context);

export function formFault(error: z.ZodError): PermanentError {
  return new PermanentError('schema', error.issues[0]?.message ?? 'does not validate', {
    where: `/payload${whereOf(error)}`,
  });
}
