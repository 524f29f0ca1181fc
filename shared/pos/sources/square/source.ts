import { parseJsonBody } from '../body-text.ts';
import type { WebhookSource } from '../source.ts';
import { DAY_MS } from '../../../time.ts';
import { squareHydration } from './hydrate.ts';
import { squareList } from './list.ts';
import { readNotification } from './notification.ts';
import { SQUARE_SIGNATURE_HEADER, signSquareWebhook, verifySquareWebhook } from './signature.ts';

/** Square: https://developer.squareup.com/docs/webhooks/overview. Orders and payments are thin notices; stock counts are complete. */
export const squareSource: WebhookSource = {
  source: 'square',
  contentTypes: ['application/json'],
  maxBodyBytes: 1024 * 1024,
  // Square retries for 24 hours; the rest is slack for what waited in the spill queue.
  retryWindowMs: 2 * DAY_MS,
  verify: verifySquareWebhook,
  sign: ({ secret, notificationUrl, body }) => ({
    [SQUARE_SIGNATURE_HEADER]: signSquareWebhook(secret, notificationUrl, body),
  }),
  read: (body, context) => readNotification(parseJsonBody(body).value, body, context),
  hydration: squareHydration,
  list: squareList,
  openApi: {
    summary: 'Notifications of Square',
    content: { 'application/json': { schema: { type: 'object', description: "Square's own notification" } } },
    security: {
      name: 'squareSignature',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: SQUARE_SIGNATURE_HEADER,
        description: 'base64 HMAC-SHA256 of the notification URL followed by the body',
      },
    },
  },
};
