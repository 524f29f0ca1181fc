import { ACCOUNTS, type Layout } from './assumptions.ts';
import { posted, valueOf, type Books, type Row, type SaleInBooks } from './books.ts';
import { sizeOf, type Pence } from './ledger-side.ts';

/** Faults of the ledger, each with the exception that must tell it. */
export type Fault = (books: Books) => void;

const NOTHING: Pence = new Map();

const withAmount = (row: Row | undefined, pence: bigint): Row => ({ ...(row as Row), pence });

const TENDERS: ReadonlySet<string> = new Set([
  ACCOUNTS.cash,
  ACCOUNTS.card,
  ACCOUNTS.account,
  ACCOUNTS.other,
]);
const isTender = ({ account }: Row): boolean => TENDERS.has(account);
/** What is sold, without its tax. */
const isSold = (row: Row): boolean => !isTender(row) && row.account !== ACCOUNTS.vat;

/** So much more paid, and as much more sold: the voucher still balances. */
function changed(rows: readonly Row[], by: bigint): Row[] {
  const [paid, sold] = [rows.find(isTender), rows.find(isSold)];
  return rows.map((row) => {
    if (row === paid) return withAmount(row, row.pence + by);
    return row === sold ? withAmount(row, row.pence - by) : row;
  });
}

const again = (rows: readonly Row[], mark = 'R'): Row[] =>
  rows.map((row) => (row.inStatement ? row : { ...row, voucher: `${row.voucher}-${mark}` }));

export const missing =
  (layout: Layout, fits?: (sale: SaleInBooks) => boolean): Fault =>
  (books) => {
    const sale = books.take(layout, fits);
    if (!sale) return;
    sale.rows = [];
    books.expect(sale, 'missing-in-ledger');
  };

export const postedTwice =
  (layout: Layout): Fault =>
  (books) => {
    const sale = books.take(layout);
    if (!sale) return;
    sale.rows = [...sale.rows, ...again(sale.rows)];
    books.expect(sale, 'duplicate-posting');
  };

/** The till never sent it. */
export const unknownToTill =
  (layout: Layout): Fault =>
  (books) => {
    const sale = books.take(layout);
    if (!sale) return;
    sale.deliveries = [];
    books.expect(sale, 'missing-in-pos', {
      amountMinor: valueOf(NOTHING, posted(sale.rows)),
      ...(layout === 'voucher' ? { subject: sale.rows[0]?.voucher ?? '' } : {}),
    });
  };

/** Amounts of journals, of which no two are alike. */
const journal = (books: Books): bigint => BigInt(books.random.int(1_000, 90_000)) * 10n + 3n;

export const manualJournal =
  (layout: Layout): Fault =>
  (books) => {
    const sale = books.take(layout);
    const [row] = sale?.rows ?? [];
    if (!sale || !row) return;
    const pence = journal(books);
    const base = { ...row, voucher: `GJ-${sale.id}`, document: '', inStatement: false };
    const rows = [
      { ...base, account: '690300', pence },
      { ...base, account: '120900', pence: -pence },
    ];
    sale.rows = [...sale.rows, ...rows];
    books.expect(sale, 'missing-in-pos', {
      subject: base.voucher,
      amountMinor: valueOf(NOTHING, posted(rows)),
    });
  };

/** More than the rounding of any receipt. */
const anAmount = (books: Books): bigint => BigInt(books.random.int(50, 5_000));

export const otherAmount: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  sale.rows = changed(sale.rows, anAmount(books));
  books.expect(sale, 'amount-differs');
};

/** Two sales of one day that are off by the same, one up and one down: no total shows it. */
export const offsettingAmounts: Fault = (books) => {
  const one = books.take('reference');
  const other = one && books.take('reference', ({ date, store }) => date === one.date && store === one.store);
  if (!one || !other) return;
  const by = anAmount(books);
  one.rows = changed(one.rows, by);
  other.rows = changed(other.rows, -by);
  for (const sale of [one, other]) books.expect(sale, 'amount-differs');
};

