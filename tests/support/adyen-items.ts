import { signAdyenItem } from '../../shared/pos/sources/adyen/signature.ts';

/** Notifications of Adyen, as small as a case allows. */
type Json = Readonly<Record<string, unknown>>;

export const ADYEN_KEYS = [
  '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
  'ab'.repeat(32),
] as const;
export const OTHER_ADYEN_KEY = 'cd'.repeat(32);

export const adyenItem = (more: Json = {}, data: Json = {}): Json => ({
  eventCode: 'AUTHORISATION',
  success: 'true',
  eventDate: '2026-03-02T12:00:00+01:00',
  merchantAccountCode: 'AcmeBerlin',
  merchantReference: 'R-0001',
  paymentMethod: 'visa',
  pspReference: 'QFQTPCQ8HXSKGK82',
  amount: { currency: 'EUR', value: 1000 },
  additionalData: { shopperInteraction: 'POS', terminalId: 'V400m-324688042', ...data },
  ...more,
});

/** A modification names the payment that it is about, and nothing of the till. */
export const modification = (eventCode: string, more: Json = {}, data: Json = {}): Json => ({
  ...adyenItem({
    eventCode,
    pspReference: `M${eventCode.replaceAll('_', '')}1`.slice(0, 16),
    originalReference: 'QFQTPCQ8HXSKGK82',
    eventDate: '2026-03-03T12:00:00+01:00',
    ...more,
  }),
  additionalData: data,
});

export const notification = (items: readonly Json[], live = 'true'): Json => ({
  live,
  notificationItems: items.map((one) => ({ NotificationRequestItem: one })),
});

/** A body whose items are signed; what is no notification stays as it is. */
export function signedItems(body: Buffer, secret: string): Buffer {
  let sent: { notificationItems?: unknown };
  try {
    sent = JSON.parse(body.toString('latin1')) as typeof sent;
  } catch {
    return body;
  }
  if (typeof sent !== 'object' || sent === null || !Array.isArray(sent.notificationItems)) return body;
  const items = (sent.notificationItems as unknown[]).map((one) => {
    const item = (one as { NotificationRequestItem?: Json } | null)?.NotificationRequestItem;
    if (typeof item !== 'object' || item === null) return one;
    const data = item['additionalData'];
    const hmacSignature = signAdyenItem(secret, item);
    return {
      NotificationRequestItem: { ...item, additionalData: { ...(data as Json | undefined), hmacSignature } },
    };
  });
  return Buffer.from(JSON.stringify({ ...sent, notificationItems: items }), 'latin1');
}
