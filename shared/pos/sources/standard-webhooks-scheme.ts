import { createHash } from 'node:crypto';
import { PermanentError } from '../../errors.ts';
import {
  STANDARD_WEBHOOK_HEADERS,
  signStandardWebhook,
  verifyStandardWebhook,
} from '../../standard-webhooks.ts';
import { DAY_MS, SECOND_MS } from '../../time.ts';
import type { RequestToSign, WebhookSource } from './source.ts';

/** What every source has in common that signs by Standard Webhooks. */
export const standardWebhooksScheme = {
  // The scheme's ladder of retries ends after 75 hours; the rest is slack for what waited in the spill queue.
  retryWindowMs: 4 * DAY_MS,
  verify: verifyStandardWebhook,
  sign,
} satisfies Partial<WebhookSource>;

export const standardWebhooksOpenApi = {
  security: {
    name: 'standardWebhooks',
    scheme: {
      type: 'apiKey',
      in: 'header',
      name: STANDARD_WEBHOOK_HEADERS.signature,
      description:
        'https://www.standardwebhooks.com: `v1,` and base64 HMAC-SHA256 of `id.timestamp.body`, or `v1a,` and ed25519',
    },
  },
  headers: [
    { name: STANDARD_WEBHOOK_HEADERS.id, description: "The sender's id of this delivery" },
    {
      name: STANDARD_WEBHOOK_HEADERS.timestamp,
      description: 'Unix time in seconds, at most five minutes from ours',
    },
  ],
};

/** @throws PermanentError `cannot-sign` where only the public half of a key pair is known. */
function sign({ body, secret, nowMs }: RequestToSign): Record<string, string> {
  if (secret.startsWith('whpk_')) {
    throw new PermanentError(
      'cannot-sign',
      'Only the public key of the sender is known: add a whsec_ secret as a second version for the time of the replay',
    );
  }
  const id = `replay_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
  const timestampS = Math.floor(nowMs / SECOND_MS);
  return {
    [STANDARD_WEBHOOK_HEADERS.id]: id,
    [STANDARD_WEBHOOK_HEADERS.timestamp]: String(timestampS),
    [STANDARD_WEBHOOK_HEADERS.signature]: signStandardWebhook({ secret, id, timestampS, body }),
  };
}
