import type { Logger } from '../../shared/log.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { UnreadableBody } from '../../shared/pos/sources/body-text.ts';
import type { ReadContext, ReadResult, WebhookSource } from '../../shared/pos/sources/source.ts';
import { traceparentOf, type RandomHex } from '../../shared/pos/traceparent.ts';
import { toInstant } from '../../shared/time.ts';
import { answerOf, isSignatureFault, unknownSource } from './answers.ts';
import { checkContentType, checkLength, encodingOf, unpacked } from './body.ts';
import type { InFlight } from './in-flight.ts';
import { buryAll, letterOfBody } from './letters.ts';
import type { HttpAnswer } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Sampling } from './sampled-log.ts';
import { settle, type Count, type SettleParts } from './settle.ts';
import { costOf, verified, type Limited, type Proof, type VerifyParts } from './verified.ts';

/** A request as the webhook sees it, whatever the host. */
interface WebhookRequest {
  readonly source: string;
  /** The second part of the address, where senders have addresses of their own. */
  readonly sender?: string;
  readonly header: (name: string) => string | undefined;
  /** The raw bytes. @throws when the sender breaks off. */
  readonly body: () => Promise<Buffer>;
}

export interface ReceiveParts extends SettleParts, VerifyParts {
  readonly sourceNamed: (name: string) => WebhookSource | undefined;
  readonly catalog: () => Promise<Catalog>;
  readonly inFlight: InFlight;
  /** By the caller's network address, before anything is known of it. A body costs by its size. */
  readonly addressLimit: RateLimit;
  /** Of the log lines of callers who could not prove who they are. */
  readonly sampling: Sampling;
  readonly randomHex: RandomHex;
}

export type Receive = (request: WebhookRequest, log: Logger) => Promise<HttpAnswer>;

/** What is found out on the way, for the log. */
interface Course extends Limited {
  readonly traceparent: string;
  readonly count: Count;
  isKnown: boolean;
  /** What an operator must read, such as the code of a handshake. */
  note?: string;
}

/**
 * `POST /webhooks/{source}` or `/webhooks/{source}/{sender}`: limit, verify, scrub, map, validate, publish. It answers
 * 2xx only once every record is durable (promise P1), and never throws. One log line per request, but for strangers,
 * whose lines are sampled.
 */
export function createReceive(parts: ReceiveParts): Receive {
  return async (request, log) => {
    const startedMs = parts.clock();
    const course: Course = {
      traceparent: traceparentOf(request.header('traceparent'), parts.randomHex),
      count: {
        received: 0,
        published: 0,
        spilled: 0,
        hydrating: 0,
        deadLetters: 0,
        ignored: 0,
        duplicates: 0,
        warnings: 0,
      },
      isKnown: false,
    };
    const source = parts.sourceNamed(request.source);
    let answer: HttpAnswer;
    let refusal: unknown;
    try {
      answer = source ? await admitted(parts, source, request, course) : unknownSource();
    } catch (thrown) {
      refusal = thrown;
      answer = answerOf(thrown, source?.dropsOn4xx);
    }
    report(parts, { source, answer, refusal, course, durationMs: parts.clock() - startedMs }, log);
    return answer;
  };
}

function report(
  { sampling }: ReceiveParts,
  done: {
    readonly source: WebhookSource | undefined;
    readonly answer: HttpAnswer;
    readonly refusal: unknown;
    readonly course: Course;
    readonly durationMs: number;
  },
  log: Logger,
): void {
  const { source, answer, refusal, course, durationMs } = done;
  const code =
    refusal instanceof PermanentError || refusal instanceof TransientError ? refusal.code : undefined;
  // An address that names no source of ours is not repeated in a log.
  const name = source?.source ?? 'unknown';
  const { limited = '' } = course;
  const leftOut = course.isKnown ? 0 : sampling.take(`${name} ${answer.status} ${code ?? ''} ${limited}`);
  if (leftOut === undefined) return;
  const fields = {
    source: name,
    status: answer.status,
    ...course.count,
    durationMs,
    traceparent: course.traceparent,
    ...(code === undefined ? {} : { code }),
    ...(limited === '' ? {} : { limited }),
    ...(leftOut === 0 ? {} : { leftOut }),
    ...(course.note === undefined ? {} : { note: course.note }),
    // The sender gets no reason, so support must find it here.
    ...(isSignatureFault(refusal) ? { reason: refusal.message } : {}),
  };
  if (answer.status >= 500) log.error('webhook', fields, refusal);
  else if (answer.status >= 400 || course.note !== undefined) log.warn('webhook', fields);
  else log.info('webhook', fields);
}

