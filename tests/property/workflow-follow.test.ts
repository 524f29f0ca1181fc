import fc from 'fast-check';
import { decideDay } from '../../shared/workflow/decide.ts';
import { follow } from '../../shared/workflow/follow.ts';
import type { HistoryEntry } from '../../shared/workflow/history.ts';
import { DEFAULT_POLICY, closePolicySchema } from '../../shared/workflow/policy.ts';
import { MAX_STEP_ROWS } from '../../shared/workflow/step-writer.ts';
import type { DayRecord, DayStep } from '../../shared/workflow/store-day.ts';
import { afterSteps, followed, NIGHT, person, storeReportOf } from '../support/workflow-fixture.ts';

const CONTEXT = { at: NIGHT, today: '2026-03-03', policy: DEFAULT_POLICY };

/** Equal amounts, opposite amounts, subjects that look alike, and both kinds of exceptions. */
const foundOnce = fc.record({
  subject: fc.constantFrom('X1', 'X2', 'Ünï✓', 'x1', 'X1 ', '\u{1F600}', 'till 1'),
  category: fc.constantFrom(
    'missing-in-ledger',
    'amount-differs',
    'duplicate-posting',
    'tax-unknown' as const,
  ),
  amountMinor: fc.constantFrom(100, 100, -100, 0, 1),
  source: fc.constantFrom('a.csv:2', 'b.csv:9'),
});
const night = fc.uniqueArray(foundOnce, {
  maxLength: 8,
  selector: ({ subject, category }) => JSON.stringify([subject, category]),
});
const nights = fc.array(night, { minLength: 1, maxLength: 6 });

const withoutTimes = ({ day, items }: DayRecord) => ({
  phase: day.phase,
  report: day.report,
  counts: day.counts,
  items: [...items.values()]
    .map(({ version: _version, ...item }) => item)
    .sort((one, other) => (one.itemId < other.itemId ? -1 : 1)),
});

test('over the nights the open items are the exceptions of the report, nothing is lost, and twice is once', () => {
  fc.assert(
    fc.property(nights, (all) => {
      let record: DayRecord | undefined;
      const history: HistoryEntry[] = [];
      for (const [index, found] of all.entries()) {
        const seen = storeReportOf(`r${index}`, found);
        const before = new Set(record?.items.keys());
        const steps = follow(record, seen, CONTEXT);
        history.push(...steps.flatMap((step) => step.history));
        record = afterSteps(record, steps);
        if (!record) throw new Error('there is a day');
        const items = [...record.items.values()];
        expect(
          items
            .filter(({ status }) => status !== 'cleared')
            .map((one) => one.exceptionId)
            .sort(),
        ).toEqual(seen.exceptions.map(({ exceptionId }) => exceptionId).sort());
        for (const id of before) expect(record.items.has(id)).toBe(true);
        expect(follow(record, seen, CONTEXT)).toEqual([]);
        // The counts are those of the items.
        expect(record.day.counts.open).toBe(items.filter(({ status }) => status === 'open').length);
      }
      expect(history.map(({ sequence }) => sequence)).toEqual(history.map((_, index) => index + 1));
      expect(record?.day.version).toBe(history.length);
      // The history alone tells how each item stands.
      for (const item of record?.items.values() ?? []) {
        const told = history
          .filter(({ itemId }) => itemId === item.itemId)
          .map(({ after }) => after['status']);
        expect(told.findLast((status) => status !== undefined)).toBe(item.status);
      }
    }),
  );
});

