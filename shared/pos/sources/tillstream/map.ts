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
      for (const [index, line] of rest.lines.entries())
        if (line.enteredAt !== undefined) line.enteredAt = at(line.enteredAt, `/lines/${index}/enteredAt`);
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
  for (const { priceOverride, taxOverride } of lines) {
    for (const override of [priceOverride, taxOverride]) {
      if (override?.approvedBy !== undefined)
        override.approvedBy = operatorPseudonym(pseudonymise, override.approvedBy);
    }
  }
  if (returnOf?.operatorId !== undefined)
    returnOf.operatorId = operatorPseudonym(pseudonymise, returnOf.operatorId);
}

type Numbered = Omit<WireTransaction, 'id'>;
type Unnumbered = Omit<Numbered, 'customerId' | 'lines' | 'tenders' | 'returnOf'> &
  Pick<TransactionEvent, 'lines' | 'tenders' | 'customerRef' | 'returnOf'>;

/** Numbers of customers and gift cards, and tokens of cards, become pseudonyms; most transactions have none. */
function withoutNumbers(wire: Numbered, pseudonymise: Pseudonymise): Unnumbered {
  const { customerId, returnOf } = wire;
  const hasNumber =
    customerId !== undefined ||
    returnOf?.cardToken !== undefined ||
    wire.lines.some(({ giftCardNumber }) => giftCardNumber !== undefined) ||
    wire.tenders.some(({ giftCardNumber, cardToken }) => (giftCardNumber ?? cardToken) !== undefined);
  // Without numbers nothing has to be copied.
  if (!hasNumber) return wire;
  const { customerId: _customer, lines, tenders, returnOf: sale, ...rest } = wire;
  const card = (token: string | undefined) =>
    token === undefined ? {} : { cardRef: pseudonymise('card', token) };
  const giftCard = (number: string | undefined) =>
    number === undefined ? {} : { giftCardRef: pseudonymise('gift-card', number) };
  const { cardToken: saleToken, ...returned } = sale ?? {};
  return {
    ...rest,
    lines: lines.map(({ giftCardNumber, ...line }) => ({ ...line, ...giftCard(giftCardNumber) })),
    tenders: tenders.map(({ giftCardNumber, cardToken, ...tender }) => ({
      ...tender,
      ...giftCard(giftCardNumber),
      ...card(cardToken),
    })),
    ...(sale === undefined ? {} : { returnOf: { ...returned, ...card(saleToken) } }),
    ...(customerId === undefined ? {} : { customerRef: pseudonymise('customer', customerId) }),
  };
}
