import type { BusinessDate, StoreId } from '../ids.ts';
import { formatAmount, toTotal, type Currency } from '../money.ts';
import { toInstant } from '../time.ts';
import type { Claim } from './claim.ts';
import { NO_EVIDENCE } from './classify.ts';
import {
  exceptionIdOf,
  type Candidate,
  type Category,
  type Evidence,
  type ExceptionClass,
  type ReconciliationException,
} from './exception.ts';
import { ownerOf } from './judgement.ts';
import type { FoundReading, QualityFinding } from './quality-findings.ts';
import { DOUBT_TEXTS, isAboutMoney } from './till-doubts.ts';
import { unreadText, type UnreadRows } from './unread-rows.ts';

/** Faults in the data itself. They change no total, so they have no parts. */
export function exceptionOfFinding(
  finding: Exclude<QualityFinding, { kind: 'unknown-store' }>,
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  switch (finding.kind) {
    case 'unbalanced-transaction':
      return unbalanced(finding, storeId, businessDate);
    case 'payment-without-order':
      return paymentWithoutOrder(finding, storeId, businessDate);
    case 'identity-conflict':
      return identityConflict(finding, storeId, businessDate);
    case 'till-doubt':
      return tillDoubt(finding, storeId, businessDate);
    case 'counted-by-decision':
      return countedByDecision(finding, storeId, businessDate);
    default:
      return unknownCode(finding, storeId, businessDate);
  }
}

function unbalanced(
  finding: QualityFinding & { kind: 'unbalanced-transaction' },
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const { transactionId, eventId, imbalanceMinor, currency } = finding;
  return dataException({
    storeId,
    businessDate,
    category: finding.kind,
    subject: transactionId,
    // Two tills may give the same number, and each event is a fault of its own.
    about: eventId,
    detail: `The till's debits and credits differ by ${formatAmount(imbalanceMinor, currency)} ${currency}; the difference is posted nowhere`,
    amountMinor: BigInt(imbalanceMinor),
    currency,
    evidence: { ...NO_EVIDENCE, transactionIds: [transactionId], eventIds: [eventId] },
  });
}

function paymentWithoutOrder(
  { kind, transactionId, eventId, grossMinor, currency }: QualityFinding & { kind: 'payment-without-order' },
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  return dataException({
    storeId,
    businessDate,
    category: kind,
    subject: transactionId,
    about: eventId,
    detail: `A payment for a sale of ${formatAmount(grossMinor, currency)} ${currency} names no order: what was sold, and with which tax, is not known. It counts as one unnamed item until its order comes`,
    amountMinor: BigInt(grossMinor),
    currency,
    evidence: { ...NO_EVIDENCE, transactionIds: [transactionId], eventIds: [eventId] },
  });
}

/** Both readings, and which of them counts until a person decides. */
function identityConflict(
  finding: QualityFinding & { kind: 'identity-conflict' },
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const { kind, of, id, readings, count, heldMinor, currency } = finding;
  const [first, second] = readings;
  const texts = [first, second].flatMap((reading) => (reading ? [readingText(reading)] : []));
  const more = count > 2 ? `; and ${count - 2} more` : '';
  const found = {
    storeId,
    businessDate,
    subject: id,
    about: `${of} ${first?.eventId}`,
    currency,
    evidence: {
      ...NO_EVIDENCE,
      transactionIds: [...new Set(readings.flatMap(({ transactionId }) => transactionId ?? []))],
      eventIds: [...new Set(readings.map(({ eventId }) => eventId))],
      omitted: count - readings.length,
    },
  };
  const texted = `${texts.join('; ')}${more}`;
  if (of === 'transaction' && finding.allCount)
    return dataException({
      ...found,
      category: 'duplicate-number',
      detail: `One transaction number has ${count} receipts, and all count: ${texted}`,
      amountMinor: finding.beyondFirstMinor,
      claim: { kind: 'same-number', number: id, count, eventIds: found.evidence.eventIds },
    });
  const what = of === 'event' ? 'event id' : 'transaction number';
  return dataException({
    ...found,
    category: kind,
    detail: `One ${what} has ${count} contents: ${texted}`,
    amountMinor: heldMinor,
  });
}

