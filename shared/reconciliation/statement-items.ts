import type { StoreId } from '../ids.ts';
import { NO_AMOUNTS, negated, textOf, times, type Amounts } from './cell.ts';
import type { PosDocument } from './day-documents.ts';
import type { Candidate } from './exception.ts';
import type { Cause, Explanation, Hypothesis } from './explain.ts';
import type { Unnamed } from './match-references.ts';
import { openSum, type ContestedSets } from './match-sets.ts';
import type { LedgerGroup, OpenItem } from './open-item.ts';

/** The open items of what carries no document number. */

/** How many candidates an item lists; its count is complete. */
const KEPT_CANDIDATES = 20;

const STATEMENT = 'statement';

export function missingItem(storeId: StoreId, { document, amounts }: Unnamed): OpenItem {
  const { documentId } = document;
  const isWhole = amounts === document.amounts;
  return {
    finding: isWhole ? 'pos-only' : 'both-differ',
    storeId,
    subject: documentId,
    about: isWhole ? '' : 'part',
    differences: amounts,
    documents: [document],
    entries: [],
    claim: isWhole ? { kind: 'not-posted', documentId } : { kind: 'differs', documentId, rest: true },
  };
}

/** Some of several documents with the very same amounts are missing, and nothing tells which. */
export function someMissingItem(storeId: StoreId, all: readonly Unnamed[], count: number): OpenItem {
  const sorted = [...all].sort((left, right) =>
    left.document.documentId < right.document.documentId ? -1 : 1,
  );
  const [first] = sorted;
  const amounts = first?.amounts ?? NO_AMOUNTS;
  const documentId = first?.document.documentId ?? '';
  return {
    finding: 'pos-only',
    storeId,
    subject: `${count} of ${all.length} equal to ${documentId}`,
    about: textOf(amounts),
    differences: times(amounts, count),
    documents: sorted.map(({ document }) => document),
    entries: [],
    claim: { kind: 'some-not-posted', documentId, count, of: all.length },
    candidates: sorted.slice(0, KEPT_CANDIDATES).map(({ document }) => ({
      reading: `${document.documentId} is not posted`,
      documentIds: [document.documentId],
      vouchers: [],
    })),
    candidateCount: all.length,
  };
}

export function extraItem(storeId: StoreId, { reference, entries, amounts }: LedgerGroup): OpenItem {
  return {
    finding: 'ledger-only',
    storeId,
    subject: reference,
    about: 'voucher',
    differences: negated(amounts),
    documents: [],
    entries,
    claim: { kind: 'not-sold', voucher: reference, count: 1, of: 1 },
  };
}

/** A voucher that nothing needs, and that looks like documents which are posted already. */
export function extraOrTwiceItem(
  storeId: StoreId,
  voucher: LedgerGroup,
  twins: readonly PosDocument[],
): OpenItem {
  const candidates: Candidate[] = [
    {
      reading: `No POS event explains voucher ${voucher.reference}`,
      documentIds: [],
      vouchers: [voucher.reference],
    },
    ...twins.map(({ documentId }) => ({
      reading: `${documentId} is posted again by voucher ${voucher.reference}`,
      documentIds: [documentId],
      vouchers: [voucher.reference],
    })),
  ];
  return {
    finding: 'ambiguous',
    storeId,
    subject: voucher.reference,
    about: 'voucher',
    differences: negated(voucher.amounts),
    documents: twins,
    entries: voucher.entries,
    claim: { kind: 'one-of', level: 1 },
    candidates: candidates.slice(0, KEPT_CANDIDATES),
    candidateCount: candidates.length,
  };
}

/** More vouchers than documents of one amount. */
export function surplusItem(
  storeId: StoreId,
  documents: readonly Unnamed[],
  vouchers: readonly LedgerGroup[],
): OpenItem {
  const count = vouchers.length - documents.length;
  const sorted = documents.map(({ document }) => document).sort(byId);
  const amounts = documents[0]?.amounts ?? NO_AMOUNTS;
  return twiceItem(storeId, sorted, amounts, count, vouchers);
}

