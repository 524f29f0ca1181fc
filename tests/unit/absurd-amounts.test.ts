import { newTillBook, shiftsIn } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { storeId } from '../../shared/ids.ts';
import { MAX_AMOUNT_MINOR, MAX_QUANTITY_MILLI, type PosEvent } from '../../shared/pos/event.ts';
import { DATE, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** What a till can send by mistake: a bar code scanned into the field of an amount or a quantity. */
const EAN_13 = 4_006_381_333_931;

const [SALE_LINE] = wireSale()['lines'] as [object];
const TOTALS = { netMinor: 111, taxMinor: 8, grossMinor: 119 };

interface Answer {
  accepted: number;
  rejected: { index: number; code: string; where: string; message: string }[];
}

const tenders = (...amountsMinor: number[]) =>
  amountsMinor.map((amountMinor) => ({ type: 'cash', amountMinor }));

test.each([
  ['/tenders/0/amountMinor', 'is larger than any till accepts', { tenders: tenders(EAN_13) }],
  ['/tenders/0/amountMinor', 'is larger than any till accepts', { tenders: tenders(-EAN_13) }],
  ['/totals/grossMinor', 'is there a bar code', { totals: { ...TOTALS, grossMinor: EAN_13 } }],
  ['/lines/0/quantityMilli', 'is there a bar code', { lines: [{ ...SALE_LINE, quantityMilli: EAN_13 }] }],
  [
    '/lines/0/extendedAmountMinor',
    'any till accepts',
    { lines: [{ ...SALE_LINE, extendedAmountMinor: EAN_13 }] },
  ],
  ['', 'amounts are together larger', { tenders: tenders(...Array<number>(100).fill(MAX_AMOUNT_MINOR)) }],
  [
    '/lines/0',
    'price times quantity is larger',
    { lines: [{ ...SALE_LINE, quantityMilli: MAX_QUANTITY_MILLI, regularUnitPriceMinor: MAX_AMOUNT_MINOR }] },
  ],
])(
  'an absurd number at "%s" is refused with its reason, and spoils neither its body nor the day',
  async (where, message, fault) => {
    const till = webhookFixture();
    const events = [wireSale({ id: 'absurd', transactionId: 'absurd', ...fault }), wireSale()];
    const answer = await till.post(JSON.stringify({ events }));
    expect(answer.status).toBe(200);
    const { accepted, rejected } = JSON.parse(answer.body) as Answer;
    expect(accepted).toBe(1);
    expect(rejected).toMatchObject([
      { index: 0, where, message: expect.stringContaining(message) as string },
    ]);
    expect(till.letters).toHaveLength(1);
  },
);

test('the largest amounts that are accepted can be added up over a day of a store', () => {
  const huge = MAX_AMOUNT_MINOR;
  const events: PosEvent[] = Array.from({ length: 50 }, (_, index) =>
    sale(`H${index}`, 0, {
      lines: [],
      totals: { netMinor: huge, taxMinor: 0, grossMinor: huge },
      tenders: [{ type: 'cash', amountMinor: huge }],
    }),
  );
  const report = reconcileDay(events, [], { shards: [['S1']] });
  expect(report.proof.holds).toBe(true);
  const book = newTillBook();
  for (const event of events) foldTills(book, event);
  expect(shiftsIn(book.records.values())[0]?.sums['cashMinor']).toBe(50 * huge);
  expect(report).toMatchObject({ businessDate: DATE, exceptions: [{ storeId: storeId('S1') }] });
});
