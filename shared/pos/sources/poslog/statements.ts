import type { Tender } from '../../event.ts';
import { isTrue, plainName } from './dialect.ts';
import type { LineDraft, Reading, TaxDraft } from './draft.ts';
import { signedTaxes, taxStatements } from './taxes.ts';
import type { Payment } from './tenders.ts';
import { readTotals, type Statements, type TotalsReading } from './totals.ts';
import { strikeOff, twinsOfVoids } from './voids.ts';
import { childrenOf, textAt, type XmlElement } from './xml.ts';

/** The parts of a `RetailTransaction` that say something of its totals. */
export interface Stated {
  readonly transaction: XmlElement;
  readonly retail: XmlElement;
  readonly items: readonly XmlElement[];
  readonly payment: Payment;
  readonly itemTaxes: readonly TaxDraft[];
  readonly ownDiscountMinor: number;
}

interface BestReading {
  readonly found: TotalsReading;
  /** The lines that count. */
  readonly counted: LineDraft[];
  readonly tenders: Tender[];
}

/**
 * The usual meaning of void marks and of cash back is tried first; the other meanings only where that does not balance
 * and they do. Lines that count no more are marked as void.
 */
export function bestReading(stated: Stated, drafts: readonly LineDraft[], reading: Reading): BestReading {
  const usualLines = drafts.filter(({ line }) => line.voided !== true);
  const usualTenders = stated.payment.tenders;
  const read = (counted: LineDraft[], tenders: Tender[]): BestReading => ({
    found: readTotals(statementsOf(stated, counted, tenders, reading)),
    counted,
    tenders,
  });
  const usual = read(usualLines, usualTenders);
  if (usual.found.isBalanced) return usual;
  const { cashBackMinor } = stated.payment;
  const paidBack: Tender = { type: 'cash', label: 'cash back', amountMinor: 0 - cashBackMinor };
  const twins = new Set(twinsOfVoids(drafts));
  const lineChoices =
    twins.size === 0 ? [usualLines] : [usualLines, usualLines.filter((one) => !twins.has(one))];
  const tenderChoices = cashBackMinor === 0 ? [usualTenders] : [usualTenders, [...usualTenders, paidBack]];
  for (const counted of lineChoices) {
    for (const tenders of tenderChoices) {
      if (counted === usualLines && tenders === usualTenders) continue;
      const other = read(counted, tenders);
      if (!other.found.isBalanced) continue;
      if (counted !== usualLines) for (const twin of twins) strikeOff(twin);
      return counted === usualLines ? other : { ...other, found: { ...other.found, isDisputed: true } };
    }
  }
  return usual;
}

