import { z } from 'zod';
import { TransientError, messageOf } from '../../shared/errors.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Clock } from '../../shared/time.ts';

/** JSON Web Keys by the address of their set. */
export type KeySets = (
  urls: readonly string[],
) => Promise<ReadonlyMap<string, readonly { readonly kid?: string }[]>>;

/** Issuers announce a key well before they sign with it. */
const FRESH_MS = HOUR_MS;
/** After a failure the old keys go on for so long before it is tried again. */
const AGAIN_MS = MINUTE_MS;
const TIMEOUT_MS = 5 * SECOND_MS;
const keySetSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional() })).max(200) });

/** Reads sets of keys, and keeps each for an hour. */
export function cachedKeySets(options: { readonly clock: Clock; readonly fetchFrom: typeof fetch }): KeySets {
  const { clock, fetchFrom } = options;
  const known = new Map<string, { keys: readonly { readonly kid?: string }[]; untilMs: number }>();
  const keysOf = async (url: string) => {
    const found = known.get(url);
    if (found !== undefined && found.untilMs > clock()) return found.keys;
    try {
      const response = await fetchFrom(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { keys } = keySetSchema.parse(await response.json());
      const plain = keys.map(({ kid, ...rest }) => ({ ...rest, ...(kid === undefined ? {} : { kid }) }));
      known.set(url, { keys: plain, untilMs: clock() + FRESH_MS });
      return plain;
    } catch (cause) {
      // Keys of before are as good as they were; without any nothing can be told apart.
      if (found === undefined) {
        throw new TransientError('unavailable', `No keys from ${new URL(url).host}: ${messageOf(cause)}`, {
          cause,
        });
      }
      known.set(url, { keys: found.keys, untilMs: clock() + AGAIN_MS });
      return found.keys;
    }
  };
  return async (urls) =>
    new Map(await Promise.all(urls.map(async (url) => [url, await keysOf(url)] as const)));
}
