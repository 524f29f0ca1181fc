import { createHmac } from 'node:crypto';
import { checkSignature } from '../signature-fit.ts';
import type { SignedRequest } from '../source.ts';

/**
 * Toast signs the body followed by the message's own `timestamp`, with nothing in between. It publishes no window for that
 * time, so a replay is only found by what it leads to. https://doc.toasttab.com/doc/devguide/apiMessageSigning.html
 */
export const TOAST_SIGNATURE_HEADER = 'toast-signature';

export function signToastWebhook(secret: string, body: Buffer): string {
  return createHmac('sha256', secret).update(body).update(timestampOf(body)).digest('base64');
}

/** @throws PermanentError `signature` */
export function verifyToastWebhook({ header, body, secrets }: SignedRequest): void {
  const given = Buffer.from(header(TOAST_SIGNATURE_HEADER) ?? '', 'base64');
  checkSignature(given, secrets, (secret) => Buffer.from(signToastWebhook(secret, body), 'base64'));
}

function timestampOf(body: Buffer): string {
  let sent: unknown;
  try {
    sent = JSON.parse(body.toString('utf8'));
  } catch {
    // What is no JSON has no timestamp; its signature is that of the body alone.
    return '';
  }
  const timestamp = (sent as { timestamp?: unknown } | null)?.timestamp;
  return typeof timestamp === 'string' ? timestamp : '';
}
