import { z } from 'zod';
import { signStandardWebhook, STANDARD_WEBHOOK_HEADERS } from '../../standard-webhooks.ts';
import { SECOND_MS } from '../../time.ts';
import { ALERT_FORMAT } from '../alert.ts';
import { refusalOf } from '../public-address.ts';
import { alertChannel } from './channel.ts';

/**
 * An alert as a signed webhook by Standard Webhooks, in the envelope that it proposes: `{type, timestamp, data}`. The
 * `webhook-id` is the same whenever this alert is sent to this route, so a receiver can drop a repeat.
 */
export const webhookChannel = alertChannel({
  name: 'webhook',
  routeSchema: (common, mayStay) =>
    z.strictObject({
      name: common.name,
      channel: z.literal('webhook').describe('How alerts are sent.'),
      url: z
        .string()
        .max(2_000)
        .superRefine((url, context) => {
          const message = refusalOf(url, mayStay);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        })
        .describe('Where alerts are sent: https, and a public host.'),
      kinds: common.kinds,
      stores: common.stores,
      minSeverity: common.minSeverity,
    }),
  request(alert, { name, url }, secret, nowMs) {
    const id = `${alert.alertId}_${name}`;
    const timestampS = Math.floor(nowMs / SECOND_MS);
    const body = JSON.stringify({
      type: `alert.${alert.kind}`,
      timestamp: alert.raisedAt,
      data: { format: ALERT_FORMAT, ...alert },
    });
    return {
      url,
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
  },
});
