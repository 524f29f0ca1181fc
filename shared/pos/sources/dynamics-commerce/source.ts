import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { keyPart as part } from './key-part.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { DAY_MS } from '../../../time.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { OriginalIds } from '../original-ids.ts';
import { hydrateRequest, maybe, whereOf } from '../payload.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { ADDRESS_KEY_HEADER } from '../address-key.ts';
import { keySetUrls, verifyDynamicsEvent } from './proof.ts';
import { dynamicsCommerceHydration } from './hydrate.ts';
import { dynamicsCommerceList } from './list.ts';

/** https://learn.microsoft.com/dynamics365/fin-ops-core/dev-itpro/business-events/how-to/quickstart-business-events */
/** Texts of our dead letters are of these only: no name and no sentence has this form. */
const symbol = z.string().regex(/^[\w.-]{1,200}$/);
const time = z
  .string()
  .regex(/^(?:\/Date\(\d{1,15}\)\/|\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)?)$/, 'is no time');
const eventSchema = z.object({
  BusinessEventId: maybe(symbol),
  BusinessEventLegalEntity: maybe(part),
  ControlNumber: maybe(z.union([z.int(), symbol]).transform(String)),
  EventId: maybe(symbol),
  /** `/Date(1572946892000)/`, or a text of ISO 8601. */
  EventTime: maybe(time),
  EventTimeIso8601: maybe(time),
  /** The contract of an event is each company's own; these are the names of the transaction's key. */
  dataAreaId: maybe(part),
  OperatingUnitNumber: maybe(part),
  Store: maybe(part),
  Terminal: maybe(part),
  TransactionNumber: maybe(part),
});
type BusinessEvent = z.infer<typeof eventSchema>;

const MAX_EVENTS = 1000;
const rules = {
  productFields: new Set<string>(),
  idFields: new Set([
    'businesseventid',
    'eventid',
    'transactionnumber',
    'terminal',
    'store',
    'operatingunitnumber',
  ]),
  harmlessNames: new Set<string>(),
};

function read(body: Buffer, context: ReadContext): ReadResult {
  const ids = new OriginalIds(context.pseudonymise);
  const { value } = scrub(parseJsonBody(body).value, { ...rules, pseudonymise: ids.pseudonymise });
  const events: unknown[] = Array.isArray(value) ? value : [value];
  if (events.length > MAX_EVENTS) {
    throw new UnreadableBody('too-many-events', `The body has more than ${MAX_EVENTS} events`, body);
  }
  // Finance and operations tries three times, and then shows an error.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  for (const event of events) {
    reading.record(
      () => noticeOf(event, ids, context),
      () => {
        const known = eventSchema.partial().safeParse(event).data ?? {};
        return {
          ...(known.EventId === undefined ? {} : { id: known.EventId }),
          payload: JSON.stringify(keptOf(known)),
          replayable: false,
        };
      },
    );
  }
  return reading.result;
}

/** The key's parts are each company's own texts: of a rejected event only what has a form is kept. */
const keptOf = ({ BusinessEventId, EventId, EventTime, ControlNumber }: Partial<BusinessEvent>) => ({
  BusinessEventId,
  EventId,
  EventTime,
  ControlNumber,
});

function noticeOf(sent: unknown, ids: OriginalIds, context: ReadContext): MappedRecord {
  const parsed = eventSchema.safeParse(sent);
  if (!parsed.success) {
    throw new PermanentError('schema', "The body is not in the form of Dynamics' business events", {
      where: whereOf(parsed.error),
    });
  }
  const event = parsed.data;
  const operatingUnit = event.OperatingUnitNumber ?? event.Store;
  const dataAreaId = event.dataAreaId ?? event.BusinessEventLegalEntity;
  if (
    event.TransactionNumber === undefined ||
    operatingUnit === undefined ||
    event.Terminal === undefined ||
    dataAreaId === undefined
  ) {
    throw new PermanentError(
      'unsupported-event-type',
      'The business event names no retail transaction: it needs OperatingUnitNumber, Terminal, TransactionNumber and a legal entity',
      { where: '/TransactionNumber' },
    );
  }
  const key = [dataAreaId, operatingUnit, event.Terminal, event.TransactionNumber].map((one) =>
    ids.originalOf(one),
  );
  return {
    outcome: 'hydrate',
    request: hydrateRequest(
      { source: 'dynamics-commerce', object: 'transaction', id: JSON.stringify(key), version: timeOf(event) },
      context,
    ),
  };
}

/** @throws PermanentError `schema`: rows have no version, so the time of the notice is theirs. */
function timeOf({ EventTime = '', EventTimeIso8601 = '' }: BusinessEvent): number {
  const ticks = /^\/Date\((\d{1,15})\)\/$/.exec(EventTime)?.[1];
  const ms = ticks === undefined ? Date.parse(EventTimeIso8601 || EventTime) : Number(ticks);
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new PermanentError('schema', 'The business event has no time', { where: '/EventTime' });
}

/** Dynamics 365 Commerce: its business events name a transaction, and its OData entities tell what it was. */
export const dynamicsCommerceSource: WebhookSource = {
  source: 'dynamics-commerce',
  contentTypes: ['application/json'],
  maxBodyBytes: 1024 * 1024,
  // Three tries; the rest is slack for what waited.
  retryWindowMs: 2 * DAY_MS,
  verify: verifyDynamicsEvent,
  keySets: keySetUrls,
  sign: ({ secret }) => ({ [ADDRESS_KEY_HEADER]: secret }),
  read,
  hydration: dynamicsCommerceHydration,
  list: dynamicsCommerceList,
  openApi: {
    summary: 'Business events of Dynamics 365 Commerce',
    content: {
      'application/json': { schema: { type: 'object', description: "Dynamics' own business event" } },
    },
    security: {
      name: 'dynamicsAddressKey',
      scheme: {
        type: 'apiKey',
        in: 'query',
        name: 'key',
        description:
          'The key in the address; or a token of Microsoft Entra ID as Bearer. The body is not signed',
      },
    },
  },
};