test('a run that is killed after any step, and run again, ends as if it had not been', () => {
  const many = fc
    .integer({ min: 0, max: 150 })
    .map((count) =>
      Array.from({ length: count }, (_, index) => ({ subject: `N${index}`, amountMinor: 100 })),
    );
  fc.assert(
    fc.property(many, many, fc.nat({ max: 4 }), fc.boolean(), (first, second, killedAfter, isSigned) => {
      const before = isSigned
        ? signed(followed(undefined, storeReportOf('r1', [])))
        : followed(undefined, storeReportOf('r1', first));
      const seen = storeReportOf('r2', second);
      const steps = follow(before, seen, CONTEXT);
      for (const { items, history } of steps)
        expect(items.length + history.length).toBeLessThanOrEqual(MAX_STEP_ROWS + 1);
      const whole = afterSteps(before, steps);
      const part = afterSteps(before, steps.slice(0, killedAfter));
      // Half a report does not look like a whole one.
      if (killedAfter > 0 && killedAfter < steps.length) expect(part?.day.report.reportId).toBe('');
      const again = afterSteps(part, follow(part, seen, CONTEXT));
      if (!whole || !again) throw new Error('there is a day');
      expect(withoutTimes(again)).toEqual(withoutTimes(whole));
      expect(again.day.signedOff).toEqual(whole.day.signedOff);
    }),
    { numRuns: 60 },
  );
});

function signed(record: DayRecord): DayRecord {
  let now = record;
  for (const [id, action] of [
    ['ada', 'prepare'],
    ['ben', 'sign-off'],
  ] as const) {
    const context = { at: NIGHT, by: person(id), mayApprove: true, policy: DEFAULT_POLICY };
    const decision = decideDay(now, { action }, context, { hasNewerData: false, waitingEvents: 0 });
    if ('refusal' in decision) throw new Error(decision.refusal.text);
    now = afterSteps(now, [decision.step]) ?? now;
  }
  return now;
}

test('a sign-off is withdrawn by whatever changes the day, first of all, and by nothing else', () => {
  const isWithdrawn = (steps: readonly DayStep[]): boolean => steps[0]?.history[0]?.what === 'withdrawn';
  const empty = signed(followed(undefined, storeReportOf('r1', [])));
  expect(empty.day.phase).toBe('signed-off');
  expect(isWithdrawn(follow(empty, storeReportOf('r2', []), CONTEXT))).toBe(false);
  expect(afterSteps(empty, follow(empty, storeReportOf('r2', []), CONTEXT))?.day.phase).toBe('signed-off');
  fc.assert(
    fc.property(night, night, (first, second) => {
      // Information only, so that any day can be signed.
      const asNote = (found: typeof first) => found.map((one) => ({ ...one, class: 'no action' as const }));
      const day = signed(followed(undefined, storeReportOf('r1', asNote(first))));
      const seen = storeReportOf('r2', asNote(second));
      const steps = follow(day, seen, CONTEXT);
      const said = (found: typeof first) =>
        JSON.stringify(
          found
            .map(({ subject, category, amountMinor }) => JSON.stringify([subject, category, amountMinor]))
            .sort(),
        );
      expect(isWithdrawn(steps)).toBe(said(first) !== said(second));
      expect(afterSteps(day, steps)?.day.phase).toBe(
        said(first) === said(second) ? 'signed-off' : 'reopened',
      );
    }),
  );
});

test('the withdrawal says the old and the new totals, and which exceptions came and went', () => {
  const day = signed(followed(undefined, storeReportOf('r1', [{ subject: 'old', class: 'no action' }])));
  const now = followed(day, storeReportOf('r2', [{ subject: 'new', amountMinor: 250 }], { documents: 13 }));
  expect(now.day).toMatchObject({
    phase: 'reopened',
    withdrawal: {
      was: 'signed-off',
      changes: {
        cells: [
          {
            account: '110100',
            currency: 'EUR',
            posBefore: 10_100,
            posAfter: 10_250,
            ledgerBefore: 10_000,
            ledgerAfter: 10_000,
          },
        ],
        documents: [12, 13],
        added: [expect.any(String)],
        gone: [expect.any(String)],
        omitted: 0,
      },
    },
  });
  expect(now.day.signedOff).toBeUndefined();
  expect(now.day.prepared).toBeUndefined();
});

