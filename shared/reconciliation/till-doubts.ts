import { formatAmount } from '../money.ts';
import type { TransactionEvent } from '../pos/event.ts';
import type { QualityIssue } from '../pos/quality-issue.ts';

/**
 * Marks of an event that leave finance in doubt about what the till says, the worst first. Each is a category of its own:
 * what the till left open is never blamed on the ledger. `unknown-product`, `unknown-tender` and `unknown-store` have
 * their own findings; an assumed zone or business date follows from the store's master data and moves no amount.
 */
export const TILL_DOUBTS = [
  'totals-unbalanced',
  'totals-disagree',
  'content-not-read',
  'tax-unknown',
  'tax-calculated',
  'amount-rounded',
  'text-cut',
] as const satisfies readonly QualityIssue[];
export type TillDoubt = (typeof TILL_DOUBTS)[number];

/** Those with which the posted amounts of a transaction may be wrong. */
const ABOUT_MONEY: ReadonlySet<string> = new Set(TILL_DOUBTS.slice(0, 5));

export const isAboutMoney = (doubt: TillDoubt): boolean => ABOUT_MONEY.has(doubt);

/** What each means, as the beginning of a sentence. */
export const DOUBT_TEXTS: Readonly<Record<TillDoubt, string>> = {
  'totals-unbalanced': "The till's lines, totals and tenders do not add up in any reading",
  'totals-disagree':
    'The till states one total in ways that disagree; the one that balances with the tenders counts',
  'content-not-read':
    'The till sent content with amounts that Tillstream does not know, and that is in no total',
  'tax-unknown': 'The till says that there is tax, and neither how much nor at which rate: it counts as 0',
  'tax-calculated': 'The till gave a tax rate without an amount: the tax was calculated',
  'amount-rounded':
    'The till sent amounts or quantities finer than their unit: they were rounded, half away from zero',
  'text-cut': 'The till sent a text that is too long: it was cut, and no amount is affected',
};

export const doubtsOf = (quality: readonly QualityIssue[] | undefined): readonly TillDoubt[] =>
  quality === undefined ? [] : TILL_DOUBTS.filter((doubt) => quality.includes(doubt));

/** What counts, and what the parts of the same transaction say: `counted as net 14.34, tax 1.14 ...; its lines add up to ...`. */
export function statedText(event: TransactionEvent): string {
  const { currency, totals, lines, tenders, taxes = [] } = event;
  const text = (amounts: readonly number[]): string =>
    formatAmount(
      amounts.reduce((sum, amount) => sum + BigInt(amount), 0n),
      currency,
    );
  const sold = lines.filter((line) => line.voided !== true);
  const lineTaxes = sold.flatMap((line) => line.taxes ?? []);
  const parts = [
    `its lines add up to ${text(sold.map((line) => line.extendedAmountMinor))} ${event.taxIncluded ? 'with' : 'without'} tax`,
    ...(lineTaxes.length > 0 ? [`their tax to ${text(lineTaxes.map((tax) => tax.amountMinor))}`] : []),
    ...(taxes.length > 0 ? [`its own tax to ${text(taxes.map((tax) => tax.amountMinor))}`] : []),
    `its tenders to ${text(tenders.flatMap(({ amountMinor, changeMinor = 0 }) => [amountMinor, -changeMinor]))}`,
  ];
  const { netMinor, taxMinor, grossMinor } = totals;
  return `counted as net ${text([netMinor])}, tax ${text([taxMinor])}, gross ${text([grossMinor])} ${currency}; ${parts.join(', ')}`;
}
