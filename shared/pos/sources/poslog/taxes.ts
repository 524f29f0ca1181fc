import { divideRounded } from '../../../money.ts';
import { basisPointsOf } from './amounts.ts';
import type { LineDraft, Reading, Tax, TaxDraft } from './draft.ts';
import { shortCode } from './texts.ts';
import type { TaxStatement } from './totals.ts';
import { child, textAt, type XmlElement } from './xml.ts';

/** More taxes than a line has; what a dialect repeats beyond is added up by code. */
const MAX_TAXES_OF_LINE = 20;
const MAX_TAXES = 50;

/** @param sign the sign of the goods: tills write the tax of a return as a positive amount, too. */
export function taxDraft(
  element: XmlElement,
  sign: 1 | -1 | undefined,
  { amounts, quality }: Reading,
): TaxDraft {
  const code =
    element.attributes['TaxID'] ?? element.attributes['TaxType'] ?? textAt(element, 'TaxRuleID') ?? 'tax';
  const rateBasisPoints = basisPointsOf(textAt(element, 'Percent'));
  const isRefund = /refund|return/i.test(element.attributes['TypeCode'] ?? '');
  const signed = (amountMinor: number): number => {
    if (isRefund || sign === -1) return -Math.abs(amountMinor);
    return amountMinor;
  };
  const amountMinor = amounts.information(element, 'Amount');
  if (amountMinor === undefined && rateBasisPoints === undefined && !child(element, 'TaxExemption')) {
    quality.flag('tax-unknown', 'Tax');
  }
  return {
    code: shortCode(code, 'Tax', quality) || 'tax',
    ...(rateBasisPoints === undefined ? {} : { rateBasisPoints }),
    taxableMinor: signed(amounts.information(element, 'TaxableAmount') ?? 0),
    ...(amountMinor === undefined ? {} : { amountMinor: signed(amountMinor) }),
  };
}

const sumOf = (taxes: readonly TaxDraft[]): number =>
  taxes.reduce((sum, { amountMinor = 0 }) => sum + amountMinor, 0);

/** The sum of the rates that a line states without an amount, in hundredths of a percent. */
const bareRateOf = ({ taxes }: LineDraft): number =>
  taxes.reduce(
    (sum, { amountMinor, rateBasisPoints = 0 }) => sum + (amountMinor === undefined ? rateBasisPoints : 0),
    0,
  );

export const hasBareRate = (draft: LineDraft): boolean => bareRateOf(draft) > 0;

/** What the bare rates of a line come to; the other taxes of the line state their amounts. */
function bareTaxOf(draft: LineDraft, taxIncluded: boolean): number {
  const { extendedAmountMinor } = draft.line;
  const baseMinor = taxIncluded ? extendedAmountMinor - sumOf(draft.taxes) : extendedAmountMinor;
  return taxByRate(baseMinor, bareRateOf(draft), taxIncluded);
}

/** As the document writes taxes of its own line items: those of money that goes back are often positive. */
export function signedTaxes(items: readonly TaxDraft[], isBack: boolean): readonly TaxDraft[] {
  if (!isBack || items.some(({ amountMinor = 0 }) => amountMinor < 0)) return items;
  return items.map((tax) =>
    tax.amountMinor === undefined ? tax : { ...tax, amountMinor: 0 - tax.amountMinor },
  );
}

/** Tax of an amount by its rate, half away from zero. */
function taxByRate(amountMinor: number, rateBasisPoints: number, taxIncluded: boolean): number {
  const divisor = taxIncluded ? 10_000 + rateBasisPoints : 10_000;
  return Number(divideRounded(BigInt(amountMinor) * BigInt(rateBasisPoints), BigInt(divisor)));
}

/**
 * What the document says of the tax, each statement once.
 * @param amountOf what a line is worth, which differs between readings only where no tax has an amount.
 */
