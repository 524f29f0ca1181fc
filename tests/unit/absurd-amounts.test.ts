import { foldTills, newTillBook } from '../../shared/tills/till-fold.ts';
import { storeId } from '../../shared/ids.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { DATE, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** What a till can send by mistake, such as a bar code scanned into the field of an amount. */
const LARGEST = Number.MAX_SAFE_INTEGER;

const [SALE_LINE] = wireSale()['lines'] as [object];

interface Answer {
  accepted: number;
  rejected: { index: number; code: string; where: string }[];
}

test.each([
  ['one amount', { tenders: [{ type: 'cash', amountMinor: LARGEST }] }],
  ['a sum', { tenders: Array.from({ length: 100 }, () => ({ type: 'cash', amountMinor: 10 ** 13 })) }],
  [
    'a price times a quantity',
    { lines: [{ ...SALE_LINE, quantityMilli: LARGEST, regularUnitPriceMinor: 10 ** 13 }] },
  ],
])(
  '%s beyond reckoning is refused with its reason, and spoils neither its body nor the day',
  async (_, fault) => {
    const till = webhookFixture();
    const events = [wireSale({ id: 'absurd', transactionId: 'absurd', ...fault }), wireSale()];
    const answer = await till.post(JSON.stringify({ events }));
    expect(answer.status).toBe(200);
    const { accepted, rejected } = JSON.parse(answer.body) as Answer;
    expect(accepted).toBe(1);
    expect(rejected).toMatchObject([{ index: 0 }]);
    expect(till.letters).toHaveLength(1);
  },
);

test('the largest amounts that are accepted can be added up over a day of a store', () => {
  const huge = 10 ** 13;
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
  expect([...book.records.values()][0]?.cashMinor).toBe(50 * huge);
  expect(report).toMatchObject({ businessDate: DATE, exceptions: [{ storeId: storeId('S1') }] });
});
