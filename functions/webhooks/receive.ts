import { publishable } from '../../shared/pos/publishable.ts';
import type { PublishResult, Publisher } from './publisher.ts';
import type { Logger } from '../../shared/azure/log.ts';
import { SECRETS } from '../../shared/azure/names.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { UnreadableBody } from '../../shared/pos/sources/body-text.ts';
import type { HydrateRequest, ReadResult, WebhookSource } from '../../shared/pos/sources/source.ts';
import { traceparentOf, type RandomHex } from '../../shared/pos/traceparent.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import { accepted, nothingGood } from './answers.ts';
import { buryAll, letterOfBody, letterOfRejection, letterOfTooLarge, type LetterContext } from './letters.ts';
import { problem, type HttpAnswer } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';

/** A request as the webhook sees it, whatever the host. */
interface WebhookRequest {
  readonly source: string;
  readonly header: (name: string) => string | undefined;
  /** The raw bytes. @throws when the sender breaks off. */
  readonly body: () => Promise<Buffer>;
}

export interface ReceiveParts {
  readonly sourceNamed: (name: string) => WebhookSource | undefined;
  readonly catalog: () => Promise<Catalog>;
  readonly secrets: Secrets;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  /** Queues a notice so that the vendor is asked for the rest. @throws TransientError */
  readonly requestHydration: (request: HydrateRequest) => Promise<void>;
  readonly rateLimit: RateLimit;
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly randomHex: RandomHex;
}

export type Receive = (request: WebhookRequest, log: Logger) => Promise<HttpAnswer>;

/** What became of a request's records: received = published + spilled + hydrating + dead + ignored + duplicates. */
interface Count {
  received: number;
  published: number;
  spilled: number;
  hydrating: number;
  deadLetters: number;
  ignored: number;
  duplicates: number;
  warnings: number;
  spillReason?: string;
}

/**
 * `POST /webhooks/{source}`: verify, limit, scrub, map, validate, publish. It answers 2xx only once every record is
 * durable (promise P1), writes one log line per request, and never throws.
 */
export function createReceive(parts: ReceiveParts): Receive {
  return async (request, log) => {
    const startedMs = parts.clock();
    const traceparent = traceparentOf(request.header('traceparent'), parts.randomHex);
    const count: Count = {
      received: 0,
      published: 0,
      spilled: 0,
      hydrating: 0,
      deadLetters: 0,
      ignored: 0,
      duplicates: 0,
      warnings: 0,
    };
    const source = parts.sourceNamed(request.source);
    let answer: HttpAnswer;
    let refusal: unknown;
    try {
      answer = source ? await handle(parts, source, request, traceparent, count) : unknownSource();
    } catch (thrown) {
      refusal = thrown;
      answer = answerOf(thrown);
    }
    const fields = {
      // An address that names no source of ours is not repeated in a log.
      source: source?.source ?? 'unknown',
      status: answer.status,
      ...count,
      durationMs: parts.clock() - startedMs,
      traceparent,
      ...(refusal instanceof PermanentError || refusal instanceof TransientError
        ? { code: refusal.code }
        : {}),
      // The sender is told nothing of why, so that whoever helps it must find it here.
      ...(isSignatureFault(refusal) ? { reason: refusal.message } : {}),
    };
    if (answer.status >= 500) log.error('webhook', fields, refusal);
    else if (answer.status >= 400) log.warn('webhook', fields);
    else log.info('webhook', fields);
    return answer;
  };
}

async function handle(
  parts: ReceiveParts,
  source: WebhookSource,
  request: WebhookRequest,
  traceparent: string,
  count: Count,
): Promise<HttpAnswer> {
  checkContentType(source, request.header('content-type'));
  checkEncoding(request.header('content-encoding'));
  const declared = request.header('content-length');
  checkLength(source, Number(declared ?? 0));
  const body = await request.body();
  // The Functions host loses a body that comes in chunks; its signature would fit nothing.
  if (body.length === 0 && declared === undefined) {
    throw new PermanentError('length-required', 'Send a Content-Length: a body in chunks does not arrive');
  }
  checkLength(source, body.length);
  const nowMs = parts.clock();
  source.verify({
    header: request.header,
    body,
    secrets: await parts.secrets.get(SECRETS.webhook(source.source)),
    notificationUrl: `${parts.publicUrl}/webhooks/${source.source}`,
    nowMs,
  });
  const waitMs = parts.rateLimit.take(source.source);
  if (waitMs > 0) {
    throw new TransientError('rate-limited', 'Too many requests', { retryAfterMs: waitMs });
  }
  const receivedAt = toInstant(nowMs);
  const [pseudonymise, catalog] = await Promise.all([pseudonymsFrom(parts.secrets), parts.catalog()]);
  const context = { catalog, pseudonymise, receivedAt, traceparent };
  const letters = { source: source.source, receivedAt, traceparent };
  let read: ReadResult;
  try {
    read = source.read(body, context);
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    count.received = 1;
    const shape = thrown instanceof UnreadableBody ? thrown.shape : '';
    await buryAll(parts.deadLetters, [letterOfBody(thrown, shape, body, letters)]);
    count.deadLetters = 1;
    throw thrown;
  }
  return settle(parts, read, letters, count);
}

