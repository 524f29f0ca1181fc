import type { LedgerEntry } from './posting.ts';

/**
 * What two files have in common:
 * - `same`: the ledger's own id of the posting agrees, and everything else. It counts once.
 * - `looks-the-same`: voucher or document and everything else agree, without an id. It counts once, which is a doubt.
 * - `may-be-the-same`: amount, account and date agree, and there is no reference. Both count, which is a doubt.
 * - `one-id`: one id with two contents. Both count, which is a doubt.
 */
export type OverlapKind = 'same' | 'looks-the-same' | 'may-be-the-same' | 'one-id';

export interface PostingOverlap {
  readonly kind: OverlapKind;
  readonly part: string;
  readonly alsoIn: string;
  /** Those of `part`; of `same` and `looks-the-same` they do not count. */
  readonly entries: readonly LedgerEntry[];
  /** Those of `alsoIn`, which count. */
  readonly others: readonly LedgerEntry[];
}

export interface UniquePostings {
  /** In the order in which they were given. */
  readonly counted: readonly LedgerEntry[];
  readonly overlaps: readonly PostingOverlap[];
}

type ByPart = Map<string, LedgerEntry[]>;

/**
 * Counts a posting once though several files hold it, as exports of overlapping periods do. Rows that agree are as many
 * postings as the file has them that has most: what one file holds twice counts twice. The outcome does not depend on
 * the order of files or rows, but for which of equal rows of one file comes first.
 */
export function uniquePostings(entries: readonly LedgerEntry[]): UniquePostings {
  const firstPart = entries[0]?.readAt.part;
  if (entries.every(({ readAt }) => readAt.part === firstPart)) return { counted: entries, overlaps: [] };
  const overlaps = new Overlaps();
  const repeats = new Set<LedgerEntry>();
  const left = (isWanted: (entry: LedgerEntry) => boolean): LedgerEntry[] =>
    entries.filter((entry) => isWanted(entry) && !repeats.has(entry));
  // Those with an id first: a row without one may repeat them, and what is left of these may repeat each other.
  addRepeats(left(hasId), repeats, overlaps);
  addWithoutId(
    left(() => true),
    repeats,
    overlaps,
  );
  addRepeats(
    left((entry) => !hasId(entry)),
    repeats,
    overlaps,
  );
  addSharedIds(entries, repeats, overlaps);
  return { counted: entries.filter((entry) => !repeats.has(entry)), overlaps: overlaps.all() };
}

const hasId = ({ postingId }: LedgerEntry): boolean => postingId !== undefined;

/** Rows that agree in everything: those of the file that has most of them count. */
function addRepeats(entries: readonly LedgerEntry[], repeats: Set<LedgerEntry>, overlaps: Overlaps): void {
  for (const byPart of grouped(entries, contentOf).values()) {
    const [most, ...others] = [...byPart].sort(byNumberOfRows);
    if (!most) continue;
    const [alsoIn, counted] = most;
    for (const [part, rows] of others) {
      const kind = kindOf(rows[0] as LedgerEntry);
      overlaps.add(kind, part, alsoIn, rows, counted.slice(0, rows.length));
      if (kind !== 'may-be-the-same') for (const row of rows) repeats.add(row);
    }
  }
}

function kindOf({ postingId, voucher, documentNumber }: LedgerEntry): OverlapKind {
  if (postingId !== undefined) return 'same';
  return voucher === '' && documentNumber === '' ? 'may-be-the-same' : 'looks-the-same';
}

/**
 * A file without ids and a source that has them, such as an export of what is read by OData as well: rows that agree but
 * for the id. Those without it repeat the others, as far as there are others.
 */
