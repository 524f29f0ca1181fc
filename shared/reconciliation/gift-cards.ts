import { giftCardAccounts, type GiftCardMovement } from '../ledger/gift-cards.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { PostingProfile } from '../ledger/posting-profile.ts';
import { toTotal, type Currency, type TotalMinor } from '../money.ts';
import { ofAccountKey } from './cell.ts';
import type { PosDocument } from './day-documents.ts';
import type { ReconciliationException } from './exception.ts';
import { groupBy } from './group-by.ts';
import type { Reading } from './reading.ts';
import type { SettledPart } from './settled-part.ts';

/**
 * How the liability to gift card holders moved on a business date, in one currency. Amounts are positive where the
 * liability rises: sold - redeemed - expired + other = the change at the POS.
 */
export interface GiftCardDay {
  readonly currency: Currency;
  /** The ledger accounts of the liability. */
  readonly accounts: readonly string[];
  readonly soldMinor: TotalMinor;
  readonly redeemedMinor: TotalMinor;
  readonly expiredMinor: TotalMinor;
  /** What else the posting profile books there, such as a paid-out that it names the account for. */
  readonly otherMinor: TotalMinor;
  readonly posChangeMinor: TotalMinor;
  /** What the ledger posted to the same accounts. */
  readonly ledgerChangeMinor: TotalMinor;
  /** The exceptions that explain why the two differ. */
  readonly exceptionIds: readonly string[];
}

/** The movements of the transactions that count, by currency. */
export function giftCardMovements(
  readings: Iterable<Reading>,
): Map<Currency, { sold: bigint; redeemed: bigint; expired: bigint }> {
  const sums = new Map<Currency, { sold: bigint; redeemed: bigint; expired: bigint }>();
  for (const { giftCards, currency, amounts } of readings) {
    if (giftCards === undefined || amounts.size === 0) continue;
    const sum = sums.get(currency) ?? { sold: 0n, redeemed: 0n, expired: 0n };
    sums.set(currency, sum);
    addMovement(sum, giftCards);
  }
  return sums;
}

function addMovement(
  sum: { sold: bigint; redeemed: bigint; expired: bigint },
  { soldMinor, redeemedMinor, expiredMinor }: GiftCardMovement,
): void {
  sum.sold += BigInt(soldMinor);
  sum.redeemed += BigInt(redeemedMinor);
  sum.expired += BigInt(expiredMinor);
}

/** What of a store's day concerns its gift cards. */
export interface GiftCardStore {
  readonly day: {
    readonly documents: readonly PosDocument[];
    readonly giftCards?: ReturnType<typeof giftCardMovements> | undefined;
  };
  readonly entries: readonly LedgerEntry[];
  /** Of a store whose documents and entries are not all given. */
  readonly settled?: Pick<SettledPart, 'cells'> | undefined;
}

interface Sums {
  sold: bigint;
  redeemed: bigint;
  expired: bigint;
  pos: bigint;
  ledger: bigint;
}

/** The stores' movements together: a card sold in one store is redeemed in another. */
export function giftCardsOf(stores: readonly GiftCardStore[], profile: PostingProfile): GiftCardDay[] {
  const accounts = giftCardAccounts(profile);
  const byCurrency = new Map<Currency, Sums>();
  const of = (currency: Currency): Sums => {
    const sums = byCurrency.get(currency) ?? { sold: 0n, redeemed: 0n, expired: 0n, pos: 0n, ledger: 0n };
    byCurrency.set(currency, sums);
    return sums;
  };
  for (const { day, entries, settled } of stores) {
    for (const [currency, movement] of day.giftCards ?? []) {
      const sums = of(currency);
      for (const name of ['sold', 'redeemed', 'expired'] as const) sums[name] += movement[name];
    }
    if (settled) {
      for (const { account, currency, posMinor, ledgerMinor } of settled.cells) {
        if (!accounts.has(account)) continue;
        of(currency).pos -= BigInt(posMinor);
        of(currency).ledger -= BigInt(ledgerMinor);
      }
      continue;
    }
    for (const { amounts } of day.documents)
      for (const [key, amountMinor] of amounts) {
        const { account, currency } = ofAccountKey(key);
        if (accounts.has(account)) of(currency).pos -= BigInt(amountMinor);
      }
    for (const { account, currency, amountMinor } of entries)
      if (accounts.has(account)) of(currency).ledger -= BigInt(amountMinor);
  }
  return [...byCurrency]
    .map(([currency, sums]) => dayOf(currency, [...accounts].sort(), sums, []))
    .sort(byName);
}

const byName = (one: GiftCardDay, other: GiftCardDay): number => (one.currency < other.currency ? -1 : 1);

function dayOf(
  currency: Currency,
  accounts: readonly string[],
  { sold, redeemed, expired, pos, ledger }: Sums,
  exceptionIds: readonly string[],
): GiftCardDay {
  return {
    currency,
    accounts,
    soldMinor: toTotal(sold),
    redeemedMinor: toTotal(redeemed),
    expiredMinor: toTotal(expired),
    otherMinor: toTotal(pos - sold + redeemed + expired),
    posChangeMinor: toTotal(pos),
    ledgerChangeMinor: toTotal(ledger),
    exceptionIds,
  };
}

/** The shards' days as one, with the exceptions that explain their differences. */
export function mergeGiftCards(
  days: readonly GiftCardDay[],
  exceptions: readonly ReconciliationException[],
): GiftCardDay[] {
  return [...groupBy(days, ({ currency }) => currency)]
    .map(([currency, members]) => {
      const accounts = [...new Set(members.flatMap((member) => member.accounts))].sort();
      const total = (of: (day: GiftCardDay) => TotalMinor): bigint =>
        members.reduce((sum, member) => sum + BigInt(of(member)), 0n);
      const sums = {
        sold: total((day) => day.soldMinor),
        redeemed: total((day) => day.redeemedMinor),
        expired: total((day) => day.expiredMinor),
        pos: total((day) => day.posChangeMinor),
        ledger: total((day) => day.ledgerChangeMinor),
      };
      const explaining = exceptions.filter(({ parts }) =>
        parts.some((part) => part.currency === currency && accounts.includes(part.account)),
      );
      return dayOf(
        currency,
        accounts,
        sums,
        explaining.map(({ exceptionId }) => exceptionId),
      );
    })
    .sort(byName);
}

/**
 * The roll-forward must say of the liability what the cells say, which were added up elsewhere: a sentence for each
 * currency in which it does not.
 */
export function giftCardFaults(
  days: readonly GiftCardDay[],
  cells: readonly { account: string; currency: Currency; posMinor: TotalMinor; ledgerMinor: TotalMinor }[],
): string[] {
  return days.flatMap(({ currency, accounts, posChangeMinor, ledgerChangeMinor }) => {
    const own = cells.filter((cell) => cell.currency === currency && accounts.includes(cell.account));
    const pos = own.reduce((sum, cell) => sum - BigInt(cell.posMinor), 0n);
    const ledger = own.reduce((sum, cell) => sum - BigInt(cell.ledgerMinor), 0n);
    return pos === BigInt(posChangeMinor) && ledger === BigInt(ledgerChangeMinor)
      ? []
      : [
          `gift cards ${currency}: the roll-forward moves by ${posChangeMinor} (ledger ${ledgerChangeMinor}), the cells by ${pos} (ledger ${ledger})`,
        ];
  });
}
