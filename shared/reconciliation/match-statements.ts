import type { StoreId } from '../ids.ts';
import {
  addAmounts,
  differenceOf,
  negated,
  restrictedTo,
  sumOf,
  textOf,
  type AccountKey,
  type Amounts,
} from './cell.ts';
import type { PosDocument } from './day-book.ts';
import { groupBy } from './group-by.ts';
import type { LedgerGroup, OpenItem } from './open-item.ts';

/**
 * Settles what carries no document number. Dynamics posts a statement's sales in sum, so that one voucher stands for
 * many transactions: the sums of a shift, of a till or of everything that is left are compared first, and only what
 * then remains is looked for in single documents.
 * @param postsSingly whether the store's sales are mostly posted one by one, by their numbers.
 */
export function matchStatements(
  storeId: StoreId,
  documents: readonly PosDocument[],
  vouchers: readonly LedgerGroup[],
  open: ReadonlySet<AccountKey>,
  postsSingly: boolean,
): { items: OpenItem[]; matched: number } {
  const rest: Rest = {
    documents: documents.map((document) => ({ of: document, amounts: restrictedTo(document.amounts, open) })),
    vouchers: vouchers
      .map((voucher) => ({ of: voucher, amounts: restrictedTo(voucher.amounts, open) }))
      .filter((voucher) => voucher.amounts.size > 0),
  };
  if (rest.vouchers.length === 0)
    return { items: rest.documents.map((document) => missingInLedger(storeId, document)), matched: 0 };
  const before = rest.documents.length;
  const bySum = dropEqualSums(rest);
  const byAmount = dropEqualAmounts(bySum);
  const items = explain(storeId, byAmount, postsSingly);
  const leftOpen = new Set(items.flatMap((item) => item.documents)).size;
  return { items, matched: before - leftOpen };
}

interface Held<T> {
  readonly of: T;
  /** Within the cells that differ. */
  readonly amounts: Amounts;
}
interface Rest {
  readonly documents: readonly Held<PosDocument>[];
  readonly vouchers: readonly Held<LedgerGroup>[];
}

/** A voucher that equals the sum of one shift or one till, and of no other, stands for it. */
function dropEqualSums(rest: Rest): Rest {
  let { documents, vouchers } = rest;
  const groupings: ((document: PosDocument) => string | undefined)[] = [
    // Where sales are posted one by one, a shift's drawer movements still come as one voucher.
    (document) =>
      isDrawerDocument(document) && document.shiftId !== undefined
        ? `drawer ${document.tillId} ${document.shiftId}`
        : undefined,
    (document) => (document.shiftId === undefined ? undefined : `${document.tillId} ${document.shiftId}`),
    (document) => document.tillId,
  ];
  for (const nameOf of groupings) {
    const groups = groupBy(documents, (document) => nameOf(document.of));
    const sums = new Map(
      [...groups]
        .filter(([name]) => name !== undefined)
        .map(([name, members]) => [name, textOf(sumOf(members.map((member) => member.amounts)))]),
    );
    for (const [name, sum] of sums) {
      const equal = vouchers.filter((voucher) => textOf(voucher.amounts) === sum);
      const [voucher] = equal;
      if (!voucher || equal.length > 1 || [...sums.values()].filter((other) => other === sum).length > 1)
        continue;
      const members = new Set(groups.get(name));
      documents = documents.filter((document) => !members.has(document));
      vouchers = vouchers.filter((other) => other !== voucher);
    }
  }
  return { documents, vouchers };
}

/** Drawer movements and counts have no number of their own, so that their event's stands for it. */
const isDrawerDocument = ({ documentId, eventIds }: PosDocument): boolean => eventIds.includes(documentId);

/** One voucher and one document of the same amounts, and no others of these amounts: they are the same. */
function dropEqualAmounts(rest: Rest): Rest {
  const documents = groupBy(rest.documents, (document) => textOf(document.amounts));
  const vouchers = groupBy(rest.vouchers, (voucher) => textOf(voucher.amounts));
  const unique = (text: string): boolean =>
    documents.get(text)?.length === 1 && vouchers.get(text)?.length === 1;
  return {
    documents: rest.documents.filter((document) => !unique(textOf(document.amounts))),
    vouchers: rest.vouchers.filter((voucher) => !unique(textOf(voucher.amounts))),
  };
}

