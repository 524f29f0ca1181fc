import { createHmac, timingSafeEqual } from 'node:crypto';
import { businessDateSchema, type BusinessDate } from '../ids.ts';
import { DAY_MS } from '../time.ts';
import type { Alert } from './alert.ts';

/**
 * Links by which people answer an alert from a message, without signing in. Each is for one action on one alert, ends after
 * some days, and says to which route it was sent. Whoever opens it sees a page that asks; only its button acts, so that
 * mail scanners, which open every link, answer nothing.
 */
export const LINK_ACTIONS = ['acknowledge', 'snooze', 'mute'] as const;
export type LinkAction = (typeof LINK_ACTIONS)[number];

export interface LinkClaims {
  readonly action: LinkAction;
  readonly alertId: string;
  readonly businessDate: BusinessDate;
  /** The route whose message has the link. */
  readonly route: string;
  readonly expiresAtMs: number;
}

const VERSION = 'v1';
const LIFETIME_MS = 7 * DAY_MS;
const LABELS: Readonly<Record<LinkAction, string>> = {
  acknowledge: 'Acknowledge',
  snooze: 'Snooze',
  mute: 'Mute',
};
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * @param key at least 32 characters, of the secret `alert-link-key`
 * @returns text of letters, digits, `.`, `_`, `~` and `-`
 */
export function signLink(claims: LinkClaims, key: string): string {
  const { action, alertId, businessDate, route, expiresAtMs } = claims;
  const signed = [VERSION, action, businessDate, alertId, route, Math.floor(expiresAtMs / 1_000)].join('~');
  return `${signed}~${signatureOf(signed, key)}`;
}

export type LinkRead = { readonly claims: LinkClaims } | { readonly refusal: 'bad-link' | 'expired' };

/** @param keys any of them may have signed, so that the key can be rotated */
export function readLink(token: string, keys: readonly string[], nowMs: number): LinkRead {
  const at = token.lastIndexOf('~');
  const signed = token.slice(0, Math.max(0, at));
  if (token.length > MAX_TOKEN || !keys.some((key) => isSame(token.slice(at + 1), signatureOf(signed, key))))
    return { refusal: 'bad-link' };
  // Whoever can sign has written it, but a version after this one may have more to say.
  const [version, name = '', date = '', alertId = '', route = '', expiresAtS = '', ...more] =
    signed.split('~');
  const action = LINK_ACTIONS.find((one) => one === name);
  const businessDate = businessDateSchema.safeParse(date);
  if (version !== VERSION || !action || more.length > 0 || !DAY.test(date) || !businessDate.success)
    return { refusal: 'bad-link' };
  const expiresAtMs = Number(expiresAtS) * 1_000;
  if (!(expiresAtMs > nowMs)) return { refusal: 'expired' };
  return { claims: { action, alertId, businessDate: businessDate.data, route, expiresAtMs } };
}

const MAX_TOKEN = 500;

/** The links of an alert as a message shows them. @param publicUrl without a trailing slash */
export function linksOf(
  { alertId, businessDate, recovered }: Alert,
  route: string,
  { key, publicUrl, nowMs }: { key: string; publicUrl: string; nowMs: number },
): { label: string; url: string }[] {
  // There is nothing to do about what is over.
  if (recovered === true) return [];
  return LINK_ACTIONS.map((action) => {
    const claims = { action, alertId, businessDate, route, expiresAtMs: nowMs + LIFETIME_MS };
    return { label: LABELS[action], url: `${publicUrl}/alerts/${signLink(claims, key)}` };
  });
}

const signatureOf = (signed: string, key: string): string =>
  createHmac('sha256', key).update(`tillstream alert link\n${signed}`).digest('base64url');

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
