import { createHash } from 'node:crypto';
import { PermanentError } from '../../../errors.ts';
import { MINUTE_MS, toInstant } from '../../../time.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION, type DrawerEvent } from '../../event.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { HydrateContext, ReadResult } from '../source.ts';
import type { CloverCashEvent } from './order-schema.ts';

/** Cash events have no ids of their own and no address, so those around the time of the notice are asked for. */
const BEFORE_MS = 15 * MINUTE_MS;
const AFTER_MS = MINUTE_MS;

export const cashEventsPath = (merchant: string, atMs: number): string =>
  `/v3/merchants/${encodeURIComponent(merchant)}/cash_events?filter=timestamp%3E%3D${atMs - BEFORE_MS}&filter=timestamp%3C%3D${atMs + AFTER_MS}&limit=1000`;

/**
 * Movements of cash without a sale. The same event may be among the answers to several notices: its id is made of what it
 * says, and its number among equals. One that cannot be read costs itself alone.
 */
export function readCashEvents(
  merchant: string,
  found: readonly CloverCashEvent[],
  context: HydrateContext,
): ReadResult {
  const reading = new Reading(context.catalog);
  const equals = new Map<string, number>();
  for (const event of found) {
    const { timestamp, type, amountChange = 0, device } = event;
    const identity = [merchant, timestamp, type, amountChange, device?.id ?? ''].join('\n');
    const number = (equals.get(identity) ?? 0) + 1;
    equals.set(identity, number);
    reading.record(
      () => recordOf(merchant, event, `${identity}\n${number}`, context),
      () => ({ payload: '', replayable: false }),
    );
  }
  return reading.result;
}

type Movement = Pick<DrawerEvent, 'action' | 'amountMinor'>;

/** @throws PermanentError `cash-event-unknown` */
function movementOf({ type, amountChange = 0 }: CloverCashEvent): Movement | string {
  const amountMinor = Math.abs(amountChange);
  switch (type) {
    // Payments and refunds in cash, which their orders tell.
    case 'TRANSACTION':
      return 'cash-of-a-sale';
    case 'OPEN':
      return { action: 'noSale', amountMinor: 0 };
    case 'LOAD':
      return { action: 'float', amountMinor };
    case 'UNLOAD':
      return { action: 'drop', amountMinor };
    case 'ADJUSTMENT':
      return { action: amountChange < 0 ? 'paidOut' : 'paidIn', amountMinor };
    case 'COUNT':
      if (amountChange === 0) return 'cash-count';
      break;
    default:
  }
  throw new PermanentError(
    'cash-event-unknown',
    `A cash event of type ${/^[A-Z_]{1,30}$/.test(type) ? type : 'that is no name'} changes the drawer by ${amountChange}: whether that is money put in, taken out or missing is not known. Enter it by hand`,
    { where: '/cash_events/type' },
  );
}

function recordOf(
  merchant: string,
  event: CloverCashEvent,
  identity: string,
  context: HydrateContext,
): MappedRecord {
  const movement = movementOf(event);
  if (typeof movement === 'string') return { outcome: 'ignored', reason: movement };
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'clover', merchant, quality);
  if (store === undefined) {
    throw new PermanentError(
      'unknown-store',
      'A cash event names no currency, and no store has this merchant in its sourceLocations.clover',
      { where: '/merchants' },
    );
  }
  const occurredAt = toInstant(event.timestamp);
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  return {
    outcome: 'event',
    quality,
    event: checkedEvent({
      schemaVersion: SCHEMA_VERSION,
      eventId: `clover:cash-${digest}`,
      source: 'clover',
      storeId,
      tillId: event.device?.id ?? 'clover',
      ...(event.employee === undefined
        ? {}
        : { operatorId: context.pseudonymise('operator', event.employee.id) }),
      occurredAt,
      businessDate: businessDateFor(undefined, occurredAt, store, quality),
      receivedAt: context.receivedAt,
      offline: false,
      training: false,
      traceparent: context.traceparent,
      version: 1,
      kind: 'drawer',
      currency: store.currency,
      ...movement,
      ...quality.field,
    }),
  };
}
