import { isTrue } from './dialect.ts';
import { LINE_CONTENT } from './lines.ts';
import type { XmlElement } from './xml.ts';

/** What stands in a line item beside its content, or is read elsewhere. */
const READ_IN_LINE = new Set([
  ...LINE_CONTENT.keys(),
  'Discount',
  'LoyaltyReward',
  'PaymentOnAccount',
  'Rounding',
  'Tax',
  'Tender',
  'Tip',
  // Sub-totals that the till showed, and points, which are no money.
  'LoyaltyMembership',
  'TotalKey',
]);
/** What a transaction says once more of its lines and totals. */
const READ_IN_RETAIL = new Set([
  'Customer',
  'LineItem',
  'LoyaltyAccount',
  'PriceDerivationResult',
  'PromotionsSummary',
  'TaxDefinitions',
  'Tip',
  'Total',
  'TransactionLink',
]);
const MAX_NAMED = 10;

/**
 * Elements that the reader does not know and that hold an amount, by their paths. Nothing says whether such an amount
 * is money of its own or says again what is known: so it is neither added nor dropped in silence.
 * @param isBalanced whether the known content explains what was paid; then what else the transaction says beside its
 * line items is a note on it, as every dialect has some.
 */
export function unreadAmounts(retail: XmlElement, isBalanced: boolean): string[] {
  const found = new Set<string>();
  for (const element of retail.children) {
    if (!isBalanced && !READ_IN_RETAIL.has(element.name)) note(element, '', found);
    if (element.name !== 'LineItem' || isTrue(element, 'VoidFlag')) continue;
    for (const content of element.children) {
      if (!READ_IN_LINE.has(content.name)) note(content, 'LineItem/', found);
    }
  }
  return [...found];
}

function note(element: XmlElement, path: string, found: Set<string>): void {
  if (found.size >= MAX_NAMED) return;
  const here = `${path}${element.name}`;
  if (/(?:amount|charge|fee)$/i.test(element.name) && /^[+-]?[\d.]*[1-9][\d.]*$/.test(element.text)) {
    found.add(here);
  }
  for (const inner of element.children) note(inner, `${here}/`, found);
}
