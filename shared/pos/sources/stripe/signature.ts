import { createHmac, timingSafeEqual } from 'node:crypto';
import { PermanentError } from '../../../errors.ts';
import { MINUTE_MS } from '../../../time.ts';
import type { SignedRequest } from '../source.ts';

/** `t=<unix seconds>,v1=<hex>[,v1=<hex>]`; other schemes are ignored. https://docs.stripe.com/webhooks/signature */
export const STRIPE_SIGNATURE_HEADER = 'stripe-signature';

/** Stripe's own libraries refuse what is older, and do not look at what is ahead. */
export const STRIPE_TOLERANCE_MS = 5 * MINUTE_MS;
/** While a secret is rotated there are two. */
const MAX_SIGNATURES = 10;

/** @param secret as Stripe shows it: all of it, with its `whsec_`, is the key. */
export function signStripeWebhook(secret: string, timestampS: number, body: Buffer | string): string {
  return createHmac('sha256', secret).update(`${timestampS}.`).update(body).digest('hex');
}

/** @throws PermanentError `signature` */
export function verifyStripeWebhook({ header, body, secrets, nowMs }: SignedRequest): void {
  const parts = (header(STRIPE_SIGNATURE_HEADER) ?? '').split(',').map((part) => part.trim().split('='));
  const timestamp = parts.find(([name]) => name === 't')?.[1] ?? '';
  if (!/^\d{1,12}$/.test(timestamp)) throw new PermanentError('signature', 'Refused: no time is signed');
  const timestampS = Number(timestamp);
  if (nowMs - timestampS * 1000 > STRIPE_TOLERANCE_MS) {
    throw new PermanentError('signature', 'Refused: the signed time is more than five minutes ago');
  }
  const given = parts
    .filter(([name]) => name === 'v1')
    .slice(0, MAX_SIGNATURES)
    .map(([, value]) => Buffer.from(value ?? '', 'hex'));
  const fits = secrets.some((secret) => {
    const expected = Buffer.from(signStripeWebhook(secret, timestampS, body), 'hex');
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  });
  if (!fits) throw new PermanentError('signature', 'Refused: no signature fits');
}
