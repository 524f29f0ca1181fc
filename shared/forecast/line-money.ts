import { addMinor } from '../money.ts';
import type { TransactionEvent, TransactionLine } from '../pos/event.ts';

export const countingLines = ({ lines }: TransactionEvent): TransactionLine[] =>
  lines.filter(({ voided }) => voided !== true);

export const taxOfLine = ({ taxes = [] }: TransactionLine): number =>
  addMinor(...taxes.map(({ amountMinor }) => amountMinor));

/** Sums of the lines, as Dynamics adds them up for the header. */
export function lineMoney(receipt: TransactionEvent): {
  netMinor: number;
  taxMinor: number;
  grossMinor: number;
} {
  const lines = countingLines(receipt);
  const extendedMinor = addMinor(...lines.map(({ extendedAmountMinor }) => extendedAmountMinor));
  const hasLineTaxes = lines.some(({ taxes = [] }) => taxes.length > 0);
  const taxMinor = hasLineTaxes
    ? addMinor(...lines.map(taxOfLine))
    : addMinor(...(receipt.taxes ?? []).map(({ amountMinor }) => amountMinor));
  return receipt.taxIncluded
    ? { netMinor: addMinor(extendedMinor, -taxMinor), taxMinor, grossMinor: extendedMinor }
    : { netMinor: extendedMinor, taxMinor, grossMinor: addMinor(extendedMinor, taxMinor) };
}

/** `0.10 less` or `0.10 more`, in the words of a message. */
export const offBy = (ofHeader: number, ofLines: number): string =>
  `${Math.abs(ofHeader - ofLines)} minor units ${ofHeader < ofLines ? 'less' : 'more'}`;
