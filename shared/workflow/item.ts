import { createHash } from 'node:crypto';
import type { TotalMinor } from '../money.ts';
import type {
  Category,
  ExceptionClass,
  Owner,
  ReconciliationException,
} from '../reconciliation/exception.ts';
import { boundedText } from '../row-text.ts';
import type { Instant } from '../time.ts';
import type { Actor } from './actor.ts';

/** How far an exception has been worked off. */
export const ITEM_STATUSES = ['open', 'explained', 'accepted', 'cleared'] as const;
/**
 * - `open`: nobody has answered for it yet, or it has changed since.
 * - `explained`: the cause is known, and a posting or correction will follow.
 * - `accepted`: the difference stays as it is.
 * - `cleared`: the last run does not find it any more.
 */
export type ItemStatus = (typeof ITEM_STATUSES)[number];

/** Why an item is explained or accepted. */
interface Reason {
  readonly code: string;
  readonly text: string;
  readonly by: Actor;
  readonly at: Instant;
}

/**
 * An exception over the nights. Its identity is the exception's own id, which depends on nothing but what the exception
 * is about; when an amount moves from one category to another, as a sale that was missing and is then posted wrongly, the
 * item goes on under its first id.
 */
export interface Item {
  /** Unique within its store and date, for ever. */
  readonly itemId: string;
  /** The exception's id in the newest report that has it. */
  readonly exceptionId: string;
  readonly category: Category;
  readonly class: ExceptionClass;
  readonly owner: Owner;
  readonly subject: string;
  /** Bounded; the report has the whole. */
  readonly detail: string;
  readonly amountMinor: TotalMinor;
  readonly currency: string | undefined;
  /** Whether it explains a part of a difference, or is about the data alone. */
  readonly isMoney: boolean;
  /** Changes with what the exception says of the books. */
  readonly fingerprint: string;
  readonly status: ItemStatus;
  /** Sequence number of the last entry of its history. */
  readonly version: number;
  readonly openedAt: Instant;
  readonly clearedAt?: Instant | undefined;
  /** How often it came back after it had been cleared. */
  readonly reopened: number;
  readonly assignee?: string | undefined;
  readonly reason?: Reason | undefined;
  readonly comments: number;
  /** A person has taken back what a rule accepted, so rules leave it alone. */
  readonly isForPerson: boolean;
}

const MAX_SUBJECT = 1_000;
const MAX_DETAIL = 2_000;

/** What an item takes over from the exception of a report. */
export type ItemContent = Pick<
  Item,
  | 'exceptionId'
  | 'category'
  | 'class'
  | 'owner'
  | 'subject'
  | 'detail'
  | 'amountMinor'
  | 'currency'
  | 'isMoney'
  | 'fingerprint'
>;

export function contentOf(exception: ReconciliationException): ItemContent {
  return {
    exceptionId: exception.exceptionId,
    category: exception.category,
    class: exception.class,
    owner: exception.owner,
    subject: boundedText(exception.subject, MAX_SUBJECT),
    detail: boundedText(exception.detail, MAX_DETAIL),
    amountMinor: exception.amountMinor,
    currency: exception.currency,
    isMoney: exception.parts.length > 0,
    fingerprint: fingerprintOf(exception),
  };
}

/** Not what may differ though nothing has happened, such as the file in which a posting was read, or a wording. */
function fingerprintOf({
  category,
  class: kind,
  amountMinor,
  currency,
  parts,
  evidence,
  candidateCount = 0,
}: ReconciliationException): string {
  const sorted = (lines: readonly unknown[]): string[] => lines.map((line) => JSON.stringify(line)).sort();
  const content = [
    category,
    kind,
    String(amountMinor),
    currency ?? '',
    sorted(parts.map((part) => [part.storeId, part.account, part.currency, String(part.amountMinor)])),
    sorted(evidence.transactionIds),
    sorted(evidence.eventIds),
    sorted(
      evidence.journalLines.map((line) => [
        line.journalNumber,
        line.voucher,
        line.accountingDate,
        line.account,
        line.currency,
        line.amountMinor,
        line.documentNumber,
      ]),
    ),
    evidence.omitted,
    candidateCount,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
}

/** Whether somebody still has to answer for it. What is for information only asks nobody. */
export const isUnanswered = ({ status, class: kind }: Pick<Item, 'status' | 'class'>): boolean =>
  status === 'open' && kind !== 'no action';
