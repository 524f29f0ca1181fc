import type { TransactionEvent } from '../../event.ts';

/**
 * Dialects of POSLog say one total in several ways, and mean different things by one name: the amount of a line
 * before or after its discounts; a discount on the whole transaction that the lines hold already, or do not; the tax
 * in the lines, again as a line item, and again as a total; a net total that is the amount to pay; prices with or without
 * tax; a grand total with or without tip and cash rounding. Nothing in a document tells which. What the customer paid
 * tells: of all readings the one that agrees with the tenders, and then with most of the rest, is taken.
 */

/** Every statement about the totals of one transaction. All amounts are minor units. */
export interface Statements {
  /** Sum of the lines that count, as they stand; undefined where there is no line. */
  readonly linesMinor: number | undefined;
  /** By how much these may miss a total, where they were finer than the currency and each was rounded. */
  readonly linesToleranceMinor: number;
  /** What the discounts of these lines would take off, were it not in their amounts already. */
  readonly lineDiscountMinor: number;
  /** Discounts on the whole transaction, in line items of their own. */
  readonly ownDiscountMinor: number;
  /** Candidates for the tax, the most likely one first; empty where nothing is said of any tax. */
  readonly taxes: readonly TaxStatement[];
  /** By how much taxes per line and per receipt may differ because each is rounded. */
  readonly taxToleranceMinor: number;
  /** Totals by their names. */
  readonly grandMinor: number | undefined;
  readonly grossMinor: number | undefined;
  readonly netMinor: number | undefined;
  readonly taxMinor: number | undefined;
  /** Sum of the tenders less change; undefined where there is none. */
  readonly paidMinor: number | undefined;
  readonly tipMinor: number;
  /** Cash rounding as stated, without a sign that could be relied on; 0 where none is stated. */
  readonly roundingMinor: number;
  /** Whether the document says that prices include tax. */
  readonly taxIncluded: boolean | undefined;
}

export interface TaxStatement {
  readonly of: 'total' | 'items' | 'lines' | 'items and lines' | 'rates';
  /** The tax where prices include it, and where they do not; these differ only where it follows from rates. */
  readonly includedMinor: number;
  readonly addedMinor: number;
}

export interface TotalsReading {
  /** Whether the discounts of lines are to be taken off their amounts, and those on the whole from the lines. */
  readonly lineDiscountsOff: boolean;
  readonly ownDiscountsOff: boolean;
  readonly taxIncluded: boolean;
  readonly tax: TaxStatement['of'] | undefined;
  /** What the lines say of the tax, with what follows from their bare rates, is the tax. */
  readonly isTaxOfLines: boolean;
  readonly totals: Required<TransactionEvent['totals']>;
  /** Lines, totals and tenders agree. */
  readonly isBalanced: boolean;
  /** The total is what the lines come to, and nothing else says so: neither a total nor the tenders. */
  readonly isOfLinesAlone: boolean;
  /** A total is stated that says another amount, or another total fits as well. */
  readonly isDisputed: boolean;
}

interface Candidate extends TotalsReading {
  readonly score: number;
}

/** The tenders count most, then that the lines add up, then the grand total; the rest decides between equals. */
const SCORE = {
  paid: 256,
  lines: 128,
  grand: 64,
  taxIncluded: 32,
  tax: 16,
  items: 12,
  net: 8,
  taxOfLines: 6,
  gross: 4,
  usual: 2,
} as const;

export function readTotals(statements: Statements): TotalsReading {
  let best: Candidate | undefined;
  // The best score of each total that balances, to see whether another total is as good.
  const balanced = new Map<number, number>();
  for (const candidate of candidatesOf(statements)) {
    if (!best || candidate.score > best.score) best = candidate;
    if (!candidate.isBalanced) continue;
    const { grossMinor } = candidate.totals;
    balanced.set(grossMinor, Math.max(balanced.get(grossMinor) ?? 0, candidate.score));
  }
  // There is always a candidate, as every list of choices has an entry.
  const { score, ...found } = best as Candidate;
  // What is only more usual is a guess. Cash rounding without a sign leaves two totals that fit the tenders.
  const hasRival = [...balanced].some(
    ([grossMinor, rival]) => grossMinor !== found.totals.grossMinor && rival >= score - SCORE.usual,
  );
  return hasRival ? { ...found, isDisputed: true } : found;
}

function* candidatesOf(statements: Statements): Generator<Candidate> {
  const { linesMinor = 0, lineDiscountMinor, ownDiscountMinor, taxes } = statements;
  const taxChoices = taxes.length === 0 ? [undefined] : taxes;
  for (const lineDiscountsOff of lineDiscountMinor === 0 ? [false] : [false, true]) {
    for (const ownDiscountsOff of ownDiscountMinor === 0 ? [false] : [false, true]) {
      const readMinor =
        linesMinor - (lineDiscountsOff ? lineDiscountMinor : 0) - (ownDiscountsOff ? ownDiscountMinor : 0);
      for (const taxIncluded of includedChoices(statements)) {
        for (const tax of taxChoices) {
          const choice = { lineDiscountsOff, ownDiscountsOff, taxIncluded, tax, readMinor };
          yield* withGross(statements, choice);
        }
      }
    }
  }
}