const byId = (left: PosDocument, right: PosDocument): number => (left.documentId < right.documentId ? -1 : 1);

/** `amounts` is posted `count` times more than the documents that have it. */
function twiceItem(
  storeId: StoreId,
  documents: readonly PosDocument[],
  amounts: Amounts,
  count: number,
  vouchers: readonly LedgerGroup[],
): OpenItem {
  const documentId = documents[0]?.documentId ?? '';
  const isOne = documents.length === 1;
  return {
    finding: 'posted-twice',
    storeId,
    subject: isOne ? documentId : `${count} more than ${documents.length} equal to ${documentId}`,
    about: isOne ? '' : textOf(amounts),
    differences: times(amounts, -count),
    documents,
    entries: vouchers.flatMap((voucher) => voucher.entries),
    claim: { kind: 'posted-again', documentId, count, named: false },
    ...(isOne
      ? {}
      : {
          candidates: documents.slice(0, KEPT_CANDIDATES).map((document) => ({
            reading: `${document.documentId} is posted again`,
            documentIds: [document.documentId],
            vouchers: [],
          })),
          candidateCount: documents.length,
        }),
  };
}

/** What a cause that explains alone, or with one other, becomes. */
export function itemsOfCause(
  storeId: StoreId,
  { kind, amounts, members, count }: Cause,
  vouchers: readonly LedgerGroup[],
): OpenItem[] {
  const documents = members.flatMap((member) => ('document' in member ? [member.document] : [])).sort(byId);
  const [document] = documents;
  const extra = members.flatMap((member) => (member.kind === 'extra' ? [member.voucher] : []));
  switch (kind) {
    case 'missing': {
      const all = members.map((member) => unnamedOf(member));
      return count === all.length
        ? all.map((one) => missingItem(storeId, one))
        : [someMissingItem(storeId, all, count)];
    }
    case 'extra':
      return count === extra.length
        ? extra.map((voucher) => extraItem(storeId, voucher))
        : [someExtraItem(storeId, extra, amounts, count)];
    case 'twice':
      return [twiceItem(storeId, documents, negated(amounts), count, vouchers)];
    case 'imbalance':
    case 'tender':
      break;
  }
  return [
    {
      finding: kind === 'tender' ? 'tender-unknown' : 'unbalanced',
      storeId,
      subject: document?.documentId ?? '',
      about: '',
      differences: times(amounts, count),
      documents,
      entries: vouchers.flatMap((voucher) => voucher.entries),
      claim: { kind: 'statement' },
    },
  ];
}

function unnamedOf(member: Hypothesis): Unnamed {
  if (member.kind === 'extra') throw new RangeError('A voucher is no document');
  return { document: member.document, amounts: member.amounts };
}

/** Some of several equal vouchers are too many. */
function someExtraItem(
  storeId: StoreId,
  vouchers: readonly LedgerGroup[],
  differences: Amounts,
  count: number,
): OpenItem {
  const references = vouchers.map((voucher) => voucher.reference);
  return {
    finding: 'posted-twice',
    storeId,
    subject: `${count} of ${references.length} vouchers equal to ${references[0]}`,
    about: textOf(differences),
    differences: times(differences, count),
    documents: [],
    entries: vouchers.flatMap((voucher) => voucher.entries),
    claim: { kind: 'not-sold', voucher: references[0] ?? '', count, of: references.length },
    candidates: references.slice(0, KEPT_CANDIDATES).map((reference) => ({
      reading: `Voucher ${reference} is one too many`,
      documentIds: [],
      vouchers: [reference],
    })),
    candidateCount: references.length,
  };
}

interface Sides {
  readonly documents: readonly PosDocument[];
  readonly vouchers: readonly LedgerGroup[];
}