function readingText(reading: FoundReading): string {
  const { tillId, occurredAtMs, what, grossMinor, currency, counts, decided, transactionId } = reading;
  const amount =
    grossMinor === undefined || currency === undefined
      ? ''
      : ` ${formatAmount(grossMinor, currency)} ${currency}`;
  const number = transactionId === undefined ? '' : ` ${transactionId}`;
  const till = tillId === undefined ? '' : ` of till ${tillId}`;
  return `${what}${number}${amount}${till} at ${toInstant(occurredAtMs).slice(0, 19).replace('T', ' ')} UTC (${decided ? 'counts, by decision' : counts ? 'counts' : 'does not count'})`;
}

function tillDoubt(
  finding: QualityFinding & { kind: 'till-doubt' },
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const { doubt, tillId, events, readings, gross } = finding;
  const sums = [...gross]
    .map(([currency, amount]) => `${formatAmount(amount, currency)} ${currency}`)
    .join(', ');
  const size = `${events} ${events === 1 ? 'event' : 'events'}${sums === '' ? '' : `, gross ${sums}`}`;
  return dataException({
    storeId,
    businessDate,
    category: doubt,
    subject: tillId === undefined ? 'store' : `till ${tillId}`,
    about: 'till-doubt',
    detail: [`${DOUBT_TEXTS[doubt]} (${size})`, ...readings].join('. '),
    amountMinor: 0n,
    currency: undefined,
    evidence: evidenceOfEvents(finding),
    ...(isAboutMoney(doubt) ? {} : { class: 'no action' }),
  });
}

function countedByDecision(
  { kind, reading, counts }: QualityFinding & { kind: 'counted-by-decision' },
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const { eventId, transactionId } = reading;
  const but = counts ? '' : '. A later version of the transaction supersedes it';
  return dataException({
    storeId,
    businessDate,
    category: kind,
    subject: transactionId ?? eventId,
    about: `${eventId} ${reading.occurredAtMs}`,
    detail: `A person decided that this counts: ${readingText(reading)}${but}`,
    amountMinor: 0n,
    currency: undefined,
    evidence: {
      ...NO_EVIDENCE,
      transactionIds: transactionId === undefined ? [] : [transactionId],
      eventIds: [eventId],
    },
    class: 'no action',
  });
}

function unknownCode(
  finding: QualityFinding & { kind: 'unknown-product' | 'unknown-tender' },
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const { kind, code, events } = finding;
  const what = kind === 'unknown-product' ? 'No product has this code' : 'No tender type is known for this';
  return dataException({
    storeId,
    businessDate,
    category: kind,
    subject: code,
    // A sale of an unknown tender may have this code as its number.
    about: 'code',
    detail: `${what}; ${events} ${events === 1 ? 'event has' : 'events have'} it`,
    amountMinor: 0n,
    currency: undefined,
    evidence: evidenceOfEvents(finding),
  });
}

export function unreadRowsException(
  unread: UnreadRows,
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  return dataException({
    storeId,
    businessDate,
    category: 'rows-not-read',
    subject: 'ledger rows',
    about: '',
    detail: unreadText(unread),
    amountMinor: 0n,
    currency: undefined,
    evidence: NO_EVIDENCE,
  });
}

export function dataException(of: {
  readonly storeId: StoreId;
  readonly businessDate: BusinessDate;
  readonly category: Category;
  readonly subject: string;
  readonly about: string;
  readonly detail: string;
  readonly amountMinor: bigint;
  readonly currency: Currency | undefined;
  readonly evidence: Evidence;
  /** `requires investigation` where it is left out. */
  readonly class?: ExceptionClass;
  /** That the data is at fault, where it is left out. */
  readonly claim?: Claim;
  readonly candidates?: readonly Candidate[];
}): ReconciliationException {
  const { storeId, businessDate, category, subject, about, detail, currency, evidence } = of;
  return {
    exceptionId: exceptionIdOf(businessDate, storeId, category, subject, about),
    category,
    class: of.class ?? 'requires investigation',
    owner: ownerOf(category),
    storeId,
    businessDate,
    subject,
    detail,
    amountMinor: toTotal(of.amountMinor),
    currency,
    parts: [],
    evidence,
    claim: of.claim ?? { kind: 'data' },
    ...(of.candidates && { candidates: of.candidates, candidateCount: of.candidates.length }),
  };
}

/** The events of a finding; `events` counts them all, also those that it does not name. */
function evidenceOfEvents({
  transactionIds,
  eventIds,
  events,
}: Pick<Evidence, 'transactionIds' | 'eventIds'> & { readonly events: number }): Evidence {
  return { ...NO_EVIDENCE, transactionIds, eventIds, omitted: Math.max(0, events - eventIds.length) };
}
