import { z } from 'zod';
import { signStandardWebhook, STANDARD_WEBHOOK_HEADERS } from '../../standard-webhooks.ts';
import { SECOND_MS } from '../../time.ts';
import { ALERT_FORMAT } from '../alert.ts';
import { refusalOf } from '../public-address.ts';
import { alertChannel } from './channel.ts';

/**
 * An alert as a signed webhook by Standard Webhooks, in the envelope that it proposes: `{type, timestamp, data}`. A digest
 * is the type `alerts.digest` with a list. The `webhook-id` is the same whenever this notice is sent to this route, so a
 * receiver can drop a repeat.
 */
export const webhookChannel = alertChannel({
  name: 'webhook',
  routeSchema: ({ name, ...filters }, mayStay) =>
    z.strictObject({
      name,
      channel: z.literal('webhook').describe('How alerts are sent.'),
      url: z
        .string()
        .max(2_000)
        .superRefine((url, context) => {
          const message = refusalOf(url, mayStay);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        })
        .describe('Where alerts are sent: https, and a public host.'),
      ...filters,
    }),
  request({ noticeId: id, reason, items, remark }, { url }, secret, nowMs) {
    const timestampS = Math.floor(nowMs / SECOND_MS);
    const [{ alert: first }] = items;
    const alerts = items.map(({ alert }) => ({ format: ALERT_FORMAT, ...alert }));
    const isDigest = reason === 'digest';
    const body = JSON.stringify({
      type: isDigest ? 'alerts.digest' : `alert.${first.kind}`,
      timestamp: first.raisedAt,
      ...(reason === 'escalated' || reason === 'again' ? { reason } : {}),
      ...(remark === undefined ? {} : { remark }),
      data: isDigest ? { alerts } : alerts[0],
    });
    return {
      url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Tillstream',
        [STANDARD_WEBHOOK_HEADERS.id]: id,
        [STANDARD_WEBHOOK_HEADERS.timestamp]: String(timestampS),
        [STANDARD_WEBHOOK_HEADERS.signature]: signStandardWebhook({ secret, id, timestampS, body }),
        traceparent: first.traceparent,
      },
      body,
    };
  },
});
