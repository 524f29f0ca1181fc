import { businessDate, eventId, storeId } from '../../shared/ids.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { rollForward, type GiftCardMoves } from '../../shared/reconciliation/gift-card-roll-forward.ts';
import type { GiftCardDay } from '../../shared/reconciliation/gift-cards.ts';
import { giftCardsSection } from '../../shared/reports/gift-cards-section.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';
import { reportOfStores } from '../../shared/reports/store-view.ts';
import { financeRoutes } from '../../functions/reconcile/pages/finance.ts';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { DATE, entry, EUR, postedEach, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { pageParts } from '../support/page-parts.ts';
import { pageRequest, principalWith } from '../support/page-requests.ts';
import { silentLog } from '../support/stream-fixture.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

type Line = TransactionEvent['lines'][number];
const cardLine = (amountMinor: number, type: Line['type'] = 'giftCard', lineNumber = 1): Line => ({
  lineNumber,
  type,
  productCode: 'GC',
  quantityMilli: Math.sign(amountMinor) * 1000,
  unit: 'each',
  regularUnitPriceMinor: Math.abs(amountMinor),
  actualUnitPriceMinor: Math.abs(amountMinor),
  extendedAmountMinor: amountMinor,
});
const event = (
  id: string,
  store: string,
  lines: Line[],
  tenders: TransactionEvent['tenders'],
  changes: Partial<TransactionEvent> = {},
): TransactionEvent => {
  const netMinor = lines.reduce((sum, line) => sum + line.extendedAmountMinor, 0);
  return sale(id, 0, {
    storeId: storeId(store),
    eventId: eventId(`tillstream:${store}-${id}`),
    lines,
    tenders,
    totals: { netMinor, taxMinor: 0, grossMinor: netMinor },
    ...changes,
  });
};
const sold = (id: string, store: string, amountMinor: number, changes: Partial<TransactionEvent> = {}) =>
  event(id, store, [cardLine(amountMinor)], [{ type: 'card', amountMinor }], changes);
const redeemed = (id: string, store: string, amountMinor: number) =>
  event(id, store, [cardLine(amountMinor, 'sale')], [{ type: 'giftCard', amountMinor }]);
const expired = (id: string, store: string, amountMinor: number) =>
  event(id, store, [cardLine(-amountMinor), cardLine(amountMinor, 'breakage', 2)], []);

const shards = [['S1'], ['S2']];

test('sold, redeemed and expired cards are told apart over all stores, and training counts nowhere', () => {
  const events = [
    sold('1', 'S1', 5_000),
    sold('2', 'S1', -500),
    redeemed('3', 'S2', 1_200),
    expired('4', 'S2', 300),
    sold('5', 'S1', 9_999, { training: true }),
    sold('6', 'S1', 8_888, { status: 'voided' }),
  ];
  const report = reconcileDay(
    events,
    events.slice(0, 4).flatMap((one) => postedEach(one)),
    { shards },
  );
  expect(report.giftCards).toEqual([
    {
      currency: 'EUR',
      accounts: ['261500'],
      soldMinor: 4_500,
      redeemedMinor: 1_200,
      expiredMinor: 300,
      otherMinor: 0,
      posChangeMinor: 3_000,
      ledgerChangeMinor: 3_000,
      exceptionIds: [],
    },
  ]);
  expect(report.proof.holds).toBe(true);
  expect(reportCsv(report)).toContain('Sold 45.00, redeemed 12.00, expired 3.00, other 0.00');
  expect(reportOfStores(report, new Set(['S1'])).giftCards).toEqual([]);
});

test('a difference is explained by the exceptions of the liability, each with its claim', () => {
  const events = [sold('1', 'S1', 5_000), redeemed('2', 'S2', 1_200), sale('3', 1_000)];
  const breakage = [
    entry({ account: '261500', amountMinor: 700, voucher: 'BREAKAGE', documentNumber: 'B-1' }),
    entry({ account: '480100', amountMinor: -700, voucher: 'BREAKAGE', documentNumber: 'B-1' }),
  ];
  const report = reconcileDay(events, [...postedEach(events[0] as TransactionEvent), ...breakage], {
    shards,
  });
  const [cards] = report.giftCards ?? [];
  expect(cards).toMatchObject({ posChangeMinor: 3_800, ledgerChangeMinor: 4_300 });
  const explaining = report.exceptions.filter(({ exceptionId }) => cards?.exceptionIds.includes(exceptionId));
  expect(explaining.map(({ category }) => category).sort()).toEqual(['missing-in-ledger', 'missing-in-pos']);
  const parts = explaining.flatMap((one) => one.parts).filter(({ account }) => account === '261500');
  expect(parts.reduce((sum, { amountMinor }) => sum - Number(amountMinor), 0)).toBe(3_800 - 4_300);
  expect(report.proof.holds).toBe(true);
});

const moved = (date: string, posMinor: number, ledgerMinor = posMinor): GiftCardMoves => ({
  businessDate: businessDate(date),
  isPartial: false,
  days: [dayOf(posMinor, ledgerMinor)],
});
const dayOf = (posMinor: number, ledgerMinor = posMinor): GiftCardDay => ({
  currency: EUR,
  accounts: ['261500'],
  soldMinor: posMinor,
  redeemedMinor: 0,
  expiredMinor: 0,
  otherMinor: 0,
  posChangeMinor: posMinor,
  ledgerChangeMinor: ledgerMinor,
  exceptionIds: [],
});
const opening = { businessDate: businessDate('2026-03-01'), balancesMinor: { EUR: 10_000 } };
const DAY = businessDate('2026-03-04');

describe('the balance is carried forward', () => {
  test('from the opening balance, over every day since, for both sides', () => {
    const all = [
      moved('2026-02-28', 9_999),
      moved('2026-03-01', 100),
      moved('2026-03-02', -50, -40),
      moved('2026-03-03', 7),
      moved('2026-03-04', 1_000),
    ];
    expect(rollForward(DAY, [dayOf(1_000)], all, opening)).toMatchObject([
      { openingMinor: 10_057, closingMinor: 11_057, ledgerClosingMinor: 11_067, missingDates: [] },
    ]);
  });

  test('a day without a report, with half of one, or of a version that did not look is named', () => {
    const all: GiftCardMoves[] = [
      moved('2026-03-01', 100),
      { businessDate: businessDate('2026-03-02'), days: undefined, isPartial: false },
      { ...moved('2026-03-03', 7), isPartial: true },
    ];
    const [roll] = rollForward(businessDate('2026-03-05'), [], all, opening);
    expect(roll).toMatchObject({ openingMinor: 10_107, closingMinor: 10_107 });
    expect(roll?.missingDates).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
    expect(JSON.stringify(giftCardsSection(roll ? [roll] : []))).toContain(
      'The opening lacks what moved on 3 days without a whole report: 2026-03-02, 2026-03-03, 2026-03-04',
    );
  });

  test('without an opening balance, or before it, nothing is guessed', () => {
    for (const [date, from] of [
      [DAY, undefined],
      [businessDate('2026-02-27'), opening],
    ] as const) {
      const rolls = rollForward(date, [dayOf(5)], [moved('2026-03-01', 100)], from);
      expect(rolls).toMatchObject([{ openingMinor: undefined, closingMinor: undefined, soldMinor: 5 }]);
      expect(JSON.stringify(giftCardsSection(rolls))).toContain('not known');
    }
  });
});

test('the page of a day shows the liability to finance, and not to the reader of one store', async () => {
  const { parts } = pageParts();
  const profile = { ...PROFILE, giftCardOpening: { businessDate: DATE, balancesMinor: { EUR: 123_456 } } };
  const pages = createPages(financeRoutes({ ...parts, profile: () => Promise.resolve(profile) }));
  const bodyFor = async (role: string): Promise<string> => {
    const { body } = await pages(pageRequest('/finance/2026-03-02', { by: principalWith(role) }), silentLog);
    return String(body);
  };
  expect(await bodyFor('Finance.Read')).toMatch(/Liability to holders of gift cards[^]*1,234\.56/);
  expect(await bodyFor('Store.Read.S1')).not.toContain('gift-cards');
});
