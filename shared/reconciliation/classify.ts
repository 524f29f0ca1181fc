import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { formatAmount, type Currency } from '../money.ts';
import { accountKey, ofAccountKey, type Amounts, type CellAmount } from './cell.ts';
import type { PosDocument } from './day-book.ts';
import {
  exceptionIdOf,
  largestOf,
  type Category,
  type Evidence,
  type ExceptionClass,
  type JournalLine,
  type Owner,
  type ReconciliationException,
} from './exception.ts';
import type { OpenItem } from './open-item.ts';
import type { QualityFinding } from './quality-findings.ts';

/** Turns what the passes left open into exceptions that finance can act on. */

interface Judgement {
  readonly category: Category;
  readonly class: ExceptionClass;
  readonly detail: string;
}

export function exceptionOfItem(item: OpenItem, businessDate: BusinessDate): ReconciliationException {
  const { storeId, subject } = item;
  const parts = partsOf(storeId, item.differences);
  const judgement = judge(item);
  const evidence = evidenceOf(item.documents, [...item.entries, ...(item.elsewhere?.entries ?? [])]);
  return exceptionWith(judgement, ownerOf(judgement.category), {
    businessDate,
    storeId,
    subject,
    parts,
    evidence,
  });
}

function judge(item: OpenItem): Judgement {
  const differs = listOf(partsOf(item.storeId, item.differences));
  if (item.elsewhere) {
    const { businessDate } = item.elsewhere;
    if (item.finding === 'posted-twice')
      return {
        category: 'duplicate-posting',
        class: 'adjustment required',
        detail: `Posted on this date, while its business date ${businessDate} has it already`,
      };
    const detail =
      item.finding === 'ledger-only'
        ? `Posted on this date, but its POS business date is ${businessDate}`
        : `Posted on ${businessDate} instead of its business date`;
    return { category: 'wrong-date', class: 'timing difference', detail };
  }
  switch (item.finding) {
    case 'pos-only': {
      const late = item.documents.some((document) => document.late);
      return late
        ? {
            category: 'missing-in-ledger',
            class: 'timing difference',
            detail: 'Its till was offline until after the day had ended, and the ledger does not hold it yet',
          }
        : {
            category: 'missing-in-ledger',
            class: 'adjustment required',
            detail: 'The ledger has no posting of it',
          };
    }
    case 'store-not-posted':
      return {
        category: 'missing-in-ledger',
        class: 'timing difference',
        detail: `The ledger has no posting of this store and date; the POS has ${item.documents.length} documents`,
      };
    case 'ledger-only':
      return {
        category: 'missing-in-pos',
        class: 'requires investigation',
        detail: 'The ledger has a posting that no POS event explains',
      };
    case 'posted-twice':
      return {
        category: 'duplicate-posting',
        class: 'adjustment required',
        detail: 'Posted more than once',
      };
    case 'statement-differs':
      return {
        category: 'amount-differs',
        class: 'requires investigation',
        detail: `The posted statement differs from the POS by ${differs}, and no single document explains it`,
      };
    case 'both-differ':
      break;
  }
  return judgeDifference(item, differs);
}

function judgeDifference(item: OpenItem, differs: string): Judgement {
  const swap = accountSwapOf(item);
  if (swap)
    return {
      category: 'wrong-account',
      class: 'adjustment required',
      detail: `Posted to account ${swap.posted} instead of ${swap.expected}`,
    };
  return {
    category: 'amount-differs',
    class: 'adjustment required',
    detail: `POS less ledger: ${differs}`,
  };
}

/** The right amount on the wrong account: the POS alone has it on the one, the ledger alone on the other. */
function accountSwapOf(item: OpenItem): { expected: string; posted: string } | undefined {
  if (item.differences.size !== 2) return undefined;
  const pos = item.documents[0]?.amounts ?? new Map<never, number>();
  const posted = new Set(item.entries.map((entry) => accountKey(entry.account, entry.currency)));
  let expectedAt: string | undefined;
  let postedAt: string | undefined;
  let sumMinor = 0;
  for (const [key, amountMinor] of item.differences) {
    sumMinor += amountMinor;
    if (pos.has(key) && !posted.has(key)) expectedAt = ofAccountKey(key).account;
    if (!pos.has(key) && posted.has(key)) postedAt = ofAccountKey(key).account;
  }
  if (sumMinor !== 0 || expectedAt === undefined || postedAt === undefined) return undefined;
  return { expected: expectedAt, posted: postedAt };
}

function ownerOf(category: Category): Owner {
  switch (category) {
    case 'unknown-store':
    case 'unknown-product':
    case 'unknown-tender':
      return 'Master data';
    case 'unbalanced-transaction':
      return 'Store operations';
    default:
      return 'Finance';
  }
}

