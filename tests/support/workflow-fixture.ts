import { businessDate, storeId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import { exceptionIdOf, type ReconciliationException } from '../../shared/reconciliation/exception.ts';
import type { Actor } from '../../shared/workflow/actor.ts';
import { follow } from '../../shared/workflow/follow.ts';
import { DEFAULT_POLICY, type ClosePolicy } from '../../shared/workflow/policy.ts';
import type { DayRecord, DayStep, SeenReport } from '../../shared/workflow/store-day.ts';
import type { StoreReport } from '../../shared/workflow/store-report.ts';

/** One store's day and what reports say of it, for tests of the workflow. */
export const CLOSE_DATE = businessDate('2026-03-02');
export const CLOSE_STORE = storeId('S1');
export const NIGHT = '2026-03-03T04:00:00.000Z';

export const person = (id: string): Actor => ({ kind: 'person', id, name: `${id}@example.com` });

interface Found {
  readonly subject: string;
  readonly category?: ReconciliationException['category'];
  readonly class?: ReconciliationException['class'];
  readonly amountMinor?: number;
  readonly currency?: string;
  /** Where it was read: what a new upload of the same file changes. */
  readonly source?: string;
}

function exceptionOf({
  subject,
  category = 'missing-in-ledger',
  class: kind = 'adjustment required',
  amountMinor = 100,
  currency: code = 'EUR',
  source = 'a.csv:2',
}: Found): ReconciliationException {
  const isMoney = amountMinor !== 0;
  return {
    exceptionId: exceptionIdOf(CLOSE_DATE, CLOSE_STORE, category, subject),
    category,
    class: kind,
    owner: 'Finance',
    storeId: CLOSE_STORE,
    businessDate: CLOSE_DATE,
    subject,
    detail: `read at ${source}`,
    amountMinor,
    currency: isMoney ? currency(code) : undefined,
    parts: isMoney
      ? [{ storeId: CLOSE_STORE, account: '110100', currency: currency(code), amountMinor }]
      : [],
    evidence: {
      transactionIds: [subject],
      eventIds: [],
      journalLines: [
        {
          journalNumber: 'J1',
          voucher: 'V1',
          accountingDate: CLOSE_DATE,
          account: '110100',
          currency: currency(code),
          amountMinor: 7,
          documentNumber: subject,
          source,
        },
      ],
      omitted: 0,
    },
    claim: { kind: 'data' },
  };
}

/** A report of the store in which the exceptions explain everything. */
export function storeReportOf(
  reportId: string,
  found: readonly Found[],
  more: Partial<SeenReport> = {},
): StoreReport {
  const exceptions = found.map(exceptionOf);
  const difference = exceptions.reduce((sum, { amountMinor }) => sum + Number(amountMinor), 0);
  const cells = [
    {
      account: '110100',
      currency: 'EUR',
      posMinor: 10_000 + difference,
      ledgerMinor: 10_000,
      explainedMinor: difference,
    },
  ];
  return {
    businessDate: CLOSE_DATE,
    storeId: CLOSE_STORE,
    exceptions,
    report: {
      reportId,
      inputs: 'i1',
      dataAsOf: '2026-03-03T02:00:00.000Z',
      proofHolds: true,
      isLeftOut: false,
      missing: 0,
      documents: 12,
      ledgerEntries: 30,
      cells,
      cellsOmitted: 0,
      cellsDigest: JSON.stringify(cells),
      unexplained: 0,
      ...more,
    },
  };
}

/** What is stored once the steps are written. */
export function afterSteps(before: DayRecord | undefined, steps: readonly DayStep[]): DayRecord | undefined {
  let record = before;
  for (const { day, items } of steps)
    record = {
      day,
      items: new Map([
        ...(record?.items ?? []),
        ...items.map((item) => [item.itemId, JSON.parse(JSON.stringify(item)) as typeof item] as const),
      ]),
    };
  return record && { ...record, day: JSON.parse(JSON.stringify(record.day)) as typeof record.day };
}

export function followed(
  before: DayRecord | undefined,
  seen: StoreReport,
  policy: ClosePolicy = DEFAULT_POLICY,
  today = '2026-03-03',
): DayRecord {
  const record = afterSteps(before, follow(before, seen, { at: NIGHT, today, policy }));
  if (!record) throw new Error('A first report makes a day');
  return record;
}
