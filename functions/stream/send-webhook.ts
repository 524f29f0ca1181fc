import type { WebhookRequest } from '../../shared/alerts/webhook-channel.ts';
import { messageOf, PermanentError, TransientError } from '../../shared/errors.ts';
import { SECOND_MS } from '../../shared/time.ts';

/** @throws TransientError when trying again may help; PermanentError `webhook-refused` when it will not. */
export type SendWebhook = (request: WebhookRequest) => Promise<void>;

const TIMEOUT_MS = 10 * SECOND_MS;

export const sendWebhook: SendWebhook = async ({ url, headers, body }) => {
  const { host } = new URL(url);
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // A redirect could lead anywhere; the route's file says where alerts go.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    await response.body?.cancel();
  } catch (cause) {
    throw new TransientError('webhook-unreachable', `${host} did not answer: ${messageOf(cause)}`, { cause });
  }
  if (status >= 200 && status < 300) return;
  const message = `${host} answered ${status}`;
  // Too slow, too many, or broken over there: those pass. Any other answer would be the same again.
  if (status === 408 || status === 429 || status >= 500) throw new TransientError('webhook-busy', message);
  throw new PermanentError('webhook-refused', message);
};