/** Refuses what can be refused before the body is looked at. */
async function admitted(
  parts: ReceiveParts,
  source: WebhookSource,
  request: WebhookRequest,
  course: Course,
): Promise<HttpAnswer> {
  checkContentType(source, request.header('content-type'));
  const encoding = encodingOf(request.header('content-encoding'));
  const declaredBytes = Number(request.header('content-length') ?? 0);
  checkLength(source, declaredBytes);
  const key = `${source.source} ${callerOf(request)}`;
  const waitMs = parts.addressLimit.take(key, costOf(declaredBytes));
  if (waitMs > 0) throw new TransientError('rate-limited', 'Too many requests', { retryAfterMs: waitMs });
  const leave = parts.inFlight.enter(declaredBytes);
  if (!leave) throw new TransientError('rate-limited', 'Too many requests at once', { retryAfterMs: 1_000 });
  try {
    const body = await request.body();
    // The Functions host loses a body that comes in chunks; its signature would fit nothing.
    if (body.length === 0 && request.header('content-length') === undefined) {
      throw new PermanentError('length-required', 'Send a Content-Length: chunked bodies do not arrive');
    }
    checkLength(source, body.length);
    const handshake =
      encoding === 'identity' ? source.handshake?.({ header: request.header, body }) : undefined;
    if (handshake) {
      course.note = handshake.note;
      const { contentType, body: text } = handshake.acknowledgement;
      return { status: 200, headers: { 'content-type': contentType }, body: text };
    }
    const proof = await verified(parts, source, request, body, course);
    course.isKnown = true;
    const answer = await taken(parts, source, request, await unpacked(source, encoding, body), proof, course);
    return source.acknowledgement && answer.status === 200
      ? {
          ...answer,
          headers: { 'content-type': source.acknowledgement.contentType },
          body: source.acknowledgement.body,
        }
      : answer;
  } finally {
    leave();
  }
}

/** The address that the platform's front end saw: it appends the address, so what a caller made up stands before it. */
function callerOf({ header }: WebhookRequest): string {
  const last = header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '';
  return last.slice(0, 50);
}

/**
 * Each store of a body is one send of its own, as a store's events share a partition, and all of them must be done within
 * the till's two seconds. Event Hubs takes about 10 ms for one, and they share a connection.
 */
const MAX_STORES_PER_BODY = 100;

/**
 * Senders who are answered 2xx whatever becomes of it (`acceptRejected`) do not wait for a till, and bound their bodies by
 * themselves.
 * @throws UnreadableBody `too-many-stores`
 */
function checkStores({ events, acceptRejected }: ReadResult, body: Buffer): void {
  if (acceptRejected === true || events.length <= MAX_STORES_PER_BODY) return;
  const stores = new Set(events.map(({ storeId }) => storeId)).size;
  if (stores <= MAX_STORES_PER_BODY) return;
  throw new UnreadableBody(
    'too-many-stores',
    `The body names ${stores} stores; at most ${MAX_STORES_PER_BODY} are taken at once. Nothing of it was taken: send one body for each store, or for some`,
    body,
  );
}

/** Reads a body whose sender is known, and makes it durable. */
async function taken(
  parts: ReceiveParts,
  source: WebhookSource,
  { sender }: WebhookRequest,
  body: Buffer,
  { stores, isSigned }: Proof,
  { count, traceparent }: Course,
): Promise<HttpAnswer> {
  const [pseudonymise, catalog] = await Promise.all([pseudonymsFrom(parts.secrets), parts.catalog()]);
  const ofSender = sender === undefined ? {} : { sender };
  const receivedAt = toInstant(parts.clock());
  const context: ReadContext = {
    catalog,
    pseudonymise,
    ...ofSender,
    ...(isSigned === undefined ? {} : { isSigned }),
    receivedAt,
    traceparent,
  };
  const letters = { source: source.source, ...ofSender, receivedAt, traceparent };
  let read: ReadResult;
  try {
    read = source.read(body, context);
    checkStores(read, body);
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    count.received = 1;
    const shape = thrown instanceof UnreadableBody ? thrown.shape : '';
    await buryAll(parts.deadLetters, [letterOfBody(thrown, shape, body, letters)]);
    count.deadLetters = 1;
    throw thrown;
  }
  return settle(parts, read, stores, letters, count);
}
