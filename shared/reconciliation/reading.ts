import { FNV_START, fnvStep } from '../fnv1a.ts';
import { postingsOfTransaction } from '../ledger/expected-postings.ts';
import { giftCardMovementOf, type GiftCardMovement } from '../ledger/gift-cards.ts';
import { tenderAccount, type PostingProfile } from '../ledger/posting-profile.ts';
import type { Currency } from '../money.ts';
import { takenIn } from '../pos/drawer-cash.ts';
import type { TenderType, TransactionEvent } from '../pos/event.ts';
import { isInForce, transactionKey, versionRank } from '../pos/transaction-versions.ts';
import { epochMsOf, MINUTE_MS } from '../time.ts';
import { accountKey, amountsOf, NO_AMOUNTS, type AccountKey, type Amounts } from './cell.ts';
import type { CardPayment } from './settlement/card-payment.ts';
import { doubtsOf, isAboutMoney, statedText, type TillDoubt } from './till-doubts.ts';

/** What is kept of a transaction event: enough for its postings, its shift and its identity, and no more. */
export interface Reading {
  readonly kind: 'transaction';
  readonly rank: number;
  readonly eventId: string;
  readonly receivedAt: string;
  /** Names the transaction within its store; a training receipt never has the key of a sale. */
  readonly key: string;
  readonly transactionId: string;
  readonly tillId: string;
  readonly shiftId: string | undefined;
  readonly status: TransactionEvent['status'];
  readonly training: boolean;
  readonly late: boolean;
  readonly currency: Currency;
  readonly grossMinor: number;
  readonly occurredAtMs: number;
  /** Its time zone or business date was assumed, so another delivery may have a different time. */
  readonly isTimeAssumed: boolean;
  /** The same for the same content, see `contentMark`. */
  readonly mark: number;
  /** How many lines it has: each may have been rounded. */
  readonly lines: number;
  /** Empty where the transaction is not posted: voided, suspended, training. */
  readonly amounts: Amounts;
  readonly imbalanceMinor: number;
  /** Accounts that stand for a means of payment that the source did not tell. */
  readonly uncertain: readonly AccountKey[];
  readonly taken: readonly (readonly [TenderType, number])[];
  /** Undefined where no gift card is concerned. */
  readonly giftCards: GiftCardMovement | undefined;
  /** Kept only where acquirers are compared. */
  readonly cardPayment?: CardPayment | undefined;
  /** A payment that counts as a sale, as its order is not known. */
  readonly lacksOrder: boolean;
  readonly unknownCodes: readonly string[];
  readonly unknownTenders: readonly string[];
  readonly doubts: readonly TillDoubt[];
  /** What the till says in several places, where it is in doubt. */
  readonly stated: string | undefined;
  /** A person decided that it counts, beside what else has its id or number. */
  readonly decided: boolean;
}

/** One for all, as a day has a million transactions without any. */
const NONE: readonly never[] = [];

/** @param dayEndMs when its business date ended in the store; undefined for a store that we do not know. */
export function readingOf(
  event: TransactionEvent,
  profile: PostingProfile,
  dayEndMs: number | undefined,
): Reading {
  const posted = isInForce(event);
  const { postings, imbalanceMinor } = posted
    ? postingsOfTransaction(event, profile)
    : { postings: NONE, imbalanceMinor: 0 };
  const { quality } = event;
  const hasUnknownTender = quality?.includes('unknown-tender') === true;
  const lacksOrder = posted && quality?.includes('payment-without-order') === true;
  const key = transactionKey(event);
  const doubts = quality === undefined || event.training ? NONE : doubtsOf(quality);
  return {
    kind: 'transaction',
    rank: versionRank(event),
    eventId: event.eventId,
    receivedAt: event.receivedAt,
    key: event.training ? `training ${key}` : key,
    transactionId: event.transactionId,
    tillId: event.tillId,
    shiftId: event.shiftId,
    status: event.status,
    training: event.training,
    late: event.offline && dayEndMs !== undefined && epochMsOf(event.receivedAt) >= dayEndMs,
    currency: event.currency,
    grossMinor: event.totals.grossMinor,
    occurredAtMs: epochMsOf(event.occurredAt),
    isTimeAssumed:
      quality !== undefined &&
      (quality.includes('zone-assumed') || quality.includes('business-date-assumed')),
    mark: contentMark(event),
    lines: event.lines.length,
    amounts: postings.length === 0 ? NO_AMOUNTS : amountsOf(postings, event.currency),
    imbalanceMinor,
    uncertain:
      posted && hasUnknownTender ? [accountKey(tenderAccount(profile, 'other'), event.currency)] : NONE,
    taken: posted ? takenIn(event) : NONE,
    giftCards: posted ? giftCardMovementOf(event, profile) : undefined,
    lacksOrder,
    // The one line of a payment stands for what is not known: no product is to be added for it.
    unknownCodes:
      !lacksOrder && quality?.includes('unknown-product')
        ? event.lines.filter((line) => line.productId === undefined).map((line) => line.productCode)
        : NONE,
    unknownTenders: hasUnknownTender
      ? event.tenders.filter((tender) => tender.type === 'other').map((tender) => tender.label ?? 'other')
      : NONE,
    doubts,
    stated: doubts.some(isAboutMoney) ? statedText(event) : undefined,
    decided: event.decision === 'count',
  };
}

