import {
  parseHydrateMessage,
  type HydrateQueue,
  type HydrateTries,
} from '../../shared/azure/hydrate-queue.ts';
import type { Logger } from '../../shared/log.ts';
import { PermanentError, TransientError, messageOf } from '../../shared/errors.ts';
import { VENDOR_NOT_FOUND, type HydrateRequest } from '../../shared/pos/sources/source.ts';
import { scrubFreeText } from '../../shared/privacy/scrub.ts';
import { HOUR_MS, SECOND_MS, toInstant } from '../../shared/time.ts';
import { fetchObject, publishFetched, type FetchParts } from './fetch-object.ts';
import { letterOfRequest } from './letters.ts';

export interface HydrateParts extends FetchParts {
  readonly queue: HydrateQueue;
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
  const read = await fetchObject(parts, request);
  for (const next of read.hydrate) await parts.queue.put(next);
  const published = await publishFetched(parts, request, read.events);
  // Last, so it costs itself alone: what else was found is published, and once more by a replay, which changes nothing.
  const [fault] = read.rejected;
  if (fault) throw new PermanentError(fault.code, fault.message, { where: fault.where });
  const [ignored] = read.ignored;
  return {
    ...published,
    hydrating: read.hydrate.length,
    ignored: read.ignored.length,
    ...(ignored ? { reason: ignored.reason } : {}),
  };
}

function bury(
  { deadLetters, clock }: HydrateParts,
  request: HydrateRequest,
  fault: PermanentError | TransientError,
  { attempt, notFound }: HydrateTries,
): Promise<void> {
  return deadLetters.bury(letterOfRequest(request, fault, toInstant(clock()), attempt + notFound + 1));
}
