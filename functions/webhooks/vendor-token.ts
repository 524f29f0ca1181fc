import type { KeptToken, KeptTokens } from '../../shared/azure/kept-tokens.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import { MINUTE_MS, SECOND_MS, type Clock } from '../../shared/time.ts';
import type { VendorAccess } from '../../shared/pos/sources/source.ts';
import { exchangedToken, type Exchanged } from './token-exchange.ts';

/** Access tokens of vendors who give them out for a while, in exchange for a secret that lasts. */
export interface VendorTokens {
  /**
   * The token for a secret: the secret itself where the vendor exchanges none.
   * @throws TransientError `vendor-unauthorized`, `vendor-unavailable`
   */
  of(source: string, access: TokenAccess, secret: string, sender?: string): Promise<string>;
  /** The vendor refused a token that should still hold. The next call exchanges anew, but not over and over. */
  refused(source: string, access: TokenAccess, secret: string, token: string): Promise<void>;
}
type TokenAccess = Pick<VendorAccess, 'apiUrl' | 'apiUrlOf' | 'exchange' | 'tokenSecret'>;

export interface TokenParts {
  readonly clock: Clock;
  readonly fetchFrom: typeof fetch;
  readonly kept: KeptTokens;
  readonly pause: (ms: number) => Promise<void>;
  /** Replace the vendors' own addresses of tokens, by source. */
  readonly tokenUrls?: Readonly<Record<string, string | undefined>>;
  /** Replace the addresses of the vendors' APIs, by source. */
  readonly apiUrls?: Readonly<Record<string, string | undefined>>;
}

/**
 * So long before its end a token is exchanged anew. Toast gives the same token again until its last minute, and counts that as
 * a login: of what lasts for a short while only the second half is slack.
 */
const SLACK_MS = MINUTE_MS;
const isFresh = ({ untilMs, sinceMs }: Pick<KeptToken, 'untilMs' | 'sinceMs'>, nowMs: number): boolean =>
  untilMs - Math.min(SLACK_MS, Math.max(0, (untilMs - sinceMs) / 2)) > nowMs;
/** One for each merchant. */
const MAX_KNOWN = 10_000;
/** Longer than an exchange takes: an instance that was killed holds the others up for no longer. */
const LOCK_MS = MINUTE_MS;
const WAIT_MS = SECOND_MS / 2;
const MAX_WAITS = 30;
/** Toast allows two logins an hour. A new secret is tried at once. */
const REFUSED_FOR_MS = 30 * MINUTE_MS;

interface Asked {
  readonly source: string;
  readonly access: TokenAccess & { readonly exchange: NonNullable<TokenAccess['exchange']> };
  readonly secret: string;
  readonly sender: string | undefined;
}

export function vendorTokens(parts: TokenParts): VendorTokens {
  const { clock } = parts;
  const known = new Map<string, Exchanged & { readonly sinceMs: number }>();
  const underway = new Map<string, Promise<string>>();
  const keyOf = (source: string, secret: string): string => `${source}\n${secret}`;

  async function renewed(asked: Asked): Promise<string> {
    const found = asked.access.exchange.isShared === true ? await shared(parts, asked) : await own(asked);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(keyOf(asked.source, asked.secret), found);
    return found.token;
  }
  const own = async (asked: Asked) => ({ ...(await exchanged(parts, asked)), sinceMs: clock() });

  return {
    async of(source, access, secret, sender) {
      const { exchange } = access;
      if (exchange?.form(secret) === undefined) return secret;
      const key = keyOf(source, secret);
      const found = known.get(key);
      if (found !== undefined && isFresh(found, clock())) return found.token;
      // Calls at once share one exchange.
      const renewing =
        underway.get(key) ??
        renewed({ source, access: { ...access, exchange }, secret, sender }).finally(() =>
          underway.delete(key),
        );
      underway.set(key, renewing);
      return renewing;
    },
    async refused(source, { exchange }, secret, token) {
      const key = keyOf(source, secret);
      const found = known.get(key);
      if (exchange === undefined || found?.token !== token) return;
      if (clock() - found.sinceMs < REFUSED_FOR_MS) return;
      known.delete(key);
      if (exchange.isShared !== true) return;
      const kept = await parts.kept.find(source, secret);
      if (kept?.token === token) await parts.kept.put(source, secret, { ...kept, untilMs: 0 });
    },
  };
}

