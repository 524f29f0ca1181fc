import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { UnreadableBody } from '../body-text.ts';
import { OriginalIds } from '../original-ids.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { ReadContext, ReadResult } from '../source.ts';

const notificationSchema = z.object({
  merchants: z.record(storedText(64).min(1), z.array(z.unknown())),
});
const updateSchema = z.object({
  objectId: storedText(100).regex(/^[A-Z]{1,4}:./, 'must be a letter, a colon and an id'),
  type: z.enum(['CREATE', 'UPDATE', 'DELETE']),
  /** Epoch milliseconds. */
  ts: z.int().min(0),
});
type Update = z.infer<typeof updateSchema>;

/** What Clover gathers in one message is not documented; more than this would not be asked for within a day. */
const MAX_UPDATES = 1000;

/**
 * Kinds of objects that move neither money nor goods of a sale: apps, customers, employees, inventory (items, categories,
 * groups, modifiers), merchants and opening hours. https://docs.clover.com/dev/docs/webhooks
 */
const WITHOUT_MONEY = new Set(['A', 'C', 'E', 'I', 'IC', 'IG', 'IM', 'M', 'SH']);

const rules = {
  productFields: new Set<string>(),
  idFields: new Set(['objectid']),
  harmlessNames: new Set<string>(),
};

/**
 * Clover's messages: for each merchant a list of what changed. They are thin, and not signed.
 * @throws UnreadableBody
 */
export function readCloverNotification(sent: unknown, body: Buffer, context: ReadContext): ReadResult {
  const ids = new OriginalIds(context.pseudonymise);
  const { value } = scrub(sent, { ...rules, pseudonymise: ids.pseudonymise });
  const parsed = notificationSchema.safeParse(value);
  if (!parsed.success) {
    const where = (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
    throw new UnreadableBody('schema', "The body is not in the form of Clover's webhooks", body, where);
  }
  const updates = Object.entries(parsed.data.merchants).flatMap(([merchant, list]) =>
    list.map((update, index) => ({ merchant, update, where: `/merchants/${merchant}/${index}` })),
  );
  if (updates.length > MAX_UPDATES) {
    throw new UnreadableBody('too-many-events', `The body has more than ${MAX_UPDATES} updates`, body);
  }
  // A code that fits says nothing of what Clover does with an answer: nothing is published about its retries.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  const latest = latestOf(updates);
  for (const { merchant, update, where } of updates) {
    reading.record(
      () => noticeOf(merchant, update, where, latest, ids, context),
      () => keptOf(merchant, update),
    );
  }
  return reading.result;
}

/** A ticket is announced on every keystroke: of several updates of one object in one body the last one covers the others. */
function latestOf(updates: readonly { merchant: string; update: unknown }[]): Map<string, Update> {
  const latest = new Map<string, Update>();
  for (const { merchant, update } of updates) {
    const parsed = updateSchema.safeParse(update);
    if (!parsed.success) continue;
    const key = `${merchant} ${parsed.data.objectId}`;
    const former = latest.get(key);
    if (former === undefined || parsed.data.ts >= former.ts) latest.set(key, parsed.data);
  }
  return latest;
}

function noticeOf(
  merchant: string,
  sent: unknown,
  where: string,
  latest: Map<string, Update>,
  ids: OriginalIds,
  context: ReadContext,
): MappedRecord {
  const parsed = updateSchema.safeParse(sent);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map((part) => `/${String(part)}`).join('');
    throw new PermanentError('schema', issue?.message ?? 'is no update', { where: `${where}${path}` });
  }
  const { objectId, type, ts } = parsed.data;
  const [letter = ''] = objectId.split(':', 1);
  const id = objectId.slice(letter.length + 1);
  if (WITHOUT_MONEY.has(letter)) return { outcome: 'ignored', reason: 'not-a-sale' };
  if (!Object.hasOwn(OBJECTS, letter)) {
    throw new PermanentError('unsupported-event-type', `Updates of kind ${letter} are not used`, { where });
  }
  const kept = latest.get(`${merchant} ${objectId}`);
  if (kept !== undefined && (kept.ts !== ts || kept.type !== type)) {
    return { outcome: 'ignored', reason: 'superseded-in-body' };
  }
  const object = OBJECTS[letter as keyof typeof OBJECTS];
  return {
    outcome: 'hydrate',
    request: {
      source: 'clover',
      object: type === 'DELETE' ? `deleted-${object}` : object,
      id: ids.originalOf(`${merchant}/${id}`),
      // When it happened: cash events have no address of their own, and a deleted object no time.
      version: ts,
      ...(context.sender === undefined ? {} : { sender: context.sender }),
      receivedAt: context.receivedAt,
      traceparent: context.traceparent,
    },
  };
}

/** What can be asked for, by the letter of its kind. */
const OBJECTS = { O: 'order', P: 'payment', CA: 'cash' } as const;

/** Known fields only. */
function keptOf(merchant: string, update: unknown) {
  const { objectId, type, ts } = updateSchema.partial().safeParse(update).data ?? {};
  return {
    ...(objectId === undefined ? {} : { id: objectId }),
    payload: JSON.stringify({ merchants: { [merchant]: [{ objectId, type, ts }] } }),
    replayable: objectId !== undefined && type !== undefined && ts !== undefined,
  };
}
