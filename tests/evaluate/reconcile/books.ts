import { randomOf, type Random } from '../../../infra/local/demo/random.ts';
import type { PosEvent, TransactionEvent } from '../../../shared/pos/event.ts';
import type { Category } from '../../../shared/reconciliation/exception.ts';
import { STORES, type Layout, type RetailStore } from './assumptions.ts';
import { less, poundsOf, sizeOf, type Pence } from './ledger-side.ts';

/** A row of the ledger, before it becomes text. */
export interface Row {
  readonly voucher: string;
  readonly date: string;
  readonly account: string;
  readonly dimension: string;
  readonly pence: bigint;
  readonly document: string;
  /** Rows of one statement are added up by account. */
  readonly inStatement: boolean;
  /** Pounds where it is left out; `pence` are its minor units. */
  readonly currency?: string;
  /** Instead of the amount: what a damaged file has. */
  readonly amountText?: string;
  /** Instead of the store's file of the date. */
  readonly file?: string;
}

/** An event as it is landed, so many days after its business date. */
interface Delivery {
  readonly event: PosEvent;
  readonly daysLate: number;
}

/** A sale on both sides. Faults replace its deliveries and rows. */
export interface SaleInBooks {
  readonly id: string;
  readonly date: string;
  readonly store: RetailStore;
  readonly event: TransactionEvent;
  readonly expected: Pence;
  deliveries: Delivery[];
  rows: Row[];
  /** A fault has it, and no other gets it. */
  isTaken: boolean;
}

/** A planted fault: the exception that must be found. */
export interface Truth {
  readonly category: Category;
  readonly layout: Layout;
  readonly date: string;
  readonly storeId: string;
  readonly subject: string;
  readonly amountMinor: bigint;
}

/** Faults are planted in store days of so many sales, so that no fault is the whole day. */
const MIN_SALES = 8;

/** Tills and ledger of the quarter, in agreement until faults are planted. */
export class Books {
  readonly sales: SaleInBooks[];
  readonly truths: Truth[] = [];
  readonly closedDates: string[] = [];
  readonly random: Random;
  readonly #days = new Map<string, SaleInBooks[]>();
  readonly #names = new Set<string>();

  constructor(
    events: readonly TransactionEvent[],
    postings: ReadonlyMap<string, Pence>,
    seed: number | string,
  ) {
    this.random = randomOf('evaluate reconcile', seed);
    this.sales = events.map((event) => saleInBooks(event, postings.get(event.transactionId) ?? new Map()));
    for (const sale of this.sales) {
      if (sale.expected.size === 0) continue;
      const key = dayKey(sale.store.storeId, sale.date);
      this.#days.set(key, [...(this.#days.get(key) ?? []), sale]);
    }
  }

  /** A sale that no fault has yet; undefined where none is left. */
  take(layout: Layout, fits: (sale: SaleInBooks) => boolean = () => true): SaleInBooks | undefined {
    const open = this.sales.filter(
      (sale) => sale.store.layout === layout && !sale.isTaken && this.#isPlain(sale) && fits(sale),
    );
    if (open.length === 0) return undefined;
    const sale = this.random.pick(open);
    sale.isTaken = true;
    return sale;
  }

  /** Sales of one store day that no fault has touched, in order. */
  untouchedDay(layout: Layout): readonly SaleInBooks[] | undefined {
    const days = [...this.#days.values()].filter(
      (day) =>
        day.length >= MIN_SALES && day[0]?.store.layout === layout && day.every((sale) => !sale.isTaken),
    );
    const day = days.length === 0 ? undefined : this.random.pick(days);
    for (const sale of day ?? []) sale.isTaken = true;
    return day;
  }