/** One sale is not posted, and one of the same day is posted twice. */
export const offsettingSales =
  (layout: Layout): Fault =>
  (books) => {
    const one = books.take(layout);
    const other = one && books.take(layout, ({ date, store }) => date === one.date && store === one.store);
    if (!one || !other) return;
    one.rows = [];
    other.rows = [...other.rows, ...again(other.rows)];
    books.expect(one, 'missing-in-ledger');
    books.expect(other, 'duplicate-posting');
  };

const textOf = (pence: Pence): string =>
  [...pence]
    .map(([account, amount]) => `${account} ${amount}`)
    .sort()
    .join();

/** Of sales with the very same amounts in one store day, one is not posted. */
export const missingOfEqual =
  (layout: Layout): Fault =>
  (books) => {
    const sale = books.take(layout, (one) =>
      books.sales.some(
        (other) =>
          other !== one &&
          other.date === one.date &&
          other.store === one.store &&
          textOf(other.expected) === textOf(one.expected),
      ),
    );
    if (!sale) return;
    sale.rows = [];
    books.expect(sale, 'missing-in-ledger');
  };

export const otherAccount: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const [first, ...others] = sale.rows;
  sale.rows = [{ ...(first as Row), account: '999999' }, ...others];
  books.expect(sale, 'wrong-account');
};

export const otherStore: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const dimension = books.otherStore(sale.store).storeId;
  sale.rows = sale.rows.map((row) => ({ ...row, dimension }));
  books.expect(sale, 'wrong-store', { amountMinor: valueOf(sale.expected, NOTHING) });
};

export const otherDate: Fault = (books) => {
  const sale = books.take('reference', (one) => books.laterDate(one) !== undefined);
  const date = sale && books.laterDate(sale);
  if (!sale || date === undefined) return;
  sale.rows = sale.rows.map((row) => ({ ...row, date }));
  books.expect(sale, 'wrong-date', { amountMinor: valueOf(sale.expected, NOTHING) });
  books.expect(sale, 'wrong-date', { date, amountMinor: valueOf(NOTHING, posted(sale.rows)) });
};

export const otherDateAndAmount: Fault = (books) => {
  const sale = books.take('reference', (one) => books.laterDate(one) !== undefined);
  const date = sale && books.laterDate(sale);
  if (!sale || date === undefined) return;
  sale.rows = changed(sale.rows, 100n).map((row) => ({ ...row, date }));
  books.expect(sale, 'late-and-wrong', { amountMinor: valueOf(sale.expected, NOTHING) });
  books.expect(sale, 'late-and-wrong', { date, amountMinor: valueOf(NOTHING, posted(sale.rows)) });
};

/** Posted on its date, and once more on a later one. */
export const againOnOtherDate: Fault = (books) => {
  const sale = books.take('reference', (one) => books.laterDate(one) !== undefined);
  const date = sale && books.laterDate(sale);
  if (!sale || date === undefined) return;
  const repeat = again(sale.rows).map((row) => ({ ...row, date }));
  sale.rows = [...sale.rows, ...repeat];
  books.expect(sale, 'duplicate-posting', { date, amountMinor: valueOf(NOTHING, posted(repeat)) });
};

/** A voucher without a number that equals a sale which is posted under its own. */
export const extraOrTwice: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const repeat = again(sale.rows, 'X').map((row) => ({ ...row, document: '' }));
  sale.rows = [...sale.rows, ...repeat];
  books.expect(sale, 'ambiguous', {
    subject: repeat[0]?.voucher ?? '',
    amountMinor: valueOf(NOTHING, posted(repeat)),
  });
};

export const inTwoFiles: Fault = (books) => {
  const sale = books.takeFirst('reference', ({ store, date }) => `two files ${store.storeId} ${date}`);
  if (!sale) return;
  const file = `z-again/${sale.store.storeId}-${sale.date}.csv`;
  const repeat = sale.rows.map((row) => ({ ...row, file }));
  books.expect(sale, 'posting-in-two-files', {
    subject: `${file} and ${sale.store.storeId}/${sale.date}.csv`,
    amountMinor: valueOf(posted(repeat), NOTHING),
  });
  sale.rows = [...sale.rows, ...repeat];
};

