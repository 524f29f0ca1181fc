import { PermanentError } from '../../../errors.ts';
import { DAY_MS } from '../../../time.ts';
import type { PosSource } from '../../event.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { whereOf } from '../payload.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { ReadResult, WebhookSource } from '../source.ts';
import type { AdyenContext } from './booking.ts';
import { WITHOUT_MONEY, mapAdyenItem, type CaptureMode } from './items.ts';
import {
  envelope,
  keptOf,
  noticeItem,
  platformWebhook,
  scrubbedAdyen,
  wrappedItem,
} from './notification-schema.ts';
import {
  ADYEN_SIGNATURE_HEADER,
  MAX_ITEMS,
  signAdyenWebhook,
  signedAdyenRecords,
  verifyAdyenWebhook,
} from './signature.ts';

/** Payments in person, of merchant accounts that capture by themselves, at once or after a delay. */
export const adyenSource = sourceOf('adyen', 'automatic');
/** Payments in person, of merchant accounts that ask for each capture. */
export const adyenManualCaptureSource = sourceOf('adyen-manual-capture', 'manual');

function sourceOf(source: PosSource, capture: CaptureMode): WebhookSource {
  return {
    source,
    contentTypes: ['application/json'],
    maxBodyBytes: 1024 * 1024,
    // Adyen retries for 30 days. To remember every event of every store for so long would cost four times the memory, and a
    // retry after a week is of an event that never arrived: one that did is then decided by a person.
    retryWindowMs: 8 * DAY_MS,
    verify: verifyAdyenWebhook,
    signedRecords: signedAdyenRecords,
    sign: signAdyenWebhook,
    read: (body, context) => read(body, capture, { ...context, source }),
    // Older set-ups look for it; all take it.
    acknowledgement: { contentType: 'text/plain', body: '[accepted]' },
    openApi: {
      summary: `Webhooks of Adyen for payments in person, of accounts with ${capture} capture`,
      content: { 'application/json': { schema: { type: 'object', description: "Adyen's own webhook" } } },
      security: {
        name: 'adyenSignature',
        scheme: {
          type: 'apiKey',
          in: 'header',
          name: ADYEN_SIGNATURE_HEADER,
          description:
            'base64 HMAC-SHA256 of the body, where it has no signatures in additionalData.hmacSignature of its items',
        },
      },
    },
  };
}

function read(body: Buffer, capture: CaptureMode, context: AdyenContext): ReadResult {
  const sent = scrubbedAdyen(parseJsonBody(body).value, context);
  // Adyen would only repeat for a month what it is refused, and hold back all that comes after it.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  const parsed = envelope.safeParse(sent);
  if (!parsed.success) {
    const platform = platformWebhook.safeParse(sent);
    if (!platform.success) {
      throw new UnreadableBody(
        'schema',
        "The body is not in the form of Adyen's webhooks",
        body,
        whereOf(parsed.error),
      );
    }
    const { type } = platform.data;
    reading.record(
      () => ofPlatform(type),
      () => ({ payload: JSON.stringify({ type }), replayable: false }),
    );
    return reading.result;
  }
  const { live, notificationItems: items } = parsed.data;
  if (items.length > MAX_ITEMS) {
    throw new UnreadableBody(
      'too-many-events',
      `The body has ${items.length} items; at most ${MAX_ITEMS} are read`,
      body,
    );
  }
  for (const [index, item] of items.entries()) {
    const isSigned = context.isSigned?.(index) ?? true;
    reading.record(
      () => recordOf(item, live, isSigned, capture, context),
      // What was not signed must not be signed by a replay.
      () => ({ ...idOf(item), payload: keptOf(item, live), replayable: isSigned }),
    );
  }
  return reading.result;
}

function recordOf(
  sent: unknown,
  live: string | undefined,
  isSigned: boolean,
  capture: CaptureMode,
  context: AdyenContext,
): MappedRecord {
  if (!isSigned) {
    throw new PermanentError(
      'signature',
      'The item has no signature that fits, though others of its body do',
      {
        where: '/additionalData/hmacSignature',
      },
    );
  }
  if (live === 'false') return { outcome: 'ignored', reason: 'test-payment' };
  const notice = noticeItem.safeParse(sent).data?.NotificationRequestItem.eventCode ?? '';
  const reason = WITHOUT_MONEY.get(notice);
  if (reason !== undefined) return { outcome: 'ignored', reason };
  const parsed = wrappedItem.safeParse(sent);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PermanentError('schema', issue?.message ?? 'does not validate', {
      where: whereOf(parsed.error),
    });
  }
  return mapAdyenItem(parsed.data.NotificationRequestItem, capture, context);
}

function idOf(sent: unknown): { id?: string } {
  const parsed = wrappedItem.safeParse(sent);
  if (!parsed.success) return {};
  const { pspReference, eventCode } = parsed.data.NotificationRequestItem;
  return { id: `${pspReference}:${eventCode}` };
}

/** Terminals and accounts that were set up or changed. */
const MANAGEMENT = /^(?:terminal\w*|merchant|company|paymentMethod)\./;

function ofPlatform(type: string): MappedRecord {
  if (MANAGEMENT.test(type)) return { outcome: 'ignored', reason: 'management-notice' };
  throw new PermanentError('unsupported-event-type', `Webhooks of type ${type} are not used`, {
    where: '/type',
  });
}