  #isPlain(sale: SaleInBooks): boolean {
    return sale.expected.size > 1 && this.#sizeOfDay(sale.store.storeId, sale.date) >= MIN_SALES;
  }

  #sizeOfDay(storeId: string, date: string): number {
    return this.#days.get(dayKey(storeId, date))?.length ?? 0;
  }

  /** Dates whose period is closed. No other fault is planted on them. */
  closeDates(count: number): readonly (readonly SaleInBooks[])[] {
    const dates = [...new Set(this.sales.map(({ date }) => date))];
    const chosen = this.random.sample(dates, Math.min(count, dates.length));
    this.closedDates.push(...chosen);
    return chosen.map((date) => {
      const sales = this.sales.filter((sale) => sale.date === date);
      for (const sale of sales) sale.isTaken = true;
      return sales.filter((sale) => this.#isPlain(sale));
    });
  }

  /** The next date, at most three days later, on which the store has sales. */
  laterDate({ store, date }: SaleInBooks): string | undefined {
    for (let days = 1; days <= 3; days += 1) {
      const other = new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
      const isFit = this.#sizeOfDay(store.storeId, other) >= MIN_SALES && !this.closedDates.includes(other);
      if (isFit) return other;
    }
    return undefined;
  }

  otherStore({ storeId, layout }: RetailStore): RetailStore {
    const others = STORES.filter((store) => store.layout === layout && store.storeId !== storeId);
    return this.random.pick(others);
  }

  /**
   * As `take`, for exceptions of which there is one for all that have the same name.
   * @param nameOf such as `two files S1 2010-01-04`.
   */
  takeFirst(layout: Layout, nameOf: (sale: SaleInBooks) => string): SaleInBooks | undefined {
    const sale = this.take(layout, (one) => !this.#names.has(nameOf(one)));
    if (sale) this.#names.add(nameOf(sale));
    return sale;
  }

  expect(sale: SaleInBooks, category: Category, changes: Partial<Truth> = {}): void {
    this.truths.push({
      category,
      layout: sale.store.layout,
      date: sale.date,
      storeId: sale.store.storeId,
      subject: sale.id,
      amountMinor: valueOf(sale.expected, posted(sale.rows)),
      ...changes,
    });
  }

  /** The ledger's files, by name. */
  files(): Map<string, string> {
    const rows = new Map<string, Row[]>();
    for (const row of addedUp(this.sales.flatMap((sale) => sale.rows))) {
      const file = row.file ?? `${row.dimension}/${row.date}.csv`;
      const ofFile = rows.get(file);
      if (ofFile) ofFile.push(row);
      else rows.set(file, [row]);
    }
    return new Map([...rows].map(([file, ofFile]) => [file, csvOf(ofFile)]));
  }
}

const dayKey = (storeId: string, date: string): string => `${storeId} ${date}`;

function saleInBooks(event: TransactionEvent, expected: Pence): SaleInBooks {
  const store = STORES.find(({ storeId }) => storeId === event.storeId) as RetailStore;
  const { transactionId: id, businessDate: date, tillId } = event;
  const isSummed = store.layout === 'statement';
  const rows = [...expected].map(([account, pence]): Row => ({
    voucher: isSummed ? `STMT-${date}-${tillId}` : `V-${id}`,
    date,
    account,
    dimension: store.storeId,
    pence,
    document: store.layout === 'reference' ? id : '',
    inStatement: isSummed,
  }));
  const deliveries = [{ event, daysLate: 0 }];
  return { id, date, store, event, expected, deliveries, rows, isTaken: false };
}

export function posted(rows: readonly Row[]): Pence {
  const pence: Pence = new Map();
  for (const row of rows) pence.set(row.account, (pence.get(row.account) ?? 0n) + row.pence);
  return pence;
}

/** What an exception is worth: see docs/finance.md, "Amount". */
export function valueOf(expected: Pence, ledger: Pence): bigint {
  const size = sizeOf(less(expected, ledger));
  return volumeOf(ledger) > volumeOf(expected) ? -size : size;
}

const volumeOf = (pence: Pence): bigint =>
  [...pence.values()].reduce((sum, amount) => sum + (amount < 0n ? -amount : amount), 0n);

function addedUp(rows: readonly Row[]): Row[] {
  const sums = new Map<string, Row>();
  const single: Row[] = [];
  for (const row of rows) {
    if (!row.inStatement) {
      single.push(row);
      continue;
    }
    const key = JSON.stringify([row.dimension, row.voucher, row.account]);
    sums.set(key, { ...row, pence: row.pence + (sums.get(key)?.pence ?? 0n) });
  }
  return [...single, ...[...sums.values()].filter(({ pence }) => pence !== 0n)];
}

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber';

const csvOf = (rows: readonly Row[]): string =>
  [
    HEADER,
    ...rows.map(({ voucher, date, account, dimension, currency = 'GBP', pence, document, amountText }) =>
      [
        `J-${date}`,
        voucher,
        date,
        account,
        dimension,
        currency,
        amountText ?? poundsOf(pence),
        document,
      ].join(','),
    ),
    '',
  ].join('\n');
