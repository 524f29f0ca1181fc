import type { DayReceipts, MissingNumbers } from '../forecast/receipts.ts';
import type { ZCount } from '../forecast/z-reports.ts';
import { toTotal, type Currency, type TotalMinor } from '../money.ts';
import { examplesOf, gapOf, stepOf, type CompletenessGap, type Step } from './completeness-gap.ts';

/** What a till counted, by its Z report. */
export interface TillCount {
  readonly receipts: number;
  /** Absent where the till does not say. */
  readonly grossMinor?: TotalMinor;
}

/** The receipts of one shift in one currency. */
export interface ShiftReceipts {
  readonly received: Step;
  /** Of the same shift, in other currencies: the Z report counts them too. */
  readonly inOtherCurrencies: number;
  readonly missingNumbers: readonly MissingNumbers[];
}

/**
 * The first step of the equation: till counter = received. Where the till sent a Z report it says how many receipts there
 * were and what they were worth; running numbers alone say only that something did not come.
 */
export function tillStep(
  z: ZCount | undefined,
  withdrawn: DayReceipts['withdrawn'],
  { received, inOtherCurrencies, missingNumbers }: ShiftReceipts,
): { readonly till?: TillCount; readonly gaps: readonly CompletenessGap[] } {
  const numbers = missingNumbers.length === 0 ? undefined : numbersGap('not-received', missingNumbers);
  if (!z) return { gaps: numbers ? [numbers] : [] };
  const counted = z.receipts - inOtherCurrencies;
  const takenBack = withdrawn.filter(({ at }) => at > z.receivedAt).map(({ receipt }) => receipt);
  const gaps: CompletenessGap[] = [];
  if (takenBack.length > 0) gaps.push(gapOf('voided-after-z', takenBack));
  const missing = counted - received.receipts - takenBack.length;
  const worth =
    z.grossMinor === undefined
      ? undefined
      : BigInt(z.grossMinor) - BigInt(received.grossMinor) - BigInt(stepOf(takenBack).grossMinor);
  const valued = (amount: bigint | undefined): { grossMinor?: TotalMinor } =>
    amount === undefined ? {} : { grossMinor: toTotal(amount) };
  if (missing > 0)
    gaps.push({
      kind: z.mayBeginBefore ? 'z-across-dates' : 'not-received',
      receipts: missing,
      ...valued(worth),
      ...examplesOf(rangesOf(missingNumbers)),
    });
  else if (missing < 0)
    gaps.push({
      kind: 'not-on-z-report',
      receipts: -missing,
      ...valued(worth === undefined ? undefined : -worth),
      ...examplesOf([]),
    });
  else if (worth !== undefined && worth !== 0n)
    gaps.push({ kind: 'z-amount-differs', receipts: 0, ...valued(worth), ...examplesOf([]) });
  if (missing <= 0 && missingNumbers.length > 0)
    gaps.push(numbersGap('numbers-without-sale', missingNumbers));
  const till = {
    receipts: counted,
    ...valued(z.grossMinor === undefined ? undefined : BigInt(z.grossMinor)),
  };
  return { till, gaps };
}

function numbersGap(
  kind: 'not-received' | 'numbers-without-sale',
  missing: readonly MissingNumbers[],
): CompletenessGap {
  const receipts = missing.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return { kind, receipts, ...examplesOf(rangesOf(missing)) };
}

const rangesOf = (missing: readonly MissingNumbers[]): string[] =>
  missing.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));

/** A shift of which nothing but a Z report, or a gap in the running numbers, has come. */
export const currencyOf = (z: ZCount | undefined, missing: readonly MissingNumbers[]): Currency | undefined =>
  z?.currency ?? missing.find((one) => one.currency !== undefined)?.currency;