/** Whether two events say the same: a repeat, not a conflict. */
export function isSameReading(one: Reading, other: Reading): boolean {
  return (
    one.mark === other.mark &&
    one.rank === other.rank &&
    one.transactionId === other.transactionId &&
    one.tillId === other.tillId &&
    (one.isTimeAssumed || other.isTimeAssumed || one.occurredAtMs === other.occurredAtMs)
  );
}

/** Of several deliveries of one event the first counts, whatever the order in which they are read. */
export function isEarlier(one: Reading, other: Reading): boolean {
  const [left, right] = [one, other].map(({ receivedAt, mark, rank, tillId, transactionId, occurredAtMs }) =>
    JSON.stringify([receivedAt, mark, rank, tillId, transactionId, occurredAtMs]),
  ) as [string, string];
  return left <= right;
}

/** Every offset of a zone in use is a multiple of this. */
const ZONE_STEP_MS = 15 * MINUTE_MS;

/**
 * A number over everything in a transaction that moves money or goods. `contentDigest` covers every field, but takes
 * longer than parsing the event, which is too much for each of a million transactions; what differs in nothing
 * but a description or a reason changes no book.
 */
function contentMark(event: TransactionEvent): number {
  const mark = new Mark();
  mark.text(event.source);
  mark.text(event.currency);
  mark.text(event.shiftId ?? '');
  mark.number(epochMsOf(event.occurredAt) % ZONE_STEP_MS);
  mark.number(Number(event.training) + 2 * Number(event.taxIncluded));
  const { netMinor, taxMinor, grossMinor, tipMinor = 0, roundingMinor = 0 } = event.totals;
  for (const amountMinor of [netMinor, taxMinor, grossMinor, tipMinor, roundingMinor])
    mark.number(amountMinor);
  for (const line of event.lines) {
    mark.text(line.productCode);
    mark.text(line.type);
    mark.number(line.quantityMilli);
    mark.number(line.extendedAmountMinor);
    mark.number(Number(line.voided === true));
    markTaxes(mark, line.taxes);
  }
  markTaxes(mark, event.taxes);
  for (const tender of event.tenders) {
    mark.text(tender.type);
    mark.number(tender.amountMinor);
    mark.number(tender.changeMinor ?? 0);
  }
  return mark.value;
}

function markTaxes(mark: Mark, taxes: TransactionEvent['taxes']): void {
  for (const tax of taxes ?? []) {
    mark.text(tax.code);
    mark.number(tax.amountMinor);
  }
}

/** Two independent 32-bit hashes (FNV-1a and a multiplicative one), of which 52 bits are kept. */
class Mark {
  #one = FNV_START;
  #two = 0x9e3779b9;

  #add(word: number): void {
    this.#one = fnvStep(this.#one, word);
    this.#two = Math.imul((this.#two << 5) ^ (this.#two >>> 3) ^ word, 0x85ebca6b);
  }

  number(value: number): void {
    this.#add(value | 0);
    this.#add(Math.floor(value / 2 ** 32) | 0);
  }

  text(value: string): void {
    this.#add(value.length);
    for (let at = 0; at < value.length; at += 1) this.#add(value.charCodeAt(at));
  }

  get value(): number {
    return (this.#one >>> 0) * 2 ** 20 + (this.#two >>> 12);
  }
}