/** Beyond this the search for pairs is not worth its time, and chance hits become likely. */
const MAX_PAIR_CANDIDATES = 5_000;

/** Explains the difference that remains between all documents and all vouchers together. */
function explain(storeId: StoreId, { documents, vouchers }: Rest, postsSingly: boolean): OpenItem[] {
  const remaining = differenceOf(
    sumOf(documents.map((document) => document.amounts)),
    sumOf(vouchers.map((voucher) => voucher.amounts)),
  );
  if (remaining.size === 0) return [];
  if (vouchers.length === 0) return documents.map((document) => missingInLedger(storeId, document));
  if (documents.length === 0) return vouchers.map((voucher) => missingInPos(storeId, voucher));
  // A document is missing as a whole: one that also touches a cell that agrees can not be the reason.
  const touching = documents.filter((document) => document.amounts.size === document.of.amounts.size);
  const missing = only(touching, (document) => textOf(document.amounts) === textOf(remaining));
  if (missing) return [missingInLedger(storeId, missing)];
  const wanted = textOf(negated(remaining));
  const extra = only(vouchers, (voucher) => textOf(voucher.amounts) === wanted);
  if (extra && vouchers.length > 1) return [missingInPos(storeId, extra)];
  const twice = only(touching, (document) => textOf(document.amounts) === wanted);
  if (twice) return [postedTwice(storeId, twice, vouchers, remaining)];
  const pair = pairFor(touching, remaining);
  if (pair) return pair.map((document) => missingInLedger(storeId, document));
  const sales = documents.filter((document) => !isDrawerDocument(document.of));
  if (postsSingly && sales.length > 0) {
    // A voucher of another origin, such as a manual journal, is no statement of the sales that lack their posting.
    const others = documents.filter((document) => isDrawerDocument(document.of));
    const missingSales = sales.map((document) => missingInLedger(storeId, document));
    return [...missingSales, ...explain(storeId, { documents: others, vouchers }, postsSingly)];
  }
  return [
    {
      finding: 'statement-differs',
      storeId,
      subject: vouchers.map((voucher) => voucher.of.reference).join(' + '),
      differences: remaining,
      documents: documents.map((document) => document.of),
      entries: vouchers.flatMap((voucher) => voucher.of.entries),
    },
  ];
}

function only<T>(all: readonly T[], test: (one: T) => boolean): T | undefined {
  const found = all.filter(test);
  return found.length === 1 ? found[0] : undefined;
}

/** The one pair of documents whose sum is the difference, or undefined where there is none or a choice. */
function pairFor(
  documents: readonly Held<PosDocument>[],
  remaining: Amounts,
): [Held<PosDocument>, Held<PosDocument>] | undefined {
  if (documents.length > MAX_PAIR_CANDIDATES) return undefined;
  const byText = groupBy(documents, (document) => textOf(document.amounts));
  const pairs: [Held<PosDocument>, Held<PosDocument>][] = [];
  for (const first of documents) {
    for (const second of byText.get(textOf(differenceOf(remaining, first.amounts))) ?? []) {
      if (first.of.documentId < second.of.documentId) pairs.push([first, second]);
      if (pairs.length > 1) return undefined;
    }
  }
  return pairs[0];
}

function missingInLedger(storeId: StoreId, { of, amounts }: Held<PosDocument>): OpenItem {
  const item = { storeId, subject: of.documentId, differences: amounts, documents: [of], entries: [] };
  return { finding: 'pos-only', ...item };
}

function missingInPos(storeId: StoreId, { of, amounts }: Held<LedgerGroup>): OpenItem {
  const differences = negated(amounts);
  return {
    finding: 'ledger-only',
    storeId,
    subject: of.reference,
    differences,
    documents: [],
    entries: of.entries,
  };
}

function postedTwice(
  storeId: StoreId,
  { of }: Held<PosDocument>,
  vouchers: readonly Held<LedgerGroup>[],
  remaining: Amounts,
): OpenItem {
  const differences = new Map<AccountKey, number>();
  addAmounts(differences, remaining);
  return {
    finding: 'posted-twice',
    storeId,
    subject: of.documentId,
    differences,
    documents: [of],
    entries: vouchers.flatMap((voucher) => voucher.of.entries),
  };
}