const includedChoices = ({ taxIncluded }: Statements): readonly boolean[] =>
  taxIncluded === true ? [true, false] : [false, true];

interface Choice {
  readonly lineDiscountsOff: boolean;
  readonly ownDiscountsOff: boolean;
  readonly taxIncluded: boolean;
  readonly tax: TaxStatement | undefined;
  readonly readMinor: number;
}

function* withGross(statements: Statements, choice: Choice): Generator<Candidate> {
  const { grandMinor, grossMinor, tipMinor, roundingMinor, linesMinor } = statements;
  const taxMinor = choice.tax ? taxOf(choice.tax, choice.taxIncluded) : 0;
  const fromLinesMinor = choice.readMinor + (choice.taxIncluded ? 0 : taxMinor);
  for (const rounding of distinct([roundingMinor, -roundingMinor, 0])) {
    const stated = [grandMinor, grossMinor].filter((amountMinor) => amountMinor !== undefined);
    const grosses = distinct([
      ...stated,
      ...(linesMinor === undefined && stated.length > 0 ? [] : [fromLinesMinor]),
      ...(grandMinor === undefined ? [] : [grandMinor - tipMinor, grandMinor - tipMinor - rounding]),
      ...paidWithin(statements, fromLinesMinor, tipMinor + rounding),
    ]);
    for (const gross of grosses) yield judged(statements, choice, taxMinor, fromLinesMinor, gross, rounding);
  }
}

/** Where lines were finer than the currency, what was paid says how their sum was rounded. */
function paidWithin(
  { paidMinor, linesToleranceMinor }: Statements,
  fromLinesMinor: number,
  besidesMinor: number,
): number[] {
  if (paidMinor === undefined || linesToleranceMinor === 0) return [];
  const grossMinor = paidMinor - besidesMinor;
  return Math.abs(grossMinor - fromLinesMinor) <= linesToleranceMinor ? [grossMinor] : [];
}

function judged(
  statements: Statements,
  choice: Choice,
  taxMinor: number,
  fromLinesMinor: number,
  grossMinor: number,
  roundingMinor: number,
): Candidate {
  const { paidMinor, grandMinor, tipMinor, netMinor, linesMinor, taxIncluded } = statements;
  const owedMinor = grossMinor + tipMinor + roundingMinor;
  const isPaid = paidMinor === undefined ? owedMinor === 0 : paidMinor === owedMinor;
  const linesFit =
    linesMinor === undefined || Math.abs(fromLinesMinor - grossMinor) <= statements.linesToleranceMinor;
  const grandFits =
    grandMinor === undefined || [grossMinor, grossMinor + tipMinor, owedMinor].includes(grandMinor);
  const taxFits = statements.taxMinor === undefined || statements.taxMinor === taxMinor;
  const netFits = netMinor === undefined || netMinor === grossMinor - taxMinor;
  const isUsual = !choice.lineDiscountsOff && !choice.ownDiscountsOff;
  const isTaxOfLines = isStated(statements.taxes, 'lines', choice.taxIncluded, taxMinor);
  const points = (holds: boolean, score: number): number => (holds ? score : 0);
  const score =
    points(isPaid, SCORE.paid) +
    points(linesFit, SCORE.lines) +
    points(grandFits, SCORE.grand) +
    points(taxIncluded === undefined || taxIncluded === choice.taxIncluded, SCORE.taxIncluded) +
    points(taxFits, SCORE.tax) +
    points(netFits, SCORE.net) +
    points(isStated(statements.taxes, 'items', choice.taxIncluded, taxMinor), SCORE.items) +
    points(isTaxOfLines, SCORE.taxOfLines) +
    points(statements.grossMinor === grossMinor, SCORE.gross) +
    points(isUsual, SCORE.usual);
  return {
    lineDiscountsOff: choice.lineDiscountsOff,
    ownDiscountsOff: choice.ownDiscountsOff,
    taxIncluded: choice.taxIncluded,
    tax: choice.tax?.of,
    isTaxOfLines,
    totals: { netMinor: grossMinor - taxMinor, taxMinor, grossMinor, tipMinor, roundingMinor },
    isBalanced: isPaid && linesFit,
    isOfLinesAlone:
      grandMinor === undefined && statements.grossMinor === undefined && (paidMinor === undefined || !isPaid),
    isDisputed: !grandFits || !netFits || isTaxDisputed(statements, choice.taxIncluded, taxMinor),
    score,
  };
}

const taxOf = (tax: TaxStatement, taxIncluded: boolean): number =>
  taxIncluded ? tax.includedMinor : tax.addedMinor;

const isStated = (
  taxes: readonly TaxStatement[],
  of: TaxStatement['of'],
  taxIncluded: boolean,
  taxMinor: number,
): boolean => taxes.some((tax) => tax.of === of && taxOf(tax, taxIncluded) === taxMinor);

function isTaxDisputed(statements: Statements, taxIncluded: boolean, taxMinor: number): boolean {
  return statements.taxes.some(
    (tax) =>
      tax.of !== 'items and lines' &&
      Math.abs(taxOf(tax, taxIncluded) - taxMinor) > statements.taxToleranceMinor,
  );
}

const distinct = (values: readonly number[]): number[] => [...new Set(values.map((value) => value + 0))];