/** A row of the sale cannot be read: the rest of its posting differs. */
export const damagedRow: Fault = (books) => {
  const sale = books.takeFirst('reference', ({ store, date }) => `row ${store.storeId} ${date}`);
  if (!sale) return;
  const [first, ...others] = sale.rows;
  sale.rows = others;
  books.expect(sale, 'amount-differs');
  books.expect(sale, 'rows-not-read', { subject: 'ledger rows', amountMinor: 0n });
  sale.rows = [{ ...(first as Row), amountText: '12.5O' }, ...others];
};

export const wholeDayMissing =
  (layout: Layout): Fault =>
  (books) => {
    const day = books.untouchedDay(layout);
    const [first] = day ?? [];
    if (!day || !first) return;
    const sum = posted(day.flatMap((sale) => sale.rows));
    for (const sale of day) sale.rows = [];
    books.expect(first, 'missing-in-ledger', {
      subject: 'whole day',
      amountMinor: valueOf(sum, NOTHING),
    });
  };

/** So many sales of one statement are not in its sum, or twice. */
export const inStatement =
  (count: number, kind: 'missing-in-ledger' | 'duplicate-posting'): Fault =>
  (books) => {
    const day = books.untouchedDay('statement');
    for (const sale of books.random.sample(
      (day ?? []).filter(({ expected }) => expected.size > 1),
      count,
    )) {
      sale.rows = kind === 'missing-in-ledger' ? [] : [...sale.rows, ...sale.rows];
      books.expect(sale, kind);
    }
  };

const isOfTax = ({ expected }: SaleInBooks): boolean =>
  (expected.get(ACCOUNTS.vat) ?? 0n) < -5_000n && (expected.get(ACCOUNTS.revenue) ?? 0n) < -5_000n;

/** So much more on one account, and as much less on the other. */
const shifted = (rows: readonly Row[], more: string, fewer: string, by: bigint): Row[] =>
  rows.map((row) =>
    row.account === more
      ? withAmount(row, row.pence + by)
      : row.account === fewer
        ? withAmount(row, row.pence - by)
        : row,
  );

/** @param where the other account, another amount with the right gross, or with the right net. */
export const otherTax =
  (where: 'account' | 'gross' | 'net'): Fault =>
  (books) => {
    const sale = books.take('reference', (one) => isOfTax(one) && hasOneTender(one));
    if (!sale) return;
    const tender = sale.rows.find(isTender)?.account ?? '';
    sale.rows =
      where === 'account'
        ? sale.rows.map((row) =>
            row.account === ACCOUNTS.vat ? { ...row, account: ACCOUNTS.reducedVat } : row,
          )
        : shifted(
            sale.rows,
            ACCOUNTS.vat,
            where === 'gross' ? ACCOUNTS.revenue : tender,
            BigInt(books.random.int(50, 4_000)),
          );
    books.expect(sale, 'tax-differs');
  };

const hasOneTender = ({ rows }: SaleInBooks): boolean => rows.filter(isTender).length === 1;

export const otherTender: Fault = (books) => {
  const sale = books.take('reference', hasOneTender);
  if (!sale) return;
  sale.rows = sale.rows.map((row) =>
    isTender(row) ? { ...row, account: row.account === ACCOUNTS.cash ? ACCOUNTS.card : ACCOUNTS.cash } : row,
  );
  books.expect(sale, 'wrong-tender');
};

/** Two sales of one day whose tenders are swapped by the same amount: no total shows it. */
export const offsettingTenders: Fault = (books) => {
  const one = books.take(
    'reference',
    (sale) => sale.expected.has(ACCOUNTS.cash) && sale.expected.has(ACCOUNTS.card),
  );
  const other =
    one &&
    books.take(
      'reference',
      ({ date, store, expected }) =>
        date === one.date &&
        store === one.store &&
        (expected.has(ACCOUNTS.cash) || expected.has(ACCOUNTS.card)),
    );
  if (!one || !other) return;
  const by = BigInt(books.random.int(1, 40));
  const [from, to] = other.expected.has(ACCOUNTS.cash)
    ? [ACCOUNTS.cash, ACCOUNTS.card]
    : [ACCOUNTS.card, ACCOUNTS.cash];
  const [row] = other.rows.filter(({ account }) => account === from);
  other.rows = [...shifted(other.rows, '', from, by), { ...(row as Row), account: to, pence: by }];
  one.rows = shifted(one.rows, from, to, by);
  for (const sale of [one, other]) books.expect(sale, 'wrong-tender');
};

