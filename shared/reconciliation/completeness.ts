import type { DayReceipts, MissingNumbers, Receipt } from '../forecast/receipts.ts';
import type { StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
import {
  gapOf,
  stepOf,
  sumOfSteps,
  type CompletenessGap,
  type GapKind,
  type Step,
} from './completeness-gap.ts';
import { groupBy } from './group-by.ts';
import { besideRow, differencesThere } from './headquarters-gaps.ts';
import type { HeadquartersView } from './headquarters.ts';
import type { OpenItem } from './open-item.ts';
import { currencyOf, tillStep, type TillCount } from './till-count.ts';

/**
 * The completeness equation of one shift of a till, from its counter to the ledger. Each step is the one before less its
 * gaps (`completenessFaults` checks it); a step that nothing shows is absent. A till that names no shift has one row for
 * the day.
 */
export interface CompletenessRow {
  readonly storeId: StoreId;
  readonly tillId: string;
  /** Empty where the till names none. */
  readonly shiftId: string;
  readonly currency: Currency;
  /** By the Z report; absent where the till sends none, or a version before did not look. */
  readonly till?: TillCount;
  readonly received: Step;
  /** At headquarters; absent, like `inStatement`, where headquarters is not read or does not show it. */
  readonly uploaded?: Step;
  /** By headquarters, or else those for which no refusal is foreseen. */
  readonly validated: Step;
  readonly inStatement?: Step;
  readonly inLedger: Step;
  readonly gaps: readonly CompletenessGap[];
}

/** Receipts of a shift that were only counted. */
export type CountedReceipts = Pick<Receipt, 'storeId' | 'tillId' | 'shiftId' | 'currency'> & Step;

/**
 * @param items what reconciliation left open in the store: every other document is in the ledger.
 * @param headquarters undefined where it is not read. It needs every receipt.
 * @param counted receipts that `receipts` leaves out: no refusal is foreseen for them, and the ledger has them.
 */
export function completenessOf(
  { receipts, missingNumbers, zReports, withdrawn }: DayReceipts,
  items: readonly OpenItem[],
  headquarters?: HeadquartersView,
  counted: readonly CountedReceipts[] = [],
): CompletenessRow[] {
  const fates = fatesOf(items);
  const byRow = groupBy(receipts, rowKey);
  const others = new Map(counted.map((one) => [rowKey(one), one]));
  const all = [...receipts, ...counted];
  const byShift = groupBy(all, shiftKey);
  const numbers = placedNumbers(missingNumbers, all);
  const zs = new Map(zReports.map((z) => [shiftKey(z), z]));
  const places = new Map<string, Place>();
  for (const one of all) places.set(rowKey(one), placeOf(one, one.currency));
  for (const one of [...zReports, ...[...numbers.values()].flat()]) {
    const currency = currencyOf(zs.get(shiftKey(one)), numbers.get(shiftKey(one)) ?? []);
    const isSaid = byShift.get(shiftKey(one))?.some((receipt) => receipt.currency === currency) === true;
    if (currency !== undefined && !isSaid) places.set(rowKey({ ...one, currency }), placeOf(one, currency));
  }
  const told = new Set<string>();
  const rows = [...places]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, place]): CompletenessRow => {
      const listed = byRow.get(key) ?? [];
      const rest = others.get(key) ?? NOTHING;
      const shift = shiftKey(place);
      const z = zs.get(shift)?.currency === place.currency ? zs.get(shift) : undefined;
      // A number that is missing may be a receipt or a drawer movement: it is said once, where the Z report is if there is one.
      const tells = zs.has(shift) ? z !== undefined : !told.has(shift);
      told.add(shift);
      const { till, gaps } = tillStep(
        z,
        withdrawn.filter(({ receipt }) => rowKey(receipt) === key),
        {
          received: sumOfSteps([stepOf(listed), rest]),
          inOtherCurrencies: (byShift.get(shift) ?? [])
            .filter(({ currency }) => currency !== place.currency)
            .reduce((sum, one) => sum + ('receipts' in one ? one.receipts : 1), 0),
          missingNumbers: tells ? (numbers.get(shift) ?? []) : [],
        },
      );
      return {
        ...place,
        ...(till && { till }),
        ...stepsOf(listed, rest, fates, headquarters, gaps),
      };
    });
  return headquarters ? withOthers(rows, headquarters) : rows;
}

/** Receipts that no till sent, and numbers that stand for several, in the row of their terminal and shift. */
function withOthers(rows: readonly CompletenessRow[], headquarters: HeadquartersView): CompletenessRow[] {
  const result = new Map(rows.map((row) => [rowKey(row), row]));
  for (const { place, gap } of besideRow(headquarters, rows[0]?.currency)) {
    const row = result.get(rowKey(place)) ?? {
      ...place,
      ...stepsOf([], NOTHING, new Map(), headquarters, []),
    };
    result.set(rowKey(place), { ...row, gaps: [...row.gaps, gap] });
  }
  return [...result].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}

