import { storeId, tillId, eventId } from '../../shared/ids.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { entry, postedEach, postedInSum, sale } from './ledger-fixtures.ts';
import { reconcileDay } from './reconcile-day.ts';

/** A day of three stores with one fault of most kinds, as a test or a look at the page needs it. */
export function reportWithFaults(): DayReport {
  const sales = ['S1', 'S2', 'S3'].flatMap((store, at) =>
    Array.from({ length: 12 }, (_, index) =>
      sale(`${store}-${1000 + index}`, 1_999 + 731 * index * (at + 1), {
        storeId: storeId(store),
        tillId: tillId(`T${index % 2}`),
        eventId: eventId(`tillstream:${store}-${index}`),
        tender: index % 3 === 0 ? 'cash' : 'card',
      }),
    ),
  );
  const of = (store: string) => sales.filter((one) => one.storeId === store);
  const [missing, twice, moved, changed, swapped, ...fine] = of('S1');
  if (!missing || !twice || !moved || !changed || !swapped) throw new Error('there are twelve');
  const [first, ...others] = postedEach(changed);
  const [tender, ...rest] = postedEach(swapped);
  if (!first || !tender) throw new Error('each has rows');
  const entries = [
    ...postedEach(twice),
    ...postedEach(twice, { voucher: 'V-again', journalNumber: 'J7' }),
    ...postedEach(moved, { storeDimension: 'S2' }),
    { ...first, amountMinor: first.amountMinor + 300 },
    ...others,
    { ...tender, account: '110990' },
    ...rest,
    ...fine.flatMap((one) => postedEach(one)),
    entry({ account: '690400', amountMinor: 4_200, documentNumber: 'MANUAL-17', storeDimension: 'S2' }),
    ...of('S2').flatMap((one) => postedEach(one)),
    ...postedInSum(of('S3').slice(1), { storeDimension: 'S3', voucher: 'STMT-S3' }),
  ];
  const unknown = sale('S9-1', 900, { storeId: storeId('S9'), eventId: eventId('tillstream:S9-1') });
  const wrong = sale('S2-77', 5_000, {
    storeId: storeId('S2'),
    eventId: eventId('tillstream:S2-77'),
    tenders: [{ type: 'cash', amountMinor: 5_955 }],
  });
  const report = reconcileDay([...sales, unknown, wrong], [...entries, ...postedEach(wrong)], {
    shards: [['S1', 'S2', 'S3', 'S9']],
    known: (store) => store !== 'S9',
  });
  const reason = '"12,50" is no decimal number such as -12.50 with at most 2 decimals';
  return {
    ...report,
    ledgerRowErrors: [{ file: 'ledger.csv', line: 88, column: 'TransactionCurrencyAmount', reason }],
  };
}
