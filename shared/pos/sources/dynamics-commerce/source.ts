import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../time.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { OriginalIds } from '../original-ids.ts';
import { hydrateRequest, maybe, whereOf } from '../payload.ts';
import { Reading, readingOf, type MappedRecord } from '../reading.ts';
import type { Hydration, ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { ADDRESS_KEY_HEADER } from '../address-key.ts';
import { keySetUrls, verifyDynamicsEvent } from './proof.ts';
import { askForRows, type TransactionKey } from './rows.ts';
import { mapDynamicsTransaction } from './transaction.ts';

/** https://learn.microsoft.com/dynamics365/fin-ops-core/dev-itpro/business-events/how-to/quickstart-business-events */
const part = storedText(60).min(1);
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

const keySchema = z.tuple([part, part, part, part]);

const hydration: Hydration = {
  // The address of the environment: `DynamicsCommerce__apiUrl`.
  apiUrl: '',
  tokenSecret: 'dynamics-commerce-app',
  exchange: {
    url: (secret) =>
      `https://login.microsoftonline.com/${encodeURIComponent(partsOf(secret).tenantId)}/oauth2/v2.0/token`,
    form(secret) {
      const { clientId, clientSecret, environment } = partsOf(secret);
      return {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: `${environment.replace(/\/+$/, '')}/.default`,
      };
    },
  },
  headers: (token) => ({
    authorization: `Bearer ${token}`,
    // Decimals as texts, so that none passes through a float.
    accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true',
  }),
  // Transactions reach headquarters in two steps, minutes apart; after an offline spell days.
  notFoundDelaysMs: [
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    DAY_MS,
    DAY_MS,
  ],
  async hydrate({ id, version }, api, context) {
    const parsed = keySchema.safeParse(JSON.parse(id));
    if (!parsed.success)
      throw new PermanentError('schema', 'The notice names no transaction', { where: '/id' });
    const [dataAreaId, operatingUnit, terminal, number] = parsed.data;
    const key: TransactionKey = { dataAreaId, operatingUnit, terminal, number };
    const rows = await askForRows(key, async (path) => {
      const answer = await api.get(path);
      return scrub(answer, { ...rowRules, pseudonymise: context.pseudonymise }).value;
    });
    const ids = scrub([dataAreaId, operatingUnit, terminal, number], {
      ...rowRules,
      pseudonymise: context.pseudonymise,
    }).value as string[];
    const [, ownUnit = '', ownTerminal = '', ownNumber = ''] = ids;
    const own = { dataAreaId, operatingUnit: ownUnit, terminal: ownTerminal, number: ownNumber };
    return readingOf([mapDynamicsTransaction(own, rows, version, context)], context.catalog);
  },
};

const rowRules = {
  productFields: new Set(['barcode', 'itemid']),
  idFields: new Set([
    '',
    'rreceiptid',
    'receiptnumber',
    'returntransactionnumber',
    'giftcardid',
    'creditvoucherid',
    'customeraccount',
    'staff',
    'shift',
    'batchterminalid',
  ]),
  harmlessNames: new Set<string>(),
};

/** `<tenant id> <client id> <client secret> <address of the environment>` */
function partsOf(secret: string) {
  const [tenantId = '', clientId = '', clientSecret = '', environment = ''] = secret.trim().split(/\s+/);
  return { tenantId, clientId, clientSecret, environment };
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
  hydration,
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
