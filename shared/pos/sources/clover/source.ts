import { DAY_MS } from '../../../time.ts';
import { parseJsonBody } from '../body-text.ts';
import type { WebhookSource } from '../source.ts';
import { cloverHydration } from './hydrate.ts';
import { cloverList } from './list.ts';
import { readCloverNotification } from './notification.ts';
import { CLOVER_AUTH_HEADER, verifyCloverWebhook } from './signature.ts';

const HANDSHAKE = /^\s*\{\s*"verificationCode"\s*:\s*"([A-Za-z0-9-]{1,64})"\s*\}\s*$/;

/** Clover: https://docs.clover.com/dev/docs/webhooks. Its messages are thin notices, and unsigned. */
export const cloverSource: WebhookSource = {
  source: 'clover',
  contentTypes: ['application/json'],
  maxBodyBytes: 1024 * 1024,
  // Clover publishes nothing of retries; this is slack for what waited.
  retryWindowMs: 2 * DAY_MS,
  verify: verifyCloverWebhook,
  sign: ({ secret }) => ({ [CLOVER_AUTH_HEADER]: secret }),
  handshake({ body }) {
    const code = HANDSHAKE.exec(body.toString('latin1'))?.[1];
    if (code === undefined) return undefined;
    return {
      acknowledgement: { contentType: 'text/plain', body: 'OK' },
      note: `Clover's verification code is ${code}: enter it in the app's settings, under Webhooks`,
    };
  },
  read: (body, context) => readCloverNotification(parseJsonBody(body).value, body, context),
  hydration: cloverHydration,
  list: cloverList,
  openApi: {
    summary: 'Notices of Clover',
    content: { 'application/json': { schema: { type: 'object', description: "Clover's own message" } } },
    security: {
      name: 'cloverAuthCode',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: CLOVER_AUTH_HEADER,
        description: "The app's Clover Auth Code; the body is not signed",
      },
    },
  },
};
