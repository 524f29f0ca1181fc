import fc from 'fast-check';
import { dynamicsSetup, dynamicsSetupSchema } from '../../shared/forecast/setup.ts';
import { businessDate, eventId } from '../../shared/ids.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { completenessFaults, completenessTotals } from '../../shared/reconciliation/completeness.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { dayPage } from '../../shared/reports/day-page.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';
import { reportOfStores } from '../../shared/reports/store-view.ts';
import { DATE, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { reconcileWorld } from '../support/reconcile-world.ts';

const SETUP = dynamicsSetup(
  dynamicsSetupSchema.parse({
    taxCodes: ['standard'],
    stores: [{ storeId: 'S1', site: '1', warehouse: 'W' }],
  }),
);

const receipt = (number: number, changes: Partial<TransactionEvent> = {}): TransactionEvent => {
  const event = sale(`X${number}`, 1_000 + number, {
    eventId: eventId(`tillstream:X${number}`),
    sequenceNumber: number,
    occurredAt: `2026-03-02T10:${String(number).padStart(2, '0')}:00.000Z`,
  });
  return {
    ...event,
    lines: event.lines.map((line) => ({ ...line, productId: 'P' as NonNullable<typeof line.productId> })),
    ...changes,
  };
};
/** Refused by Dynamics: its gross is not that of its lines. */
const refused = (number: number): TransactionEvent => {
  const { lines } = receipt(number);
  return receipt(number, {
    lines: lines.map((line) => ({
      ...line,
      taxes: [
        { code: 'unknown', taxableMinor: 1_000 + number, amountMinor: line.taxes?.[0]?.amountMinor ?? 0 },
      ],
    })),
  });
};

async function reportOf(
  events: readonly TransactionEvent[],
  posted: ReturnType<typeof postedEach>,
): Promise<DayReport> {
  const world = reconcileWorld({ setup: SETUP });
  await world.land(events);
  const rows = posted.map((entry): LedgerRow => ({ ok: true, entry }));
  if (rows.length > 0) world.ledger.set('a.csv', { rows, etag: '1' });
  await world.plan();
  await world.drain();
  return world.reportOf(DATE) as DayReport;
}

test('a day without gaps: received, without refusal and in the ledger are the same', async () => {
  const events = [1, 2, 3].map((number) => receipt(number));
  const report = await reportOf(
    events,
    events.flatMap((event) => postedEach(event)),
  );
  expect(report.completeness).toEqual([
    {
      storeId: 'S1',
      tillId: 'T1',
      shiftId: 'SH1',
      currency: 'EUR',
      received: { receipts: 3, grossMinor: 3_577 },
      validated: { receipts: 3, grossMinor: 3_577 },
      inLedger: { receipts: 3, grossMinor: 3_577 },
      gaps: [],
    },
  ]);
  expect(report.forecast).toMatchObject({ checked: 3, refused: 0 });
});

test('each gap is named, counted and valued', async () => {
  const events = [receipt(1), receipt(2), refused(3), refused(7)];
  const report = await reportOf(
    events,
    [events[0]!, events[3]!].flatMap((event) => postedEach(event)),
  );
  expect(report.completeness?.[0]).toMatchObject({
    received: { receipts: 4 },
    validated: { receipts: 2 },
    inLedger: { receipts: 2 },
    gaps: [
      { kind: 'not-received', receipts: 3, examples: ['4-6'], omitted: 0 },
      { kind: 'will-not-post', receipts: 2, examples: ['X3', 'X7'] },
      { kind: 'posted-all-the-same', receipts: 1, grossMinor: 1_198, examples: ['X7'] },
      { kind: 'not-in-ledger', receipts: 1, grossMinor: 1_192, examples: ['X2'] },
    ],
  });
  expect(report.completeness?.[0]?.gaps[0]).not.toHaveProperty('grossMinor');
  expect(report.forecast?.receipts.map(({ transactionId }) => transactionId)).toEqual(['X3', 'X7']);
  const csv = reportCsv(report);
  expect(csv).toContain('completeness-not-in-ledger');
  expect(csv).toMatch(/will-not-post.*X3.*Tax group assignment/);
});

test('a store that is not posted at all, and one that is posted in sum', async () => {
  const events = [receipt(1), receipt(2)];
  expect((await reportOf(events, [])).completeness?.[0]).toMatchObject({
    inLedger: { receipts: 0, grossMinor: 0 },
    gaps: [{ kind: 'not-in-ledger', receipts: 2 }],
  });
  expect((await reportOf(events, postedInSum(events))).completeness?.[0]).toMatchObject({
    inLedger: { receipts: 2 },
    gaps: [],
  });
});

test('a receipt in the ledger of another date is named as such', async () => {
  const events = [receipt(1), receipt(2)];
  const posted = [
    ...postedEach(events[0]!),
    ...postedEach(events[1]!, { accountingDate: businessDate('2026-03-03') }),
  ];
  expect((await reportOf(events, posted)).completeness?.[0]?.gaps).toMatchObject([
    { kind: 'on-another-date', receipts: 1, examples: ['X2'] },
  ]);
});

test('property: the equation holds for every day, whatever is refused, missing or posted twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          isRefused: fc.boolean(),
          fate: fc.constantFrom('posted', 'posted', 'missing', 'elsewhere', 'wrong'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      async (plan) => {
        const events = plan.map(({ isRefused }, index) =>
          isRefused ? refused(index + 1) : receipt(index + 1),
        );
        const posted = plan.flatMap(({ fate }, index) => {
          const event = events[index]!;
          if (fate === 'missing') return [];
          if (fate === 'elsewhere') return postedEach(event, { accountingDate: businessDate('2026-03-03') });
          const entries = postedEach(event);
          return fate === 'wrong'
            ? entries.map((entry) => ({ ...entry, amountMinor: entry.amountMinor * 2 }))
            : entries;
        });
        const report = await reportOf(events, posted);
        expect(completenessFaults(report.completeness ?? [])).toEqual([]);
        expect(report.proof.violations).toEqual([]);
        expect(report.completeness?.[0]?.received.receipts).toBe(plan.length);
        expect(report.forecast?.refused).toBe(plan.filter(({ isRefused }) => isRefused).length);
      },
    ),
    { numRuns: 25 },
  );
});

