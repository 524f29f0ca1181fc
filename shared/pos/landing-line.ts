import { isUtf8 } from 'node:buffer';
import { messageOf, PermanentError } from '../errors.ts';
import type { BusinessDate, StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
import { scrubFreeText } from '../privacy/scrub.ts';
import type { PosEvent } from './event.ts';
import { parsePosEvent } from './parse-event.ts';

/**
 * One line of a raw blob: the event as published, with its position in the hub. Anything that is not our event is landed
 * as text, `"raw"`, so nothing vanishes.
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
      readonly storeId: StoreId;
      readonly businessDate: BusinessDate;
      /** What a transaction adds to the control totals, whatever its status. */
      readonly transaction: { readonly currency: Currency; readonly grossMinor: number } | undefined;
    }
  | {
      readonly readable: false;
      readonly line: Buffer;
      /** `bad-json`, `unknown-version`, `schema` or `unexpected-error`. */
      readonly code: string;
      readonly message: string;
      readonly where: string | undefined;
      /** Without card numbers and what is personal by its form. */
      readonly payload: string;
    };

const LINE_FEED = 10;
const CLOSING = Buffer.from('}\n');

/** The body is spliced in byte for byte: to stringify it again would cost more than everything else here. */
export function landedLine(partition: string, { sequenceNumber, enqueuedAt, body }: HubEvent): LandedLine {
  const start = `{"hubPartition":${JSON.stringify(partition)},"hubSequenceNumber":${sequenceNumber},"enqueuedAt":"${enqueuedAt}",`;
  let event: PosEvent;
  try {
    event = parsePosEvent(body.toString('utf8'));
  } catch (thrown) {
    // Reading an event is deterministic: a failure repeats itself and must not block the events behind it.
    const fault =
      thrown instanceof PermanentError
        ? thrown
        : new PermanentError('unexpected-error', messageOf(thrown), { cause: thrown });
    return unreadable(start, body, fault);
  }
  const { storeId, businessDate } = event;
  // Only a foreign publisher breaks lines or adds spaces; a raw blob has one event a line, and readers look for
  // the date as we write it.
  const isOurForm = !body.includes(LINE_FEED) && body.includes(dateText(businessDate));
  const oneLine = isOurForm ? body : Buffer.from(JSON.stringify(event));
  const line = Buffer.concat([Buffer.from(`${start}"event":`), oneLine, CLOSING]);
  const transaction =
    event.kind === 'transaction'
      ? { currency: event.currency, grossMinor: event.totals.grossMinor }
      : undefined;
  return { readable: true, line, storeId, businessDate, transaction };
}

function unreadable(start: string, body: Buffer, { code, message, where }: PermanentError): LandedLine {
  const payload = isUtf8(body) ? scrubFreeText(body.toString('utf8')) : `base64:${body.toString('base64')}`;
  const line = Buffer.from(`${start}"raw":${JSON.stringify(payload)}}\n`);
  return { readable: false, line, code, message, where, payload };
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
  return line.includes(dateText(businessDate));
}

const dateText = (businessDate: string): string => `"businessDate":"${businessDate}"`;
