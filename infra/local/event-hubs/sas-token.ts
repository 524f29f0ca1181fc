import { createHmac, timingSafeEqual } from 'node:crypto';

/** The endpoint's one shared access policy. */
export interface SharedAccessKey {
  readonly name: string;
  readonly key: string;
}

export type TokenVerdict =
  | { readonly ok: true; readonly audience: string; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: string };

const SCHEME = 'SharedAccessSignature ';

/** A path such as `hub/partitions/0`, without scheme, host and letter case, as audiences are compared. */
export function audiencePath(uri: string): string {
  return uri
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/^\/+|\/+$/g, '')
    .toLowerCase();
}

/** Whether a grant for one audience covers another: the same path, or one below it. */
export const covers = (granted: string, wanted: string): boolean =>
  granted === '' || granted === wanted || wanted.startsWith(`${granted}/`);

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Checks a shared access signature as Event Hubs documents it: HMAC-SHA256 over the encoded resource, a line feed and
 * the expiry in epoch seconds. The host of the resource is not compared, as a local endpoint has many names.
 */
export function verifySasToken(token: string, policy: SharedAccessKey, nowMs: number): TokenVerdict {
  if (!token.startsWith(SCHEME)) return { ok: false, reason: 'the token is no shared access signature' };
  const fields = new Map(
    token
      .slice(SCHEME.length)
      .split('&')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const resource = fields.get('sr') ?? '';
  const expiry = fields.get('se') ?? '';
  if (decode(fields.get('skn') ?? '') !== policy.name)
    return { ok: false, reason: 'the token names an unknown shared access policy' };
  const given = Buffer.from(decode(fields.get('sig') ?? '') ?? '', 'base64');
  const expected = createHmac('sha256', policy.key).update(`${resource}\n${expiry}`).digest();
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return { ok: false, reason: 'the signature of the token is wrong' };
  const expiresAtMs = Number(expiry) * 1_000;
  if (!/^\d+$/.test(expiry) || expiresAtMs <= nowMs) return { ok: false, reason: 'the token has expired' };
  const audience = decode(resource);
  if (audience === undefined) return { ok: false, reason: 'the resource of the token is no URI' };
  return { ok: true, audience: audiencePath(audience), expiresAtMs };
}