const NOTHING: KeptToken = { untilMs: 0, sinceMs: 0, lockedUntilMs: 0, refusedUntilMs: 0 };

/** One instance exchanges, the others wait for what it keeps. */
async function shared(parts: TokenParts, asked: Asked): Promise<Exchanged & { readonly sinceMs: number }> {
  const { kept, clock, pause } = parts;
  const { source, secret, access } = asked;
  for (let waits = 0; waits < MAX_WAITS; waits += 1) {
    const found = (await kept.find(source, secret)) ?? NOTHING;
    const nowMs = clock();
    if (found.token !== undefined && isFresh(found, nowMs)) {
      const { token, untilMs, sinceMs } = found;
      return { token, untilMs, sinceMs };
    }
    if (found.refusedUntilMs > nowMs) {
      throw new TransientError('vendor-unauthorized', refusalOf(asked, 'earlier'), {
        retryAfterMs: found.refusedUntilMs - nowMs,
      });
    }
    const isFree = found.lockedUntilMs <= nowMs;
    if (isFree && (await kept.put(source, secret, { ...found, lockedUntilMs: nowMs + LOCK_MS })))
      return exchangedAndKept(parts, asked, found);
    await pause(WAIT_MS);
  }
  throw new TransientError(
    'vendor-unavailable',
    `Another instance exchanges the secret ${access.tokenSecret} of ${source}, and is not done`,
    { retryAfterMs: LOCK_MS },
  );
}

async function exchangedAndKept(
  parts: TokenParts,
  asked: Asked,
  before: KeptToken,
): Promise<Exchanged & { readonly sinceMs: number }> {
  let got: Exchanged;
  try {
    got = await exchanged(parts, asked, before.refreshToken);
  } catch (thrown) {
    const isRefused = thrown instanceof TransientError && thrown.code === 'vendor-unauthorized';
    const refusedUntilMs = isRefused ? parts.clock() + REFUSED_FOR_MS : 0;
    await keep(parts, asked, { ...before, lockedUntilMs: 0, refusedUntilMs });
    throw thrown;
  }
  const sinceMs = parts.clock();
  const { token, untilMs, refreshToken = before.refreshToken } = got;
  const renewed = { token, untilMs, sinceMs, lockedUntilMs: 0, refusedUntilMs: 0 };
  await keep(parts, asked, refreshToken === undefined ? renewed : { ...renewed, refreshToken });
  return { token, untilMs, sinceMs };
}

const TRIES = 10;

/** A refresh token that is not kept is lost, as the vendor takes the former one no more: so it is tried again. */
async function keep(parts: TokenParts, { source, secret }: Asked, kept: KeptToken): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const etag = (await parts.kept.find(source, secret))?.etag;
      if (await parts.kept.put(source, secret, { ...kept, etag })) return;
    } catch (thrown) {
      if (!(thrown instanceof TransientError) || tries >= TRIES) throw thrown;
    }
    if (tries >= TRIES) throw new TransientError('token-not-kept', `The token of ${source} was not kept`);
    await parts.pause(WAIT_MS);
  }
}

const refusalOf = ({ source, access }: Asked, when: number | string): string =>
  `${source} refuses the secret ${access.tokenSecret} (${when}): renew it`;

function exchanged(parts: TokenParts, asked: Asked, refreshToken?: string): Promise<Exchanged> {
  const { source, access, secret, sender } = asked;
  const { exchange } = access;
  const apiUrl = parts.apiUrls?.[source] ?? access.apiUrlOf?.(sender) ?? access.apiUrl;
  const url =
    parts.tokenUrls?.[source] ??
    (typeof exchange.url === 'string' ? exchange.url : exchange.url(secret, apiUrl.replace(/\/+$/, '')));
  if (!URL.canParse(url)) {
    throw new TransientError(
      'vendor-unavailable',
      `Nothing says where ${source} gives tokens out: name the merchant in the address of its webhooks, or set its apiUrl or tokenUrl`,
    );
  }
  const form = exchange.form(secret, refreshToken);
  if (form === undefined)
    throw new PermanentError('no-exchange', `The secret of ${source} is a token itself`);
  return exchangedToken({
    fetchFrom: parts.fetchFrom,
    nowMs: parts.clock(),
    url,
    form,
    isJson: exchange.isJson === true,
    refusal: (status) => refusalOf(asked, status),
  });
}