export const aPenny: Fault = (books) => {
  const sale = books.take('reference', isOfTax);
  if (!sale) return;
  sale.rows = shifted(sale.rows, ACCOUNTS.vat, ACCOUNTS.revenue, books.random.pick([1n, -1n]));
  books.expect(sale, 'rounding-differs');
};

/** @param rate in ten thousandths; with 10,000 the figures are the same. */
export const otherCurrency =
  (rate: bigint): Fault =>
  (books) => {
    const sale = books.take('reference', (one) => hasOneTender(one) && isOfTax(one));
    if (!sale) return;
    const amountMinor = sizeOf(sale.expected);
    const others = sale.rows
      .filter((row) => !isTender(row))
      .map((row): Row => ({ ...row, currency: 'EUR', pence: (row.pence * rate) / 10_000n }));
    const sum = others.reduce((total, { pence }) => total + pence, 0n);
    const paid = sale.rows.filter(isTender).map((row): Row => ({ ...row, currency: 'EUR', pence: -sum }));
    sale.rows = [...paid, ...others];
    books.expect(sale, 'wrong-currency', { amountMinor });
  };

/** The statement of one till is off in one thing alone. */
export const statementOff =
  (category: 'wrong-tender' | 'tax-differs' | 'rounding-differs'): Fault =>
  (books) => {
    const day = books.untouchedDay('statement') ?? [];
    const sale = day.find((one) => isOfTax(one) && one.rows.length > 0);
    const [row] = sale?.rows ?? [];
    if (!sale || !row) return;
    const by = category === 'rounding-differs' ? 1n : anAmount(books) * 7n + 3n;
    const [more, fewer] =
      category === 'wrong-tender' ? [ACCOUNTS.card, ACCOUNTS.cash] : [ACCOUNTS.vat, ACCOUNTS.revenue];
    const ofTill = day.filter(({ event }) => event.tillId === sale.event.tillId);
    const before = posted(ofTill.flatMap(({ rows }) => rows));
    sale.rows = [...sale.rows, { ...row, account: more, pence: by }, { ...row, account: fewer, pence: -by }];
    books.expect(sale, category, {
      subject: 'statement',
      amountMinor: valueOf(before, posted(ofTill.flatMap(({ rows }) => rows))),
    });
  };

/** Posted on a later date in its voucher without a number, and no other sale of the store has its amounts. */
export const voucherOnOtherDate: Fault = (books) => {
  const sale = books.take(
    'voucher',
    (one) =>
      books.laterDate(one) !== undefined &&
      !books.sales.some(
        (other) =>
          other !== one && other.store === one.store && textOf(other.expected) === textOf(one.expected),
      ),
  );
  const date = sale && books.laterDate(sale);
  if (!sale || date === undefined) return;
  sale.rows = sale.rows.map((row) => ({ ...row, date }));
  books.expect(sale, 'wrong-date', { amountMinor: valueOf(sale.expected, NOTHING) });
  books.expect(sale, 'wrong-date', {
    date,
    subject: sale.rows[0]?.voucher ?? '',
    amountMinor: valueOf(NOTHING, posted(sale.rows)),
  });
};

/** Sales that are missing on dates whose period is closed. */
export const closedPeriods =
  (dates: number, missingPerStore: number): Fault =>
  (books) => {
    for (const day of books.closeDates(dates))
      for (const store of new Set(day.map((sale) => sale.store))) {
        if (store.layout !== 'reference') continue;
        const own = day.filter((sale) => sale.store === store && sale.expected.size > 1);
        for (const sale of books.random.sample(own, Math.min(missingPerStore, Math.floor(own.length / 2)))) {
          sale.rows = [];
          books.expect(sale, 'closed-period');
        }
      }
  };
