import { toTotal, type TotalMinor } from '../money.ts';

/** A number of receipts and what they are worth. */
export interface Step {
  readonly receipts: number;
  readonly grossMinor: TotalMinor;
}

/** Why one step has other receipts than the one before, in the order of the steps. */
export const GAP_KINDS = [
  /** Counted by the till, and never received: by its Z report, or else running numbers, whose worth nobody knows. */
  'not-received',
  /** Counted by a Z report whose shift may have begun on the date before. */
  'z-across-dates',
  /** Received, and not on the Z report. */
  'not-on-z-report',
  /** On the Z report, and taken back by a version that came after it. */
  'voided-after-z',
  /** As many receipts as on the Z report, of another gross. */
  'z-amount-differs',
  /** Running numbers that never came, of which none is a sale by the Z report. */
  'numbers-without-sale',
  /** Received, and not at headquarters yet. */
  'not-uploaded',
  /** At headquarters voided, on hold or a training. */
  'not-in-force-there',
  'failed-validation',
  /** At headquarters, which has not validated it yet. */
  'not-validated',
  /** Received, and foreseen to be refused by Dynamics. */
  'will-not-post',
  /** Validated, and in no statement. */
  'not-in-statement',
  /** Stopped before the ledger, and in it after all. */
  'posted-all-the-same',
  /** In a statement that is not posted. */
  'statement-not-posted',
  /** Good, and not in the ledger. */
  'not-in-ledger',
  /** Good, and in the ledger of another date. */
  'on-another-date',
  /** Within a statement that differs, so nobody can say whether the ledger has it. */
  'undecided',
  /** Beside the steps: headquarters has another gross than the till, or another amount paid. */
  'amount-differs-there',
  'payment-differs-there',
  /** Beside the steps: at headquarters alone. */
  'headquarters-only',
  /** Beside the steps: one number for several receipts at headquarters. */
  'number-twice',
] as const;
export type GapKind = (typeof GAP_KINDS)[number];

export interface CompletenessGap {
  readonly kind: GapKind;
  readonly receipts: number;
  /** Absent where it is not known. */
  readonly grossMinor?: TotalMinor;
  /** The first of them: numbers of receipts, or ranges of running numbers. */
  readonly examples: readonly string[];
  readonly omitted: number;
  /** What Dynamics says about them, the first of it. */
  readonly message?: string;
}

const MAX_EXAMPLES = 10;

export interface Worth {
  readonly transactionId: string;
  readonly grossMinor: number;
}

export function gapOf(kind: GapKind, receipts: readonly Worth[], message?: string): CompletenessGap {
  return {
    kind,
    ...stepOf(receipts),
    ...examplesOf(receipts.map(({ transactionId }) => transactionId)),
    ...(message === undefined ? {} : { message }),
  };
}

export function examplesOf(all: readonly string[]): Pick<CompletenessGap, 'examples' | 'omitted'> {
  const examples = all.slice(0, MAX_EXAMPLES);
  return { examples, omitted: all.length - examples.length };
}

export function stepOf(receipts: readonly { readonly grossMinor: number }[]): Step {
  const gross = receipts.reduce((sum, { grossMinor }) => sum + BigInt(grossMinor), 0n);
  return { receipts: receipts.length, grossMinor: toTotal(gross) };
}

export const sumOfSteps = (steps: readonly Step[]): Step => ({
  receipts: steps.reduce((sum, { receipts }) => sum + receipts, 0),
  grossMinor: toTotal(steps.reduce((sum, { grossMinor }) => sum + BigInt(grossMinor), 0n)),
});
