import { AlertDesk } from '../../functions/reconcile/pages/alert-desk.ts';
import { storeLookup } from '../../functions/reconcile/matching/store-lookup.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import { tableResponses } from '../../shared/azure/alerts/responses.ts';
import { tableRouteSwitches } from '../../shared/azure/alerts/route-switches.ts';
import type { Days } from '../../shared/azure/days/days.ts';
import type { Reports } from '../../shared/azure/days/reports.ts';
import { businessDate, storeId } from '../../shared/ids.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { PROFILE } from './ledger-fixtures.ts';
import { memoryTable } from './memory-table.ts';
import { reportWithFaults } from './report-fixture.ts';
import { BERLIN } from './stream-events.ts';

/** A desk without an alert. */
function emptyDesk(): AlertDesk {
  const { client } = memoryTable();
  return new AlertDesk({
    responses: tableResponses(client),
    switches: tableRouteSwitches(client),
    routes: () => Promise.resolve([]),
    zoneOf: () => Promise.resolve(undefined),
    clock: () => 0,
  });
}

/** What the pages read, in memory: a day with one fault of most kinds, alerts, a dead letter, dates that wait. */
export function pageParts(desk = emptyDesk()) {
  const report = reportWithFaults();
  const alert = {
    title: 'Milk <runs out>',
    detail: 'in two hours',
    severity: 'critical',
    storeId: storeId('S1'),
    raisedAt: '2026-03-02T09:00:00.000Z',
  } as Partial<Alert> as Alert;
  const cashShort = {
    title: 'Cash short by 23.40 EUR at till 2',
    detail: 'Counted 476.60, expected 500.00. Ask the cashier to count again.',
    severity: 'warning',
    storeId: storeId('BER01'),
    raisedAt: '2026-03-02T08:00:00.000Z',
  } as const;
  const letter = {
    stage: 'land',
    code: 'schema',
    where: '/totls',
    message: 'x',
    diedAt: '2026-03-02T10:00:00.000Z',
    replay: { to: 'nowhere' },
  } as Partial<DeadLetter> as DeadLetter;

  const outcome = {
    businessDate: report.businessDate,
    inputs: 'f1',
    proofHolds: true,
    exceptions: report.exceptions.length,
    stores: 4,
    documents: 1_234,
    balances: JSON.stringify(report.balances),
    dataAsOf: report.dataAsOf,
    asksNeighbours: true,
    around: '',
    uncovered: 0,
    giftCards: JSON.stringify(report.giftCards),
  };
  const days = {
    outcomes: () => Promise.resolve([outcome]),
    dirtyDates: () =>
      Promise.resolve(
        ['2026-03-09', '2026-03-10', '2031-05-05'].map((date) => ({
          businessDate: businessDate(date),
          etag: '',
        })),
      ),
    indexedLedgerFiles: () =>
      Promise.resolve([
        {
          name: 'march.csv',
          etag: '1',
          dates: ['2026-03-02'],
          rows: 12_045,
          badRows: 7,
          firstErrors: [
            'line 88, Voucher: is empty',
            'line 90, TransactionCurrencyAmount: "12,50" is not a number',
          ],
        },
      ]),
    landingMarks: () =>
      Promise.resolve([
        {
          partition: '0',
          generation: '20260301T000000000Z',
          nextSequenceNumber: 90,
          lastEnqueued: 12_099,
          writtenAtMs: undefined,
          etag: undefined,
        },
        {
          partition: '1',
          generation: '20260301T000000000Z',
          nextSequenceNumber: 1_204_500,
          lastEnqueued: 1_204_499,
          writtenAtMs: undefined,
          etag: undefined,
        },
      ]),
  } as Partial<Days> as Days;
  const reports = {
    file: (date: string, name: string) =>
      Promise.resolve(
        date === report.businessDate && name === 'report.json'
          ? Buffer.from(JSON.stringify(report))
          : undefined,
      ),
  } as Partial<Reports> as Reports;
  let keys = 0;
  const parts = {
    desk,
    newKey: () => `form-key-${(keys += 1)}`,
    days,
    reports,
    stores: () =>
      Promise.resolve(storeLookup([BERLIN, { ...BERLIN, storeId: 'S2' as never, name: 'High Street' }])),
    profile: () => Promise.resolve(PROFILE),
    clock: () => Date.parse('2026-03-10T08:00:00Z'),
    alertLog: {
      list: (date: string) =>
        Promise.resolve(
          date === '2026-03-10'
            ? [
                { alert, deliveredTo: ['shop'] },
                { alert: { ...alert, ...cashShort }, deliveredTo: [] },
              ]
            : [],
        ),
      record: () => Promise.reject(new Error('not here')),
      markDelivered: () => Promise.reject(new Error('not here')),
    },
    closing: { storesOf: () => Promise.resolve([]), itemsOf: () => Promise.resolve([]) },
    deadLetterStore: {
      newest: () => Promise.resolve([{ name: 'land/1.json', stage: 'land', storedAt: undefined }]),
      countByStage: () => Promise.resolve(new Map([['land', 3]])),
      read: () => Promise.resolve(letter),
      take: () => Promise.resolve(undefined),
      retire: () => Promise.resolve(),
    },
  };
  return { parts, report };
}
