import { PermanentError } from '../../../errors.ts';
import { businessDateSchema } from '../../../ids.ts';
import { checkedEvent } from '../../canonical.ts';
import type { Quality } from '../../enrich.ts';
import type { PosEvent, TransactionEvent } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import { dateOf, isTrue, plainName } from './dialect.ts';
import { ownDiscountsOf, takeOffAll } from './discounts.ts';
import { headOf, transactionIdOf } from './head.ts';
import type { Reading } from './draft.ts';
import { lineDrafts, takeDiscountsOff } from './lines.ts';
import { linkedIdOf, linksOf, voidLinkOf } from './links.ts';
import { applyRewards } from './rewards.ts';
import { bestReading } from './statements.ts';
import { hasBareRate, settleLineTaxes, settleTaxes, signedTaxes, taxDraft } from './taxes.ts';
import { paymentOf } from './tenders.ts';
import { shortText } from './texts.ts';
import type { TotalsReading } from './totals.ts';
import { unreadAmounts } from './unread.ts';
import { withVoids } from './voids.ts';
import { childrenOf, textAt, type XmlElement } from './xml.ts';

/** Lines, tenders and taxes together; a canonical event has at most 2,000 lines. */
const MAX_LINE_ITEMS = 5_000;

/** A `RetailTransaction` as a canonical event. @throws PermanentError `schema`, `too-many-lines` */
export function retailEvent(
  transaction: XmlElement,
  retail: XmlElement,
  context: ReadContext,
  quality: Quality,
): PosEvent {
  const { envelope, key, currency, amounts, shift } = headOf(transaction, context, quality);
  const reading: Reading = { amounts, currency, context, quality };
  const items = childrenOf(retail, 'LineItem');
  if (items.length > MAX_LINE_ITEMS) {
    throw new PermanentError('too-many-lines', `A transaction has at most ${MAX_LINE_ITEMS} line items`, {
      where: '/RetailTransaction',
    });
  }
  const voids = voidLinkOf(retail);
  const status = voids ? 'voided' : statusOf(transaction, retail);
  const settled = settle(transaction, retail, items, reading, status === 'completed');
  const customer = customerOf(retail, items);
  const voidedId = voids && linkedIdOf(voids, key, reading);
  if (voids && voidedId === undefined) {
    throw new PermanentError('schema', 'names no transaction that could be voided', {
      where: '/RetailTransaction/TransactionLink',
    });
  }
  const voidedDate = businessDateSchema.safeParse(dateOf(voids)).data;
  const links = linksOf(retail, items, key, reading);
  return checkedEvent({
    ...envelope,
    // A till sends a transaction again, with the same key, when its status changes: that is another event.
    ...(status === 'completed' ? {} : { eventId: `${String(envelope['eventId'])}:${status}` }),
    // A void stands for the sale that it takes back, on that sale's date.
    ...(voidedDate === undefined ? {} : { businessDate: voidedDate }),
    kind: 'transaction',
    transactionId: voidedId ?? transactionIdOf(key),
    ...receiptOf(transaction, retail, quality),
    status,
    ...shift,
    currency,
    ...settled,
    ...(customer === undefined ? {} : { customerRef: context.pseudonymise('customer', customer) }),
    ...links,
    ...quality.field,
  });
}

type Settled = Pick<TransactionEvent, 'lines' | 'tenders' | 'totals' | 'taxIncluded' | 'taxes'>;

