import { createHmac } from 'node:crypto';
import { PermanentError } from '../../../errors.ts';
import { checkSignature } from '../signature-fit.ts';
import type { RequestToSign, SignedRequest } from '../source.ts';

/**
 * Zettle signs the time and the payload, which stands as a text within the body; nothing else of the body is signed, so
 * nothing else is believed. The time is not checked: a message is repeated with it for three days.
 * https://github.com/iZettle/api-documentation/blob/master/pusher-api/user-guides/create-subscriptions.md
 */
export const ZETTLE_SIGNATURE_HEADER = 'x-izettle-signature';

/** @param payload the text after the JSON around it was decoded. */
const hmacOf = (secret: string, timestamp: string, payload: string): Buffer =>
  createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest();

/** What is signed, as far as the body has it. */
function signedParts(body: Buffer): { timestamp: string; payload: string } | undefined {
  try {
    const { timestamp, payload } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return typeof timestamp === 'string' && typeof payload === 'string' ? { timestamp, payload } : undefined;
  } catch {
    // What is no JSON holds no signed part either; the caller says so.
    return undefined;
  }
}

/** @throws PermanentError `signature` */
export function verifyZettleWebhook({
  header,
  body,
  secrets,
}: Pick<SignedRequest, 'header' | 'body' | 'secrets'>): void {
  const parts = signedParts(body);
  if (parts === undefined) {
    throw new PermanentError('signature', 'Refused: the body holds no time and payload that could be signed');
  }
  const given = Buffer.from(header(ZETTLE_SIGNATURE_HEADER) ?? '', 'hex');
  checkSignature(given, secrets, (secret) => hmacOf(secret, parts.timestamp, parts.payload));
}

export function signZettleWebhook({ body, secret }: Pick<RequestToSign, 'body' | 'secret'>): string {
  const { timestamp = '', payload = '' } = signedParts(body) ?? {};
  return hmacOf(secret, timestamp, payload).toString('hex');
}
