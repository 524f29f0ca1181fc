import fc from 'fast-check';
import { emptyDay } from '../../shared/reconciliation/day-book.ts';
import { dynamicsSetup, NO_SETUP } from '../../shared/forecast/setup.ts';
import { currency as currencyOf } from '../../shared/money.ts';
import { eventId, storeId, tillId, type StoreId } from '../../shared/ids.ts';
import { postingsOfDrawer } from '../../shared/ledger/expected-postings.ts';
import { uniquePostings } from '../../shared/ledger/posting-overlaps.ts';
import { accountRoles } from '../../shared/ledger/account-roles.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { mergeShards } from '../../shared/reconciliation/day-report.ts';
import { giftCardsOf } from '../../shared/reconciliation/gift-cards.ts';
import type { Elsewhere } from '../../shared/reconciliation/other-dates.ts';
import {
  reconcileStores,
  type Reconciled,
  type ShardResult,
  type StoreInput,
} from '../../shared/reconciliation/reconcile-shard.ts';
import { StoreBooks } from '../../shared/reconciliation/store-books.ts';
import { compactedDays } from '../support/compacted-day.ts';
import { DATE, entry, postedEach, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { NOWHERE } from '../support/reconcile-day.ts';

/**
 * DuckDB joins and the plain matcher judges: the report must be the one that the plain matcher makes of everything, byte
 * for byte. Amounts are few, so that sums coincide and faults offset each other; ids hold what SQL could misread.
 */
const STORES = ['S1', "S'2", 'S3é'];
const NETS = [1_000, 1_000, 2_000, 3_000, -1_000] as const;
const SUFFIXES = [
  '',
  '',
  '',
  '\u00e9',
  'e\u0301',
  '\ud83d\ude00',
  "'",
  '\u001f',
  '\\u',
  '\ufffe',
  ' ',
] as const;
const DAY_END_MS = Date.parse('2026-03-03T04:00:00.000Z');

const anySale = fc.record({
  store: fc.constantFrom(...STORES),
  number: fc.integer({ min: 1, max: 9 }),
  suffix: fc.constantFrom(...SUFFIXES),
  net: fc.constantFrom(...NETS),
  till: fc.constantFrom('T1', 'T1', 'T2'),
  shift: fc.constantFrom('SH1', 'SH1', 'SH2', undefined),
  status: fc.constantFrom<TransactionEvent['status']>(
    'completed',
    'completed',
    'completed',
    'completed',
    'voided',
    'suspended',
  ),
  training: fc.constantFrom(false, false, false, false, true),
  version: fc.constantFrom(1, 1, 1, 2),
  /** Another content under the event id of an earlier sale. */
  sameId: fc.constantFrom(false, false, false, false, false, true),
  repeated: fc.constantFrom(0, 0, 0, 1, 2),
  tender: fc.constantFrom<TransactionEvent['tenders'][number]['type']>(
    'cash',
    'cash',
    'card',
    'other',
    'giftCard',
  ),
  offBy: fc.constantFrom(0, 0, 0, 0, 0, 7),
  late: fc.constantFrom(false, false, true),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'EUR', 'CHF'),
});
type AnySale = typeof anySale extends fc.Arbitrary<infer T> ? T : never;

function eventsOf(sales: readonly AnySale[], drawers: readonly AnyDrawer[]): PosEvent[] {
  const events: PosEvent[] = [];
  sales.forEach((one, index) => {
    const base = sale('X', one.net, { transactionId: `X${one.number}${one.suffix}` });
    const { totals } = base;
    const before = one.sameId ? sales[index - 1] : undefined;
    const id = before?.store === one.store ? index - 1 : index;
    const event: TransactionEvent = {
      ...base,
      eventId: eventId(`tillstream:e${id}`),
      storeId: storeId(one.store),
      tillId: tillId(one.till),
      shiftId: one.shift,
      status: one.status,
      training: one.training,
      version: one.version,
      currency: currencyOf(one.currency),
      tenders: [{ type: one.tender, amountMinor: totals.grossMinor + one.offBy }],
      offline: one.late,
      receivedAt: one.late ? '2026-03-03T09:00:00.000Z' : '2026-03-02T10:00:01.000Z',
      ...(one.tender === 'other' && { quality: ['unknown-tender' as const] }),
    };
    for (let times = 0; times <= one.repeated; times += 1) events.push(event);
  });
  return [...events, ...drawers.map(drawerEvent)];
}

