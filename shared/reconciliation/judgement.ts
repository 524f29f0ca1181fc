import type { AccountRoles } from '../ledger/account-roles.ts';
import { volumeOf, type CellAmount } from './cell.ts';
import type { Category, Owner } from './exception.ts';
import { judgeDifference, judgeKind } from './judge-difference.ts';
import type { ReceiptThere } from './headquarters.ts';
import { judgeAtHeadquarters } from './judge-headquarters.ts';
import { judgeRefused, type Refusals } from './judge-refused.ts';
import type { Judgement } from './judged.ts';
import { listOf } from './list-of-parts.ts';
import type { FoundElsewhere, OpenItem } from './open-item.ts';
import { DOUBT_TEXTS, TILL_DOUBTS, type TillDoubt } from './till-doubts.ts';
import { unreadText, type UnreadRows } from './unread-rows.ts';

export interface Circumstances {
  /** Ledger rows that could not be read: what is missing may be among them. */
  readonly unread: UnreadRows | undefined;
  /** Why the POS does not expect the number in the ledger, such as `voided`. */
  readonly notInForce: (documentNumber: string) => string | undefined;
  /** What the accounts of the posting profile are for. */
  readonly accounts?: AccountRoles | undefined;
  /** What Dynamics refuses; undefined where no forecast is made. */
  readonly refusals?: Refusals | undefined;
  /** How far a document has come at Commerce headquarters; undefined where that is not known. */
  readonly atHeadquarters?: ((documentId: string) => ReceiptThere | undefined) | undefined;
}

export function classifyItem(item: OpenItem, parts: readonly CellAmount[], around: Circumstances): Judgement {
  if (item.elsewhere) return judgeElsewhere(item, item.elsewhere);
  switch (item.finding) {
    case 'pos-only':
    case 'store-not-posted':
      return judgeKept(item, around) ?? judgeMissing(item, around.unread);
    case 'ledger-only':
      return judgeLedgerOnly(item, around);
    case 'posted-twice':
      return {
        category: 'duplicate-posting',
        class: 'adjustment required',
        detail: item.candidateCount === undefined ? 'Posted more than once' : candidatesText(item),
      };
    case 'ambiguous':
      return { category: 'ambiguous', class: 'requires investigation', detail: candidatesText(item) };
    case 'statement-differs':
      return judgeStatement(item, parts, around);
    case 'unbalanced':
      return {
        category: 'unbalanced-transaction',
        class: 'requires investigation',
        detail: `The till's debits and credits differ, and the ledger's posting balances: ${listOf(parts)} is the till's own difference`,
      };
    case 'tender-unknown':
      return {
        category: 'unknown-tender',
        class: 'requires investigation',
        detail: `The till did not tell the means of payment; the ledger has ${listOf(parts.filter(isLedgerSide))}`,
      };
    case 'both-differ':
      break;
  }
  return judgeTill(item, parts) ?? judgeDifference(item, parts, around.accounts, around.unread);
}

const isLedgerSide = ({ amountMinor }: CellAmount): boolean => BigInt(amountMinor) < 0n;

function judgeElsewhere({ finding }: OpenItem, found: FoundElsewhere): Judgement {
  const by = found.name === undefined ? '' : ` (${found.name}, the only one of these amounts)`;
  const dates = `${found.businessDates.join(', ')}${by}`;
  const isPosting = finding === 'ledger-only';
  switch (found.verdict) {
    case 'moved':
      return {
        category: 'wrong-date',
        class: 'timing difference',
        detail: isPosting
          ? `Posted on this date, but its POS business date is ${dates}`
          : `Posted on ${dates} instead of its business date`,
      };
    case 'wrong':
      return {
        category: 'late-and-wrong',
        class: 'adjustment required',
        detail: isPosting
          ? `Posted on this date with other amounts; its POS business date is ${dates}`
          : `Posted on ${dates} instead of its business date, and with other amounts`,
      };
    case 'repeated':
      return {
        category: 'duplicate-posting',
        class: 'adjustment required',
        detail: `Posted on this date, while its business date ${dates} has it already`,
      };
    case 'not-in-force':
      break;
  }
  return {
    category: 'missing-in-pos',
    class: 'adjustment required',
    detail: `The POS has this number on ${dates} as ${found.reason}, which is not posted`,
  };
}

/** Why Dynamics has not posted it: what headquarters says counts more than what was foreseen. */
function judgeKept(
  item: OpenItem,
  { unread, refusals, atHeadquarters }: Circumstances,
): Judgement | undefined {
  const isReadable = !unread || unread.rows + unread.unplacedRows === 0;
  const known = isReadable && atHeadquarters ? judgeAtHeadquarters(item, atHeadquarters) : undefined;
  return known ?? judgeRefused(item, refusals);
}