test('a late sale and its return leave every total as it was, and withdraw the sign-off all the same', () => {
  const day = signed(followed(undefined, storeReportOf('r1', [])));
  const now = followed(day, storeReportOf('r2', [], { documents: 14 }));
  expect(now.day).toMatchObject({
    phase: 'reopened',
    withdrawal: { changes: { cells: [], documents: [12, 14] } },
  });
});

test('books that could not be read clear no exception, and withdraw what was signed', () => {
  const open = followed(undefined, storeReportOf('r1', [{ subject: 'X1' }]));
  const away = followed(open, storeReportOf('r2', [], { isLeftOut: true, missing: 1, cells: [] }));
  expect([...away.items.values()].map(({ status }) => status)).toEqual(['open']);
  const day = signed(followed(undefined, storeReportOf('r1', [])));
  const lost = followed(day, storeReportOf('r2', [], { isLeftOut: true, missing: 1, cells: [] }));
  expect(lost.day.phase).toBe('reopened');
  expect(lost.day.withdrawal?.changes?.notes).toContain('The books of the store could not be read');
});

test('a sale that moves from one category to another is one item; faults of data with one subject are two', () => {
  const first = followed(
    undefined,
    storeReportOf('r1', [{ subject: 'X1' }, { subject: 'till 1', category: 'tax-unknown', amountMinor: 0 }]),
  );
  const next = followed(
    first,
    storeReportOf('r2', [
      { subject: 'X1', category: 'amount-differs', amountMinor: 30 },
      { subject: 'till 1', category: 'tax-calculated', amountMinor: 0 },
    ]),
  );
  const [sale, ...doubts] = [...next.items.values()].sort((one, other) =>
    one.isMoney === other.isMoney ? 0 : one.isMoney ? -1 : 1,
  );
  expect(next.items.size).toBe(3);
  expect(sale).toMatchObject({ status: 'open', category: 'amount-differs', amountMinor: 30 });
  expect(sale?.itemId).not.toBe(sale?.exceptionId);
  expect(doubts.map(({ status }) => status).sort()).toEqual(['cleared', 'open']);
  // Two sales of one subject cannot be told apart, so neither takes the other's history over.
  const rivals = followed(
    first,
    storeReportOf('r2', [
      { subject: 'X1', category: 'amount-differs' },
      { subject: 'X1', category: 'duplicate-posting' },
    ]),
  );
  expect(rivals.items.size).toBe(4);
});

test('rules accept within their limits, as themselves, and leave alone what a person took back', () => {
  const policy = closePolicySchema.parse({
    ...DEFAULT_POLICY,
    autoAccept: [
      {
        name: 'cents',
        reasonCode: 'rounding',
        categories: ['amount-differs'],
        maxAmountMinor: { EUR: 5 },
        maxTotalMinor: { EUR: 8 },
        maxAgeDays: 3,
      },
    ],
  });
  const cents = [4, -4, 5, 6].map((amountMinor, index) => ({
    subject: `C${index}`,
    category: 'amount-differs' as const,
    amountMinor,
  }));
  const others = [
    { subject: 'dollars', category: 'amount-differs' as const, amountMinor: 1, currency: 'USD' },
    { subject: 'unknown', category: 'amount-differs' as const, amountMinor: 0 },
    { subject: 'missing', amountMinor: 1 },
  ];
  const record = followed(undefined, storeReportOf('r1', [...cents, ...others]), policy);
  const accepted = [...record.items.values()].filter(({ status }) => status === 'accepted');
  const sum = accepted.reduce((total, { amountMinor }) => total + Math.abs(Number(amountMinor)), 0);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(8);
  for (const one of accepted)
    expect(one.reason?.by).toEqual({ kind: 'rule', id: 'cents', name: 'Rule cents' });
  expect(accepted.every(({ subject }) => subject.startsWith('C') && subject !== 'C3')).toBe(true);
  // Too old by now.
  const late = followed(undefined, storeReportOf('r1', cents), policy, '2026-03-06');
  expect(late.day.counts.accepted).toBe(0);
});
