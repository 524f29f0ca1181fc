import fc from 'fast-check';
import { cutText, storedText } from '../../shared/ids.ts';
import { SCHEMA_VERSION } from '../../shared/pos/event.ts';
import { compiledPosEvent } from '../../shared/pos/parse-event.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';
import { sale } from '../support/ledger-fixtures.ts';

const LONE = 'LONE\ud800';
const [LINE] = wireSale()['lines'] as [Record<string, unknown>];
const TAX = { code: LONE, taxableMinor: 111, amountMinor: 8 };

/** Every place of a transaction that holds a text of the sender. */
const PLACES: readonly (readonly [where: string, changes: Record<string, unknown>])[] = [
  ['/id', { id: LONE }],
  ['/storeId', { storeId: LONE }],
  ['/tillId', { tillId: LONE }],
  ['/operatorId', { operatorId: LONE }],
  ['/sequenceScope', { sequenceScope: LONE }],
  ['/transactionId', { transactionId: LONE }],
  ['/receiptNumber', { receiptNumber: LONE }],
  ['/shiftId', { shiftId: LONE }],
  ['/customerId', { customerId: LONE }],
  ['/resumes', { resumes: LONE }],
  ['/returnOf/transactionId', { returnOf: { transactionId: LONE } }],
  ['/returnOf/operatorId', { returnOf: { operatorId: LONE } }],
  ['/lines/0/productCode', { lines: [{ ...LINE, productCode: LONE }] }],
  ['/lines/0/description', { lines: [{ ...LINE, description: LONE }] }],
  [
    '/lines/0/discounts/0/reason',
    { lines: [{ ...LINE, discounts: [{ amountMinor: 0, manual: true, reason: LONE }] }] },
  ],
  ['/lines/0/taxes/0/code', { lines: [{ ...LINE, taxes: [TAX] }] }],
  ['/lines/0/priceOverride/reason', { lines: [{ ...LINE, priceOverride: { reason: LONE } }] }],
  ['/tenders/0/label', { tenders: [{ type: 'cash', amountMinor: 119, label: LONE }] }],
  ['/tenders/0/giftCardNumber', { tenders: [{ type: 'giftCard', amountMinor: 119, giftCardNumber: LONE }] }],
  ['/taxes/0/code', { taxes: [TAX] }],
];

test.each(PLACES)(
  'half a surrogate pair at %s costs its event alone, with a clear reason',
  async (where, changes) => {
    const till = webhookFixture();
    const events = [wireSale({ id: 'bad', transactionId: 'bad', ...changes }), wireSale()];
    const answer = await till.post(JSON.stringify({ events }));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, where, message: expect.stringContaining('well-formed Unicode') as string }],
    });
    expect(till.letters).toHaveLength(1);
    expect(JSON.stringify(till.letters).isWellFormed()).toBe(true);
  },
);

test('no text of a canonical event may be half a pair, whichever source mapped it', () => {
  const texts = {
    eventId: LONE,
    storeId: LONE,
    tillId: LONE,
    operatorId: LONE,
    transactionId: LONE,
    shiftId: LONE,
  };
  expect(compiledPosEvent.safeParse(sale('A1', 100)).success).toBe(true);
  for (const [field, text] of Object.entries(texts)) {
    const parsed = compiledPosEvent.safeParse({
      ...sale('A1', 100),
      schemaVersion: SCHEMA_VERSION,
      [field]: text,
    });
    expect([field, parsed.success]).toEqual([field, false]);
  }
});

test('a text is cut between two characters, as late as it fits', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      (text, length) => {
        const cut = cutText(text, length);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, length - 1));
        expect(storedText(length).safeParse(cut).success).toBe(true);
      },
    ),
  );
});
