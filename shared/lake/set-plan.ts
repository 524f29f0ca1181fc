/** What set work has counted of one store. */
export interface StoreFacts {
  /** Master data has the store. */
  readonly known: boolean;
  readonly documents: number;
  /** Documents without a posting of their number and of their very amounts. */
  readonly openDocuments: number;
  /** Numbers of the ledger without a document of theirs and of their very amounts. */
  readonly openNumbers: number;
  /** Open numbers that no document has and whose rows come to nothing: posted and taken back. */
  readonly emptyNumbers: number;
  /** Vouchers among the rows without a number. */
  readonly vouchers: number;
  /** Every cell has the same total on both sides. */
  readonly cellsTie: boolean;
  /** Rows of two files may be one posting. */
  readonly overlaps: boolean;
}

/**
 * - `settled`: everything ties; nothing of the store is read.
 * - `open`: what does not tie is judged, beside what was only counted.
 * - `whole`: all documents and entries are judged, as the plain matcher does it.
 */
export type StorePlan = 'settled' | 'open' | 'whole';

/** From so many vouchers on, sales may be posted in one voucher each, which sums alone do not settle. */
const VOUCHERS_OF_SALES = 3;

/**
 * How much of a store has to be judged, so that the outcome is that of judging all of it. Sums may settle what carries no
 * number only while nothing else is open: the plain matcher asks for nothing more then.
 */
export function planStore(facts: StoreFacts): StorePlan {
  const { known, documents, openDocuments, openNumbers, emptyNumbers, vouchers, cellsTie, overlaps } = facts;
  if (!known || overlaps) return 'whole';
  const tied = documents - openDocuments;
  if (emptyNumbers > 0 && tied > 0) return 'whole';
  if (openNumbers > 0) return 'open';
  if (vouchers === 0) return openDocuments === 0 ? 'settled' : 'open';
  return cellsTie && vouchers < VOUCHERS_OF_SALES ? 'settled' : 'open';
}

/**
 * Whether what was found open has to be judged again with the whole store: what carries no number may be a
 * document that ties, posted once more.
 */
export const needsWhole = (facts: StoreFacts, hasOpenItems: boolean): boolean =>
  hasOpenItems && facts.vouchers > 0 && facts.documents > facts.openDocuments;
