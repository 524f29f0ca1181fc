import type { Receipt } from '../forecast/receipts.ts';
import type { HeadquartersReceipt } from '../ledger/sources/dynamics-commerce/headquarters-row.ts';
import type { StoreId } from '../ids.ts';
import { toTotal, type Currency } from '../money.ts';
import { examplesOf, stepOf, type CompletenessGap } from './completeness-gap.ts';
import { groupBy } from './group-by.ts';
import type { HeadquartersView } from './headquarters.ts';

type Pair = HeadquartersView['day']['pairs'][number];

/** What headquarters has of the same receipts, and has otherwise. */
export function differencesThere(
  received: readonly Receipt[],
  headquarters: HeadquartersView | undefined,
): CompletenessGap[] {
  if (!headquarters) return [];
  const own = new Set(received);
  const pairs = headquarters.day.pairs.filter(({ till }) => own.has(till));
  const isOne = ({ till, headquarters: there }: Pair): boolean => till.currency === there.currency;
  const gross = pairs.filter((pair) => !isOne(pair) || pair.till.grossMinor !== pair.headquarters.grossMinor);
  const paid = pairs.filter(
    (pair) =>
      isOne(pair) &&
      pair.till.paidMinor !== undefined &&
      pair.headquarters.paidMinor !== undefined &&
      (pair.till.paidMinor !== pair.headquarters.paidMinor || tendersDiffer(pair)),
  );
  return [
    differing('amount-differs-there', gross, (pair) => [
      pair.till.grossMinor,
      isOne(pair) ? pair.headquarters.grossMinor : undefined,
    ]),
    differing('payment-differs-there', paid, (pair) => [pair.till.paidMinor, pair.headquarters.paidMinor]),
  ];
}

function tendersDiffer({ till: { tenders: ours }, headquarters: { tenders: theirs } }: Pair): boolean {
  return ours !== undefined && theirs !== undefined && JSON.stringify(ours) !== JSON.stringify(theirs);
}

function differing(
  kind: 'amount-differs-there' | 'payment-differs-there',
  pairs: readonly Pair[],
  amounts: (pair: Pair) => [ours: number | undefined, theirs: number | undefined],
): CompletenessGap {
  const ids = examplesOf(pairs.map(({ till }) => till.transactionId));
  let worth = 0n;
  for (const pair of pairs) {
    const [ours, theirs] = amounts(pair);
    // Without a readable amount there the difference has no name.
    if (ours === undefined || theirs === undefined) return { kind, receipts: pairs.length, ...ids };
    worth += BigInt(ours) - BigInt(theirs);
  }
  return { kind, receipts: pairs.length, grossMinor: toTotal(worth), ...ids };
}

/** ISO 4217's code for no currency. */
const NO_CURRENCY = 'XXX' as Currency;

interface Beside {
  readonly place: {
    readonly storeId: StoreId;
    readonly tillId: string;
    readonly shiftId: string;
    readonly currency: Currency;
  };
  readonly gap: CompletenessGap;
}

/** Receipts at headquarters alone, and those that share their number, by terminal and shift. */
export function besideRow({ storeId, day }: HeadquartersView, usualCurrency: Currency | undefined): Beside[] {
  const found: Beside[] = [];
  const add = (
    kind: 'headquarters-only' | 'number-twice',
    receipts: readonly HeadquartersReceipt[],
  ): void => {
    const places = groupBy(receipts, ({ terminal, shift, currency }) =>
      JSON.stringify([terminal, shift, currency]),
    );
    for (const of of places.values()) {
      const [{ terminal: tillId, shift: shiftId, currency }] = of as [HeadquartersReceipt];
      const place = { storeId, tillId, shiftId, currency: currency ?? usualCurrency ?? NO_CURRENCY };
      const isValued = of.every(({ grossMinor }) => grossMinor !== undefined);
      const worth = stepOf(of.map(({ grossMinor = 0 }) => ({ grossMinor })));
      const gap: CompletenessGap = {
        kind,
        receipts: of.length,
        ...(isValued && { grossMinor: worth.grossMinor }),
        ...examplesOf([...new Set(of.map(({ transactionNumber }) => transactionNumber))]),
      };
      found.push({ place, gap });
    }
  };
  add('headquarters-only', day.unknown);
  add('number-twice', day.duplicateNumbers.flat());
  return found;
}
