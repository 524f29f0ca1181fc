import type { MissingNumbers, Receipt } from '../forecast/receipts.ts';
import type { StoreId } from '../ids.ts';
import { toTotal, type Currency, type TotalMinor } from '../money.ts';
import { groupBy } from './group-by.ts';
import type { OpenItem } from './open-item.ts';

/** A number of receipts and what they are worth. */
export interface Step {
  readonly receipts: number;
  readonly grossMinor: TotalMinor;
}

/** Why one step has other receipts than the one before. */
const GAP_KINDS = [
  /** Running numbers of the till that never arrived; what they are worth nobody knows. */
  'not-received',
  /** Received, and foreseen to be refused by Dynamics. */
  'will-not-post',
  /** Foreseen to be refused, and in the ledger after all. */
  'posted-all-the-same',
  /** Good, and not in the ledger. */
  'not-in-ledger',
  /** Good, and in the ledger of another date. */
  'on-another-date',
  /** Within a statement that differs, so nobody can say whether the ledger has it. */
  'undecided',
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
}

/**
 * The completeness equation of one shift of a till:
 * till = received + not-received, and received - (will-not-post - posted-all-the-same) - not-in-ledger - on-another-date
 * - undecided = in the ledger. A till that names no shift has one row for the day.
 */
export interface CompletenessRow {
  readonly storeId: StoreId;
  readonly tillId: string;
  /** Empty where the till names none. */
  readonly shiftId: string;
  readonly currency: Currency;
  readonly received: Step;
  /** Those for which no refusal is foreseen. */
  readonly validated: Step;
  readonly inLedger: Step;
  readonly gaps: readonly CompletenessGap[];
}

const MAX_EXAMPLES = 10;

type ShiftOfTill = Pick<Receipt, 'storeId' | 'tillId' | 'shiftId' | 'currency'>;

/** Receipts of a shift that were only counted. */
export type CountedReceipts = ShiftOfTill & Step;

const keyOf = ({ tillId, shiftId, currency }: ShiftOfTill): string =>
  JSON.stringify([tillId, shiftId, currency]);

/**
 * @param items what reconciliation left open in the store: every other document is in the ledger.
 * @param counted receipts that `receipts` leaves out: no refusal is foreseen for them, and the ledger has them.
 */
export function completenessOf(
  receipts: readonly Receipt[],
  missingNumbers: readonly MissingNumbers[],
  items: readonly OpenItem[],
  counted: readonly CountedReceipts[] = [],
): CompletenessRow[] {
  const fates = fatesOf(items);
  const listed = groupBy(receipts, keyOf);
  const others = new Map(counted.map((one) => [keyOf(one), one]));
  const rows = [...new Set([...listed.keys(), ...others.keys()])].sort().flatMap((key) => {
    const of = listed.get(key) ?? [];
    const shift = of[0] ?? others.get(key);
    return shift ? [rowOf(shift, of, others.get(key) ?? NO_RECEIPTS, fates)] : [];
  });
  return withMissing(rows, missingNumbers);
}

const NO_RECEIPTS: Step = { receipts: 0, grossMinor: 0 };

type Fate = 'not-in-ledger' | 'on-another-date' | 'undecided';

/** What became of documents that reconciliation could not settle; those that differ in amount alone are in the ledger. */
function fatesOf(items: readonly OpenItem[]): ReadonlyMap<string, Fate> {
  const fates = new Map<string, Fate>();
  for (const { finding, documents, elsewhere } of items) {
    const fate = fateOf(finding, elsewhere !== undefined && elsewhere.verdict !== 'not-in-force');
    if (fate) for (const { documentId } of documents) fates.set(documentId, fate);
  }
  return fates;
}

function fateOf(finding: OpenItem['finding'], isElsewhere: boolean): Fate | undefined {
  switch (finding) {
    case 'pos-only':
    case 'store-not-posted':
      return isElsewhere ? 'on-another-date' : 'not-in-ledger';
    case 'statement-differs':
    case 'ambiguous':
      return 'undecided';
    default:
      return undefined;
  }
}

function rowOf(
  { storeId, tillId, shiftId, currency }: ShiftOfTill,
  receipts: readonly Receipt[],
  counted: Step,
  fates: ReadonlyMap<string, Fate>,
): CompletenessRow {
  const isRefused = ({ refusals }: Receipt): boolean => refusals.length > 0;
  const fateIs =
    (fate: Fate | undefined) =>
    (one: Receipt): boolean =>
      fates.get(one.transactionId) === fate;
  const refused = receipts.filter(isRefused);
  const good = receipts.filter((one) => !isRefused(one));
  const inLedger = receipts.filter(fateIs(undefined));
  const gaps = [
    gapOf('will-not-post', refused),
    gapOf('posted-all-the-same', refused.filter(fateIs(undefined))),
    gapOf('not-in-ledger', good.filter(fateIs('not-in-ledger'))),
    gapOf('on-another-date', good.filter(fateIs('on-another-date'))),
    gapOf('undecided', good.filter(fateIs('undecided'))),
  ].filter((gap) => gap.receipts > 0);
  return {
    storeId,
    tillId,
    shiftId,
    currency,
    received: sumOf([stepOf(receipts), counted]),
    validated: sumOf([stepOf(good), counted]),
    inLedger: sumOf([stepOf(inLedger), counted]),
    gaps,
  };
}