/** Several explanations of equally few causes. */
export function ambiguousItem(
  storeId: StoreId,
  differences: Amounts,
  sides: Sides,
  explanation: Explanation & { readonly outcome: 'ambiguous' },
): OpenItem {
  const level = explanation.explanations[0]?.length ?? 0;
  const concerned = explanation.explanations.flat().flatMap(({ members }) => members);
  const documents = concerned.flatMap((member) => ('document' in member ? [member.document] : []));
  return {
    finding: 'ambiguous',
    storeId,
    subject: STATEMENT,
    about: '',
    differences,
    documents: [...new Set(documents)].sort(byId),
    entries: sides.vouchers.flatMap((voucher) => voucher.entries),
    claim: { kind: 'one-of', level },
    ...candidatesOf(explanation),
  };
}

/** Several sets of documents and vouchers have the same sum, and exclude each other or may fit by chance. */
export function contestedItem(storeId: StoreId, { candidates, classes }: ContestedSets): OpenItem {
  const documents = classes.documents.flatMap(({ members }) => members.map(({ document }) => document));
  const vouchers = classes.vouchers.flatMap(({ members }) => members);
  const [first] = [...vouchers].sort((left, right) => (left.reference < right.reference ? -1 : 1));
  const listOf = (names: readonly string[]): string => names.join(' and ');
  return {
    finding: 'ambiguous',
    storeId,
    subject: first?.reference ?? '',
    about: 'sets',
    differences: openSum(classes),
    documents: documents.sort(byId),
    entries: vouchers.flatMap((voucher) => voucher.entries),
    claim: { kind: 'one-of', level: 1, sets: true },
    candidates: candidates.slice(0, KEPT_CANDIDATES).map((set) => {
      const documentIds = set.documents.map(({ document }) => document.documentId);
      const references = set.vouchers.map(({ reference }) => reference);
      const verb = references.length === 1 ? 'posts' : 'post';
      return {
        reading: `${references.length === 1 ? 'Voucher' : 'Vouchers'} ${listOf(references)} ${verb} ${listOf(documentIds)} in sum`,
        documentIds,
        vouchers: references,
      };
    }),
    candidateCount: candidates.length,
  };
}

/** Nothing simple explains the difference. */
export function statementItem(
  storeId: StoreId,
  differences: Amounts,
  { documents, vouchers }: Sides,
  explanation: Explanation & { readonly outcome: 'none' },
): OpenItem {
  return {
    finding: 'statement-differs',
    storeId,
    subject: STATEMENT,
    about: '',
    differences,
    documents,
    entries: vouchers.flatMap((voucher) => voucher.entries),
    claim: { kind: 'statement' },
    ...(explanation.total > 0 && candidatesOf(explanation)),
  };
}

function candidatesOf({
  explanations,
  total,
}: Extract<Explanation, { total: number }>): Pick<OpenItem, 'candidates' | 'candidateCount'> {
  return { candidates: explanations.slice(0, KEPT_CANDIDATES).map(candidateOf), candidateCount: total };
}

function candidateOf(causes: readonly Cause[]): Candidate {
  const members = causes.flatMap((cause) => cause.members.slice(0, KEPT_CANDIDATES));
  return {
    reading: causes.map(textOfCause).join(' and '),
    documentIds: members.flatMap((member) => ('document' in member ? [member.document.documentId] : [])),
    vouchers: members.flatMap((member) => (member.kind === 'extra' ? [member.voucher.reference] : [])),
  };
}

const CAUSE_TEXTS: Readonly<Record<Cause['kind'], string>> = {
  missing: 'is not posted',
  twice: 'is posted once more',
  extra: 'is explained by no POS event',
  imbalance: 'does not balance at the till',
  tender: 'was paid by means that the ledger knows and the till did not tell',
};

function textOfCause({ kind, members, count }: Cause): string {
  const [first] = members;
  if (!first) return '';
  const name = first.kind === 'extra' ? `voucher ${first.voucher.reference}` : first.document.documentId;
  const subject = members.length === 1 ? name : `${count} of ${members.length} equal to ${name}`;
  return `${subject} ${CAUSE_TEXTS[kind]}`;
}
