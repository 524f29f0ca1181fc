import { createHmac } from 'node:crypto';
import { checkSignature } from '../signature-fit.ts';
import type { SignedRequest } from '../source.ts';

/**
 * Shopify signs the raw body with the app's client secret. There is no time in it, so a replay is only found by what it
 * leads to. https://shopify.dev/docs/apps/build/webhooks/subscribe/https
 */
export const SHOPIFY_SIGNATURE_HEADER = 'x-shopify-hmac-sha256';

export function signShopifyWebhook(secret: string, body: Buffer | string): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}

/** @throws PermanentError `signature` */
export function verifyShopifyWebhook({ header, body, secrets }: SignedRequest): void {
  const given = Buffer.from(header(SHOPIFY_SIGNATURE_HEADER) ?? '', 'base64');
  checkSignature(given, secrets, (secret) => Buffer.from(signShopifyWebhook(secret, body), 'base64'));
}
