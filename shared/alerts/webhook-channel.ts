import { signStandardWebhook, STANDARD_WEBHOOK_HEADERS } from '../standard-webhooks.ts';
import type { Alert } from './alert.ts';
import type { AlertRoute } from './alert-routes.ts';

/** What goes over the wire to a route of channel `webhook`. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * An alert as a signed webhook by Standard Webhooks, in the envelope that it proposes: `{type, timestamp, data}`. The
 * `webhook-id` is the same whenever this alert is sent to this route, so that a receiver can drop a repeat.
 */
export function webhookRequest(options: {
  readonly alert: Alert;
  readonly route: Pick<AlertRoute, 'name' | 'url'>;
  readonly secret: string;
  readonly timestampS: number;
}): WebhookRequest {
  const { alert, route, secret, timestampS } = options;
  const id = `${alert.alertId}_${route.name}`;
  const body = JSON.stringify({ type: `alert.${alert.kind}`, timestamp: alert.raisedAt, data: alert });
  return {
    url: route.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Tillstream',
      [STANDARD_WEBHOOK_HEADERS.id]: id,
      [STANDARD_WEBHOOK_HEADERS.timestamp]: String(timestampS),
      [STANDARD_WEBHOOK_HEADERS.signature]: signStandardWebhook({ secret, id, timestampS, body }),
      traceparent: alert.traceparent,
    },
    body,
  };
}
