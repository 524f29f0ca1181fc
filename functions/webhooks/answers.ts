import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import type { ReadResult } from '../../shared/pos/sources/source.ts';
import { groupWarnings } from '../../shared/pos/sources/warnings.ts';
import { json, problem, type HttpAnswer } from './problem.ts';

/** How many records an answer lists by name; what it leaves out it counts. */
const MAX_LISTED = 100;

/** Everything is durable: what is good in the hub or the spill queue, what is bad as a dead letter. */
export function accepted(read: ReadResult, tooLarge: readonly PublishableEvent[]): HttpAnswer {
  return json(200, {
    accepted: read.events.length - tooLarge.length + read.hydrate.length,
    ...(read.ignored.length === 0 ? {} : { ignored: read.ignored.slice(0, MAX_LISTED) }),
    ...(read.duplicates === 0 ? {} : { duplicates: read.duplicates }),
    rejected: rejectedOf(read, tooLarge),
    ...moreThanListed(read, tooLarge),
    warnings: groupWarnings(read.warnings),
  });
}

export function nothingGood(read: ReadResult, tooLarge: readonly PublishableEvent[]): HttpAnswer {
  const rejected = rejectedOf(read, tooLarge);
  const [first] = rejected;
  return problem({
    status: tooLarge.length > 0 && read.rejected.length === 0 ? 413 : 422,
    code: first?.code ?? 'empty',
    title: first ? 'No event of the body could be accepted' : 'The body holds no event',
    ...(first ? { detail: `${first.where || 'The event'}: ${first.message}` } : {}),
    more: { accepted: 0, rejected, ...moreThanListed(read, tooLarge) },
  });
}

/** How many records the lists leave out, so that a list that is cut says so. */
function moreThanListed(read: ReadResult, tooLarge: readonly PublishableEvent[]): Record<string, number> {
  const moreRejected = read.rejected.length + tooLarge.length - MAX_LISTED;
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

function rejectedOf(read: ReadResult, tooLarge: readonly PublishableEvent[]): Rejected[] {
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
    ...tooLarge.map(({ eventId }) => ({
      index: positions.get(eventId) ?? -1,
      id: eventId.slice(eventId.indexOf(':') + 1),
      code: 'event-too-large',
      where: '',
      message: 'An event has at most 1 MiB',
    })),
  ].slice(0, MAX_LISTED);
}
