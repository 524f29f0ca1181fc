import type { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { valuesNeedScrubbing } from '../../../privacy/quick-look.ts';
import { scrub, type ScrubRules } from '../../../privacy/scrub.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { Reading, type KeptRecord, type MappedRecord } from '../reading.ts';
import type { ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { standardWebhooksOpenApi, standardWebhooksScheme } from '../standard-webhooks-scheme.ts';
import { privacyWarnings } from '../warnings.ts';
import { keptRecord } from './kept.ts';
import { mapWireEvent } from './map.ts';
import { MAX_EVENTS_PER_BODY, compiledWireEvent, wireBodySchema, type WireEvent } from './wire-schema.ts';

export const tillstreamSource: WebhookSource = {
  source: 'tillstream',
  contentTypes: ['application/json'],
  maxBodyBytes: 4 * 1024 * 1024,
  ...standardWebhooksScheme,
  read,
  openApi: {
    summary: "POS events in Tillstream's own format",
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Body' } } },
    schemas: { Body: wireBodySchema },
    ...standardWebhooksOpenApi,
  },
};

const productFields = new Set(['productcode', 'requiresproductcode']);
const idFields = new Set([
  'id',
  'transactionid',
  'receiptnumber',
  'shiftid',
  'reportnumber',
  'resumes',
  'sequencescope',
  'giftcardnumber',
  'cardtoken',
  'paymentreference',
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
  const reading = new Reading(context.catalog);
  const { result } = reading;
  const scrubbed = (record: unknown): unknown => {
    const { value: clean, ...found } = scrub(record, rules);
    result.warnings.push(...privacyWarnings(found, idOf(clean)));
    return clean;
  };
  for (const record of recordsOf(value, body)) {
    const candidate = scrubAll ? scrubbed(record) : record;
    let parsed = compiledWireEvent.safeParse(candidate);
    let checked = candidate;
    if (!parsed.success && !scrubAll) {
      // A field that is not of this format may be a personal one: without it the event may be right.
      checked = scrubbed(record);
      parsed = compiledWireEvent.safeParse(checked);
    }
    reading.record(
      () => mapped(parsed, context),
      () => keptOf(checked, parsed.error, context),
    );
  }
  return result;
}

/** @throws UnreadableBody for a body that is neither an event nor a list of at most `MAX_EVENTS_PER_BODY`. */
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

function mapped(parsed: z.ZodSafeParseResult<WireEvent>, context: ReadContext): MappedRecord {
  if (parsed.success) return { outcome: 'event', event: mapWireEvent(parsed.data, context) };
  const { where, message } = firstFault(parsed.error);
  throw new PermanentError('schema', message, { where });
}

/** Empty where the record has none. */
function idOf(record: unknown): string {
  const id = (record as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : '';
}

function keptOf(record: unknown, error: z.ZodError | undefined, { pseudonymise }: ReadContext): KeptRecord {
  const id = idOf(record);
  return {
    ...(id !== '' && id.length <= 200 ? { id } : {}),
    payload: JSON.stringify(keptRecord(record, error, pseudonymise)),
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