test('an equation that does not add up breaks the proof', () => {
  const step = { receipts: 2, grossMinor: 10 };
  const row = {
    storeId: 'S1',
    tillId: 'T',
    shiftId: '',
    currency: 'EUR',
    received: step,
    validated: step,
    inLedger: { receipts: 1, grossMinor: 10 },
    gaps: [],
  };
  expect(completenessFaults([row] as unknown as Parameters<typeof completenessFaults>[0])).toHaveLength(1);
});

test('the page shows the sums and the shifts with a gap, and a store sees its own alone', async () => {
  const events = [receipt(1), refused(4)];
  const report = await reportOf(events, postedEach(events[0]!));
  const page = dayPage({
    report,
    isOfSomeStores: false,
    storeName: () => undefined,
    viewer: { userName: 'A', sections: ['finance'] },
    today: '2026-03-10',
    ledgerAsOf: undefined,
    letters: [],
    lettersOmitted: 0,
    giftCards: [],
    closing: [],
    category: undefined,
    pageNumber: 1,
  });
  expect(page).toContain('Receipts from till to ledger');
  expect(page).toContain('1 will be refused by Dynamics');
  expect(page).toContain('is no valid intersection');
  expect(page).toMatch(/rules? not checked/);
  expect(completenessTotals(report.completeness ?? [])).toMatchObject([{ received: { receipts: 2 } }]);
  const other = reportOfStores(report, new Set(['S2']));
  expect(other.completeness).toEqual([]);
  expect(other.forecast).toMatchObject({ checked: 0, refused: 0, receipts: [] });
});
