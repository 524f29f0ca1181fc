import { eventIdSchema } from '../../../ids.ts';
import { SCHEMA_VERSION, type PosEvent, type TransactionEvent } from '../../event.ts';
import { Quality, businessDateFor, instantOf, storeOf, withProduct } from '../../enrich.ts';
import { PermanentError } from '../../../errors.ts';
import type { ReadContext } from '../source.ts';
import type { WireEvent, WireTransaction } from './wire-schema.ts';

/**
 * A wire event of which the schema holds becomes a canonical event. What the schema settled is not checked again:
 * a property test proves that every result satisfies the canonical schema.
 * @throws PermanentError `schema` for a date that the calendar does not have.
 */
export function mapWireEvent(wire: WireEvent, context: ReadContext): PosEvent {
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'tillstream', wire.storeId, quality);
  const at = (text: string, where: string): string => {
    const instant = instantOf(text, store, quality);
    if (instant === undefined) {
      throw new PermanentError('schema', 'is no date and time of the calendar', { where });
    }
    return instant;
  };
  const occurredAt = at(wire.occurredAt, '/occurredAt');
  const envelope = {
    schemaVersion: SCHEMA_VERSION,
    eventId: eventIdSchema.parse(`tillstream:${wire.id}`),
    source: 'tillstream',
    storeId,
    occurredAt,
    businessDate: businessDateFor(wire.businessDate, occurredAt, store, quality),
    receivedAt: context.receivedAt,
    offline: wire.offline ?? false,
    training: wire.training ?? false,
    traceparent: context.traceparent,
    version: wire.version ?? 1,
  } as const;
  const { id: _id, ...rest } = wire;
  let event: PosEvent;
  switch (rest.kind) {
    case 'transaction':
      event = { ...transactionOf(rest, context, quality), ...envelope };
      break;
    case 'drawer':
    case 'shift':
      event = { ...rest, ...envelope };
      break;
    case 'stock': {
      const items = rest.items.map((item) => withProduct(item, context.catalog, quality));
      event = { ...rest, ...envelope, items };
      break;
    }
    case 'price': {
      const items = rest.items.map((item) => withProduct(item, context.catalog, quality));
      event = { ...rest, ...envelope, items, effectiveAt: at(rest.effectiveAt, '/effectiveAt') };
      break;
    }
  }
  const { issues } = quality;
  return issues.length === 0 ? event : { ...event, quality: issues };
}

function transactionOf(
  wire: Omit<WireTransaction, 'id'>,
  { catalog, pseudonymise }: ReadContext,
  quality: Quality,
): Omit<
  TransactionEvent,
  | 'schemaVersion'
  | 'eventId'
  | 'source'
  | 'receivedAt'
  | 'traceparent'
  | 'offline'
  | 'training'
  | 'version'
  | 'businessDate'
> {
  const {
    customerId,
    businessDate: _businessDate,
    offline: _offline,
    training: _training,
    version: _version,
    ...rest
  } = wire;
  return {
    ...rest,
    lines: wire.lines.map((line) => withProduct(line, catalog, quality)),
    tenders: wire.tenders.map(({ giftCardNumber, ...tender }) =>
      giftCardNumber === undefined
        ? tender
        : { ...tender, giftCardRef: pseudonymise('gift-card', giftCardNumber) },
    ),
    ...(customerId === undefined ? {} : { customerRef: pseudonymise('customer', customerId) }),
  };
}
