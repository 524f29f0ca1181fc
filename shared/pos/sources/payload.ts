import type { z } from 'zod';
import type { HydrateRequest, ReadContext } from './source.ts';

/** What the readers of vendors' payloads share. */

/** Most vendors write null for what is not there. */
export const maybe = <S extends z.ZodType>(schema: S) =>
  schema.nullish().transform((value) => value ?? undefined);

/** JSON pointer of the first fault. */
export const whereOf = (error: z.ZodError): string =>
  (error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');

/** @param object what is asked for: its kind, in the vendor's terms, its id and the version that was announced, 0 where none was. */
export const hydrateRequest = (
  object: Pick<HydrateRequest, 'source' | 'object' | 'id' | 'version'>,
  { sender, receivedAt, traceparent }: ReadContext,
): HydrateRequest => ({ ...object, ...(sender === undefined ? {} : { sender }), receivedAt, traceparent });
