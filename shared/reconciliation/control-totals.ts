import type { StoreId } from '../ids.ts';
import type { Currency, TotalMinor } from '../money.ts';

/**
 * Control totals are counted where data comes in, by code that reconciliation shares nothing with: a transaction or a
 * ledger row that is lost, doubled or misread on its way into the books shows as a total that does not agree.
 */

/** Transaction events and the sum of their `totals.grossMinor`, whatever their status, version or training flag. */
export interface EventControl {
  readonly transactions: number;
  readonly grossMinor: TotalMinor;
}

/** What landing has counted of one store's business date in one currency. */
export interface LandedControl {
  readonly storeId: StoreId;
  readonly currency: Currency;
  /** Every delivery, repeats included. */
  readonly delivered?: EventControl | undefined;
  /** Each event id and content once. */
  readonly distinct?: EventControl | undefined;
}

/** What indexing has counted in one ledger file: the readable rows of one accounting date in one currency. */
export interface LedgerFileControl {
  readonly file: string;
  readonly currency: Currency;
  readonly rows: number;
  /** Sum of the amounts above 0, and of those below, which is 0 or less. */
  readonly debitMinor: TotalMinor;
  readonly creditMinor: TotalMinor;
}

/** Rows of a file that do not count, as another file has the same postings. */
export interface RepeatedPostings extends LedgerFileControl {
  /** The file by which they count. */
  readonly alsoIn: string;
  /** Where the first of them was read. */
  readonly first: string;
}

/** Undefined if nothing was counted; the report then says so. */
export interface ControlTotals {
  readonly landed?: readonly LandedControl[] | undefined;
  readonly ledger?: readonly LedgerFileControl[] | undefined;
}

/** What reconciliation made of a store's transaction events in one currency. */
export interface BookControl {
  readonly storeId: StoreId;
  readonly currency: Currency;
  readonly delivered: EventControl;
  readonly distinct: EventControl;
  /** The transactions that count, as they stand in the documents. */
  readonly counted: EventControl;
  /** Voided, suspended, cancelled or training. */
  readonly notInForce: EventControl;
  /** Earlier versions of a transaction. */
  readonly superseded: EventControl;
  /** Second readings of an identity conflict that wait for a decision. */
  readonly held: EventControl;
  /** Debits less credits of what counts: all that the store's POS cells in this currency may add up to. */
  readonly imbalanceMinor: TotalMinor;
}

/** Both sides of the check, as far as one shard knows them. */
export interface ShardControl {
  readonly books: readonly BookControl[];
  readonly files: readonly LedgerFileControl[];
  /** Rows of a file that do not count, as another file has the posting. Undefined in a result of a version before. */
  readonly repeated?: readonly RepeatedPostings[] | undefined;
}

export interface ControlledCell {
  readonly storeId: StoreId;
  readonly currency: Currency;
  readonly posMinor: TotalMinor;
  readonly ledgerMinor: TotalMinor;
}

/** How many totals were compared; 0 where nothing was counted at the source. */
export interface ControlResult {
  readonly landedTotals: number;
  readonly ledgerTotals: number;
  readonly violations: readonly string[];
}

/** Compares what was counted at the source with what reconciliation has read, and that with the cells. */
export function checkControls(
  control: ControlTotals,
  shards: readonly ShardControl[],
  cells: readonly ControlledCell[],
): ControlResult {
  const violations: string[] = [];
  const books = shards.flatMap((shard) => shard.books);
  const landed = control.landed ?? [];
  if (control.landed) violations.push(...compareLanded(landed, books));
  violations.push(...books.flatMap(accountsForAll), ...comparePosCells(books, cells));
  const files = sumFiles(shards.flatMap((shard) => shard.files));
  const read = sumFiles(shards.flatMap((shard) => [...shard.files, ...(shard.repeated ?? [])]));
  if (control.ledger) violations.push(...compareFiles(control.ledger, read));
  violations.push(...compareLedgerCells(files, cells));
  return { landedTotals: landed.length, ledgerTotals: control.ledger?.length ?? 0, violations };
}

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);
const nameOf = (key: string): string => (JSON.parse(key) as string[]).join(' ');
const textOf = (count: EventControl): string =>
  `${count.transactions} transactions with a gross of ${count.grossMinor}`;
const NOTHING: EventControl = { transactions: 0, grossMinor: 0 };

function isEqual(left: EventControl, right: EventControl): boolean {
  return left.transactions === right.transactions && BigInt(left.grossMinor) === BigInt(right.grossMinor);
}

