import type { HubSender } from '../../../shared/azure/hub/hub-sender.ts';
import { SECRETS } from '../../../shared/azure/names.ts';
import { queueClient } from '../../../shared/azure/clients.ts';
import { putMessage } from '../../../shared/azure/queue-message.ts';
import type { Secrets } from '../../../shared/azure/secrets.ts';
import { PermanentError, TransientError, messageOf } from '../../../shared/errors.ts';
import { sourceNamed } from '../../../shared/pos/sources/registry.ts';
import type { RequestToSign, WebhookSource } from '../../../shared/pos/sources/source.ts';
import type { Settings } from '../../../shared/settings.ts';
import { SECOND_MS, type Clock } from '../../../shared/time.ts';
import type { ReplayWays } from './replay-dead-letter.ts';

const WEBHOOK_TIMEOUT_MS = 30 * SECOND_MS;

/** Replays into the hub, onto a queue, or through the webhook with a new signature. */
export function replayWays(parts: {
  settings: Settings;
  secrets: Secrets;
  sender: HubSender;
  clock: Clock;
}): ReplayWays {
  const { settings, secrets, sender, clock } = parts;
  return {
    async toHub(event) {
      const [tooLarge] = await sender.send(event.storeId, [event]);
      if (tooLarge) throw new PermanentError('event-too-large', 'The event is larger than the hub accepts');
    },
    toQueue: (queue, text) => putMessage(queueClient(settings.state, queue), text),
    async toWebhook({ source: name, sender: ofSender }, payload) {
      const source = sourceNamed(name);
      if (!source)
        throw new PermanentError('unknown-source', `There is no source ${name}: upgrade, then replay it`);
      const secretValues = await secrets.get(SECRETS.webhook(name, ofSender));
      const path = ofSender === undefined ? name : `${name}/${ofSender}`;
      const address = `${settings.publicUrl}/webhooks/${path}`;
      await post(address, payload, {
        'content-type': source.contentTypes[0] ?? 'application/json',
        ...signedBy(
          source,
          { body: Buffer.from(payload), notificationUrl: address, nowMs: clock() },
          secretValues,
        ),
      });
    },
  };
}

/** By the newest secret that can sign: of a key pair we know the public half alone. @throws PermanentError `cannot-sign` */
function signedBy(
  source: WebhookSource,
  request: Omit<RequestToSign, 'secret'>,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  let fault: unknown;
  for (const secret of secrets) {
    try {
      return source.sign({ ...request, secret });
    } catch (thrown) {
      fault ??= thrown;
    }
  }
  throw fault;
}

async function post(address: string, body: string, headers: Record<string, string>): Promise<void> {
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'POST',
      body,
      headers,
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
  } catch (cause) {
    throw new TransientError('webhook-unavailable', `Replaying to the webhook: ${messageOf(cause)}`, {
      cause,
    });
  }
  await response.body?.cancel();
  if (response.status >= 500)
    throw new TransientError('webhook-unavailable', `The webhook answers ${response.status}`);
  if (!response.ok)
    throw new PermanentError(
      'replay-refused',
      `The webhook answers ${response.status}: the cause is not fixed yet`,
    );
}
