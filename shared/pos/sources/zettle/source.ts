import { z } from 'zod';
import { DAY_MS } from '../../../time.ts';
import { parseJsonBody } from '../body-text.ts';
import type { WebhookSource } from '../source.ts';
import { zettleHydration } from './hydrate.ts';
import { zettleList } from './list.ts';
import { readZettleMessage } from './notification.ts';
import { ZETTLE_SIGNATURE_HEADER, signZettleWebhook, verifyZettleWebhook } from './signature.ts';

const MAX_TEST_BYTES = 4096;
const testSchema = z.object({ eventName: z.literal('TestMessage'), payload: z.looseObject({}) });

/** Zettle (PayPal): https://github.com/iZettle/api-documentation/tree/master/pusher-api. Purchases come whole. */
export const zettleSource: WebhookSource = {
  source: 'zettle',
  contentTypes: ['application/json'],
  maxBodyBytes: 2 * 1024 * 1024,
  // Zettle retries for 72 hours; the rest is slack for what waited in the spill queue.
  retryWindowMs: 4 * DAY_MS,
  verify: verifyZettleWebhook,
  sign: (request) => ({ [ZETTLE_SIGNATURE_HEADER]: signZettleWebhook(request) }),
  /** The key to sign with is only given in the answer to the subscription, for which this must have been accepted. */
  handshake({ body }) {
    if (body.length > MAX_TEST_BYTES || !body.includes('TestMessage')) return undefined;
    try {
      if (!testSchema.safeParse(JSON.parse(body.toString('utf8'))).success) return undefined;
    } catch {
      // What is no JSON is no test; the signature refuses it.
      return undefined;
    }
    return {
      acknowledgement: { contentType: 'text/plain', body: 'OK' },
      note: "Zettle sent its test message: put the subscription's signingKey into the secret of this address",
    };
  },
  read: (body, context) => readZettleMessage(parseJsonBody(body).value, body, context),
  hydration: zettleHydration,
  list: zettleList,
  openApi: {
    summary: 'Messages of Zettle',
    content: { 'application/json': { schema: { type: 'object', description: "Zettle's own message" } } },
    security: {
      name: 'zettleSignature',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: ZETTLE_SIGNATURE_HEADER,
        description: "hex HMAC-SHA256 of the body's timestamp, a full stop and the body's payload as text",
      },
    },
  },
};