function gapOf(kind: GapKind, receipts: readonly Receipt[]): CompletenessGap {
  const examples = receipts.slice(0, MAX_EXAMPLES).map(({ transactionId }) => transactionId);
  return { kind, ...stepOf(receipts), examples, omitted: receipts.length - examples.length };
}

function stepOf(receipts: readonly Receipt[]): Step {
  const gross = receipts.reduce((sum, { grossMinor }) => sum + BigInt(grossMinor), 0n);
  return { receipts: receipts.length, grossMinor: toTotal(gross) };
}

/** A number that is missing may be a receipt or a drawer movement; it is said in the first row of its shift. */
function withMissing(
  rows: readonly CompletenessRow[],
  missing: readonly MissingNumbers[],
): CompletenessRow[] {
  const byShift = groupBy(missing, ({ tillId, shiftId }) => JSON.stringify([tillId, shiftId]));
  const byTill = new Map<string, string>();
  for (const { tillId, shiftId } of rows)
    if (!byTill.has(tillId)) byTill.set(tillId, JSON.stringify([tillId, shiftId]));
  const shifts = new Set(rows.map(({ tillId, shiftId }) => JSON.stringify([tillId, shiftId])));
  const placed = new Map<string, MissingNumbers[]>();
  for (const [shift, numbers] of byShift) {
    const place = shifts.has(shift) ? shift : (byTill.get(numbers[0]?.tillId ?? '') ?? shift);
    placed.set(place, [...(placed.get(place) ?? []), ...numbers]);
  }
  const known = rows.map((row) => {
    const key = JSON.stringify([row.tillId, row.shiftId]);
    const of = placed.get(key);
    placed.delete(key);
    return of ? { ...row, gaps: [notReceived(of), ...row.gaps] } : row;
  });
  const nothing: Step = { receipts: 0, grossMinor: 0 };
  // Nothing but gaps and drawer movements has come of these tills.
  const others = [...placed.values()].flatMap((of): CompletenessRow[] => {
    const [first] = of;
    const currency = of.find((one) => one.currency !== undefined)?.currency;
    if (!first || currency === undefined) return [];
    const { storeId, tillId, shiftId } = first;
    const steps = { received: nothing, validated: nothing, inLedger: nothing };
    return [{ storeId, tillId, shiftId, currency, ...steps, gaps: [notReceived(of)] }];
  });
  return [...known, ...others];
}

function notReceived(missing: readonly MissingNumbers[]): CompletenessGap {
  const examples = missing
    .slice(0, MAX_EXAMPLES)
    .map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  return {
    kind: 'not-received',
    receipts: missing.reduce((sum, { from, to }) => sum + to - from + 1, 0),
    examples,
    omitted: missing.length - examples.length,
  };
}

/** Sums of a whole day by currency. A gap whose worth is not known has none in the sum either. */
export function completenessTotals(
  rows: readonly CompletenessRow[],
): readonly Omit<CompletenessRow, 'storeId' | 'tillId' | 'shiftId'>[] {
  return [...groupBy(rows, ({ currency }) => currency)]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([currency, of]) => ({
      currency,
      received: sumOf(of.map(({ received }) => received)),
      validated: sumOf(of.map(({ validated }) => validated)),
      inLedger: sumOf(of.map(({ inLedger }) => inLedger)),
      gaps: GAP_KINDS.flatMap((kind) => {
        const gaps = of.flatMap((row) => row.gaps.filter((gap) => gap.kind === kind));
        const { receipts, grossMinor } = sumOf(gaps.map((gap) => ({ grossMinor: 0, ...gap })));
        const worth = kind === 'not-received' ? {} : { grossMinor };
        return receipts === 0 ? [] : [{ kind, receipts, ...worth, examples: [], omitted: 0 }];
      }),
    }));
}

const sumOf = (steps: readonly Step[]): Step => ({
  receipts: steps.reduce((sum, { receipts }) => sum + receipts, 0),
  grossMinor: toTotal(steps.reduce((sum, { grossMinor }) => sum + BigInt(grossMinor), 0n)),
});

/** Faults of the equation itself; none unless Tillstream is at fault. */
export function completenessFaults(rows: readonly CompletenessRow[]): string[] {
  return rows.flatMap(({ storeId, tillId, shiftId, received, validated, inLedger, gaps }) => {
    const of = (kind: GapKind): { receipts: number; gross: bigint } => {
      const gap = gaps.find((one) => one.kind === kind);
      return { receipts: gap?.receipts ?? 0, gross: BigInt(gap?.grossMinor ?? 0) };
    };
    const where = `completeness of ${storeId} till ${tillId} shift ${shiftId}`;
    const refused = of('will-not-post');
    const left = [of('not-in-ledger'), of('on-another-date'), of('undecided')];
    const posted = of('posted-all-the-same');
    const holds =
      received.receipts - refused.receipts === validated.receipts &&
      BigInt(received.grossMinor) - refused.gross === BigInt(validated.grossMinor) &&
      validated.receipts + posted.receipts - left.reduce((sum, gap) => sum + gap.receipts, 0) ===
        inLedger.receipts &&
      BigInt(validated.grossMinor) + posted.gross - left.reduce((sum, gap) => sum + gap.gross, 0n) ===
        BigInt(inLedger.grossMinor);
    return holds ? [] : [`${where} does not add up`];
  });
}
