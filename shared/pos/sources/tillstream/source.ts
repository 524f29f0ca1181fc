import type { z } from 'zod';
import { PermanentError, messageOf } from '../../../errors.ts';
import type { PosEvent } from '../../event.ts';
import { valuesNeedScrubbing } from '../../../privacy/quick-look.ts';
import { scrub, type ScrubRules } from '../../../privacy/scrub.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import {
  addEvent,
  emptyResult,
  type ReadContext,
  type ReadResult,
  type Rejection,
  type SeenEvents,
  type Warning,
  type WebhookSource,
} from '../source.ts';
import { verifyStandardWebhook } from '../standard-webhooks.ts';
import { privacyWarnings, warningsOf } from '../warnings.ts';
import { keptRecord } from './kept.ts';
import { mapWireEvent } from './map.ts';
import { MAX_EVENTS_PER_BODY, compiledWireEvent, type WireEvent } from './wire-schema.ts';

export const tillstreamSource: WebhookSource = {
  source: 'tillstream',
  contentTypes: ['application/json'],
  maxBodyBytes: 4 * 1024 * 1024,
  verify: verifyStandardWebhook,
  read,
};

const productFields = new Set(['productcode']);
const idFields = new Set([
  'id',
  'transactionid',
  'receiptnumber',
  'shiftid',
  'resumes',
  'sequencescope',
  'giftcardnumber',
  'customerid',
  'storeid',
  'tillid',
  'operatorid',
  'approvedby',
]);
const harmlessNames = new Set<string>();

function read(body: Buffer, context: ReadContext): ReadResult {
  const { text, value } = parseJsonBody(body);
  const rules: ScrubRules = { productFields, idFields, harmlessNames, pseudonymise: context.pseudonymise };
  const scrubAll = valuesNeedScrubbing(body, text);
  const records = recordsOf(value, body);
  const result = emptyResult(records.length);
  const seen: SeenEvents = new Map();
  const scrubbed = (record: unknown): unknown => {
    const { value: clean, ...found } = scrub(record, rules);
    result.warnings.push(...privacyWarnings(found, idOf(clean)));
    return clean;
  };
  for (const [index, record] of records.entries()) {
    const candidate = scrubAll ? scrubbed(record) : record;
    let parsed = compiledWireEvent.safeParse(candidate);
    let checked = candidate;
    if (!parsed.success && !scrubAll) {
      // A field that is not of this format may be a personal one: without it the event may be right.
      checked = scrubbed(record);
      parsed = compiledWireEvent.safeParse(checked);
    }
    const mapped = mapRecord(checked, parsed, index, context);
    if ('event' in mapped) {
      addEvent(result, seen, mapped.event, index);
      result.warnings.push(...mapped.warnings);
    } else result.rejected.push(mapped);
  }
  return result;
}

/** @throws UnreadableBody for a body that is neither an event nor a list of at most 500. */
function recordsOf(value: unknown, body: Buffer): readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableBody('schema', 'The body must be an event, or {"events": [...]}', body);
  }
  if (!('events' in value)) return [value];
  const { events } = value;
  if (!Array.isArray(events) || events.length === 0 || Object.keys(value).length > 1) {
    const message = '"events" must be a list with an event or more, and stand alone';
    throw new UnreadableBody('schema', message, body, '/events');
  }
  if (events.length > MAX_EVENTS_PER_BODY) {
    const message = `A body holds at most ${MAX_EVENTS_PER_BODY} events`;
    throw new UnreadableBody('too-many-events', message, body, '/events');
  }
  return events;
}

function mapRecord(
  record: unknown,
  parsed: z.ZodSafeParseResult<WireEvent>,
  index: number,
  context: ReadContext,
): { event: PosEvent; warnings: Warning[] } | Rejection {
  try {
    if (parsed.success) {
      const event = mapWireEvent(parsed.data, context);
      return { event, warnings: warningsOf(event, context.catalog) };
    }
  } catch (thrown) {
    const { where = '', code = 'schema' } = thrown instanceof PermanentError ? thrown : {};
    const kept = keptRecord(record, undefined, context.pseudonymise);
    return { ...rejection(kept, index, where, messageOf(thrown)), code };
  }
  const fault = firstFault(parsed.error);
  return rejection(keptRecord(record, parsed.error, context.pseudonymise), index, fault.where, fault.message);
}

/** Empty where the record has none. */
function idOf(record: unknown): string {
  const id = (record as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : '';
}

function rejection(record: unknown, index: number, where: string, message: string): Rejection {
  const id = idOf(record);
  return {
    index,
    ...(id !== '' && id.length <= 200 ? { id } : {}),
    code: 'schema',
    where,
    message,
    payload: JSON.stringify(record),
    replayable: true,
  };
}

/** The first fault as JSON pointer (RFC 6901) and message; a message names fields and rules, never a value. */
function firstFault(error: z.ZodError): { where: string; message: string } {
  // A field that is missing and one that is unknown are mostly one slip in a name: the name as it was sent tells more.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  if (!issue) return { where: '', message: 'does not validate' };
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...issue.path, ...(unknown === undefined ? [] : [unknown])];
  const where = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const others = error.issues.length - 1;
  const more = others > 0 ? ` (and ${others} more ${others === 1 ? 'fault' : 'faults'})` : '';
  return {
    where: where.slice(0, 300),
    message: `${unknown === undefined ? issue.message : 'is not a field of this format'}${more}`,
  };
}
