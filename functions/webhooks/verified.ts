import { SECRETS } from '../../shared/azure/names.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { StoreId } from '../../shared/ids.ts';
import type { WebhookSource } from '../../shared/pos/sources/source.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import type { Senders } from '../../shared/pos/senders.ts';
import type { Clock } from '../../shared/time.ts';
import type { KeySets } from './key-sets.ts';
import type { RateLimit } from './rate-limit.ts';

export interface VerifyParts {
  readonly senders: () => Promise<Senders>;
  readonly secrets: Secrets;
  readonly keySets: KeySets;
  /** By sender, once it is known to be one. */
  readonly senderLimit: RateLimit;
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** Who sent too much, once it is proved that it was them. */
export interface Limited {
  limited?: string;
}

/** A body costs one token for each of these bytes, so large ones cannot do what many are kept from. */
const BYTES_PER_TOKEN = 64 * 1024;
export const costOf = (bytes: number): number => 1 + Math.floor(bytes / BYTES_PER_TOKEN);
/** A sender may send at once what it may send in so many seconds, as a till does that was offline. */
const BURST_S = 5;

/** What a signature proves. */
export interface Proof {
  /** The stores that may be written; undefined is all. */
  readonly stores: ReadonlySet<StoreId> | undefined;
  /** Which records are signed, where the vendor signs each. */
  readonly isSigned: ((index: number) => boolean) | undefined;
}

/**
 * Checks the signature by the secrets of the sender, or of the source as a whole, and then its limit: a stranger cannot use
 * up what a sender may send, and one who sends too much costs no more than its signature.
 * @throws PermanentError `signature`, also where nothing is set up: a stranger learns nothing, and no alarm rings.
 */
export async function verified(
  parts: VerifyParts,
  source: WebhookSource,
  { sender, header }: { readonly sender?: string; readonly header: (name: string) => string | undefined },
  body: Buffer,
  course: Limited,
): Promise<Proof> {
  let stores: ReadonlySet<StoreId> | undefined;
  let perSecond: number | undefined;
  if (sender !== undefined) {
    const senders = await parts.senders();
    stores = senders.storesOf(source.source, sender);
    perSecond = senders.requestsPerSecondOf(source.source, sender);
    if (!stores) throw new PermanentError('signature', 'Refused: the master data has no such sender');
  }
  const name = SECRETS.webhook(source.source, sender);
  const secrets = await parts.secrets.find(name);
  if (!secrets) throw new PermanentError('signature', `Refused: there is no enabled secret ${name}`);
  const keySetUrls = source.keySets?.(secrets) ?? [];
  const signed = {
    header,
    body,
    secrets,
    notificationUrl: addressOf(parts.publicUrl, source.source, sender),
    ...(keySetUrls.length === 0 ? {} : { keySets: await parts.keySets(keySetUrls) }),
    nowMs: parts.clock(),
  };
  source.verify(signed);
  const rate = perSecond === undefined ? undefined : { perSecond, burst: Math.max(1, BURST_S * perSecond) };
  const waitMs = parts.senderLimit.take(name, costOf(body.length), rate);
  if (waitMs > 0) {
    course.limited = sender ?? source.source;
    throw new TransientError('rate-limited', 'Too many requests', { retryAfterMs: waitMs });
  }
  return { stores, isSigned: source.signedRecords?.(signed) };
}

const addressOf = (publicUrl: string, source: string, sender: string | undefined): string =>
  `${publicUrl}/webhooks/${source}${sender === undefined ? '' : `/${sender}`}`;
