import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto';
import { PermanentError } from './errors.ts';

/**
 * Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks): `v1` is HMAC-SHA256 with a shared
 * secret (`whsec_...`), `v1a` is ed25519 with a key pair (`whsk_...`, `whpk_...`). Signed is `id.timestamp.body`.
 */
export const STANDARD_WEBHOOK_HEADERS = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

/** How far the sender's clock may be from ours, both ways. */
const TOLERANCE_S = 300;
const MAX_ID_LENGTH = 200;
const MAX_SIGNATURES = 16;

const SECRET_PREFIX = 'whsec_';
const PRIVATE_KEY_PREFIX = 'whsk_';
const PUBLIC_KEY_PREFIX = 'whpk_';
/** DER frames of a bare ed25519 key (RFC 8410 sections 4 and 7). */
const PUBLIC_KEY_FRAME = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_KEY_FRAME = Buffer.from('302e020100300506032b657004220420', 'hex');

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface StandardWebhookToSign {
  /** `whsec_` and base64, or `whsk_` and base64 for ed25519. */
  readonly secret: string;
  readonly id: string;
  readonly timestampS: number;
  readonly body: string | Buffer;
}

/**
 * The value of the `webhook-signature` header.
 * @example
 * headers['webhook-signature'] = signStandardWebhook({ secret, id: 'msg_1', timestampS: 1614265330, body });
 * @throws PermanentError `bad-secret` when the secret is not in the scheme's form.
 */
export function signStandardWebhook({ secret, id, timestampS, body }: StandardWebhookToSign): string {
  const signed = signedContent(id, String(timestampS), body);
  if (secret.startsWith(PRIVATE_KEY_PREFIX)) {
    // A private key is published as its seed, alone or followed by the public key.
    const seed = keyBytes(secret, PRIVATE_KEY_PREFIX).subarray(0, 32);
    const key = createPrivateKey({
      key: Buffer.concat([PRIVATE_KEY_FRAME, seed]),
      format: 'der',
      type: 'pkcs8',
    });
    return `v1a,${sign(null, signed, key).toString('base64')}`;
  }
  return `v1,${createHmac('sha256', keyBytes(secret, SECRET_PREFIX)).update(signed).digest('base64')}`;
}

export interface StandardWebhookToVerify {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** `whsec_` or `whpk_`; any of them may match, so secrets can be rotated. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
}

/**
 * @returns the `webhook-id`.
 * @throws PermanentError `signature` with the reason for our log, as the sender gets no reason; `bad-secret` where no
 * secret fits and one of them is not in the scheme's form.
 */
export function verifyStandardWebhook({ header, body, secrets, nowMs }: StandardWebhookToVerify): string {
  const id = header(STANDARD_WEBHOOK_HEADERS.id);
  const timestamp = header(STANDARD_WEBHOOK_HEADERS.timestamp);
  const signatures = header(STANDARD_WEBHOOK_HEADERS.signature);
  if (!id || !timestamp || !signatures) throw refused('a webhook header is missing');
  if (id.length > MAX_ID_LENGTH) throw refused('the webhook-id is too long');
  if (!/^\d{1,12}$/.test(timestamp)) throw refused('the timestamp is no number of seconds');
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_S) {
    throw refused('the timestamp is more than five minutes away');
  }
  const signed = signedContent(id, timestamp, body);
  const given = signatures.split(' ').slice(0, MAX_SIGNATURES);
  let badSecret: PermanentError | undefined;
  for (const secret of secrets) {
    try {
      for (const signature of given) if (fits(signature, secret, signed)) return id;
    } catch (thrown) {
      // A slip in one of two secrets must not keep out whoever signs with the other.
      if (!(thrown instanceof PermanentError)) throw thrown;
      badSecret = thrown;
    }
  }
  throw badSecret ?? refused('no signature fits');
}

function fits(signature: string, secret: string, signed: Buffer): boolean {
  const comma = signature.indexOf(',');
  const version = signature.slice(0, comma);
  const bytes = Buffer.from(signature.slice(comma + 1), 'base64');
  if (version === 'v1' && !secret.startsWith(PUBLIC_KEY_PREFIX)) {
    const expected = createHmac('sha256', keyBytes(secret, SECRET_PREFIX)).update(signed).digest();
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }
  if (version === 'v1a' && secret.startsWith(PUBLIC_KEY_PREFIX)) {
    const raw = keyBytes(secret, PUBLIC_KEY_PREFIX);
    const key = createPublicKey({
      key: Buffer.concat([PUBLIC_KEY_FRAME, raw]),
      format: 'der',
      type: 'spki',
    });
    return bytes.length === 64 && verify(null, signed, key, bytes);
  }
  return false;
}

function signedContent(id: string, timestamp: string, body: string | Buffer): Buffer {
  const head = Buffer.from(`${id}.${timestamp}.`);
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]);
}

function keyBytes(secret: string, prefix: string): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  // Node skips what is no base64, so a secret with a stray prefix such as `v1,` would become another key in silence.
  const bytes = BASE64.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  const isKeyPair = prefix !== SECRET_PREFIX;
  if (isKeyPair ? bytes.length !== 32 && bytes.length !== 64 : bytes.length < 16 || bytes.length > 64) {
    throw new PermanentError(
      'bad-secret',
      `A secret is not ${prefix} followed by the base64 of ${isKeyPair ? '32' : '24 to 64'} bytes`,
    );
  }
  return bytes;
}

function refused(reason: string): PermanentError {
  return new PermanentError('signature', `Refused: ${reason}`);
}
