import { createHmac } from 'node:crypto';
import { checkSignature } from '../signature-fit.ts';
import type { SignedRequest } from '../source.ts';

/**
 * Square signs the address of the subscription followed by the raw body. There is no time in it, so a replay is
 * only found by its event id. https://developer.squareup.com/docs/webhooks/step3validate
 */
export const SQUARE_SIGNATURE_HEADER = 'x-square-hmacsha256-signature';

export function signSquareWebhook(key: string, notificationUrl: string, body: Buffer | string): string {
  return createHmac('sha256', key).update(notificationUrl).update(body).digest('base64');
}

/** @throws PermanentError `signature` */
export function verifySquareWebhook({ header, body, secrets, notificationUrl }: SignedRequest): void {
  const given = Buffer.from(header(SQUARE_SIGNATURE_HEADER) ?? '', 'base64');
  checkSignature(given, secrets, (secret) =>
    Buffer.from(signSquareWebhook(secret, notificationUrl, body), 'base64'),
  );
}