function addWithoutId(entries: readonly LedgerEntry[], repeats: Set<LedgerEntry>, overlaps: Overlaps): void {
  for (const byPart of grouped(entries, contentWithoutId).values()) {
    const parts = [...byPart].sort(byName).map(([part, rows]) => ({
      part,
      withId: rows.filter(hasId).sort(byRow),
      without: rows.filter((row) => !hasId(row)).sort(byRow),
    }));
    for (const { part, without } of parts) {
      let left = without;
      for (const { part: alsoIn, withId } of parts) {
        if (alsoIn === part || withId.length === 0 || left.length === 0) continue;
        const some = left.slice(0, withId.length);
        left = left.slice(some.length);
        const kind = kindOf(some[0] as LedgerEntry);
        overlaps.add(kind, part, alsoIn, some, withId.slice(0, some.length));
        if (kind !== 'may-be-the-same') for (const row of some) repeats.add(row);
      }
    }
  }
}

/** An id whose content in each of two files is one that the other lacks. */
function addSharedIds(
  entries: readonly LedgerEntry[],
  repeats: ReadonlySet<LedgerEntry>,
  overlaps: Overlaps,
): void {
  const withId = entries.filter(hasId);
  for (const byPart of grouped(withId, ({ postingId = '' }) => postingId).values()) {
    if (byPart.size < 2) continue;
    const parts = [...byPart].sort(byName).map(([part, rows]) => ({
      part,
      rows,
      contents: new Set(rows.map(contentOf)),
    }));
    for (const [index, one] of parts.entries())
      for (const other of parts.slice(0, index)) {
        const rows = one.rows.filter((row) => !repeats.has(row) && !other.contents.has(contentOf(row)));
        const others = other.rows.filter((row) => !repeats.has(row) && !one.contents.has(contentOf(row)));
        if (rows.length > 0 && others.length > 0) overlaps.add('one-id', one.part, other.part, rows, others);
      }
  }
}

function grouped(
  entries: readonly LedgerEntry[],
  keyOf: (entry: LedgerEntry) => string,
): Map<string, ByPart> {
  const groups = new Map<string, ByPart>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const byPart: ByPart = groups.get(key) ?? new Map<string, LedgerEntry[]>();
    groups.set(key, byPart);
    const rows = byPart.get(entry.readAt.part);
    if (rows) rows.push(entry);
    else byPart.set(entry.readAt.part, [entry]);
  }
  return groups;
}

const byName = ([left]: [string, unknown], [right]: [string, unknown]): number => (left < right ? -1 : 1);

/** By their place in one file or source. */
function byRow({ readAt: left }: LedgerEntry, { readAt: right }: LedgerEntry): number {
  if (typeof left.row === 'number' && typeof right.row === 'number') return left.row - right.row;
  return String(left.row) < String(right.row) ? -1 : 1;
}

function byNumberOfRows(left: [string, LedgerEntry[]], right: [string, LedgerEntry[]]): number {
  return right[1].length - left[1].length || byName(left, right);
}

const contentOf = (entry: LedgerEntry): string =>
  JSON.stringify([contentWithoutId(entry), entry.postingId ?? '']);

function contentWithoutId(entry: LedgerEntry): string {
  const { journalNumber, voucher, accountingDate, account, storeDimension } = entry;
  const { currency, amountMinor, documentNumber } = entry;
  return JSON.stringify([
    journalNumber,
    voucher,
    accountingDate,
    account,
    storeDimension,
    currency,
    amountMinor,
    documentNumber,
  ]);
}

/** One for each kind and two files. */
class Overlaps {
  readonly #found = new Map<
    string,
    { kind: OverlapKind; part: string; alsoIn: string; entries: LedgerEntry[]; others: LedgerEntry[] }
  >();

  add(
    kind: OverlapKind,
    part: string,
    alsoIn: string,
    entries: readonly LedgerEntry[],
    others: readonly LedgerEntry[],
  ): void {
    const key = JSON.stringify([kind, part, alsoIn]);
    const found = this.#found.get(key) ?? { kind, part, alsoIn, entries: [], others: [] };
    this.#found.set(key, found);
    for (const entry of entries) found.entries.push(entry);
    for (const entry of others) found.others.push(entry);
  }

  all(): PostingOverlap[] {
    return [...this.#found].sort(byName).map(([, overlap]) => overlap);
  }
}