const anyDrawer = fc.record({
  store: fc.constantFrom(...STORES),
  till: fc.constantFrom('T1', 'T2'),
  kind: fc.constantFrom('paidOut' as const, 'drop' as const, 'closed' as const),
  amountMinor: fc.constantFrom(500, 1_190, 1_190),
  again: fc.boolean(),
});
type AnyDrawer = typeof anyDrawer extends fc.Arbitrary<infer T> ? T : never;

function drawerEvent(one: AnyDrawer, index: number): DrawerEvent | ShiftEvent {
  const { kind, amountMinor } = one;
  const base = sale('unused', 1);
  const envelope = {
    schemaVersion: base.schemaVersion,
    eventId: eventId(`tillstream:d${index}`),
    source: base.source,
    storeId: storeId(one.store),
    tillId: tillId(one.till),
    occurredAt: base.occurredAt,
    businessDate: base.businessDate,
    receivedAt: base.receivedAt,
    offline: false,
    training: false,
    traceparent: base.traceparent,
    version: 1,
    shiftId: 'SH1',
    currency: base.currency,
  };
  return kind === 'closed'
    ? {
        ...envelope,
        kind: 'shift',
        action: 'closed',
        counts: [{ tender: 'cash', countedMinor: amountMinor }],
      }
    : { ...envelope, kind: 'drawer', action: kind, amountMinor };
}

