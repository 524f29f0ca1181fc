import { TransientError, messageOf } from '../../shared/errors.ts';
import { MINUTE_MS, SECOND_MS, type Clock } from '../../shared/time.ts';
import type { VendorAccess } from '../../shared/pos/sources/source.ts';

/** Access tokens of vendors who give them out for a while, in exchange for a secret that lasts. */
export interface VendorTokens {
  /**
   * The token for a secret: the secret itself where the vendor exchanges none.
   * @throws TransientError `vendor-unauthorized`, `vendor-unavailable`
   */
  of(source: string, access: Pick<VendorAccess, 'exchange' | 'tokenSecret'>, secret: string): Promise<string>;
}

/** So long before its end a token is exchanged anew. */
const SLACK_MS = MINUTE_MS;
const TIMEOUT_MS = 10 * SECOND_MS;
/** One for each merchant. */
const MAX_KNOWN = 10_000;

export function vendorTokens(options: {
  readonly clock: Clock;
  readonly fetchFrom: typeof fetch;
  /** Replaces the vendors' own addresses of tokens, by source. */
  readonly tokenUrls?: Readonly<Record<string, string | undefined>>;
}): VendorTokens {
  const { clock, fetchFrom } = options;
  const known = new Map<string, { readonly token: string; readonly untilMs: number }>();
  return {
    async of(source, { exchange, tokenSecret }, secret) {
      if (exchange === undefined) return secret;
      const key = `${source}\n${secret}`;
      const found = known.get(key);
      if (found !== undefined && found.untilMs > clock()) return found.token;
      const { token, lastsMs } = await exchanged(
        fetchFrom,
        options.tokenUrls?.[source] ??
          (typeof exchange.url === 'string' ? exchange.url : exchange.url(secret)),
        exchange.form(secret),
        `${source} refuses the secret ${tokenSecret}`,
      );
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, { token, untilMs: clock() + lastsMs - SLACK_MS });
      return token;
    },
  };
}

async function exchanged(
  fetchFrom: typeof fetch,
  url: string,
  form: Readonly<Record<string, string>>,
  refusal: string,
): Promise<{ token: string; lastsMs: number }> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetchFrom(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    answer = response.ok ? await response.json() : undefined;
  } catch (cause) {
    // The form holds the secret; what failed may quote it.
    throw new TransientError('vendor-unavailable', `No token from ${new URL(url).host}: ${messageOf(cause)}`);
  }
  const { access_token: token, expires_in: seconds } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof token === 'string' && token !== '') {
    return { token, lastsMs: typeof seconds === 'number' ? seconds * SECOND_MS : 0 };
  }
  throw response.status === 429 || response.status >= 500
    ? new TransientError(
        'vendor-unavailable',
        `No token from ${new URL(url).host}: it answered ${response.status}`,
      )
    : new TransientError('vendor-unauthorized', `${refusal} (${response.status}): renew it`);
}
