import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { ReadResult } from '../../shared/pos/sources/source.ts';
import { groupWarnings } from '../../shared/pos/sources/warnings.ts';
import { json, problem, type HttpAnswer } from './problem.ts';

/** How many records an answer lists by name; what it leaves out it counts. */
const MAX_LISTED = 100;

/** An event that was mapped and could not be taken all the same. */
export interface Refused {
  readonly eventId: string;
  readonly code: string;
  readonly where: string;
  readonly message: string;
}

/** Everything is durable: what is good in the hub or the spill queue, what is bad as a dead letter. */
export function accepted(read: ReadResult, refused: readonly Refused[]): HttpAnswer {
  return json(200, {
    accepted: read.events.length - refused.length + read.hydrate.length,
    ...(read.ignored.length === 0 ? {} : { ignored: read.ignored.slice(0, MAX_LISTED) }),
    ...(read.duplicates === 0 ? {} : { duplicates: read.duplicates }),
    rejected: rejectedOf(read, refused),
    ...moreThanListed(read, refused),
    warnings: groupWarnings(read.warnings),
  });
}

const STATUS_OF_REFUSED: Readonly<Record<string, number>> = {
  'event-too-large': 413,
  'store-not-allowed': 403,
};

export function nothingGood(read: ReadResult, refused: readonly Refused[]): HttpAnswer {
  const rejected = rejectedOf(read, refused);
  const [first] = rejected;
  const codes = new Set(rejected.map(({ code }) => code));
  return problem({
    status: (codes.size === 1 ? STATUS_OF_REFUSED[first?.code ?? ''] : undefined) ?? 422,
    code: first?.code ?? 'empty',
    title: first ? 'No event in the body could be accepted' : 'The body contains no event',
    ...(first ? { detail: `${first.where || 'The event'}: ${first.message}` } : {}),
    more: { accepted: 0, rejected, ...moreThanListed(read, refused) },
  });
}

/** How many records the lists omit, so a truncated list says so. */
function moreThanListed(read: ReadResult, refused: readonly Refused[]): Record<string, number> {
  const moreRejected = read.rejected.length + refused.length - MAX_LISTED;
  const moreIgnored = read.ignored.length - MAX_LISTED;
  return { ...(moreRejected > 0 ? { moreRejected } : {}), ...(moreIgnored > 0 ? { moreIgnored } : {}) };
}

interface Rejected {
  readonly index: number;
  readonly id?: string;
  readonly code: string;
  readonly where: string;
  readonly message: string;
}

function rejectedOf(read: ReadResult, refused: readonly Refused[]): Rejected[] {
  const positions = new Map(
    read.events.map((event, index) => [event.eventId as string, read.positions[index]]),
  );
  return [
    ...read.rejected.map(({ index, id, code, where, message }) => ({
      index,
      ...(id === undefined ? {} : { id }),
      code,
      where,
      message,
    })),
    ...refused.map(({ eventId, code, where, message }) => ({
      index: positions.get(eventId) ?? -1,
      id: eventId.slice(eventId.indexOf(':') + 1),
      code,
      where,
      message,
    })),
  ].slice(0, MAX_LISTED);
}

const STATUS_OF: Readonly<Record<string, number>> = {
  'content-type': 415,
  'content-encoding': 415,
  'length-required': 411,
  'body-too-large': 413,
  'too-many-events': 413,
  'too-many-stores': 413,
  'bad-json': 400,
  'bad-encoding': 400,
  'bad-xml': 400,
};
/** Faults of our own configuration. */
const OURS = new Set(['bad-secret', 'master-data']);

export const isSignatureFault = (thrown: unknown): thrown is PermanentError =>
  thrown instanceof PermanentError && thrown.code === 'signature';

/**
 * The response for a body that was not accepted. Internal errors are named only by their code.
 * @param dropsOn4xx whether the vendor drops what is answered 4xx.
 */
export function answerOf(thrown: unknown, dropsOn4xx = false): HttpAnswer {
  if (isSignatureFault(thrown)) {
    return problem({ status: 401, code: 'unauthorized', title: 'Unauthorized' });
  }
  if (thrown instanceof PermanentError && !OURS.has(thrown.code)) {
    return problem({
      status: STATUS_OF[thrown.code] ?? 422,
      code: thrown.code,
      title: thrown.message,
      ...(thrown.where === undefined ? {} : { more: { where: thrown.where } }),
    });
  }
  if (thrown instanceof TransientError && thrown.code === 'rate-limited') {
    const retryAfterS = Math.max(1, Math.ceil((thrown.retryAfterMs ?? 1_000) / 1_000));
    return problem({ status: dropsOn4xx ? 503 : 429, code: thrown.code, title: thrown.message, retryAfterS });
  }
  return problem({
    status: 503,
    code: 'unavailable',
    title: 'Not accepted: try again',
    retryAfterS: 5,
  });
}

export const unknownSource = (): HttpAnswer =>
  problem({ status: 404, code: 'unknown-source', title: 'Unknown webhook source' });
