import type { BusinessDate } from '../ids.ts';
import { toTotal, type Currency, type TotalMinor } from '../money.ts';
import { addDays } from '../time.ts';
import type { GiftCardDay } from './gift-cards.ts';

/** What all cards were worth on the morning of a business date, by currency, in POS and ledger alike. */
export interface GiftCardOpening {
  readonly businessDate: BusinessDate;
  readonly balancesMinor: Readonly<Partial<Record<string, number>>>;
}

/** The movements of one date, as its report has them. */
export interface GiftCardMoves {
  readonly businessDate: BusinessDate;
  /** Undefined in a report of a version that did not look. */
  readonly days: readonly GiftCardDay[] | undefined;
  /** The report does not hold the whole date. */
  readonly isPartial: boolean;
}

/** opening + sold - redeemed - expired + other = closing, at the POS; and what the ledger's liability came to. */
export interface GiftCardRollForward extends GiftCardDay {
  /** Undefined where the master data gives no opening balance on or before the date. */
  readonly openingMinor: TotalMinor | undefined;
  readonly closingMinor: TotalMinor | undefined;
  readonly ledgerClosingMinor: TotalMinor | undefined;
  /** Dates since the opening balance with movements that the opening lacks, wholly or in part. Nothing is guessed for them. */
  readonly missingDates: readonly BusinessDate[];
}

/** More days than this are not looked for one by one. */
const MAX_DAYS = 4_000;

/**
 * Carries the opening balance forward to a date, from the movements of all dates between: balances are never stored, so a
 * late event of an earlier date shows in every later balance at once.
 */
export function rollForward(
  businessDate: BusinessDate,
  today: readonly GiftCardDay[],
  all: readonly GiftCardMoves[],
  opening: GiftCardOpening | undefined,
): GiftCardRollForward[] {
  const before = new Map(all.map((moves) => [moves.businessDate, moves]));
  const isKnown = opening !== undefined && opening.businessDate <= businessDate;
  const missing: BusinessDate[] = [];
  const carried = new Map<string, { pos: bigint; ledger: bigint }>();
  if (isKnown) {
    for (const [currency, minor = 0] of Object.entries(opening.balancesMinor))
      carried.set(currency, { pos: BigInt(minor), ledger: BigInt(minor) });
    let date = opening.businessDate;
    for (let day = 0; date < businessDate && day < MAX_DAYS; day += 1, date = addDays(date, 1)) {
      const moves = before.get(date);
      if (!moves?.days || moves.isPartial) missing.push(date);
      for (const { currency, posChangeMinor, ledgerChangeMinor } of moves?.days ?? []) {
        const sum = carried.get(currency) ?? { pos: 0n, ledger: 0n };
        sum.pos += BigInt(posChangeMinor);
        sum.ledger += BigInt(ledgerChangeMinor);
        carried.set(currency, sum);
      }
    }
  }
  const currencies = new Set<string>([...carried.keys(), ...today.map(({ currency }) => currency)]);
  return [...currencies].sort().map((currency) => {
    const day = today.find((one) => one.currency === currency) ?? unmoved(currency as Currency);
    const from = carried.get(currency) ?? { pos: 0n, ledger: 0n };
    return {
      ...day,
      openingMinor: isKnown ? toTotal(from.pos) : undefined,
      closingMinor: isKnown ? toTotal(from.pos + BigInt(day.posChangeMinor)) : undefined,
      ledgerClosingMinor: isKnown ? toTotal(from.ledger + BigInt(day.ledgerChangeMinor)) : undefined,
      missingDates: missing,
    };
  });
}

const unmoved = (currency: Currency): GiftCardDay => ({
  currency,
  accounts: [],
  soldMinor: 0,
  redeemedMinor: 0,
  expiredMinor: 0,
  otherMinor: 0,
  posChangeMinor: 0,
  ledgerChangeMinor: 0,
  exceptionIds: [],
});
