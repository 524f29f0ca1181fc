import { parseJsonBody } from '../body-text.ts';
import type { WebhookSource } from '../source.ts';
import { DAY_MS } from '../../../time.ts';
import { shopifyHydration } from './hydrate.ts';
import { shopifyList } from './list.ts';
import { readNotification } from './notification.ts';
import { SHOPIFY_SIGNATURE_HEADER, signShopifyWebhook, verifyShopifyWebhook } from './signature.ts';

/** Shopify POS: https://shopify.dev/docs/apps/build/webhooks. No webhook holds an order's payments: all are notices. */
export const shopifySource: WebhookSource = {
  source: 'shopify',
  contentTypes: ['application/json'],
  maxBodyBytes: 4 * 1024 * 1024,
  // Shopify retries for four hours; the rest is slack for what waited in the spill queue.
  retryWindowMs: DAY_MS,
  verify: verifyShopifyWebhook,
  sign: ({ secret, body }) => ({ [SHOPIFY_SIGNATURE_HEADER]: signShopifyWebhook(secret, body) }),
  read: (body, context) => readNotification(parseJsonBody(body).value, body, context),
  hydration: shopifyHydration,
  list: shopifyList,
  openApi: {
    summary: 'Webhooks of Shopify POS',
    content: { 'application/json': { schema: { type: 'object', description: "Shopify's own webhook" } } },
    security: {
      name: 'shopifySignature',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: SHOPIFY_SIGNATURE_HEADER,
        description: "base64 HMAC-SHA256 of the body, with the app's client secret",
      },
    },
  },
};
