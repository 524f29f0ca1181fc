import type { Secrets } from '../../shared/azure/secrets.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { publishable } from '../../shared/pos/publishable.ts';
import type { Senders } from '../../shared/pos/senders.ts';
import type {
  HydrateContext,
  HydrateRequest,
  ReadResult,
  VendorAccess,
  VendorApi,
  WebhookSource,
} from '../../shared/pos/sources/source.ts';
import type { Clock } from '../../shared/time.ts';
import { buryAll, letterOfForeignStore, letterOfTooLarge } from './letters.ts';
import type { Publisher } from './publisher.ts';
import type { VendorTokens } from './vendor-token.ts';

export interface FetchParts {
  readonly sourceNamed: (name: string) => WebhookSource | undefined;
  /** A vendor's API, called with this token. */
  readonly vendorApi: (
    source: string,
    access: VendorAccess,
    token: string,
    sender: string | undefined,
  ) => VendorApi;
  readonly tokens: VendorTokens;
  readonly catalog: () => Promise<Catalog>;
  readonly senders: () => Promise<Senders>;
  readonly secrets: Secrets;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}

/** Who asks: whose token is used, and what the events say of how they came. */
export type Asker = Pick<HydrateRequest, 'source' | 'sender' | 'receivedAt' | 'traceparent'>;

/**
 * The vendor's API and what mapping its answers needs.
 * @param account at the vendor, where one sender speaks for several.
 * @throws TransientError such as `secret-missing`
 */
export async function askingAs(
  parts: FetchParts,
  access: VendorAccess,
  { source, sender, receivedAt, traceparent }: Asker,
  account?: string,
): Promise<{ readonly api: VendorApi; readonly context: HydrateContext }> {
  const [secret, pseudonymise, catalog] = await Promise.all([
    tokenOf(parts.secrets, access, [sender, account]),
    pseudonymsFrom(parts.secrets),
    parts.catalog(),
  ]);
  const given = await parts.tokens.of(source, access, secret, sender);
  const refused = (): Promise<void> => parts.tokens.refused(source, access, secret, given);
  return {
    api: noticingRefusals(parts.vendorApi(source, access, given, sender), refused),
    context: {
      catalog,
      pseudonymise,
      ...(sender === undefined ? {} : { sender }),
      receivedAt,
      traceparent,
      nowMs: parts.clock(),
    },
  };
}

/** A token may be withdrawn before its end: who asks next gets another one. */
function noticingRefusals(api: VendorApi, refused: () => Promise<void>): VendorApi {
  const noticing = async (asking: Promise<unknown>): Promise<unknown> => {
    try {
      return await asking;
    } catch (thrown) {
      if (thrown instanceof TransientError && thrown.code === 'vendor-unauthorized') await refused();
      throw thrown;
    }
  };
  return {
    get: (path, headers) => noticing(api.get(path, headers)),
    post: (path, query) => noticing(api.post?.(path, query) ?? Promise.resolve(undefined)),
  };
}

/** The token of the sender, of the account at the vendor, or of the source. */
async function tokenOf(
  secrets: Secrets,
  { tokenSecret }: VendorAccess,
  owners: readonly (string | undefined)[],
): Promise<string> {
  for (const owner of owners) {
    const own = isSecretName(owner) ? await secrets.find(`${tokenSecret}-${owner}`) : undefined;
    if (own !== undefined) return own[0];
  }
  return (await secrets.get(tokenSecret))[0];
}

/** Key Vault takes no other names; an account comes from outside. */
const isSecretName = (name: string | undefined): name is string =>
  name !== undefined && /^[0-9a-z-]{1,80}$/.test(name);

/**
 * Asks a vendor for one object and maps it. A record of it that cannot be mapped is a rejection among the result.
 * @throws PermanentError for what will not pass, TransientError for what may.
 */
export async function fetchObject(parts: FetchParts, request: HydrateRequest): Promise<ReadResult> {
  const hydration = parts.sourceNamed(request.source)?.hydration;
  if (!hydration) {
    throw new PermanentError('no-hydration', `The source ${request.source} has no API to ask`);
  }
  const { api, context } = await askingAs(parts, hydration, request, hydration.accountOf?.(request));
  return hydration.hydrate(request, api, context);
}

/** Publishes what was fetched; what is of a store that the sender may not write, or too large, becomes a dead letter. */
export async function publishFetched(
  parts: FetchParts,
  asker: Asker,
  events: readonly PosEvent[],
): Promise<{ published: number; spilled: number; deadLetters: number }> {
  const stores =
    asker.sender === undefined
      ? undefined
      : ((await parts.senders()).storesOf(asker.source, asker.sender) ?? new Set());
  const foreign = events.filter(({ storeId }) => stores && !stores.has(storeId)).map(publishable);
  const own = events.filter(({ storeId }) => !stores || stores.has(storeId)).map(publishable);
  const { published, spilled, tooLarge } = await parts.publisher.publish(own);
  await buryAll(parts.deadLetters, [
    ...tooLarge.map((event) => letterOfTooLarge(event, asker)),
    ...foreign.map((event) => letterOfForeignStore(event, asker)),
  ]);
  return { published, spilled, deadLetters: tooLarge.length + foreign.length };
}