function judgeMissing(item: OpenItem, unread: UnreadRows | undefined): Judgement {
  const category = 'missing-in-ledger';
  const what = missingText(item);
  if (unread && unread.rows + unread.unplacedRows > 0)
    return {
      category,
      class: 'requires investigation',
      detail: `${what}, but ${unreadText(unread)}`,
    };
  if (item.finding === 'store-not-posted') return { category, class: 'timing difference', detail: what };
  if (item.documents.every((document) => document.late))
    return {
      category,
      class: 'timing difference',
      detail: `${what} yet: its till was offline until after the day had ended`,
    };
  const doubt = doubtOf(item);
  if (doubt)
    return {
      category,
      class: 'requires investigation',
      detail: `${what}. But ${lowered(DOUBT_TEXTS[doubt])}: a posting of other amounts may be it`,
    };
  return { category, class: 'adjustment required', detail: what };
}

/** The worst that the till left open about documents of the item. */
const doubtOf = ({ documents }: OpenItem): TillDoubt | undefined =>
  TILL_DOUBTS.find((one) => documents.some(({ doubts = [] }) => doubts.includes(one)));

const lowered = (sentence: string): string => sentence.slice(0, 1).toLowerCase() + sentence.slice(1);

function missingText({ finding, documents, claim, candidateCount }: OpenItem): string {
  if (finding === 'store-not-posted')
    return `The ledger has posted nothing of this store's day; the POS has ${documents.length} ${documents.length === 1 ? 'document' : 'documents'}`;
  if (claim.kind === 'some-not-posted')
    return `The ledger has ${claim.count} fewer than the ${candidateCount} documents of these very amounts; nothing tells which`;
  if (claim.kind === 'not-posted' && claim.till !== undefined)
    return `Several sales have this number; the one of till ${claim.till} is not in the ledger`;
  return 'The ledger has no posting of it';
}

function judgeLedgerOnly({ claim }: OpenItem, { notInForce }: Circumstances): Judgement {
  const reason = 'documentNumber' in claim ? notInForce(claim.documentNumber) : undefined;
  return reason === undefined
    ? {
        category: 'missing-in-pos',
        class: 'requires investigation',
        detail: 'The ledger has a posting that no POS event explains',
      }
    : {
        category: 'missing-in-pos',
        class: 'adjustment required',
        detail: `The POS has this number as ${reason}, which is not posted`,
      };
}

function judgeStatement(
  item: OpenItem,
  parts: readonly CellAmount[],
  { unread, accounts }: Circumstances,
): Judgement {
  const till = judgeTill(item, parts);
  if (till) return till;
  const hint =
    item.candidateCount === undefined ? '' : `. By chance or not, this fits: ${candidatesText(item)}`;
  const rows = unread && unread.rows + unread.unplacedRows > 0 ? `; ${unreadText(unread)}` : '';
  // With rows unread or another explanation at hand, nothing says that it is in one thing alone.
  const kind = hint === '' && rows === '' ? judgeKind(item, parts, accounts) : undefined;
  if (kind) return kind;
  return {
    category: 'amount-differs',
    class: 'requires investigation',
    detail: `The posted statement differs from the POS by ${listOf(parts)}, and no single document explains it${rows}${hint}`,
  };
}

/**
 * Where the till itself left open what it took, a difference is not the ledger's fault before that is settled. Documents
 * in doubt explain a difference only as far as their own amounts go.
 */
function judgeTill(item: OpenItem, parts: readonly CellAmount[]): Judgement | undefined {
  const doubt = doubtOf(item);
  const doubtful = item.documents.filter(({ doubts = [] }) => doubts.length > 0);
  if (doubt === undefined) return undefined;
  const most = doubtful.reduce((sum, document) => sum + volumeOf(document.amounts), 0n);
  if (parts.some(({ amountMinor }) => size(BigInt(amountMinor)) > most)) return undefined;
  const ids = doubtful.slice(0, LISTED_DOCUMENTS).map(({ documentId }) => documentId);
  const more = doubtful.length - ids.length;
  return {
    category: doubt,
    class: 'requires investigation',
    detail:
      `${DOUBT_TEXTS[doubt]} (${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''}). ` +
      `Settle that first; until then POS less ledger is ${listOf(parts)}`,
  };
}

const LISTED_DOCUMENTS = 3;
const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

function candidatesText({ candidates = [], candidateCount = 0, claim }: OpenItem): string {
  if (claim.kind === 'no-common-number')
    return 'The amounts agree, but no document number of the ledger is known to the POS: it numbers otherwise, or wrong postings offset each other';
  const [first, second] = candidates;
  if (candidateCount === 1 && first)
    return `${first.reading}, or it is by chance, or others of the same amounts`;
  const more = candidateCount - 2;
  const both = [first, second].flatMap((candidate) => (candidate ? [candidate.reading] : [])).join('; or ');
  return `${candidateCount} readings fit equally well: ${both}${more > 0 ? `; or ${more} more` : ''}`;
}

export function ownerOf(category: Category): Owner {
  switch (category) {
    case 'unknown-store':
    case 'unknown-product':
    case 'unknown-tender':
      return 'Master data';
    case 'unbalanced-transaction':
    case 'identity-conflict':
    case 'duplicate-number':
    case 'totals-unbalanced':
    case 'totals-disagree':
    case 'tax-unknown':
    case 'tax-calculated':
    case 'amount-rounded':
      return 'Store operations';
    case 'content-not-read':
    case 'text-cut':
      return 'IT';
    default:
      return 'Finance';
  }
}