/** Makes everything durable at once, then says what became of it. */
async function settle(
  parts: ReceiveParts,
  read: ReadResult,
  letters: LetterContext,
  count: Count,
): Promise<HttpAnswer> {
  count.received = read.received;
  count.ignored = read.ignored.length;
  count.duplicates = read.duplicates;
  count.warnings = read.warnings.length;
  const events = read.events.map(publishable);
  const outcomes = await Promise.allSettled([
    events.length === 0 ? nothingPublished() : parts.publisher.publish(events),
    buryAll(
      parts.deadLetters,
      read.rejected.map((rejection) => letterOfRejection(rejection, letters)),
    ),
    Promise.all(read.hydrate.map((request) => parts.requestHydration(request))),
  ] as const);
  const [publishing, burying, hydrating] = outcomes;
  if (burying.status === 'fulfilled') count.deadLetters = read.rejected.length;
  if (hydrating.status === 'fulfilled') count.hydrating = read.hydrate.length;
  if (publishing.status === 'fulfilled') {
    const { published, spilled, tooLarge } = publishing.value;
    count.published = published;
    count.spilled = spilled;
    if (publishing.value.spillReason !== undefined) count.spillReason = publishing.value.spillReason;
    await buryAll(
      parts.deadLetters,
      tooLarge.map((event) => letterOfTooLarge(event, letters)),
    );
    count.deadLetters += tooLarge.length;
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    const isNothingGood =
      published + spilled + read.hydrate.length + read.ignored.length + read.duplicates === 0 &&
      !read.acceptRejected;
    return isNothingGood ? nothingGood(read, tooLarge) : accepted(read, tooLarge);
  }
  throw publishing.reason;
}

const nothingPublished = (): Promise<PublishResult> =>
  Promise.resolve({ published: 0, spilled: 0, tooLarge: [] });

function checkContentType(source: WebhookSource, header: string | undefined): void {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!source.contentTypes.includes(type)) {
    throw new PermanentError('content-type', `Send ${source.contentTypes.join(' or ')}`);
  }
}

function checkEncoding(header: string | undefined): void {
  if (header !== undefined && header.trim().toLowerCase() !== 'identity') {
    throw new PermanentError('content-encoding', 'Send the body as it is, without a Content-Encoding');
  }
}

function checkLength(source: WebhookSource, bytes: number): void {
  if (bytes > source.maxBodyBytes) {
    throw new PermanentError('body-too-large', `A body has at most ${source.maxBodyBytes} bytes`);
  }
}

const unknownSource = (): HttpAnswer =>
  problem({ status: 404, code: 'unknown-source', title: 'There is no such webhook source' });

const STATUS_OF: Readonly<Record<string, number>> = {
  'content-type': 415,
  'content-encoding': 415,
  'length-required': 411,
  'body-too-large': 413,
  'too-many-events': 413,
  'bad-json': 400,
  'bad-encoding': 400,
  'bad-xml': 400,
};

const isSignatureFault = (thrown: unknown): thrown is PermanentError =>
  thrown instanceof PermanentError && thrown.code === 'signature';

/** What the sender is told. A fault of ours is named by its code alone. */
function answerOf(thrown: unknown): HttpAnswer {
  if (isSignatureFault(thrown)) {
    return problem({ status: 401, code: 'unauthorized', title: 'Unauthorized' });
  }
  if (thrown instanceof PermanentError && thrown.code !== 'bad-secret' && thrown.code !== 'master-data') {
    const status = STATUS_OF[thrown.code] ?? 422;
    return problem({
      status,
      code: thrown.code,
      title: thrown.message,
      ...(thrown.where === undefined ? {} : { more: { where: thrown.where } }),
    });
  }
  if (thrown instanceof TransientError && thrown.code === 'rate-limited') {
    const retryAfterS = Math.max(1, Math.ceil((thrown.retryAfterMs ?? 1_000) / 1_000));
    return problem({ status: 429, code: thrown.code, title: thrown.message, retryAfterS });
  }
  return problem({
    status: 503,
    code: 'unavailable',
    title: 'Not accepted: send it again',
    retryAfterS: 5,
  });
}
