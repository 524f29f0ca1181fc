import { createHmac } from 'node:crypto';
import { PermanentError } from '../../../errors.ts';
import { isSameSignature } from '../signature-fit.ts';
import type { SignedRequest } from '../source.ts';

/**
 * `X-Signature: signature=<text>,algorithm=HMAC-SHA256`, with the client secret. Lightspeed does not document whether the form or
 * its field `payload` is signed, nor whether the signature is hexadecimal or base64: each of them proves who sent the payload.
 * What else is in the form is not relied on. https://x-series-api.lightspeedhq.com/docs/webhooks
 */
export const LIGHTSPEED_SIGNATURE_HEADER = 'x-signature';

export const signLightspeedWebhook = (secret: string, text: Buffer | string): Buffer =>
  createHmac('sha256', secret).update(text).digest();

/**
 * A field of a form; undefined where there is none, or where its bytes are not UTF-8. `URLSearchParams` would put other
 * characters in the place of such bytes without a word.
 */
export function formField(body: Buffer, name: string): string | undefined {
  const pair = body
    .toString('utf8')
    .split('&')
    .find((one) => one.startsWith(`${name}=`));
  if (pair === undefined) return undefined;
  try {
    return decodeURIComponent(pair.slice(name.length + 1).replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** @throws PermanentError `signature` */
export function verifyLightspeedWebhook({ header, body, secrets }: SignedRequest): void {
  const given =
    /(?:^|[,;\s])signature="?([0-9A-Za-z+/=_-]+)"?/.exec(header(LIGHTSPEED_SIGNATURE_HEADER) ?? '')?.[1] ??
    '';
  const forms = [Buffer.from(given, 'hex'), Buffer.from(given, 'base64')];
  const payload = formField(body, 'payload');
  const texts = payload === undefined ? [body] : [body, payload];
  const fits = secrets.some((secret) =>
    texts.some((text) => {
      const expected = signLightspeedWebhook(secret, text);
      return forms.some((form) => isSameSignature(form, expected));
    }),
  );
  if (!fits) throw new PermanentError('signature', 'Refused: no signature fits');
}
