import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { UnreadableBody } from '../body-text.ts';
import { OriginalIds } from '../original-ids.ts';
import { hydrateRequest, whereOf } from '../payload.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { ReadContext, ReadResult } from '../source.ts';
import { isInventoryChange, mapInventoryChange } from './inventory.ts';
import { mapZettlePurchase } from './purchase.ts';
import { identityOf, operatorOf, parsePurchase, purchaseIdOf, scrubbedZettle } from './purchase-schema.ts';

const messageSchema = z.object({
  organizationUuid: storedText(100).optional(),
  eventName: z.string().max(100),
  timestamp: z.string().max(60),
  /** JSON of its own. */
  payload: z.string(),
});

/**
 * Events that move neither money nor stock.
 * https://github.com/iZettle/api-documentation/blob/master/pusher-api/api-reference.md#supported-events
 */
const WITHOUT_MONEY = new Set([
  'OrganizationUpdated',
  'ProductCreated',
  'ProductUpdated',
  'ProductDeleted',
  'InventoryTrackingStarted',
  'InventoryTrackingStopped',
  'TestMessage',
]);
const DISCONNECTED = new Set(['ApplicationConnectionRemoved', 'PersonalAssertionDeleted']);

/** @throws UnreadableBody */
export function readZettleMessage(sent: unknown, body: Buffer, context: ReadContext): ReadResult {
  const parsed = messageSchema.safeParse(sent);
  if (!parsed.success) {
    throw new UnreadableBody(
      'schema',
      "The body is not in the form of Zettle's messages",
      body,
      whereOf(parsed.error),
    );
  }
  const { eventName, payload: text } = parsed.data;
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    throw new UnreadableBody('bad-json', 'The payload within the body is not JSON', body, '/payload');
  }
  const ids = new OriginalIds(context.pseudonymise);
  const own = { ...context, pseudonymise: ids.pseudonymise };
  const scrubbed = scrubbedZettle(payload, own);
  // Zettle repeats for three days what it is refused, and then deletes the subscription.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  reading.record(
    () => recordOf(eventName, { scrubbed, sent: payload, text }, own),
    () => keptOf(scrubbed, ids, context),
  );
  return reading.result;
}

interface Payload {
  readonly scrubbed: unknown;
  readonly sent: unknown;
  readonly text: string;
}

/** The name of an event is not signed, so what its payload is decides, as far as money is concerned. */
function recordOf(eventName: string, { scrubbed, sent, text }: Payload, context: ReadContext): MappedRecord {
  if (eventName === 'PurchaseCreated' || isPurchase(scrubbed)) {
    return mapZettlePurchase(parsePurchase(scrubbed), { ...context, operator: operatorOf(sent) });
  }
  if (isInventoryChange(scrubbed)) {
    // The message's own id is not signed: a changed one would count the same change twice.
    return mapInventoryChange(
      scrubbed,
      createHash('sha256').update(text).digest('hex').slice(0, 32),
      context,
    );
  }
  if (WITHOUT_MONEY.has(eventName)) return { outcome: 'ignored', reason: 'not-a-sale' };
  if (DISCONNECTED.has(eventName)) {
    throw new PermanentError(
      'vendor-disconnected',
      'The merchant removed the connection: no further sales will come until it is connected again',
      { where: '/eventName' },
    );
  }
  throw new PermanentError('unsupported-event-type', 'Messages with this event name are not used', {
    where: '/eventName',
  });
}

const isPurchase = (scrubbed: unknown): boolean => {
  const known = z.record(z.string(), z.unknown()).safeParse(scrubbed).data ?? {};
  return ['purchaseUuid', 'purchaseUUID', 'purchaseUUID1', 'payments'].some((name) =>
    Object.hasOwn(known, name),
  );
};

/** A purchase that cannot be read is asked for by its replay: the API's form is the documented one. */
function keptOf(scrubbed: unknown, ids: OriginalIds, context: ReadContext) {
  const known = identityOf(scrubbed);
  const id = purchaseIdOf(known);
  if (id === undefined) return { payload: '{}', replayable: false };
  const owner = ids.originalOf(known.organizationUuid ?? '');
  return {
    id,
    payload: JSON.stringify({ purchaseUUID1: id }),
    replayable: false,
    ask: hydrateRequest(
      { source: 'zettle', object: 'purchase', id: `${owner}/${ids.originalOf(id)}`, version: 0 },
      context,
    ),
  };
}
