import { createHmac } from 'node:crypto';
import { PermanentError } from '../../../errors.ts';
import { checkSignature, isSameSignature } from '../signature-fit.ts';
import type { RequestToSign, SignedRequest } from '../source.ts';

/**
 * Adyen signs in two ways, both with HMAC-SHA256 in base64 and a key that is written in hexadecimal digits: standard webhooks
 * in each item, over eight of its fields; platform webhooks, and our own replays, in a header over the raw body. There is no
 * time in either, so a replay is only found by what it leads to.
 * https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 */
export const ADYEN_SIGNATURE_HEADER = 'hmacsignature';
/** Adyen sends a handful; more would be an attack on our time. */
export const MAX_ITEMS = 100;

interface AdyenSecret {
  readonly key: Buffer;
  /** What the Authorization header has to be, where the webhook has a user and a password as well. */
  readonly authorization: string | undefined;
}

/** Node.js reads as many hexadecimal digits as there are, and makes an empty key of any other text: anybody could sign with it. */
const HEX_KEY = /^(?:[0-9a-f]{2}){16,64}$/i;

/**
 * @param secret the HMAC key, and after a space `user:password` where Adyen is set up to send basic authentication.
 * @returns undefined for what is no key of Adyen's.
 */
function readSecret(secret: string): AdyenSecret | undefined {
  const [hex = ''] = secret.trim().split(/\s/, 1);
  if (!HEX_KEY.test(hex)) return undefined;
  const credentials = secret.trim().slice(hex.length).trim();
  return {
    key: Buffer.from(hex, 'hex'),
    authorization:
      credentials === '' ? undefined : `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`,
  };
}

/** @throws PermanentError `bad-secret` */
function secretsOf(secrets: readonly string[]): AdyenSecret[] {
  const usable = secrets.flatMap((secret) => readSecret(secret) ?? []);
  if (usable.length > 0) return usable;
  throw new PermanentError('bad-secret', 'No secret is an HMAC key of Adyen: hexadecimal digits, 64 of them');
}

const hmac = (key: Buffer, text: Buffer | string): Buffer => createHmac('sha256', key).update(text).digest();

/** The secrets whose basic authentication, where they have one, the request passes. */
function admitted({ header, secrets }: SignedRequest): AdyenSecret[] {
  const given = Buffer.from(header('authorization') ?? '');
  return secretsOf(secrets).filter(
    ({ authorization }) => authorization === undefined || isSameSignature(given, Buffer.from(authorization)),
  );
}

/** @throws PermanentError `signature` where not one item is signed, or the signature of the body does not fit. */
export function verifyAdyenWebhook(request: SignedRequest): void {
  const secrets = admitted(request);
  const given = request.header(ADYEN_SIGNATURE_HEADER);
  if (given !== undefined) {
    checkSignature(Buffer.from(given, 'base64'), secrets, ({ key }) => hmac(key, request.body));
  } else if (!itemsOf(request.body).some((item) => isItemSigned(item, secrets))) {
    throw new PermanentError('signature', 'Refused: no item has a signature that fits');
  }
}

/** One bad item must not cost its neighbours; it is not mapped either. */
export function signedAdyenRecords(request: SignedRequest): (index: number) => boolean {
  if (request.header(ADYEN_SIGNATURE_HEADER) !== undefined) return () => true;
  const secrets = admitted(request);
  const signed = itemsOf(request.body).map((item) => isItemSigned(item, secrets));
  return (index) => signed[index] === true;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

function itemsOf(body: Buffer): Fields[] {
  let sent: unknown;
  try {
    sent = JSON.parse(body.toString('utf8'));
  } catch {
    // Without items there is no signature: the caller refuses it.
    return [];
  }
  const items = fieldsOf(sent)['notificationItems'];
  if (!Array.isArray(items)) return [];
  return items.slice(0, MAX_ITEMS).map((item) => fieldsOf(fieldsOf(item)['NotificationRequestItem']));
}

function isItemSigned(item: Fields, secrets: readonly AdyenSecret[]): boolean {
  const signature = fieldsOf(item['additionalData'])['hmacSignature'];
  if (typeof signature !== 'string') return false;
  const given = Buffer.from(signature, 'base64');
  return secrets.some(({ key }) => isSameSignature(given, hmac(key, textToSign(item))));
}

/** Nothing in it is escaped, not even colons. The additional data, with store, terminal and tip, is not part of it. */
function textToSign(item: Fields): string {
  const amount = fieldsOf(item['amount']);
  return [
    item['pspReference'],
    item['originalReference'],
    item['merchantAccountCode'],
    item['merchantReference'],
    amount['value'],
    amount['currency'],
    item['eventCode'],
    item['success'],
  ]
    .map((value) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : '',
    )
    .join(':');
}

/** The signature of a standard webhook's item. @throws PermanentError `bad-secret` */
export function signAdyenItem(secret: string, item: Fields): string {
  const [{ key } = { key: Buffer.alloc(0) }] = secretsOf([secret]);
  return hmac(key, textToSign(item)).toString('base64');
}

/** The headers of a platform webhook. @throws PermanentError `bad-secret` */
export function signAdyenWebhook({ secret, body }: RequestToSign): Record<string, string> {
  const [found] = secretsOf([secret]);
  if (found === undefined) return {};
  return {
    [ADYEN_SIGNATURE_HEADER]: hmac(found.key, body).toString('base64'),
    ...(found.authorization === undefined ? {} : { authorization: found.authorization }),
  };
}
