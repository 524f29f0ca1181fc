import type { BusinessDate } from '../ids.ts';
import { formatAmount, type Currency } from '../money.ts';
import type { DeadLetter } from '../pos/dead-letter.ts';

/** What finance needs to know of a dead letter that may be money. */
export interface LetterInDoubt {
  /** The name of its blob, which IT replays. If the event died in two stages, this is the first letter. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly storeId: string | undefined;
  readonly businessDate: BusinessDate;
  /** False where the payload names no date, so the date of its death is used. */
  readonly isDateKnown: boolean;
  /** The transaction or event concerned. */
  readonly subject: string | undefined;
  /** `12.34 EUR`, if it is a transaction that can be read. */
  readonly amount: string | undefined;
  /** It was landed before it died: reconciliation includes it, stock or till counters do not. */
  readonly isInBooks: boolean;
  readonly canReplay: boolean;
}

/** Stages with letters that hold no event: undelivered alerts, and messages of reconciliation itself. */
const NO_EVENTS: ReadonlySet<string> = new Set(['notify', 'outbox', 'reconcile', 'plan']);
/** These stages read events from the hub, so landing has them too. */
const AFTER_LANDING: ReadonlySet<string> = new Set(['stock', 'tills']);

export const mayBeMoney = (stage: string): boolean => !NO_EVENTS.has(stage);

export function letterInDoubt(name: string, letter: DeadLetter): LetterInDoubt {
  const event = eventIn(letter.payload);
  const date = textIn(event, 'businessDate');
  const isDateKnown = date !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(date);
  // Text that is not even JSON was not landed, whichever stage it died in.
  const isInBooks = AFTER_LANDING.has(letter.stage) && event !== undefined && isDateKnown;
  return {
    name,
    code: letter.code,
    message: letter.message,
    storeId: letter.storeId ?? textIn(event, 'storeId'),
    businessDate: (isDateKnown ? date : letter.diedAt.slice(0, 10)) as BusinessDate,
    isDateKnown,
    subject: textIn(event, 'transactionId') ?? letter.eventId ?? textIn(event, 'eventId'),
    amount: amountIn(event),
    isInBooks,
    canReplay: letter.replay.to !== 'nowhere',
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function eventIn(payload: string): JsonObject | undefined {
  try {
    const read: unknown = JSON.parse(payload);
    return typeof read === 'object' && read !== null && !Array.isArray(read)
      ? (read as JsonObject)
      : undefined;
  } catch {
    // An unreadable payload has neither date nor amount; the letter itself says why.
    return undefined;
  }
}

function textIn(event: JsonObject | undefined, field: string): string | undefined {
  const value = event && Object.hasOwn(event, field) ? event[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function amountIn(event: JsonObject | undefined): string | undefined {
  const totals = event?.['totals'] as JsonObject | undefined;
  const gross = totals?.['grossMinor'];
  const currency = textIn(event, 'currency');
  if (typeof gross !== 'number' || !Number.isSafeInteger(gross) || !/^[A-Z]{3}$/.test(currency ?? ''))
    return undefined;
  return `${formatAmount(gross, currency as Currency)} ${currency}`;
}