const NOTHING: Step = { receipts: 0, grossMinor: 0 };

type Place = Pick<CompletenessRow, 'storeId' | 'tillId' | 'shiftId' | 'currency'>;
const placeOf = ({ storeId, tillId, shiftId }: Omit<Place, 'currency'>, currency: Currency): Place => ({
  storeId,
  tillId,
  shiftId,
  currency,
});
const shiftKey = ({ tillId, shiftId }: Pick<Place, 'tillId' | 'shiftId'>): string =>
  JSON.stringify([tillId, shiftId]);
const rowKey = ({ tillId, shiftId, currency }: Omit<Place, 'storeId'>): string =>
  JSON.stringify([tillId, shiftId, currency]);

/** By the shift in which they are said: their own, or the first one of the till that has receipts. */
function placedNumbers(
  missing: readonly MissingNumbers[],
  receipts: readonly Place[],
): ReadonlyMap<string, readonly MissingNumbers[]> {
  const shifts = [
    ...new Set([...receipts].sort((one, other) => (rowKey(one) < rowKey(other) ? -1 : 1)).map(shiftKey)),
  ];
  const tillOf = (shift: string): string => (JSON.parse(shift) as [string])[0];
  return groupBy(missing, (one) => {
    const own = shiftKey(one);
    return shifts.includes(own) ? own : (shifts.find((shift) => tillOf(shift) === one.tillId) ?? own);
  });
}

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

/** In the order of the steps: where a receipt stops, the later ones do not ask. */
const STOPS = [
  'not-uploaded',
  'not-in-force-there',
  'failed-validation',
  'not-validated',
  'will-not-post',
  'not-in-statement',
] as const;
type Stop = (typeof STOPS)[number];

interface Followed {
  readonly receipt: Receipt;
  /** Why it should not be in the ledger. */
  readonly stop: Stop | undefined;
  readonly fate: Fate | 'statement-not-posted' | undefined;
  readonly message: string | undefined;
}

function stepsOf(
  received: readonly Receipt[],
  counted: Step,
  fates: ReadonlyMap<string, Fate>,
  headquarters: HeadquartersView | undefined,
  gapsBefore: readonly CompletenessGap[],
): Omit<CompletenessRow, keyof Place | 'till'> {
  const followed = received.map((receipt) => follow(receipt, fates.get(receipt.transactionId), headquarters));
  const stepIn = (some: readonly Followed[]): Step =>
    sumOfSteps([stepOf(some.map(({ receipt }) => receipt)), counted]);
  const stoppedBy = (stops: readonly Stop[]): Step =>
    stepIn(followed.filter(({ stop }) => stop === undefined || !stops.includes(stop)));
  const gap = (kind: GapKind, those: (one: Followed) => boolean): CompletenessGap => {
    const found = followed.filter(those);
    const message = found.find((one) => one.message !== undefined)?.message;
    return gapOf(
      kind,
      found.map(({ receipt }) => receipt),
      message,
    );
  };
  const gaps = [
    ...STOPS.map((kind) => gap(kind, ({ stop }) => stop === kind)),
    gap('posted-all-the-same', ({ stop, fate }) => stop !== undefined && fate === undefined),
    ...(['statement-not-posted', 'not-in-ledger', 'on-another-date', 'undecided'] as const).map((kind) =>
      gap(kind, ({ stop, fate }) => stop === undefined && fate === kind),
    ),
    ...differencesThere(received, headquarters),
  ].filter(({ receipts }) => receipts > 0);
  const [atHeadquarters, untilValidated] = [STOPS.slice(0, 2), STOPS.slice(0, 5)];
  return {
    received: stepIn(followed),
    ...(headquarters && { uploaded: stoppedBy(atHeadquarters) }),
    validated: stoppedBy(untilValidated),
    ...(headquarters?.showsStatements && { inStatement: stoppedBy(STOPS) }),
    inLedger: stepIn(followed.filter(({ fate }) => fate === undefined)),
    gaps: [...gapsBefore, ...gaps],
  };
}

function follow(
  receipt: Receipt,
  fate: Fate | undefined,
  headquarters: HeadquartersView | undefined,
): Followed {
  const { state, message } = headquarters?.stateOf(receipt) ?? { state: 'done' };
  // Where headquarters has validated, nothing needs to be foreseen.
  const isForeseen = receipt.refusals.length > 0 && headquarters?.showsValidation !== true;
  const wellKnown = state === 'done' || state === 'statement-not-posted' ? undefined : state;
  const stop =
    isForeseen && (wellKnown === undefined || wellKnown === 'not-in-statement') ? 'will-not-post' : wellKnown;
  const isHeld = state === 'statement-not-posted' && fate === 'not-in-ledger';
  return { receipt, stop, fate: isHeld ? 'statement-not-posted' : fate, message };
}
