import { Quality } from '../../enrich.ts';
import type { PosEvent } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import {
  checkSingle,
  ignoredReason,
  isNoSale,
  noSaleEvent,
  tenderControlEvent,
  unsupported,
} from './control.ts';
import { retailEvent } from './retail.ts';
import { settlementEvent } from './settlement.ts';
import { child, type XmlElement } from './xml.ts';

export type MappedTransaction =
  | { readonly outcome: 'event'; readonly event: PosEvent; readonly quality: Quality }
  | { readonly outcome: 'ignored'; readonly reason: string };

const CONTENTS = new Set(['ControlTransaction', 'TenderControlTransaction', 'RetailTransaction']);

/** One ARTS POSLog `Transaction` as a canonical event. @throws PermanentError `schema`, `unsupported-transaction-type` */
export function mapTransaction(transaction: XmlElement, context: ReadContext): MappedTransaction {
  checkSingle(
    transaction.children.filter(({ name }) => CONTENTS.has(name)),
    '/Transaction',
  );
  const quality = new Quality();
  const event = (mapped: PosEvent): MappedTransaction => ({ outcome: 'event', event: mapped, quality });
  const control = child(transaction, 'ControlTransaction');
  if (control) {
    if (isNoSale(control)) return event(noSaleEvent(transaction, control, context, quality));
    const reason = ignoredReason(control);
    if (reason !== undefined) return { outcome: 'ignored', reason };
  }
  const tenderControl = child(transaction, 'TenderControlTransaction');
  if (tenderControl) {
    const mapped =
      settlementEvent(transaction, tenderControl, context, quality) ??
      tenderControlEvent(transaction, tenderControl, context, quality);
    if (mapped) return event(mapped);
  }
  const retail = child(transaction, 'RetailTransaction');
  if (!retail) throw unsupported(transaction);
  return event(retailEvent(transaction, retail, context, quality));
}
