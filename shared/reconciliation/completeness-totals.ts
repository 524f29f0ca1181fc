import { toTotal, type Currency } from '../money.ts';
import type { CompletenessRow } from './completeness.ts';
import { GAP_KINDS, sumOfSteps, type CompletenessGap, type GapKind, type Step } from './completeness-gap.ts';
import { groupBy } from './group-by.ts';
import type { TillCount } from './till-count.ts';

/** A day by currency. */
export interface CompletenessTotal extends Omit<CompletenessRow, 'storeId' | 'tillId' | 'shiftId'> {
  /** Shifts in all, and those of them with a Z report, which `till` sums. */
  readonly shifts: number;
  readonly shiftsWithZ: number;
}

/** Sums of a whole day by currency. A gap whose worth is not known has none in the sum either. */
export function completenessTotals(rows: readonly CompletenessRow[]): readonly CompletenessTotal[] {
  return [...groupBy(rows, ({ currency }) => currency)]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([currency, of]) => totalOf(currency, of));
}

function totalOf(currency: Currency, of: readonly CompletenessRow[]): CompletenessTotal {
  const tills = of.flatMap(({ till }) => (till ? [till] : []));
  const uploaded = stepsIn(of.map((row) => row.uploaded));
  const inStatement = stepsIn(of.map((row) => row.inStatement));
  return {
    currency,
    shifts: of.length,
    shiftsWithZ: tills.length,
    ...(tills.length > 0 && { till: sumOfTills(tills) }),
    received: sumOfSteps(of.map(({ received }) => received)),
    ...(uploaded && { uploaded }),
    validated: sumOfSteps(of.map(({ validated }) => validated)),
    ...(inStatement && { inStatement }),
    inLedger: sumOfSteps(of.map(({ inLedger }) => inLedger)),
    gaps: GAP_KINDS.flatMap((kind) =>
      sumOfGaps(
        kind,
        of.flatMap((row) => row.gaps.filter((gap) => gap.kind === kind)),
      ),
    ),
  };
}

/** Only where every row has the step: a sum of some would look like one of all. */
function stepsIn(steps: readonly (Step | undefined)[]): Step | undefined {
  const there = steps.filter((step) => step !== undefined);
  return there.length === steps.length ? sumOfSteps(there) : undefined;
}

function sumOfTills(tills: readonly TillCount[]): TillCount {
  const receipts = tills.reduce((sum, till) => sum + till.receipts, 0);
  let gross = 0n;
  for (const { grossMinor } of tills) {
    if (grossMinor === undefined) return { receipts };
    gross += BigInt(grossMinor);
  }
  return { receipts, grossMinor: toTotal(gross) };
}

function sumOfGaps(kind: GapKind, gaps: readonly CompletenessGap[]): CompletenessGap[] {
  if (gaps.length === 0) return [];
  const receipts = gaps.reduce((sum, gap) => sum + gap.receipts, 0);
  const isValued = gaps.every(({ grossMinor }) => grossMinor !== undefined);
  const gross = gaps.reduce((sum, { grossMinor = 0 }) => sum + BigInt(grossMinor), 0n);
  return [{ kind, receipts, ...(isValued && { grossMinor: toTotal(gross) }), examples: [], omitted: 0 }];
}

/** Gaps that a step is less than the one before by; `posted-all-the-same` and `not-on-z-report` add to it. */
const BEFORE_UPLOADED: readonly GapKind[] = ['not-uploaded', 'not-in-force-there'];
const BEFORE_VALIDATED: readonly GapKind[] = ['failed-validation', 'not-validated', 'will-not-post'];
const BEFORE_LEDGER: readonly GapKind[] = [
  'statement-not-posted',
  'not-in-ledger',
  'on-another-date',
  'undecided',
];

/** Faults of the equation itself; none unless Tillstream is at fault. */
export function completenessFaults(rows: readonly CompletenessRow[]): string[] {
  return rows.flatMap((row) => {
    const { storeId, tillId, shiftId, received, uploaded, validated, inStatement, inLedger } = row;
    const less = (from: Step, kinds: readonly GapKind[]): Sum => minus(sumOf(from), row.gaps, kinds);
    const afterUpload = uploaded ?? received;
    const last = inStatement ?? validated;
    const posted = row.gaps.filter(({ kind }) => kind === 'posted-all-the-same').map(sumOf);
    const holds =
      isSame(less(received, BEFORE_UPLOADED), sumOf(afterUpload)) &&
      isSame(less(afterUpload, BEFORE_VALIDATED), sumOf(validated)) &&
      isSame(less(validated, ['not-in-statement']), sumOf(last)) &&
      isSame(posted.reduce(plus, less(last, BEFORE_LEDGER)), sumOf(inLedger)) &&
      tillHolds(row);
    return holds ? [] : [`completeness of ${storeId} till ${tillId} shift ${shiftId} does not add up`];
  });
}

interface Sum {
  readonly receipts: number;
  readonly gross: bigint;
}
const sumOf = ({ receipts, grossMinor = 0 }: Pick<CompletenessGap, 'receipts' | 'grossMinor'>): Sum => ({
  receipts,
  gross: BigInt(grossMinor),
});
const plus = (one: Sum, other: Sum): Sum => ({
  receipts: one.receipts + other.receipts,
  gross: one.gross + other.gross,
});
const isSame = (one: Sum, other: Sum): boolean =>
  one.receipts === other.receipts && one.gross === other.gross;

function minus(from: Sum, gaps: readonly CompletenessGap[], kinds: readonly GapKind[]): Sum {
  return gaps
    .filter(({ kind }) => kinds.includes(kind))
    .reduce(
      (sum, gap) => ({ receipts: sum.receipts - gap.receipts, gross: sum.gross - sumOf(gap).gross }),
      from,
    );
}

function tillHolds({ till, received, gaps }: CompletenessRow): boolean {
  if (!till) return true;
  const lacking: readonly GapKind[] = [
    'not-received',
    'z-across-dates',
    'voided-after-z',
    'z-amount-differs',
  ];
  const beyond = gaps.filter(({ kind }) => kind === 'not-on-z-report').map(sumOf);
  const left = beyond.reduce(plus, minus(sumOf(till), gaps, lacking));
  // Without a gross on the Z report there is only a number to compare.
  return (
    left.receipts === received.receipts &&
    (till.grossMinor === undefined || left.gross === BigInt(received.grossMinor))
  );
}
