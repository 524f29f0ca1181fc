import {
  parseHydrateMessage,
  type HydrateQueue,
  type HydrateTries,
} from '../../shared/azure/hydrate-queue.ts';
import type { Logger } from '../../shared/log.ts';
import { QUEUES } from '../../shared/azure/names.ts';
import { publishable } from '../../shared/pos/publishable.ts';
import type { Publisher } from './publisher.ts';
import type { VendorTokens } from './vendor-token.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { PermanentError, TransientError, messageOf } from '../../shared/errors.ts';
import { letterIdByContent, makeDeadLetter, type DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { Senders } from '../../shared/pos/senders.ts';
import {
  VENDOR_NOT_FOUND,
  type HydrateRequest,
  type Hydration,
  type VendorApi,
  type WebhookSource,
} from '../../shared/pos/sources/source.ts';
import { scrubFreeText } from '../../shared/privacy/scrub.ts';
import { HOUR_MS, SECOND_MS, toInstant, type Clock } from '../../shared/time.ts';
import { buryAll, letterOfForeignStore, letterOfTooLarge } from './letters.ts';

export interface HydrateParts {
  readonly sourceNamed: (name: string) => WebhookSource | undefined;
  /** A vendor's API, called with this token. */
  readonly vendorApi: (
    source: string,
    hydration: Hydration,
    token: string,
    sender: string | undefined,
  ) => VendorApi;
  readonly tokens: VendorTokens;
  readonly queue: HydrateQueue;
  readonly catalog: () => Promise<Catalog>;
  readonly senders: () => Promise<Senders>;
  readonly secrets: Secrets;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}

export type Hydrate = (message: string, log: Logger) => Promise<void>;

const FIRST_DELAY_MS = 5 * SECOND_MS;
const MAX_DELAY_MS = HOUR_MS / 4;
/** With the delays above a vendor that is away, or a token that is refused, is asked again for about a day. */
const MAX_UNAVAILABLE = 100;

/**
 * Asks a vendor for what a thin notification named, and publishes it. A vendor that is away is asked again for a day; one
 * that does not know the object yet, over the ladder of its own webhooks. What will not pass, and what did not,
 * becomes a dead letter that can go back onto this queue.
 * @throws TransientError only when neither a retry nor a dead letter could be written.
 */
export function createHydrate(parts: HydrateParts): Hydrate {
  return async (message, log) => {
    const { request, tries } = parseHydrateMessage(message);
    const { source, object, id, traceparent } = request;
    // The id is the vendor's own, which a log must not hold where it looks like a card number.
    const fields = {
      source,
      object,
      id: scrubFreeText(id),
      attempt: tries.attempt + tries.notFound,
      traceparent,
    };
    try {
      log.info('hydrated', { ...fields, ...(await hydrateObject(parts, request)) });
    } catch (thrown) {
      // Whatever nobody foresaw is a fault of this one object: it must not be left to the host's five tries in silence.
      const fault = isOurs(thrown) ? thrown : unforeseen(thrown);
      const again = fault instanceof TransientError ? nextTry(parts, request, tries, fault) : undefined;
      if (again) {
        await parts.queue.put(request, again.tries, again.delayMs);
        log.warn('hydrate postponed', { ...fields, reason: fault.code });
        return;
      }
      await bury(parts, request, fault, tries);
      log.error('hydrate failed', { ...fields, reason: fault.code }, fault);
    }
  };
}

const isOurs = (thrown: unknown): thrown is PermanentError | TransientError =>
  thrown instanceof PermanentError || thrown instanceof TransientError;

const unforeseen = (cause: unknown): PermanentError =>
  new PermanentError('mapping-failed', `Hydration failed: ${messageOf(cause)}`, { cause });

/** @returns undefined once the tries are used up. */
function nextTry(
  { sourceNamed }: HydrateParts,
  { source }: HydrateRequest,
  tries: HydrateTries,
  fault: TransientError,
): { tries: HydrateTries; delayMs: number } | undefined {
  const { attempt, notFound } = tries;
  if (fault.code === VENDOR_NOT_FOUND) {
    const delayMs = sourceNamed(source)?.hydration?.notFoundDelaysMs[notFound];
    return delayMs === undefined ? undefined : { tries: { attempt, notFound: notFound + 1 }, delayMs };
  }
  if (attempt >= MAX_UNAVAILABLE) return undefined;
  const ownMs = Math.min(FIRST_DELAY_MS * 2 ** attempt, MAX_DELAY_MS);
  return { tries: { attempt: attempt + 1, notFound }, delayMs: Math.max(ownMs, fault.retryAfterMs ?? 0) };
}

type HydrateCount = {
  published: number;
  spilled: number;
  deadLetters: number;
  hydrating: number;
  ignored: number;
  reason?: string;
};

async function hydrateObject(parts: HydrateParts, request: HydrateRequest): Promise<HydrateCount> {
  const hydration = parts.sourceNamed(request.source)?.hydration;
  if (!hydration) {
    throw new PermanentError('no-hydration', `The source ${request.source} has no API to ask`);
  }
  const [token, pseudonymise, catalog] = await Promise.all([
    tokenOf(parts.secrets, hydration, request),
    pseudonymsFrom(parts.secrets),
    parts.catalog(),
  ]);
  const read = await hydration.hydrate(
    request,
    parts.vendorApi(
      request.source,
      hydration,
      await parts.tokens.of(request.source, hydration, token),
      request.sender,
    ),
    {
      catalog,
      pseudonymise,
      ...(request.sender === undefined ? {} : { sender: request.sender }),
      receivedAt: request.receivedAt,
      traceparent: request.traceparent,
      nowMs: parts.clock(),
    },
  );
  for (const next of read.hydrate) await parts.queue.put(next);
  const stores =
    request.sender === undefined
      ? undefined
      : ((await parts.senders()).storesOf(request.source, request.sender) ?? new Set());
  const foreign = read.events.filter(({ storeId }) => stores && !stores.has(storeId)).map(publishable);
  const own = read.events.filter(({ storeId }) => !stores || stores.has(storeId)).map(publishable);
  const { published, spilled, tooLarge } = await parts.publisher.publish(own);
  await buryAll(parts.deadLetters, [
    ...tooLarge.map((event) => letterOfTooLarge(event, request)),
    ...foreign.map((event) => letterOfForeignStore(event, request)),
  ]);
  // Last, so it costs itself alone: what else was found is published, and once more by a replay, which changes nothing.
  const [fault] = read.rejected;
  if (fault) throw new PermanentError(fault.code, fault.message, { where: fault.where });
  const [ignored] = read.ignored;
  return {
    published,
    spilled,
    deadLetters: tooLarge.length + foreign.length,
    hydrating: read.hydrate.length,
    ignored: read.ignored.length,
    ...(ignored ? { reason: ignored.reason } : {}),
  };
}

/** The token of the sender, of the account at the vendor, or of the source. */
async function tokenOf(secrets: Secrets, hydration: Hydration, request: HydrateRequest): Promise<string> {
  const { tokenSecret } = hydration;
  for (const owner of [request.sender, hydration.accountOf?.(request)]) {
    const own = isSecretName(owner) ? await secrets.find(`${tokenSecret}-${owner}`) : undefined;
    if (own !== undefined) return own[0];
  }
  return (await secrets.get(tokenSecret))[0];
}

/** Key Vault takes no other names; an account comes from outside. */
const isSecretName = (name: string | undefined): name is string =>
  name !== undefined && /^[0-9a-z-]{1,80}$/.test(name);

function bury(
  { deadLetters, clock }: HydrateParts,
  request: HydrateRequest,
  fault: PermanentError | TransientError,
  { attempt, notFound }: HydrateTries,
): Promise<void> {
  const { source, object, id, version, traceparent } = request;
  const isUnavailable = fault instanceof TransientError && fault.code !== VENDOR_NOT_FOUND;
  return deadLetters.bury(
    makeDeadLetter({
      deadLetterId: letterIdByContent(source, object, id, String(version), fault.code),
      stage: 'hydrate',
      fault: {
        code: isUnavailable ? 'retries-exhausted' : fault.code,
        message: fault.message,
        where: fault instanceof PermanentError ? fault.where : undefined,
      },
      about: { source, traceparent },
      diedAt: toInstant(clock()),
      dequeueCount: attempt + notFound + 1,
      replay: { to: 'queue', queue: QUEUES.hydrate },
      payload: JSON.stringify({ attempt: 0, ...request }),
    }),
  );
}
