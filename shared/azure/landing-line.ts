import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { withoutCardNumbers } from '../pos/card-data.ts';
import { posEventSchema, type PosEvent } from '../pos/event.ts';

/**
 * One line of a raw blob: the event as it was published, with its place in the hub. What is no event of ours is landed
 * as text, `"raw"`, so that nothing vanishes.
 */
export interface HubEvent {
  readonly sequenceNumber: number;
  readonly enqueuedAt: string;
  readonly body: Buffer;
}

export type LandedLine =
  | {
      readonly readable: true;
      readonly line: Buffer;
      readonly storeId: string;
      readonly businessDate: string;
    }
  | {
      readonly readable: false;
      readonly line: Buffer;
      /** `bad-json`, `unknown-version` or `schema`. */
      readonly code: string;
      readonly message: string;
      readonly where: string | undefined;
      /** Without card numbers. */
      readonly payload: string;
      readonly storeId: string | undefined;
    };

const compiledEvent = z.compile(posEventSchema, { strict: true });
const LINE_FEED = 10;
const CLOSING = Buffer.from('}\n');

/** The body is spliced in byte for byte: to stringify it again would cost more than everything else here. */
export function landedLine(partition: string, { sequenceNumber, enqueuedAt, body }: HubEvent): LandedLine {
  const start = `{"hubPartition":${JSON.stringify(partition)},"hubSequenceNumber":${sequenceNumber},"enqueuedAt":"${enqueuedAt}",`;
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch (thrown) {
    return unreadable(start, body, 'bad-json', messageOf(thrown), undefined, undefined);
  }
  const parsed = compiledEvent.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `/${issue?.path.join('/') ?? ''}`;
    const { schemaVersion, storeId } = (content ?? {}) as { schemaVersion?: unknown; storeId?: unknown };
    const code = typeof schemaVersion === 'number' && schemaVersion > 1 ? 'unknown-version' : 'schema';
    const store = typeof storeId === 'string' ? storeId : undefined;
    return unreadable(start, body, code, `${where}: ${issue?.message ?? 'is no event'}`, where, store);
  }
  // Only somebody else's publisher breaks lines within an event; a raw blob has one event a line.
  const oneLine = body.includes(LINE_FEED) ? Buffer.from(JSON.stringify(content)) : body;
  const { storeId, businessDate } = parsed.data;
  return {
    readable: true,
    line: Buffer.concat([Buffer.from(`${start}"event":`), oneLine, CLOSING]),
    storeId,
    businessDate,
  };
}

function unreadable(
  start: string,
  body: Buffer,
  code: string,
  message: string,
  where: string | undefined,
  storeId: string | undefined,
): LandedLine {
  const payload = isUtf8(body)
    ? withoutCardNumbers(body.toString('utf8'))
    : `base64:${body.toString('base64')}`;
  const line = Buffer.from(`${start}"raw":${JSON.stringify(payload)}}\n`);
  return { readable: false, line, code, message, where, payload, storeId };
}

/** A line read back. An unreadable body has no event. */
export interface RawLine {
  readonly hubPartition: string;
  readonly hubSequenceNumber: number;
  readonly enqueuedAt: string;
  readonly event?: PosEvent;
  readonly raw?: string;
}

export function parseRawLine(line: string): RawLine {
  return JSON.parse(line) as RawLine;
}

/** A cheap test, before parsing, of whether a line holds an event of a business date; it may err towards yes only. */
export function mayBeOfDate(line: string, businessDate: string): boolean {
  return line.includes(`"businessDate":"${businessDate}"`);
}
