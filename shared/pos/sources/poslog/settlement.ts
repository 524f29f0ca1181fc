import { PermanentError } from '../../../errors.ts';
import { checkedEvent } from '../../canonical.ts';
import type { Quality } from '../../enrich.ts';
import type { PosEvent, TenderType } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import { plainName } from './dialect.ts';
import { headOf } from './head.ts';
import { tenderTypeOf } from './tenders.ts';
import { childrenOf, textAt, type XmlElement } from './xml.ts';

/** What a till counted per tender, by the names that it may have in a `TenderSummary`. */
const COUNTED = new Set(['Ending', 'Closing', 'Actual']);
const MAX_SUMMARIES = 1_000;

/**
 * `TillSettle`: the shift is closed, and its tenders were counted. Over and short are the till's own opinion.
 * @throws PermanentError `unsupported-settlement` for one that no shift could be compared with.
 */
export function settlementEvent(
  transaction: XmlElement,
  control: XmlElement,
  context: ReadContext,
  quality: Quality,
): PosEvent | undefined {
  const settles = childrenOf(control, 'TillSettle');
  if (settles.length === 0) return undefined;
  const { envelope, currency, amounts, shift } = headOf(transaction, context, quality);
  const entries = settles
    .flatMap((settle) => childrenOf(settle, 'TenderSummary'))
    .flatMap((summary) => summary.children)
    .slice(0, MAX_SUMMARIES + 1);
  const unsupported = (message: string): PermanentError =>
    new PermanentError('unsupported-settlement', message, { where: '/TenderControlTransaction/TillSettle' });
  if (entries.length > MAX_SUMMARIES) throw unsupported(`has more than ${MAX_SUMMARIES} amounts`);
  if (shift.shiftId === undefined) {
    throw unsupported('has no SessionID, so its counts cannot be compared with any sales');
  }
  const counts = new Map<TenderType, { countedMinor: number; overMinor: number; isCounted: boolean }>();
  let openingFloatMinor: number | undefined;
  for (const entry of entries) {
    const name = plainName(entry.attributes['TenderType'] ?? textAt(entry, 'TenderType') ?? 'Cash');
    const tender = tenderTypeOf(name);
    const amountMinor = amounts.exactMinor(entry, 'Amount') ?? 0;
    if (!tender) quality.flag('unknown-tender', name);
    const count = counts.get(tender ?? 'other') ?? { countedMinor: 0, overMinor: 0, isCounted: false };
    if (COUNTED.has(entry.name)) {
      count.countedMinor += amountMinor;
      count.isCounted = true;
    } else if (entry.name === 'Over') count.overMinor += Math.abs(amountMinor);
    else if (entry.name === 'Short') count.overMinor -= Math.abs(amountMinor);
    else if (entry.name === 'Beginning' && tender === 'cash') openingFloatMinor = Math.abs(amountMinor);
    counts.set(tender ?? 'other', count);
  }
  const counted = [...counts].filter(([, { isCounted }]) => isCounted);
  if (counted.length === 0) throw unsupported('has no counted amounts (Ending)');
  return checkedEvent({
    ...envelope,
    ...shift,
    kind: 'shift',
    action: 'closed',
    currency,
    ...(openingFloatMinor === undefined ? {} : { openingFloatMinor }),
    counts: counted.map(([tender, { countedMinor, overMinor }]) => ({
      tender,
      countedMinor,
      tillExpectedMinor: countedMinor - overMinor,
    })),
    ...quality.field,
  });
}
