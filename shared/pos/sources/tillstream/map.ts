import { eventIdSchema, type OperatorId } from '../../../ids.ts';
import { weighed } from '../../scale-code.ts';
import { SCHEMA_VERSION, type PosEvent, type TransactionEvent } from '../../event.ts';
import { Quality, businessDateFor, identifyProduct, instantOf, storeOf } from '../../enrich.ts';
import { PermanentError } from '../../../errors.ts';
import type { Pseudonymise } from '../../../privacy/pseudonym.ts';
import type { ReadContext } from '../source.ts';
import type { WireEvent, WireTransaction } from './wire-schema.ts';

/**
 * A wire event that matches the schema becomes a canonical event. What the schema ensures is not checked again:
 * a property test proves that every result satisfies the canonical schema.
 *
 * `wire` is the schema's own copy of the input and is used up: its lines get their product ids in place, as copying
 * them is what mapping would cost most.
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
  const { id, ...rest } = wire;
  if (rest.operatorId !== undefined)
    rest.operatorId = operatorPseudonym(context.pseudonymise, rest.operatorId);
  const envelope = {
    schemaVersion: SCHEMA_VERSION,
    eventId: eventIdSchema.parse(`tillstream:${id}`),
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
  let event: PosEvent;
  switch (rest.kind) {
    case 'transaction':
      for (const line of rest.lines) {
        const product = identifyProduct(line, context.catalog, quality);
        if (product?.scaleCode !== undefined) Object.assign(line, weighed(line, product, rest.currency));
      }
      pseudonymiseOthers(rest, context.pseudonymise);
      event = Object.assign(withoutNumbers(rest, context.pseudonymise), envelope);
      break;
    case 'drawer':
    case 'shift':
      event = Object.assign(rest, envelope);
      break;
    case 'stock':
      for (const item of rest.items) identifyProduct(item, context.catalog, quality);
      event = Object.assign(rest, envelope);
      break;
    case 'price':
      for (const item of rest.items) identifyProduct(item, context.catalog, quality);
      rest.effectiveAt = at(rest.effectiveAt, '/effectiveAt');
      event = Object.assign(rest, envelope);
      break;
  }
  const { issues } = quality;
  if (issues.length > 0) event.quality = issues;
  return event;
}

const operatorPseudonym = (pseudonymise: Pseudonymise, id: OperatorId): OperatorId =>
  pseudonymise('operator', id) as OperatorId;

/** Operators besides the one at the till: who approved a price, and who sold what comes back. */
function pseudonymiseOthers(
  { lines, returnOf }: Omit<WireTransaction, 'id'>,
  pseudonymise: Pseudonymise,
): void {
  for (const { priceOverride } of lines) {
    if (priceOverride?.approvedBy !== undefined)
      priceOverride.approvedBy = operatorPseudonym(pseudonymise, priceOverride.approvedBy);
  }
  if (returnOf?.operatorId !== undefined)
    returnOf.operatorId = operatorPseudonym(pseudonymise, returnOf.operatorId);
}

/** Numbers of customers and gift cards become pseudonyms; most transactions have neither. */
function withoutNumbers(
  wire: Omit<WireTransaction, 'id'>,
  pseudonymise: Pseudonymise,
): Omit<WireTransaction, 'id' | 'customerId' | 'tenders'> &
  Pick<TransactionEvent, 'tenders' | 'customerRef'> {
  const hasGiftCard = wire.tenders.some((tender) => tender.giftCardNumber !== undefined);
  if (wire.customerId === undefined && !hasGiftCard) return wire;
  const { customerId, ...rest } = wire;
  return {
    ...rest,
    tenders: wire.tenders.map(({ giftCardNumber, ...tender }) =>
      giftCardNumber === undefined
        ? tender
        : { ...tender, giftCardRef: pseudonymise('gift-card', giftCardNumber) },
    ),
    ...(customerId === undefined ? {} : { customerRef: pseudonymise('customer', customerId) }),
  };
}