/** Lines, tenders, taxes and totals in the reading in which they agree. */
function settle(
  transaction: XmlElement,
  retail: XmlElement,
  items: readonly XmlElement[],
  reading: Reading,
  isFinal: boolean,
): Settled {
  const drafts = withVoids(lineDrafts(items, reading));
  applyRewards(items, reading, drafts);
  const payment = paymentOf(items, reading);
  const itemTaxes = items
    .filter((item) => !isTrue(item, 'VoidFlag'))
    .flatMap((item) => childrenOf(item, 'Tax'))
    .map((element) => taxDraft(element, undefined, reading));
  const own = ownDiscountsOf(items, reading);
  const stated = { transaction, retail, items, payment, itemTaxes, ownDiscountMinor: own.amountMinor };
  const { found, counted, tenders } = bestReading(stated, drafts, reading);
  if (found.lineDiscountsOff) for (const draft of counted) takeDiscountsOff(draft);
  if (found.ownDiscountsOff) takeOffAll(counted, -own.amountMinor, own.reason);
  settleLineTaxes(counted, found.tax === 'rates' || found.isTaxOfLines, found.taxIncluded);
  const taxes = settleTaxes(signedTaxes(itemTaxes, found.totals.grossMinor < 0), counted, found.tax);
  if (isFinal) reportReading(found, counted.some(hasBareRate), retail, reading);
  const { tipMinor, roundingMinor, ...totals } = found.totals;
  return {
    taxIncluded: found.taxIncluded,
    lines: drafts.map(({ line }) => line),
    tenders,
    totals: {
      ...totals,
      ...(tipMinor === 0 ? {} : { tipMinor }),
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
    },
    ...(taxes.length === 0 ? {} : { taxes }),
  };
}

/** What finance should know of how the totals were found. */
function reportReading(
  found: TotalsReading,
  hasRatesAlone: boolean,
  retail: XmlElement,
  { quality, amounts }: Reading,
): void {
  const [finer] = amounts.rounded;
  if (found.isOfLinesAlone && amounts.roundedAmounts > 0) {
    throw new PermanentError(
      'schema',
      `has more decimals than ${amounts.currency} has, and no total or tender says what was paid`,
      { where: `/${finer ?? ''}` },
    );
  }
  if (!found.isBalanced) quality.flag('totals-unbalanced');
  else if (found.isDisputed) quality.flag('totals-disagree');
  if (found.tax === 'rates' || (found.tax === 'lines' && hasRatesAlone)) quality.flag('tax-calculated');
  for (const where of amounts.rounded) quality.flag('amount-rounded', where);
  for (const where of unreadAmounts(retail, found.isBalanced)) quality.flag('content-not-read', where);
}

function receiptOf(
  transaction: XmlElement,
  retail: XmlElement,
  quality: Quality,
): Pick<TransactionEvent, 'receiptNumber'> {
  const receipt = textAt(retail, 'ReceiptNumber') ?? textAt(transaction, 'ReceiptNumber');
  return receipt === undefined ? {} : { receiptNumber: shortText(receipt, 'ReceiptNumber', quality) };
}

function customerOf(retail: XmlElement, items: readonly XmlElement[]): string | undefined {
  const inLines = items.flatMap((item) => childrenOf(item, 'LoyaltyMembership'));
  return (
    textAt(retail, 'Customer', 'CustomerID') ??
    textAt(retail, 'LoyaltyAccount', 'LoyaltyAccountID') ??
    textAt(retail, 'LoyaltyAccount', 'CustomerID') ??
    inLines.map((membership) => textAt(membership, 'LoyaltyID')).find((id) => id !== undefined)
  );
}

const STATUS = new Map<string, TransactionEvent['status']>(
  Object.entries({
    Cancelled: 'cancelled',
    Canceled: 'cancelled',
    Failed: 'cancelled',
    SuspendedDeleted: 'cancelled',
    TimedOut: 'cancelled',
    PostVoided: 'voided',
    Voided: 'voided',
    Suspended: 'suspended',
    SuspendedRetrieved: 'suspended',
  } as const),
);

function statusOf(transaction: XmlElement, retail: XmlElement): TransactionEvent['status'] {
  if (isTrue(transaction, 'CancelFlag')) return 'cancelled';
  if (isTrue(transaction, 'VoidedFlag')) return 'voided';
  if (isTrue(transaction, 'SuspendedFlag')) return 'suspended';
  return STATUS.get(plainName(retail.attributes['TransactionStatus'] ?? '')) ?? 'completed';
}
