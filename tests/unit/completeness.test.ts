import fc from 'fast-check';
import { dynamicsSetup, dynamicsSetupSchema } from '../../shared/forecast/setup.ts';
import { PermanentError } from '../../shared/errors.ts';
import { businessDate, eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { currency } from '../../shared/money.ts';
import type {
  HeadquartersReceipt,
  HeadquartersStatement,
} from '../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import type { PosEvent, ShiftEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { completenessFaults, completenessTotals } from '../../shared/reconciliation/completeness-totals.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { dayPage } from '../../shared/reports/day-page.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';
import { reportOfStores } from '../../shared/reports/store-view.ts';
import { DATE, EUR, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { AFTER_THE_DAY, reconcileWorld } from '../support/reconcile-world.ts';

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

const closing = (
  zReport: NonNullable<ShiftEvent['zReport']>,
  changes: Partial<ShiftEvent> = {},
): ShiftEvent => ({
  schemaVersion: 1,
  eventId: eventId('tillstream:close'),
  source: 'tillstream',
  storeId: storeId('S1'),
  tillId: tillId('T1'),
  kind: 'shift',
  action: 'closed',
  shiftId: 'SH1',
  currency: EUR,
  occurredAt: '2026-03-02T18:00:00.000Z',
  receivedAt: '2026-03-02T18:00:01.000Z',
  businessDate: DATE,
  offline: false,
  training: false,
  traceparent: '',
  version: 1,
  zReport,
  ...changes,
});
const opening = (changes: Partial<ShiftEvent> = {}): ShiftEvent => {
  const { zReport: _, ...event } = closing({}, { occurredAt: '2026-03-02T07:00:00.000Z' });
  return { ...event, eventId: eventId('tillstream:open'), action: 'opened', ...changes };
};

interface There {
  readonly receipts: readonly Partial<HeadquartersReceipt>[];
  readonly statements?: readonly HeadquartersStatement[];
}
const there = (of: TransactionEvent, changes: Partial<HeadquartersReceipt> = {}): HeadquartersReceipt => ({
  store: 'S1',
  terminal: 'T1',
  transactionNumber: of.transactionId,
  receiptId: '',
  shift: 'SH1',
  type: 'Sales',
  status: '',
  validation: 'Successful',
  statementId: 'ST1',
  currency: EUR,
  grossMinor: of.totals.grossMinor,
  paidMinor: of.totals.grossMinor,
  isOffline: false,
  ...changes,
});

async function reportWith(
  events: readonly PosEvent[],
  posted: ReturnType<typeof postedEach>,
  headquarters?: There,
): Promise<DayReport> {
  const world = reconcileWorld({ setup: SETUP });
  await world.land(events);
  if (posted.length > 0) world.putLedger('a.csv', posted);
  if (headquarters)
    world.headquarters.set(DATE, [
      ...(headquarters.statements ?? [{ statementId: 'ST1', isPosted: true, messages: [] }]).map(
        (statement) => ({ statement }),
      ),
      ...headquarters.receipts.map((one) => ({ receipt: one as HeadquartersReceipt })),
    ]);
  await world.plan();
  await world.drain();
  return world.reportOf(DATE) as DayReport;
}
const allPosted = (events: readonly TransactionEvent[]) => events.flatMap((event) => postedEach(event));

describe('the counter of the till', () => {
  const events = [receipt(1), receipt(2), receipt(4)];
  const gross = events.reduce((sum, { totals }) => sum + totals.grossMinor, 0);

  test('says how many receipts never arrived and what they were worth', async () => {
    const report = await reportWith(
      [
        opening(),
        ...events,
        closing({ salesCount: 4, salesTotalMinor: gross + 1_193, firstSequenceNumber: 1 }),
      ],
      allPosted(events),
    );
    expect(report.completeness).toMatchObject([
      {
        till: { receipts: 4, grossMinor: gross + 1_193 },
        received: { receipts: 3, grossMinor: gross },
        gaps: [{ kind: 'not-received', receipts: 1, grossMinor: 1_193, examples: ['3'] }],
      },
    ]);
    expect(report.proof.holds).toBe(true);
  });

  test('a number before the first one that came is missing as well', async () => {
    const late = [receipt(3), receipt(4)];
    const report = await reportWith(
      [opening(), ...late, closing({ salesCount: 4, firstSequenceNumber: 1 })],
      allPosted(late),
    );
    expect(report.completeness?.[0]?.gaps).toEqual([
      { kind: 'not-received', receipts: 2, examples: ['1-2'], omitted: 0 },
    ]);
  });

  test('what came back is taken off, and a number that was no sale is not counted as one', async () => {
    const report = await reportWith(
      [
        opening(),
        ...events,
        closing({ salesCount: 3, salesTotalMinor: gross + 500, returnsTotalMinor: 500 }),
      ],
      allPosted(events),
    );
    expect(report.completeness?.[0]).toMatchObject({
      till: { receipts: 3, grossMinor: gross },
      gaps: [{ kind: 'numbers-without-sale', receipts: 1, examples: ['3'] }],
    });
  });

  test('as many receipts of another gross, and more than it counted, are said as such', async () => {
    const other = await reportWith(
      [opening(), ...events, closing({ salesCount: 3, salesTotalMinor: gross - 1 })],
      allPosted(events),
    );
    expect(other.completeness?.[0]?.gaps[0]).toMatchObject({ kind: 'z-amount-differs', grossMinor: -1 });
    expect(other.proof.holds).toBe(true);
    const more = await reportWith([opening(), ...events, closing({ salesCount: 2 })], allPosted(events));
    expect(more.completeness?.[0]?.gaps[0]).toMatchObject({ kind: 'not-on-z-report', receipts: 1 });
    expect(more.completeness?.[0]?.gaps[0]).not.toHaveProperty('grossMinor');
  });

  test('a sale that was voided after the Z report is no sale that never arrived', async () => {
    const voided = receipt(2, {
      status: 'voided',
      version: 2,
      eventId: eventId('tillstream:void'),
      receivedAt: '2026-03-02T20:00:00.000Z',
    });
    const kept = [events[0]!, events[2]!];
    const report = await reportWith(
      [opening(), ...events, closing({ salesCount: 3, salesTotalMinor: gross }), voided],
      allPosted(kept),
    );
    expect(report.completeness?.[0]?.gaps).toMatchObject([
      { kind: 'voided-after-z', receipts: 1, grossMinor: events[1]!.totals.grossMinor, examples: ['X2'] },
      { kind: 'numbers-without-sale' },
    ]);
    expect(report.proof.holds).toBe(true);
  });

  test('a shift that was opened the day before is no accusation; the last closing counts', async () => {
    const report = await reportWith(
      [
        opening({ shiftId: 'SH2', tillId: tillId('T2') }),
        ...events,
        closing({ salesCount: 9 }),
        closing({ salesCount: 5 }, { version: 2, eventId: eventId('tillstream:again') }),
      ],
      allPosted(events),
    );
    expect(report.completeness?.[0]?.gaps).toMatchObject([{ kind: 'z-across-dates', receipts: 2 }]);
  });

  test('a sale that was voided before the Z report is not on it', async () => {
    const voided = receipt(2, {
      status: 'voided',
      version: 2,
      eventId: eventId('tillstream:void'),
      receivedAt: '2026-03-02T12:00:00.000Z',
    });
    const kept = [events[0]!, events[2]!];
    const report = await reportWith(
      [opening(), ...events, voided, closing({ salesCount: 2 })],
      allPosted(kept),
    );
    expect(report.completeness?.[0]?.gaps.map(({ kind }) => kind)).toEqual(['numbers-without-sale']);
  });

  test('sales in another currency are on the same Z report', async () => {
    const other = receipt(3, { currency: currency('CHF') });
    const all = [events[0]!, other];
    const report = await reportWith(
      [opening(), ...all, closing({ salesCount: 2, salesTotalMinor: events[0]!.totals.grossMinor })],
      allPosted(all),
    );
    expect(report.completeness?.find((row) => row.currency === 'EUR')).toMatchObject({
      till: { receipts: 1 },
      received: { receipts: 1 },
    });
    expect(report.completeness?.flatMap(({ gaps }) => gaps.map(({ kind }) => kind))).not.toContain(
      'not-received',
    );
    expect(report.proof.holds).toBe(true);
  });

  // frappe/erpnext #25656: two openings with one set of sales, of which neither could be closed.
  test('a shift id that was opened twice has two Z reports, and a correction of one replaces it alone', async () => {
    const again = { eventId: eventId('tillstream:open-2') };
    const second = { eventId: eventId('tillstream:close-2'), occurredAt: '2026-03-02T20:00:00.000Z' };
    const report = await reportWith(
      [
        opening(),
        opening(again),
        ...events,
        closing({ salesCount: 1, salesTotalMinor: 1 }),
        closing({ salesCount: 2, salesTotalMinor: gross - 1 }, second),
      ],
      allPosted(events),
    );
    expect(report.completeness?.[0]).toMatchObject({ till: { receipts: 3, grossMinor: gross } });
    expect(report.completeness?.[0]?.gaps.map(({ kind }) => kind)).toEqual(['numbers-without-sale']);
  });

  // frappe/erpnext #46570: the manager has closed the session, and the cashier goes on selling.
  test('a sale after the Z report is not on it, and is said', async () => {
    const late = receipt(9, { occurredAt: '2026-03-02T19:00:00.000Z' });
    const report = await reportWith(
      [opening(), ...events, closing({ salesCount: 3, salesTotalMinor: gross }), late],
      allPosted([...events, late]),
    );
    expect(report.completeness?.[0]?.gaps[0]).toMatchObject({
      kind: 'not-on-z-report',
      receipts: 1,
      grossMinor: late.totals.grossMinor,
    });
    expect(report.proof.holds).toBe(true);
  });

  test('a shift of which nothing but its Z report came is a row of its own', async () => {
    const report = await reportWith(
      [...events, closing({ salesCount: 2, salesTotalMinor: 700 }, { tillId: tillId('T9') })],
      allPosted(events),
    );
    expect(report.completeness?.[1]).toMatchObject({
      tillId: 'T9',
      till: { receipts: 2, grossMinor: 700 },
      received: { receipts: 0, grossMinor: 0 },
      gaps: [{ kind: 'not-received', receipts: 2, grossMinor: 700 }],
    });
    expect(report.proof.holds).toBe(true);
  });
});

describe('headquarters', () => {
  const events = [1, 2, 3, 4, 5, 6].map((number) => receipt(number));
  const [one, two, three, four, five, six] = events as [
    TransactionEvent,
    TransactionEvent,
    TransactionEvent,
    TransactionEvent,
    TransactionEvent,
    TransactionEvent,
  ];

  test('all steps alike, and no gap', async () => {
    const report = await reportWith(events, allPosted(events), {
      receipts: events.map((event) => there(event)),
    });
    const all = { receipts: 6 };
    expect(report.completeness).toMatchObject([
      { received: all, uploaded: all, validated: all, inStatement: all, inLedger: all, gaps: [] },
    ]);
    expect(report.exceptions).toEqual([]);
    expect(report.ledgerFiles).toContain(`dynamics-commerce:${DATE}`);
  });

  test('each receipt stops at its own step, and its exception says why', async () => {
    const report = await reportWith(events, allPosted([one]), {
      receipts: [
        there(one),
        there(three, { validation: 'Error', statementId: '' }),
        there(four, { statementId: 'ST2' }),
        there(five, { statementId: '' }),
        there(six, { status: 'Voided' }),
      ],
      statements: [
        { statementId: 'ST1', isPosted: true, messages: [] },
        { statementId: 'ST2', isPosted: false, messages: ['Period for 2026-03-02 does not exist'] },
      ],
    });
    const of = ({ totals }: TransactionEvent) => totals.grossMinor;
    expect(report.completeness).toMatchObject([
      {
        received: { receipts: 6 },
        uploaded: { receipts: 4 },
        validated: { receipts: 3 },
        inStatement: { receipts: 2 },
        inLedger: { receipts: 1, grossMinor: of(one) },
        gaps: [
          { kind: 'not-uploaded', receipts: 1, grossMinor: of(two), examples: ['X2'] },
          { kind: 'not-in-force-there', receipts: 1, grossMinor: of(six) },
          { kind: 'failed-validation', receipts: 1, grossMinor: of(three) },
          { kind: 'not-in-statement', receipts: 1, grossMinor: of(five) },
          {
            kind: 'statement-not-posted',
            receipts: 1,
            grossMinor: of(four),
            message: 'statement ST2: Period for 2026-03-02 does not exist',
          },
        ],
      },
    ]);
    const judged = Object.fromEntries(
      report.exceptions.map(({ subject, category, class: kind, detail }) => [
        subject,
        [category, kind, detail],
      ]),
    );
    expect(judged).toEqual({
      X2: ['not-yet-uploaded', 'timing difference', expect.stringContaining('has not uploaded it')],
      X3: ['failed-validation', 'adjustment required', expect.stringContaining('its validation failed')],
      X4: ['blocked-in-dynamics', 'requires investigation', expect.stringContaining('Period for 2026-03-02')],
      X5: ['missing-in-ledger', 'timing difference', expect.stringContaining('in no statement yet')],
      X6: ['blocked-in-dynamics', 'requires investigation', expect.stringContaining('as Voided')],
    });
    expect(report.proof.holds).toBe(true);
    const csv = reportCsv(report);
    expect(csv).toContain('completeness-statement-not-posted');
  });

  test('another gross, another payment, a number twice and a receipt of no till are said beside the steps', async () => {
    const report = await reportWith([one, two], allPosted([one, two]), {
      receipts: [
        there(one, { grossMinor: one.totals.grossMinor - 100 }),
        there(two, { paidMinor: two.totals.grossMinor - 30 }),
        there(two, { terminal: 'T7', grossMinor: 50, paidMinor: 50 }),
      ],
    });
    expect(report.completeness).toMatchObject([
      {
        tillId: 'T1',
        inLedger: { receipts: 2 },
        gaps: [
          { kind: 'amount-differs-there', receipts: 1, grossMinor: 100, examples: ['X1'] },
          { kind: 'payment-differs-there', receipts: 1, grossMinor: 30, examples: ['X2'] },
          { kind: 'number-twice', receipts: 1, grossMinor: two.totals.grossMinor, examples: ['X2'] },
        ],
      },
      {
        tillId: 'T7',
        received: { receipts: 0 },
        gaps: [
          { kind: 'headquarters-only', receipts: 1, grossMinor: 50, examples: ['X2'] },
          { kind: 'number-twice', receipts: 1, grossMinor: 50 },
        ],
      },
    ]);
    expect(report.proof.holds).toBe(true);
  });

  test('each shard tells of its own stores alone', async () => {
    const here = ['S1', 'S2', 'S3'].map((store) =>
      receipt(1, { storeId: storeId(store), eventId: eventId(`tillstream:${store}`) }),
    );
    const report = await reportWith(here, [], {
      receipts: here.map((event) => there(event, { store: event.storeId })),
    });
    expect(report.completeness?.map((row) => [row.storeId, row.uploaded?.receipts, row.gaps.length])).toEqual(
      [
        ['S1', 1, 1],
        ['S2', 1, 1],
        ['S3', 1, 1],
      ],
    );
  });

  test('a store of headquarters that Tillstream does not know is no exception, and is said', async () => {
    const report = await reportWith([one], allPosted([one]), {
      receipts: [there(one), there(two, { store: 'ELSEWHERE' })],
    });
    expect(report.exceptions).toEqual([]);
    expect(report.uncovered).toMatchObject([
      { searchOnly: true, reason: expect.stringContaining('1 receipts of operating units') as string },
    ]);
  });

  test('a store whose receipts are at headquarters alone has its row', async () => {
    const report = await reportWith([], allPosted([one]), { receipts: [there(one)] });
    expect(report.completeness).toMatchObject([
      { received: { receipts: 0 }, gaps: [{ kind: 'headquarters-only', receipts: 1 }] },
    ]);
  });

  test('news from there reopens the date, and what cannot be read changes no total', async () => {
    const world = reconcileWorld({ setup: SETUP });
    await world.land([one, two]);
    world.putLedger('a.csv', allPosted([one]));
    world.headquarters.set(DATE, [{ receipt: there(one) }]);
    await world.plan();
    await world.drain();
    expect(world.categoriesOf(DATE)).toEqual(['not-yet-uploaded']);
    world.headquarters.set(DATE, [
      { receipt: there(one) },
      { receipt: there(two, { validation: 'Error', statementId: '' }) },
    ]);
    expect(await world.plan()).toEqual([DATE]);
    await world.drain();
    expect(world.categoriesOf(DATE)).toEqual(['failed-validation']);
    world.headquarters.set(DATE, new PermanentError('odata-refused', 'damaged'));
    world.nowMs = AFTER_THE_DAY + 1;
    await world.plan(DATE);
    await world.drain();
    expect(world.reportOf(DATE)?.proof.holds).toBe(true);
  });

  test('property: the equation holds whatever headquarters, Z reports and the ledger say', async () => {
    const plan = fc.record({
      isRefused: fc.boolean(),
      isPosted: fc.boolean(),
      there: fc.constantFrom(
        'posted',
        'blocked',
        'none',
        'failed',
        'waiting',
        'voided',
        'away',
        'twice',
        'other',
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 0, max: 9 }),
        fc.option(fc.integer({ min: -2_000, max: 20_000 })),
        async (all, salesCount, salesTotalMinor) => {
          const some = all.map(({ isRefused }, index) => (isRefused ? refused : receipt)(index + 1));
          const receipts = some.flatMap((event, index) => {
            switch (all[index]?.there) {
              case 'away':
                return [];
              case 'none':
                return [there(event, { statementId: '' })];
              case 'failed':
                return [there(event, { validation: 'Error', statementId: '' })];
              case 'waiting':
                return [there(event, { validation: 'None', statementId: '' })];
              case 'voided':
                return [there(event, { status: 'Voided' })];
              case 'blocked':
                return [there(event, { statementId: 'ST2' })];
              case 'twice':
                return [there(event), there(event, { grossMinor: undefined })];
              case 'other':
                return [there(event, { grossMinor: 1, currency: undefined })];
              default:
                return [there(event)];
            }
          });
          const report = await reportWith(
            [...some, closing({ salesCount, ...(salesTotalMinor === null ? {} : { salesTotalMinor }) })],
            some.flatMap((event, index) => (all[index]?.isPosted === true ? postedEach(event) : [])),
            { receipts, statements: [{ statementId: 'ST2', isPosted: false, messages: [] }] },
          );
          expect(report.proof.violations).toEqual([]);
          const rows = report.completeness ?? [];
          expect(completenessFaults(rows)).toEqual([]);
          const total = completenessTotals(rows)[0];
          expect(total?.received.receipts).toBe(all.length);
          expect(total?.inLedger.receipts).toBe(all.filter(({ isPosted }) => isPosted).length);
          const thereAtAll = all.filter((each) => each.there !== 'away' && each.there !== 'voided').length;
          expect(rows[0]?.uploaded?.receipts).toBe(thereAtAll);
        },
      ),
      { numRuns: 40 },
    );
  });
});