/** Faults in the data itself. They change no total, so that they have no parts. */
export function exceptionOfFinding(
  finding: Exclude<QualityFinding, { kind: 'unknown-store' }>,
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const base = { businessDate, storeId, parts: [] };
  if (finding.kind === 'unbalanced-transaction') {
    const { transactionId, eventId, imbalanceMinor, currency } = finding;
    const detail = `The till's debits and credits differ by ${formatAmount(imbalanceMinor, currency)} ${currency}; the difference is posted nowhere`;
    const evidence = { ...NO_EVIDENCE, transactionIds: [transactionId], eventIds: [eventId] };
    return {
      ...exceptionWith(
        { category: finding.kind, class: 'requires investigation', detail },
        ownerOf(finding.kind),
        { ...base, subject: transactionId, evidence },
      ),
      // Two tills may give the same number, and each event is a fault of its own.
      exceptionId: exceptionIdOf(businessDate, storeId, finding.kind, eventId),
      amountMinor: imbalanceMinor,
      currency,
    };
  }
  const what =
    finding.kind === 'unknown-product' ? 'No product has this code' : 'No tender type is known for this';
  const detail = `${what}; ${finding.events} ${finding.events === 1 ? 'event has' : 'events have'} it`;
  const { transactionIds, eventIds, events } = finding;
  const omitted = Math.max(0, events - eventIds.length);
  return exceptionWith(
    { category: finding.kind, class: 'requires investigation', detail },
    ownerOf(finding.kind),
    { ...base, subject: finding.code, evidence: { ...NO_EVIDENCE, transactionIds, eventIds, omitted } },
  );
}

/** A store that master data lacks: one exception takes everything that either side has for it. */
export function unknownStoreException(
  storeId: StoreId,
  businessDate: BusinessDate,
  items: readonly OpenItem[],
  events: { readonly eventIds: readonly string[]; readonly events: number } | undefined,
): ReconciliationException {
  const parts = items.flatMap((item) => partsOf(storeId, item.differences));
  const detail = events
    ? `No store has this id; ${events.events} ${events.events === 1 ? 'event names' : 'events name'} it`
    : 'No store has this ledger dimension';
  const evidence = evidenceOf(
    items.flatMap((item) => item.documents),
    items.flatMap((item) => item.entries),
  );
  return exceptionWith(
    { category: 'unknown-store', class: 'requires investigation', detail },
    ownerOf('unknown-store'),
    {
      businessDate,
      storeId,
      subject: storeId,
      parts: sumParts(parts),
      evidence: evidence.eventIds.length > 0 ? evidence : { ...evidence, eventIds: events?.eventIds ?? [] },
    },
  );
}

function sumParts(parts: readonly CellAmount[]): CellAmount[] {
  const sums = new Map<string, CellAmount>();
  for (const part of parts) {
    const key = `${part.storeId} ${accountKey(part.account, part.currency)}`;
    sums.set(key, { ...part, amountMinor: (sums.get(key)?.amountMinor ?? 0) + part.amountMinor });
  }
  return [...sums.values()].filter((part) => part.amountMinor !== 0);
}

function exceptionWith(
  { category, class: kind, detail }: Judgement,
  owner: Owner,
  about: Pick<ReconciliationException, 'businessDate' | 'storeId' | 'subject' | 'parts' | 'evidence'>,
): ReconciliationException {
  const largest = largestOf(about.parts);
  return {
    exceptionId: exceptionIdOf(about.businessDate, about.storeId, category, about.subject),
    category,
    class: kind,
    owner,
    storeId: about.storeId,
    businessDate: about.businessDate,
    subject: about.subject,
    detail,
    amountMinor: largest?.amountMinor ?? 0,
    currency: largest?.currency,
    parts: about.parts,
    evidence: about.evidence,
  };
}

function partsOf(storeId: StoreId, differences: Amounts): CellAmount[] {
  return [...differences]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, amountMinor]) => ({ storeId, ...ofAccountKey(key), amountMinor }));
}

function listOf(parts: readonly CellAmount[]): string {
  return parts
    .map(
      ({ account, currency, amountMinor }: { account: string; currency: Currency; amountMinor: number }) =>
        `${formatAmount(amountMinor, currency)} ${currency} on ${account}`,
    )
    .join(', ');
}

const KEPT = 20;
const NO_EVIDENCE: Evidence = { transactionIds: [], eventIds: [], journalLines: [], omitted: 0 };

function evidenceOf(documents: readonly PosDocument[], entries: readonly LedgerEntry[]): Evidence {
  const eventIds = documents.flatMap((document) => document.eventIds);
  return {
    transactionIds: documents.slice(0, KEPT).map((document) => document.documentId),
    eventIds: eventIds.slice(0, KEPT),
    journalLines: entries.slice(0, KEPT).map(journalLineOf),
    omitted: Math.max(0, documents.length - KEPT) + Math.max(0, entries.length - KEPT),
  };
}

function journalLineOf(entry: LedgerEntry): JournalLine {
  const { journalNumber, voucher, accountingDate, account, currency, amountMinor, documentNumber } = entry;
  const source = `${entry.file}:${entry.line}`;
  return { journalNumber, voucher, accountingDate, account, currency, amountMinor, documentNumber, source };
}
