import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { DAY_MS } from '../../../time.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { closureEvent } from './closure.ts';
import { lightspeedHydration } from './hydrate.ts';
import { lightspeedList } from './list.ts';
import { eventsOfSent, formFault, inFormerShape } from './read-sale.ts';
import { closureSchema, saleSchema, scrubbedLightspeed } from './sale-schema.ts';
import {
  LIGHTSPEED_SIGNATURE_HEADER,
  formField,
  signLightspeedWebhook,
  verifyLightspeedWebhook,
} from './signature.ts';

/** Types of webhooks that are about no money. */
const WITHOUT_MONEY: ReadonlyMap<string, string> = new Map([
  ['inventory.update', 'not-a-sale'],
  ['product.update', 'not-a-sale'],
  ['customer.update', 'not-a-sale'],
  ['consignment.send', 'not-a-sale'],
  ['consignment.receive', 'not-a-sale'],
]);

const anySale = z.looseObject({ id: z.string(), register_sale_products: z.unknown() });
const anyClosure = z.union([
  z.looseObject({ register_id: z.string(), register_close_time: z.string() }),
  z.looseObject({ register_id: z.string(), register_open_time: z.string() }),
]);

/** @throws UnreadableBody */
function read(body: Buffer, context: ReadContext): ReadResult {
  if (!isUtf8(body))
    throw new UnreadableBody('bad-encoding', 'The body is not UTF-8, in which forms are sent', body);
  const payload = formField(body, 'payload');
  if (payload === undefined) {
    throw new UnreadableBody('schema', 'The body is no form with a field `payload` in UTF-8', body);
  }
  const scrubbed = scrubbedLightspeed(parseJsonBody(Buffer.from(payload)).value, context);
  if (typeof scrubbed !== 'object' || scrubbed === null || Array.isArray(scrubbed)) {
    throw new UnreadableBody('schema', 'The payload is no JSON object', body);
  }
  const sent = inFormerShape(scrubbed);
  // Lightspeed does not retry what is refused.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  const type = formField(body, 'type') ?? '';
  for (const map of recordsOf(sent, type, context)) {
    reading.record(map, () => keptOf(sent));
  }
  return reading.result;
}

function recordsOf(sent: object, type: string, context: ReadContext): (() => MappedRecord)[] {
  try {
    // What a payload is stands in itself: the type beside it may not be signed.
    if (anySale.safeParse(sent).success) {
      return eventsOfSent(sent, context).map((mapped) => () => mapped);
    }
    if (anyClosure.safeParse(sent).success) {
      const parsed = closureSchema.safeParse(sent);
      if (!parsed.success) throw formFault(parsed.error);
      return [() => closureEvent(parsed.data, context)];
    }
    const reason = WITHOUT_MONEY.get(type);
    if (reason !== undefined) return [() => ({ outcome: 'ignored', reason })];
    throw new PermanentError('unsupported-event-type', 'The webhook is about neither a sale nor a closure', {
      where: '/payload',
    });
  } catch (thrown) {
    return [
      () => {
        throw thrown;
      },
    ];
  }
}

/** Known fields alone, as a form that a replay signs and sends again. */
function keptOf(sent: object) {
  const kept =
    saleSchema.safeParse(sent).data ??
    closureSchema.safeParse(sent).data ??
    saleSchema.pick({ id: true }).safeParse(sent).data ??
    {};
  const { id } = kept as { id?: string };
  const form = new URLSearchParams({ payload: JSON.stringify(kept) });
  return {
    ...(id === undefined ? {} : { id }),
    payload: form.toString(),
    replayable: Object.keys(kept).length > 1,
  };
}

/** Lightspeed Retail X-Series (Vend): https://x-series-api.lightspeedhq.com/docs/webhooks. */
export const lightspeedXSource: WebhookSource = {
  source: 'lightspeed-x',
  contentTypes: ['application/x-www-form-urlencoded'],
  maxBodyBytes: 4 * 1024 * 1024,
  // Lightspeed retries for 48 hours; the rest is slack for what waited in the spill queue.
  retryWindowMs: 3 * DAY_MS,
  verify: verifyLightspeedWebhook,
  dropsOn4xx: true,
  sign: ({ secret, body }) => ({
    [LIGHTSPEED_SIGNATURE_HEADER]: `signature=${signLightspeedWebhook(secret, body).toString('hex')},algorithm=HMAC-SHA256`,
  }),
  read,
  hydration: lightspeedHydration,
  list: lightspeedList,
  openApi: {
    summary: 'Webhooks of Lightspeed Retail X-Series',
    content: {
      'application/x-www-form-urlencoded': {
        schema: {
          type: 'object',
          properties: { payload: { type: 'string', description: 'JSON of the sale or closure' } },
        },
      },
    },
    security: {
      name: 'lightspeedSignature',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: LIGHTSPEED_SIGNATURE_HEADER,
        description:
          '`signature=` HMAC-SHA256 of the body or of its payload, hexadecimal or base64, with the client secret',
      },
    },
  },
};