export function taxStatements(
  counted: readonly LineDraft[],
  items: readonly TaxDraft[],
  statedMinor: number | undefined,
): TaxStatement[] {
  const same = (of: TaxStatement['of'], taxMinor: number): TaxStatement => ({
    of,
    includedMinor: taxMinor,
    addedMinor: taxMinor,
  });
  const statements: TaxStatement[] = [];
  if (statedMinor !== undefined) statements.push(same('total', statedMinor));
  const withAmounts = (taxes: readonly TaxDraft[]): boolean =>
    taxes.some(({ amountMinor }) => amountMinor !== undefined);
  const ofLines = counted.flatMap(({ taxes }) => taxes);
  const hasItems = withAmounts(items);
  const hasLines = withAmounts(ofLines);
  if (hasItems) statements.push(same('items', sumOf(items)));
  const byRates = (taxIncluded: boolean): number =>
    counted.reduce((sum, draft) => sum + bareTaxOf(draft, taxIncluded), 0);
  if (hasLines) {
    const sum = sumOf(ofLines);
    const [includedMinor, addedMinor] = [sum + byRates(true), sum + byRates(false)];
    statements.push({ of: 'lines', includedMinor, addedMinor });
    if (hasItems && sumOf(items) !== sum) statements.push(same('items and lines', sumOf(items) + sum));
  }
  if (statements.length === 0 && counted.some(hasBareRate))
    statements.push({ of: 'rates', includedMinor: byRates(true), addedMinor: byRates(false) });
  return statements;
}

/** Writes the taxes of the lines as the chosen reading has them; a bare rate becomes the amount that follows from it. */
export function settleLineTaxes(drafts: readonly LineDraft[], byRates: boolean, taxIncluded: boolean): void {
  for (const draft of drafts) {
    if (draft.taxes.length === 0) continue;
    const taxes = byRates ? calculated(draft, taxIncluded) : draft.taxes;
    draft.line = { ...draft.line, taxes: byCode(taxes, MAX_TAXES_OF_LINE) };
  }
}

function calculated(draft: LineDraft, taxIncluded: boolean): TaxDraft[] {
  let leftRate = bareRateOf(draft);
  if (leftRate === 0) return [...draft.taxes];
  let leftMinor = bareTaxOf(draft, taxIncluded);
  return draft.taxes.map((tax) => {
    const { rateBasisPoints = 0 } = tax;
    if (tax.amountMinor !== undefined) return tax;
    const amountMinor =
      leftRate === 0
        ? 0
        : Number(divideRounded(BigInt(leftMinor) * BigInt(rateBasisPoints), BigInt(leftRate)));
    leftMinor -= amountMinor;
    leftRate -= rateBasisPoints;
    return { ...tax, amountMinor };
  });
}

/** The taxes of the whole transaction; they add up to the total that was read. */
export function settleTaxes(
  items: readonly TaxDraft[],
  counted: readonly LineDraft[],
  read: TaxStatement['of'] | undefined,
): Tax[] {
  const ofLines = counted.flatMap(({ line }) => line.taxes ?? []);
  if (read === 'items and lines') return byCode([...items, ...ofLines], MAX_TAXES);
  return items.some(({ amountMinor }) => amountMinor !== undefined) ? byCode(items, MAX_TAXES) : [];
}

/** As they are, or added up by code and rate where there are more than `limit`. */
function byCode(taxes: readonly TaxDraft[], limit: number): Tax[] {
  const complete = taxes.map((tax) => ({ ...tax, amountMinor: tax.amountMinor ?? 0 }));
  if (complete.length <= limit) return complete;
  const sums = new Map<string, Tax>();
  for (const tax of complete) {
    // Beyond the limit of codes the last one takes the rest: the sum is what is posted.
    const key = sums.has(tax.code) || sums.size < limit ? tax.code : [...sums.keys()][limit - 1];
    const known = sums.get(key ?? tax.code);
    sums.set(key ?? tax.code, {
      ...(known ?? tax),
      taxableMinor: (known?.taxableMinor ?? 0) + tax.taxableMinor,
      amountMinor: (known?.amountMinor ?? 0) + tax.amountMinor,
    });
  }
  return [...sums.values()];
}
