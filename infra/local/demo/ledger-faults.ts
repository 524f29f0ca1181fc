import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import { addDays } from '../../../shared/time.ts';
import type { LedgerRow, LedgerVoucher } from './ledger-file.ts';
import type { Random } from './random.ts';

/** Accounts of the chain's posting profile that the faults use. */
const REVENUE = '401000';
const OTHER_REVENUE = '401500';
const CASH = '110100';
const CARD = '110200';

/** The chain's tax accounts, and more than the rounding of any receipt. */
const isTax = ({ account }: LedgerRow): boolean => /^261[1-6]/.test(account);
const TAX_OFF_MINOR = 50;

/** What can go wrong between a till's day and the ledger. */
export type LedgerFaultKind =
  | 'missing-posting'
  | 'duplicate-posting'
  | 'wrong-amount'
  | 'wrong-store'
  | 'wrong-account'
  | 'wrong-tender'
  | 'wrong-tax'
  | 'wrong-date'
  | 'unknown-entry'
  | 'statement-short'
  | 'bad-row'
  | 'unknown-product';

/** A cell of the proof, and the difference of POS less ledger that the fault causes there. */
interface CellDifference {
  readonly storeId: StoreId;
  readonly date: BusinessDate;
  readonly account: string;
  readonly differenceMinor: number;
}

export interface PlantedDifference {
  readonly faultId: string;
  readonly kind: LedgerFaultKind;
  readonly storeId: StoreId;
  readonly date: BusinessDate;
  readonly what: string;
  /** The POS transaction or, if there is none, the voucher. */
  readonly reference: string;
  readonly cells: readonly CellDifference[];
}

export interface LedgerWithFaults {
  readonly rows: LedgerRow[];
  readonly badRows: string[];
  readonly planted: PlantedDifference[];
}

/** The ledger while faults are planted. */
interface Books {
  readonly date: BusinessDate;
  readonly random: Random;
  readonly vouchers: readonly LedgerVoucher[];
  /** The current content of each voucher. */
  readonly rowsOf: Map<LedgerVoucher, LedgerRow[]>;
  /** Sales without a fault so far, in the order in which they will be used. */
  readonly untouched: LedgerVoucher[];
  /** Accounts and amounts that a fault uses. */
  readonly amounts: Set<string>;
  readonly planted: PlantedDifference[];
}

/** Plants every kind of fault in the day's ledger, each in a separate voucher to keep them distinguishable. */
export function plantDifferences(
  vouchers: readonly LedgerVoucher[],
  date: BusinessDate,
  random: Random,
): LedgerWithFaults {
  const sales = vouchers.filter(isPlainSale);
  const books: Books = {
    date,
    random,
    vouchers,
    rowsOf: new Map(vouchers.map((voucher) => [voucher, voucher.rows])),
    untouched: random.sample(sales, sales.length),
    amounts: new Set(),
    planted: [],
  };
  if (vouchers.length === 0) return { rows: [], badRows: [], planted: [] };
  spoilSales(books);
  shortenStatement(books);
  const manual = addManualJournal(books);
  return {
    rows: [...books.rowsOf.values()].flat().concat(manual),
    badRows: badRow(books),
    planted: books.planted,
  };
}

function spoilSales(books: Books): void {
  spoil(books, 'missing-posting', 'a sale was never posted', () => []);
  spoil(books, 'duplicate-posting', 'a sale was posted twice', (rows) => [
    ...rows,
    ...rows.map((row) => ({ ...row, voucher: `${row.voucher}-2` })),
  ]);
  spoil(books, 'wrong-amount', 'a sale was posted with an amount that is too high', wrongAmount);
  spoil(books, 'wrong-account', 'the revenue of a sale went to another account', (rows) =>
    rows.map((row) => (row.account === REVENUE ? { ...row, account: OTHER_REVENUE } : row)),
  );
  spoil(
    books,
    'wrong-tender',
    'a card sale was booked as cash, or the reverse',
    (rows) =>
      rows.map((row) =>
        row.account === CARD || row.account === CASH
          ? { ...row, account: row.account === CARD ? CASH : CARD }
          : row,
      ),
    ({ rows }) => rows.filter(({ account }) => account === CARD || account === CASH).length === 1,
  );
  spoil(
    books,
    'wrong-tax',
    'a sale was posted with too much tax and too little revenue',
    (rows) => {
      const tax = rows.find(isTax);
      return rows.map((row) => {
        if (row === tax) return { ...row, amountMinor: row.amountMinor - TAX_OFF_MINOR };
        return row.account === REVENUE ? { ...row, amountMinor: row.amountMinor + TAX_OFF_MINOR } : row;
      });
    },
    ({ rows }) => rows.some(isTax),
  );
  spoil(books, 'wrong-date', 'a sale was posted on the next day', (rows) =>
    rows.map((row) => ({ ...row, date: addDays(row.date, 1) })),
  );
  const sister = ({ rows }: Pick<LedgerVoucher, 'rows'>) => sisterOf(rows, books.vouchers);
  spoil(
    books,
    'wrong-store',
    'a sale was posted with the dimension of another store',
    (rows) => {
      const store = sister({ rows });
      return store ? rows.map((row) => ({ ...row, store })) : rows;
    },
    (voucher) => sister(voucher) !== undefined,
  );
}

function spoil(
  books: Books,
  kind: LedgerFaultKind,
  what: string,
  change: (rows: LedgerRow[]) => LedgerRow[],
  fits: (voucher: LedgerVoucher) => boolean = () => true,
): void {
  const at = books.untouched.findIndex((voucher) => fits(voucher) && !meetsAnother(books, voucher));
  const [victim] = at < 0 ? [] : books.untouched.splice(at, 1);
  if (!victim) return;
  for (const row of victim.rows) books.amounts.add(amountKey(row));
  const rows = change(victim.rows);
  books.rowsOf.set(victim, rows);
  note(books, kind, what, victim.rows, rows);
}