const FAULTS = [
  ...Array.from({ length: 12 }, () => 'none' as const),
  'missing',
  'again',
  'amount',
  'account',
  'store',
  'partial',
  'taken back',
  'renumbered',
  'zero row',
] as const;
const plan = fc.record({
  forms: fc.tuple(
    ...STORES.map(() =>
      fc.constantFrom('number', 'number', 'number', 'statement', 'voucher', 'mixed', 'nothing'),
    ),
  ),
  faults: fc.array(fc.constantFrom(...FAULTS), { minLength: 40, maxLength: 40 }),
  files: fc.array(fc.constantFrom('a.csv', 'a.csv', 'b.csv'), { minLength: 40, maxLength: 40 }),
  hasTwoFiles: fc.boolean(),
  repeatsFile: fc.constantFrom(false, false, false, true),
  foreign: fc.constantFrom(0, 0, 0, 1, 2),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function ledgerOf(events: readonly PosEvent[], how: Plan): LedgerEntry[] {
  const rows: LedgerEntry[] = [];
  const seen = new Set<string>();
  let index = 0;
  const sums = new Map<string, LedgerEntry>();
  for (const event of events) {
    if (seen.has(event.eventId)) continue;
    seen.add(event.eventId);
    index += 1;
    const form = how.forms[STORES.indexOf(event.storeId)];
    const part = how.hasTwoFiles ? (how.files[index % 40] ?? 'a.csv') : 'a.csv';
    const own = faulty(postingsFor(event), how.faults[index % 40] ?? 'none', index);
    for (const row of own) {
      const placed = { ...row, readAt: { part, row: rows.length + 2 } };
      if (form === 'number' || (form === 'mixed' && event.kind === 'transaction')) rows.push(placed);
      else if (form === 'voucher') rows.push({ ...placed, documentNumber: '' });
      else if (form !== 'nothing') {
        const key = JSON.stringify([row.storeDimension, row.account, row.currency]);
        const before = sums.get(key);
        sums.set(key, {
          ...placed,
          voucher: 'STMT',
          documentNumber: '',
          amountMinor: row.amountMinor + (before?.amountMinor ?? 0),
        });
      }
    }
  }
  rows.push(...sums.values());
  for (let ghost = 0; ghost < how.foreign; ghost += 1)
    rows.push(
      entry({
        account: '110100',
        amountMinor: 1_190,
        documentNumber: `G${ghost}`,
        storeDimension: STORES[ghost % 3] ?? '',
      }),
    );
  if (how.repeatsFile)
    rows.push(...rows.slice(0, 3).map((row) => ({ ...row, readAt: { part: 'c.csv', row: 1 } })));
  return rows
    .map((row, place) => ({ ...row, readAt: { ...row.readAt, row: place } }))
    .sort((left, right) =>
      left.readAt.part < right.readAt.part ? -1 : left.readAt.part > right.readAt.part ? 1 : 0,
    );
}

function postingsFor(event: PosEvent): LedgerEntry[] {
  if (event.kind === 'transaction')
    return isInForce(event) ? postedEach(event, { currency: event.currency }) : [];
  if (event.kind !== 'drawer') return [];
  return postingsOfDrawer(event, PROFILE).map((posting) =>
    entry({
      ...posting,
      voucher: event.eventId,
      documentNumber: event.eventId,
      storeDimension: event.storeId,
    }),
  );
}

function faulty(rows: LedgerEntry[], fault: (typeof FAULTS)[number], index: number): LedgerEntry[] {
  const [first, ...others] = rows;
  if (!first) return rows;
  switch (fault) {
    case 'missing':
      return [];
    case 'again':
      return [...rows, ...rows.map((row) => ({ ...row, voucher: `${row.voucher}-again` }))];
    case 'amount':
      return [{ ...first, amountMinor: first.amountMinor + (index % 2 === 0 ? 100 : -100) }, ...others];
    case 'account':
      return [{ ...first, account: '999999' }, ...others];
    case 'store':
      return rows.map((row) => ({ ...row, storeDimension: STORES[index % 3] ?? '' }));
    case 'partial':
      return [first];
    case 'taken back':
      return [
        ...rows,
        ...rows.map((row) => ({ ...row, amountMinor: -row.amountMinor, documentNumber: `R${index}` })),
        ...rows.map((row) => ({ ...row, documentNumber: `R${index}` })),
      ];
    case 'renumbered':
      return rows.map((row) => ({ ...row, documentNumber: `N${index}` }));
    case 'zero row':
      return [...rows, { ...first, account: '777777', amountMinor: 0 }];
    case 'none':
      break;
  }
  return rows;
}

const SETUP = dynamicsSetup(NO_SETUP);

function plainInputs(
  events: readonly PosEvent[],
  entries: readonly LedgerEntry[],
  known: (store: string) => boolean,
): StoreInput[] {
  const books = new StoreBooks(
    { businessDate: DATE, profile: PROFILE, dayEndMsOf: (store) => (known(store) ? DAY_END_MS : undefined) },
    SETUP,
    (_store, thrown) => {
      throw thrown;
    },
  );
  for (const event of events) books.add(event);
  const days = books.close();
  const receipts = books.receipts();
  const stores = [
    ...new Set([...days.keys(), ...entries.map((one) => one.storeDimension as StoreId)]),
  ].sort();
  return stores.map((store) => {
    const { counted, overlaps } = uniquePostings(entries.filter((one) => one.storeDimension === store));
    return {
      day: days.get(store) ?? emptyDay(store),
      entries: counted,
      overlaps,
      known: known(store),
      receipts: receipts.get(store),
      accounts: accountRoles(PROFILE),
    };
  });
}

function shardOf(inputs: readonly StoreInput[], reconciled: Reconciled): ShardResult {
  return {
    businessDate: DATE,
    ...reconciled,
    giftCards: giftCardsOf(inputs, PROFILE),
    events: 0,
    ledgerEntries: reconciled.storeCounts?.reduce((sum, one) => sum + one.ledgerEntries, 0) ?? 0,
    ledgerRowErrors: [],
    ledgerFiles: [],
    dataAsOf: '',
  };
}

test('a day that DuckDB joins has the very report that the plain matcher makes of it', async () => {
  const days = await compactedDays();
  const plans = { settled: 0, open: 0, whole: 0 };
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySale, { maxLength: 14 }),
        fc.array(anyDrawer, { maxLength: 3 }),
        plan,
        fc.constantFrom(true, true, true, false),
        async (sales, drawers, how, isKnown) => {
          const known = (store: string): boolean => isKnown || store !== 'S1';
          const events = eventsOf(sales, drawers);
          const entries = ledgerOf(events, how);
          const elsewhere: Elsewhere = {
            ...NOWHERE,
            entriesOf: (store, number) =>
              number.startsWith('X1')
                ? [
                    entry({
                      account: '110100',
                      amountMinor: 1_190,
                      storeDimension: store,
                      readAt: { part: 'a.csv', row: 1 },
                    }),
                  ]
                : [],
          };
          const inputs = plainInputs(events, entries, known);
          const plain = mergeShards(DATE, [shardOf(inputs, reconcileStores(DATE, inputs, elsewhere))]);
          const judged = await days.reconcile(events, entries, STORES, {
            known,
            elsewhere,
            // So many that they are joined in parts.
            documentCount: sales.length % 2 === 0 ? 1 : 1_000_000,
          });
          for (const { input } of judged)
            plans[
              input.settled
                ? input.day.documents.length + input.entries.length === 0
                  ? 'settled'
                  : 'open'
                : 'whole'
            ] += 1;
          const bySets = mergeShards(
            DATE,
            judged.map(({ input, reconciled }) => shardOf([input], reconciled)),
          );
          expect(JSON.stringify(bySets, undefined, 1)).toBe(JSON.stringify(plain, undefined, 1));
        },
      ),
      { numRuns: Number(process.env['SET_WORK_RUNS'] ?? 60) },
    );
    expect(Math.min(...Object.values(plans))).toBeGreaterThan(5);
  } finally {
    await days.close();
  }
});
