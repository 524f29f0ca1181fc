import { PermanentError } from '../../../errors.ts';
import { addMinor } from '../../../money.ts';
import { epochMsOf } from '../../../time.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor } from '../../enrich.ts';
import { SCHEMA_VERSION, type TenderType } from '../../event.ts';
import { fineOf, minorOfFine } from '../fine-amounts.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { tenderTypeOf } from './payments.ts';
import { instantAt, placeOf } from './place.ts';
import type { LightspeedClosure } from './sale-schema.ts';

/**
 * A register that was closed is a shift that ended, with what was counted of each tender. Where nothing says what was counted,
 * nothing is made up.
 */
export function closureEvent(closure: LightspeedClosure, context: ReadContext): MappedRecord {
  const { store, storeId } = placeOf(closure, context);
  const quality = new Quality();
  const closedAt = instantAt(closure.register_close_time ?? closure.updated_at, store, quality);
  if (closedAt === undefined) {
    throw new PermanentError('schema', 'The closure has no time', { where: '/payload/register_close_time' });
  }
  const openedAt = instantAt(closure.register_open_time, store, quality);
  const shiftId = closure.id ?? `${closure.register_id}-${epochMsOf(openedAt ?? closedAt)}`;
  const counts = new Map<TenderType, { countedMinor: number; tillExpectedMinor: number }>();
  for (const [index, payment] of (closure.payments ?? []).entries()) {
    const where = `/payload/payments/${index}`;
    if (payment.counted === undefined) continue;
    const tender = tenderTypeOf(payment.payment_type_name ?? payment.name, `${where}/name`, quality);
    const former = counts.get(tender) ?? { countedMinor: 0, tillExpectedMinor: 0 };
    const minorOf = (value: string | number): number => minorOfFine(fineOf(value, where), store.currency);
    counts.set(tender, {
      countedMinor: addMinor(former.countedMinor, minorOf(payment.counted)),
      tillExpectedMinor: addMinor(former.tillExpectedMinor, minorOf(payment.total ?? 0)),
    });
  }
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `lightspeed-x:closure-${shiftId}`,
    source: 'lightspeed-x',
    storeId,
    tillId: closure.register_id,
    occurredAt: closedAt,
    businessDate: businessDateFor(undefined, openedAt ?? closedAt, store, quality),
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version: 1,
    kind: 'shift',
    action: 'closed',
    shiftId,
    currency: store.currency,
    ...(counts.size === 0
      ? {}
      : { counts: [...counts].map(([tender, counted]) => ({ tender, ...counted })) }),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}