function statementsOf(
  { transaction, retail, items, payment, itemTaxes, ownDiscountMinor }: Stated,
  counted: readonly LineDraft[],
  tenders: readonly Tender[],
  reading: Reading,
): Statements {
  const stated = totalsOf(retail, reading);
  const taxParts = ['TransactionTaxIncluded', 'TransactionTaxSurcharge', 'TransactionTaxFee'].map(stated);
  const taxMinor = stated('TransactionTaxAmount') ?? sumOfKnown(taxParts);
  const linesMinor =
    counted.length === 0 ? undefined : sum(counted.map(({ line }) => line.extendedAmountMinor));
  const paidMinor =
    tenders.length === 0
      ? undefined
      : sum(tenders.map(({ amountMinor, changeMinor = 0 }) => amountMinor - changeMinor));
  // Some dialects write the totals of a refund as positive amounts.
  const isPositiveRefund = (linesMinor ?? 0) < 0 && (paidMinor ?? 0) <= 0;
  const total = (type: string): number | undefined => {
    const amountMinor = stated(type);
    return amountMinor !== undefined && isPositiveRefund ? 0 - Math.abs(amountMinor) : amountMinor;
  };
  const grandMinor = total('TransactionGrandAmount') ?? total('TransactionAmountTotal');
  // What is paid on the customer's account is no sale, though a till counts it into the amount to pay.
  const onAccountMinor = payment.onAccountMinor;
  const isBack = (linesMinor ?? grandMinor ?? 0) < 0;
  const taxes = signedTaxes(itemTaxes, isBack);
  const statedTaxMinor = isBack && taxMinor !== undefined ? 0 - Math.abs(taxMinor) : taxMinor;
  return {
    linesMinor,
    linesToleranceMinor: reading.amounts.roundedAmounts,
    lineDiscountMinor: sum(counted.map(({ discountMinor }) => discountMinor)),
    ownDiscountMinor,
    taxes: taxStatements(counted, taxes, statedTaxMinor),
    taxToleranceMinor: counted.length,
    grandMinor: grandMinor === undefined ? undefined : grandMinor - onAccountMinor,
    grossMinor: total('TransactionGrossAmount'),
    netMinor: total('TransactionNetAmount'),
    taxMinor: statedTaxMinor,
    paidMinor,
    tipMinor: payment.tipMinor + tipsOf(retail, items, reading),
    roundingMinor:
      payment.roundingMinor || Math.abs(stated('RoundingAmount') ?? stated('RoundingTotal') ?? 0),
    taxIncluded: taxIncludedOf(transaction, items),
  };
}

const sum = (amountsMinor: readonly number[]): number => amountsMinor.reduce((all, one) => all + one, 0);

function sumOfKnown(amountsMinor: readonly (number | undefined)[]): number | undefined {
  const known = amountsMinor.filter((amountMinor) => amountMinor !== undefined);
  return known.length === 0 ? undefined : sum(known);
}

/** Totals by their type without the prefix of a dialect; of several the first counts, which is said where they differ. */
function totalsOf(retail: XmlElement, { amounts, quality }: Reading): (type: string) => number | undefined {
  const byType = new Map<string, XmlElement>();
  for (const element of childrenOf(retail, 'Total')) {
    const type = plainName(element.attributes['TotalType'] ?? '');
    const first = byType.get(type);
    if (!first) byType.set(type, element);
    else if (isOtherAmount(first, element)) quality.flag('totals-disagree', 'Total');
  }
  return (type) => {
    const element = byType.get(type);
    return element && amounts.minor({ ...retail, children: [element] }, 'Total');
  };
}

const isOtherAmount = (one: XmlElement, other: XmlElement): boolean =>
  one.text !== other.text &&
  Number(one.text) !== Number(other.text) &&
  one.attributes['Currency'] === other.attributes['Currency'];

/** Tips that are no part of a tender: a line item, or an element of the transaction. */
function tipsOf(retail: XmlElement, items: readonly XmlElement[], { amounts }: Reading): number {
  return sum(
    [retail, ...items]
      .filter((parent) => !isTrue(parent, 'VoidFlag'))
      .flatMap((parent) => childrenOf(parent, 'Tip').map((tip) => ({ parent, tip })))
      .map(({ parent, tip }) =>
        tip.text === ''
          ? (amounts.exactMinor(tip, 'Amount') ?? 0)
          : (amounts.exactMinor({ ...parent, children: [tip] }, 'Tip') ?? 0),
      ),
  );
}

/** Whether the document says that prices include tax: of the whole transaction, or of each line. */
function taxIncludedOf(transaction: XmlElement, items: readonly XmlElement[]): boolean | undefined {
  if (transaction.attributes['TaxIncludedInPriceFlag'] !== undefined) {
    return isTrue(transaction, 'TaxIncludedInPriceFlag');
  }
  const stated = items
    .flatMap((item) => item.children.map((content) => textAt(content, 'TaxIncludedInPriceFlag')))
    .filter((text) => text !== undefined);
  const [first] = stated;
  return first !== undefined && stated.every((text) => text === first) ? first === 'true' : undefined;
}