/** Two faults of the same amount in one cell could cancel out, and neither would be visible. */
function meetsAnother({ amounts }: Books, { rows }: LedgerVoucher): boolean {
  return rows.some((row) => amounts.has(amountKey(row)));
}

const amountKey = ({ store, account, amountMinor }: LedgerRow): string =>
  `${store.store.currency} ${account} ${Math.abs(amountMinor)}`;

/** A statement was posted before a late till sent its last sales. */
function shortenStatement(books: Books): void {
  const statements = books.vouchers.filter(({ rows }) => rows[0]?.store.posting === 'statement');
  if (statements.length === 0) return;
  const victim = books.random.pick(statements);
  const revenue = victim.rows.find(({ account }) => account === REVENUE);
  const card = victim.rows.find(({ account }) => account === CARD);
  if (!revenue || !card) return;
  const lateMinor = Math.floor(card.amountMinor / 20);
  const rows = victim.rows.map((row) => {
    if (row === revenue) return { ...row, amountMinor: row.amountMinor + lateMinor };
    return row === card ? { ...row, amountMinor: row.amountMinor - lateMinor } : row;
  });
  books.rowsOf.set(victim, rows);
  note(books, 'statement-short', 'a statement lacks card sales', victim.rows, rows);
}

/** A manual correction without a reason at any till. */
function addManualJournal(books: Books): LedgerRow[] {
  const first = books.random.pick(books.vouchers).rows[0];
  if (!first) return [];
  const amountMinor = (first.store.notesMinor[0] ?? 100) * 9;
  const manual: LedgerRow = {
    ...first,
    journal: `MANUAL-${books.date}`,
    voucher: `MAN-${books.date.replaceAll('-', '')}`,
    document: `GJ-${books.date.replaceAll('-', '')}`,
    description: 'Manual correction',
  };
  const rows = [
    { ...manual, account: CASH, amountMinor },
    { ...manual, account: REVENUE, amountMinor: -amountMinor },
  ];
  note(books, 'unknown-entry', 'a journal was posted by hand', [], rows);
  return rows;
}

/** The amount of a row that nobody can read. */
export const BAD_AMOUNT = '12.3.4';

/** An unreadable row. It represents nothing else, so it must not change any total. */
function badRow({ vouchers, date, planted }: Books): string[] {
  const first = vouchers[0]?.rows[0];
  if (!first) return [];
  const reference = `BAD-${date.replaceAll('-', '')}`;
  planted.push({
    faultId: `${date}-bad-row`,
    kind: 'bad-row',
    storeId: first.store.store.storeId,
    date,
    what: 'a row of the ledger file has an unreadable amount',
    reference,
    cells: [],
  });
  const { ledgerDimension, currency } = first.store.store;
  return [
    `${first.journal},${reference},${date},${REVENUE},${ledgerDimension},${currency},${BAD_AMOUNT},,Typed by hand`,
  ];
}

function note(
  { date, planted }: Books,
  kind: LedgerFaultKind,
  what: string,
  good: readonly LedgerRow[],
  bad: readonly LedgerRow[],
): void {
  const first = good[0] ?? bad[0];
  if (!first) return;
  planted.push({
    faultId: `${date}-${kind}`,
    kind,
    storeId: first.store.store.storeId,
    date,
    what,
    reference: first.document === '' ? first.voucher : first.document,
    cells: differencesOf(good, bad),
  });
}

/** A sale with revenue and a single tender, so a changed amount is obvious. */
function isPlainSale({ booking, rows }: LedgerVoucher): boolean {
  const revenue = rows.find(({ account }) => account === REVENUE);
  return booking?.transactionId !== undefined && (revenue?.amountMinor ?? 0) < -500 && rows.length >= 2;
}

function wrongAmount(rows: LedgerRow[]): LedgerRow[] {
  const tender = rows.find(({ amountMinor, account }) => amountMinor > 0 && account === CARD);
  const debit = tender ?? rows.find(({ amountMinor }) => amountMinor > 0);
  const revenue = rows.find(({ account }) => account === REVENUE);
  return rows.map((row) => {
    if (row === debit) return { ...row, amountMinor: row.amountMinor + 1000 };
    return row === revenue ? { ...row, amountMinor: row.amountMinor - 1000 } : row;
  });
}

/** Another store with the same currency. */
function sisterOf(
  rows: readonly LedgerRow[],
  vouchers: readonly LedgerVoucher[],
): LedgerRow['store'] | undefined {
  const own = rows[0]?.store;
  return vouchers
    .map((voucher) => voucher.rows[0]?.store)
    .find((store) => store && store !== own && store.store.currency === own?.store.currency);
}

/** POS less ledger: the amount before the fault less the amount after it. */
function differencesOf(before: readonly LedgerRow[], after: readonly LedgerRow[]): CellDifference[] {
  const cells = new Map<string, CellDifference>();
  const add = (row: LedgerRow, sign: 1 | -1) => {
    const { storeId } = row.store.store;
    const key = `${storeId}/${row.date}/${row.account}`;
    const sum = (cells.get(key)?.differenceMinor ?? 0) + sign * row.amountMinor;
    cells.set(key, { storeId, date: row.date, account: row.account, differenceMinor: sum });
  };
  for (const row of before) add(row, 1);
  for (const row of after) add(row, -1);
  return [...cells.values()].filter(({ differenceMinor }) => differenceMinor !== 0);
}