function compareLanded(landed: readonly LandedControl[], books: readonly BookControl[]): string[] {
  const read = new Map(books.map((book) => [keyOf(book.storeId, book.currency), book]));
  const violations: string[] = [];
  for (const { storeId, currency, ...counted } of landed) {
    const key = keyOf(storeId, currency);
    const book = read.get(key);
    read.delete(key);
    for (const grain of ['delivered', 'distinct'] as const) {
      const atLanding = counted[grain];
      if (!atLanding || isEqual(atLanding, book?.[grain] ?? NOTHING)) continue;
      violations.push(
        `${nameOf(key)}: landing counted ${textOf(atLanding)} (${grain}), the books have read ${textOf(book?.[grain] ?? NOTHING)}`,
      );
    }
  }
  for (const [key, book] of read)
    if (book.distinct.transactions > 0)
      violations.push(
        `${nameOf(key)}: landing counted nothing, the books have read ${textOf(book.distinct)}`,
      );
  return violations;
}

/** Every distinct event counts, or there is a named reason why it does not. */
function accountsForAll(book: BookControl): string[] {
  const parts = [book.counted, book.notInForce, book.superseded, book.held];
  const sum: EventControl = {
    transactions: parts.reduce((total, part) => total + part.transactions, 0),
    grossMinor: parts.reduce((total, part) => total + BigInt(part.grossMinor), 0n).toString(),
  };
  return isEqual(sum, book.distinct)
    ? []
    : [`${book.storeId} ${book.currency}: of ${textOf(book.distinct)} the books account for ${textOf(sum)}`];
}

function comparePosCells(books: readonly BookControl[], cells: readonly ControlledCell[]): string[] {
  const sums = new Map<string, bigint>();
  const add = (key: string, amount: bigint): unknown => sums.set(key, (sums.get(key) ?? 0n) + amount);
  for (const cell of cells) add(keyOf(cell.storeId, cell.currency), BigInt(cell.posMinor));
  for (const book of books) add(keyOf(book.storeId, book.currency), -BigInt(book.imbalanceMinor));
  return [...sums]
    .filter(([, rest]) => rest !== 0n)
    .map(
      ([key, rest]) =>
        `${nameOf(key)}: the POS cells add up to ${rest} more than the imbalance of their transactions`,
    );
}

function sumFiles(files: readonly LedgerFileControl[]): Map<string, LedgerFileControl> {
  const sums = new Map<string, LedgerFileControl>();
  for (const file of files) {
    const key = keyOf(file.file, file.currency);
    const before = sums.get(key);
    sums.set(
      key,
      before
        ? {
            ...before,
            rows: before.rows + file.rows,
            debitMinor: (BigInt(before.debitMinor) + BigInt(file.debitMinor)).toString(),
            creditMinor: (BigInt(before.creditMinor) + BigInt(file.creditMinor)).toString(),
          }
        : file,
    );
  }
  return sums;
}

function compareFiles(
  counted: readonly LedgerFileControl[],
  read: ReadonlyMap<string, LedgerFileControl>,
): string[] {
  const rest = new Map(read);
  const violations: string[] = [];
  for (const control of counted) {
    const key = keyOf(control.file, control.currency);
    const file = rest.get(key) ?? { ...control, rows: 0, debitMinor: 0, creditMinor: 0 };
    rest.delete(key);
    if (!isSameFile(control, file))
      violations.push(
        `${nameOf(key)}: ${control.rows} rows with debits ${control.debitMinor} and credits ${control.creditMinor} in the file, ${file.rows} rows with ${file.debitMinor} and ${file.creditMinor} in the books and among repeats`,
      );
  }
  for (const [key, file] of rest)
    if (file.rows > 0)
      violations.push(`${nameOf(key)}: the books hold ${file.rows} rows of a file that counted none`);
  return violations;
}

function isSameFile(left: LedgerFileControl, right: LedgerFileControl): boolean {
  return (
    left.rows === right.rows &&
    BigInt(left.debitMinor) === BigInt(right.debitMinor) &&
    BigInt(left.creditMinor) === BigInt(right.creditMinor)
  );
}

function compareLedgerCells(
  files: ReadonlyMap<string, LedgerFileControl>,
  cells: readonly ControlledCell[],
): string[] {
  const sums = new Map<string, bigint>();
  const add = (currency: string, amount: bigint): unknown =>
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  for (const cell of cells) add(cell.currency, BigInt(cell.ledgerMinor));
  for (const { currency, debitMinor, creditMinor } of files.values())
    add(currency, -BigInt(debitMinor) - BigInt(creditMinor));
  return [...sums]
    .filter(([, rest]) => rest !== 0n)
    .map(([currency, rest]) => `${currency}: the ledger cells hold ${rest} more than their files`);
}
