import { createHash } from 'node:crypto';
import { parseHydrateMessage, type HydrateQueue } from '../../shared/azure/hydrate-queue.ts';
import type { Logger } from '../../shared/azure/log.ts';
import { QUEUES, SECRETS } from '../../shared/azure/names.ts';
import { publishable } from '../../shared/pos/publishable.ts';
import type { Publisher } from './publisher.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { HydrateRequest } from '../../shared/pos/sources/source.ts';
import { readSquareOrder } from '../../shared/pos/sources/square/order.ts';
import { HOUR_MS, SECOND_MS, toInstant, type Clock } from '../../shared/time.ts';
import { letterOfTooLarge } from './letters.ts';
import type { SquareApi } from './square-api.ts';

export interface HydrateParts {
  readonly square: SquareApi;
  readonly queue: HydrateQueue;
  readonly catalog: () => Promise<Catalog>;
  readonly secrets: Secrets;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}

export type Hydrate = (message: string, log: Logger) => Promise<void>;

const FIRST_DELAY_MS = 5 * SECOND_MS;
const MAX_DELAY_MS = HOUR_MS / 4;
/** With the delays above a fault has about a day to be mended. */
const MAX_ATTEMPTS = 100;

/**
 * Asks Square for an order that a notification named, and publishes it. What may pass is tried again for a day, with
 * growing delays; what will not, and what did not pass, becomes a dead letter that goes back onto this queue.
 * @throws TransientError only when neither a retry nor a dead letter could be written.
 */
export function createHydrate(parts: HydrateParts): Hydrate {
  return async (message, log) => {
    const { request, attempt } = parseHydrateMessage(message);
    const fields = { order: request.id, attempt, traceparent: request.traceparent };
    try {
      log.info('hydrated', { ...fields, ...(await hydrateOrder(parts, request)) });
    } catch (thrown) {
      const isTransient = thrown instanceof TransientError;
      if (!isTransient && !(thrown instanceof PermanentError)) throw thrown;
      if (isTransient && attempt < MAX_ATTEMPTS) {
        const delayMs = Math.min(FIRST_DELAY_MS * 2 ** attempt, MAX_DELAY_MS);
        await parts.queue.put(request, attempt + 1, Math.max(delayMs, thrown.retryAfterMs ?? 0));
        log.warn('hydrate postponed', { ...fields, reason: thrown.code });
        return;
      }
      await bury(parts, request, thrown, attempt);
      log.error('hydrate failed', { ...fields, reason: thrown.code });
    }
  };
}

type HydrateCount = {
  published: number;
  spilled: number;
  deadLetters: number;
  ignored: number;
  reason?: string;
};

async function hydrateOrder(parts: HydrateParts, request: HydrateRequest): Promise<HydrateCount> {
  const [[accessToken], pseudonymise, catalog] = await Promise.all([
    parts.secrets.get(SECRETS.squareAccessToken),
    pseudonymsFrom(parts.secrets),
    parts.catalog(),
  ]);
  const answer = await parts.square.order(request.id, accessToken);
  const mapped = readSquareOrder(answer, {
    catalog,
    pseudonymise,
    receivedAt: request.receivedAt,
    traceparent: request.traceparent,
  });
  if (mapped.outcome === 'ignored') {
    return { published: 0, spilled: 0, deadLetters: 0, ignored: 1, reason: mapped.reason };
  }
  if (mapped.event.version < request.version) {
    throw new TransientError('square-stale', 'Square answered with an older version than it had announced');
  }
  const { published, spilled, tooLarge } = await parts.publisher.publish([publishable(mapped.event)]);
  for (const event of tooLarge) {
    await parts.deadLetters.bury(
      letterOfTooLarge(event, {
        source: 'square',
        receivedAt: request.receivedAt,
        traceparent: request.traceparent,
      }),
    );
  }
  return { published, spilled, deadLetters: tooLarge.length, ignored: 0 };
}

function bury(
  { deadLetters, clock }: HydrateParts,
  request: HydrateRequest,
  fault: PermanentError | TransientError,
  attempt: number,
): Promise<void> {
  const digest = createHash('sha256')
    .update(`${request.id}\n${request.version}\n${fault.code}`)
    .digest('hex');
  return deadLetters.bury({
    deadLetterId: `square-${digest.slice(0, 32)}`,
    stage: 'hydrate',
    code: fault instanceof TransientError ? 'retries-exhausted' : fault.code,
    message: fault.message,
    ...(fault instanceof PermanentError && fault.where !== undefined ? { where: fault.where } : {}),
    source: 'square',
    diedAt: toInstant(clock()),
    traceparent: request.traceparent,
    dequeueCount: attempt + 1,
    replay: { to: 'queue', queue: QUEUES.hydrate },
    payload: JSON.stringify({ attempt: 0, ...request }),
  });
}
