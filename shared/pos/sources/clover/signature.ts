import { createHash, timingSafeEqual } from 'node:crypto';
import { PermanentError } from '../../../errors.ts';
import type { SignedRequest } from '../source.ts';

/**
 * Clover signs nothing: each message carries the app's "Clover Auth Code". It proves who sent a message and not what it
 * says, so a message is only taken as a notice, and what happened is asked for.
 * https://docs.clover.com/dev/docs/webhooks
 */
export const CLOVER_AUTH_HEADER = 'x-clover-auth';

/** @throws PermanentError `signature` */
export function verifyCloverWebhook({ header, secrets }: Pick<SignedRequest, 'header' | 'secrets'>): void {
  const given = digestOf(header(CLOVER_AUTH_HEADER) ?? '');
  const fits = secrets.some((secret) => secret !== '' && timingSafeEqual(digestOf(secret), given));
  if (!fits) throw new PermanentError('signature', 'Refused: the auth code does not fit');
}

/** Digests have one length, so comparing them tells nothing of the code's. */
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
