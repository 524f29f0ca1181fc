import { lettersInDoubt } from '../../functions/reconcile/pages/letters-of-day.ts';
import { businessDate, storeId } from '../../shared/ids.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { currency } from '../../shared/money.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import type { UncoveredPart } from '../../shared/reconciliation/uncovered.ts';
import { dayListPage } from '../../shared/reports/day-list-page.ts';
import { dayPage } from '../../shared/reports/day-page.ts';
import type { AlertBoard } from '../../shared/reports/alert-board.ts';
import { operationsPage } from '../../shared/reports/operations-page.ts';
import { letterInDoubt, type LetterInDoubt } from '../../shared/reports/letters-in-doubt.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';
import { reportOfStores } from '../../shared/reports/store-view.ts';
import { reportWithFaults } from '../support/report-fixture.ts';

/** Whatever a report lacks is said wherever somebody could take its totals for the whole. */
const viewer = { userName: 'Ada', sections: ['finance'] as const };
const whole: DayReport = { ...reportWithFaults(), ledgerRowErrors: [], ledgerRowErrorsOmitted: 0 };
const part = (more: Partial<UncoveredPart>): UncoveredPart => ({
  kind: 'store',
  storeIds: [storeId('S9')],
  subject: 'S9',
  reason: 'Event tillstream:7: not a safe integer',
  ...more,
});

function pageOf(
  report: DayReport,
  isOfSomeStores = false,
  { letters = [] as LetterInDoubt[], lettersOmitted = 0 } = {},
): string {
  return dayPage({
    report,
    isOfSomeStores,
    storeName: () => undefined,
    viewer,
    today: '2026-03-10',
    ledgerAsOf: undefined,
    giftCards: [],
    closing: [],
    letters,
    lettersOmitted,
    category: undefined,
    pageNumber: 1,
  }).replaceAll(/\s+/g, ' ');
}

const summary = {
  businessDate: businessDate('2026-03-02'),
  proofHolds: true,
  exceptions: 0,
  stores: 2,
  documents: 9,
  balances: [],
  hasNews: false,
  uncovered: 0,
  letters: 0,
  dataAsOf: '2026-03-03T04:05:06.000Z',
};
const listOf = (
  day: Partial<typeof summary>,
  lettersElsewhere: readonly (readonly [string, number])[] = [],
): string =>
  dayListPage({
    viewer,
    days: [{ ...summary, ...day }],
    waiting: [],
    badFiles: [],
    lettersElsewhere,
    lettersOmitted: 0,
    today: businessDate('2026-03-10'),
    pageNumber: 1,
  }).replaceAll(/\s+/g, ' ');

describe('the head of a day', () => {
  test('says that it is proved only where nothing is missing', () => {
    expect(pageOf(whole)).toContain('Unexplained difference: 0');
    expect(pageOf(whole)).not.toContain('Not proved');
  });

  test.each([
    'store',
    'shard',
    'raw-blob',
    'ledger-file',
    'hub-gap',
    'implausible-date',
    'unfetched',
  ] as const)('names a missing %s, its stores and the reason, and takes no total for the whole', (kind) => {
    const page = pageOf({ ...whole, uncovered: [part({ kind })] });
    expect(page).toContain('Not proved as a whole: 1 part of the day is missing');
    expect(page).not.toContain('Unexplained difference: 0');
    for (const text of ['S9', 'not a safe integer', 'Missing from these totals'])
      expect(page).toContain(text);
  });

  test('counts ledger rows that were not read, with those that the report does not list', () => {
    const error = { file: 'l.csv', line: 3, column: 'Voucher', reason: 'is empty' };
    const page = pageOf({ ...whole, ledgerRowErrors: [error], ledgerRowErrorsOmitted: 41 });
    expect(page).toContain('Not proved as a whole: 42 ledger rows that could not be read are missing');
    expect(page).toContain('42 rows could not be read, and are in no total');
    expect(page).toContain('and 41 more');
  });

  test('a posting that two files hold and that counts once is said, and misses nowhere', () => {
    const repeat = { file: 'b.csv', alsoIn: 'a.csv', first: 'b.csv:2', rows: 2, currency: currency('EUR') };
    const report = {
      ...whole,
      repeatedPostings: [{ ...repeat, debitMinor: '100', creditMinor: '100' }],
    };
    expect(pageOf(report)).toContain('Unexplained difference: 0');
    expect(pageOf(report)).toContain('also in <code>a.csv</code>');
    expect(reportCsv(report)).toMatch(
      /,row-repeated,.*b\.csv:2.*2 rows of b\.csv in EUR, from here on, also in a\.csv/,
    );
  });

  test('what was only not searched leaves the totals proved, and is said', () => {
    const page = pageOf({ ...whole, uncovered: [part({ searchOnly: true, reason: 'gone' })] });
    expect(page).toContain('Unexplained difference: 0');
    expect(page).toContain('Not searched for the cause of differences');
  });

  test('says whether control totals stand behind the proof', () => {
    const proof = { ...whole.proof, landedTotals: 3, ledgerTotals: 0 };
    expect(pageOf({ ...whole, proof })).toContain('Checked against 3 counts of what the tills sent.');
    expect(pageOf({ ...whole, proof: { ...proof, landedTotals: 0 } })).toContain(
      'No control totals were counted',
    );
  });

  test('a broken proof still says what is missing as well', () => {
    const proof = { ...whole.proof, holds: false, violations: ['S1: landed 3, read 2'] };
    const page = pageOf({ ...whole, proof, uncovered: [part({})] });
    expect(page).toContain('The proof does not hold');
    expect(page).toContain('Also missing: 1 part of the day.');
  });
});

describe('the reader of one store', () => {
  test('sees what is missing of the store, and nothing of the others', () => {
    const report: DayReport = {
      ...whole,
      ledgerRowErrors: [{ file: 'secret.csv', line: 3, column: '', reason: 'x' }],
      uncovered: [
        part({ storeIds: [storeId('S1')], subject: 'S1' }),
        part({ storeIds: [storeId('S2')], subject: 'S2 alone', reason: 'of S2' }),
        part({
          kind: 'shard',
          storeIds: [storeId('S1'), storeId('S2')],
          subject: 'shard',
          reason: 'S2 fails',
        }),
        part({ kind: 'hub-gap', storeIds: [], subject: 'partition 3', reason: 'dropped' }),
      ],
    };
    const seen = reportOfStores(report, new Set(['S1']));
    expect(seen.uncovered?.map(({ subject }) => subject)).toEqual(['S1', 'shard', 'partition 3']);
    const page = pageOf(seen, true);
    expect(page).toContain('3 parts of the day and 1 ledger row that could not be read are missing');
    for (const foreign of ['S2 alone', 'of S2', 'S2 fails', 'secret.csv'])
      expect(page).not.toContain(foreign);
  });

  test('is not told that the books hold where a control total is broken', () => {
    const proof = { ...whole.proof, holds: false, violations: ['landed 3, read 2'] };
    const seen = reportOfStores({ ...whole, proof }, new Set(['S1']));
    expect(seen.proof.holds).toBe(false);
    expect(pageOf(seen, true)).toContain('The proof does not hold');
  });
});

describe('other places', () => {
  test('the list of days: an incomplete day neither agrees nor is explained', () => {
    expect(listOf({})).toContain('Agrees');
    const page = listOf({ uncovered: 2, hasNews: true });
    expect(page).toContain('Incomplete');
    expect(page).toContain('2 parts missing');
    expect(page).toContain('1 day is incomplete, and not proved as a whole.');
    expect(page).not.toContain('Every difference is explained');
    expect(listOf({ proofHolds: false })).toContain('The proof of 1 day does not hold: call IT.');
  });

  test('the list of days says as of when its data is', () => {
    expect(listOf({})).toContain('Data as of 2026-03-03 04:05 UTC');
  });

  test('the CSV has a row for each part, row and violation, without amounts', () => {
    const error = { file: 'l.csv', line: 3, column: 'Voucher', reason: 'is empty' };
    const csv = reportCsv({
      ...whole,
      proof: { ...whole.proof, holds: false, violations: ['landed 3, read 2'] },
      uncovered: [part({}), part({ searchOnly: true })],
      ledgerRowErrors: [error],
      ledgerRowErrorsOmitted: 4,
    });
    const lines = csv.split('\r\n').slice(1, 6);
    expect(lines.map((line) => line.split(',')[2])).toEqual([
      'proof-violated',
      'not-covered',
      'not-searched',
      'row-not-read',
      'row-not-read',
    ]);
    expect(csv).toContain('not a safe integer');
    expect(csv).toContain('l.csv:3');
    expect(csv).toContain('4 more ledger rows could not be read');
    expect(lines.every((line) => /,,,,,/.test(line))).toBe(true);
  });

  test('operations sees days that finance cannot sign off', () => {
    const page = operationsPage({
      board: EMPTY_BOARD,
      viewer: { userName: 'Ole', sections: ['operations'] },
      lag: [],
      deadLettersByStage: new Map(),
      deadLetters: [],
      alerts: [],
      moreAlerts: 0,
      daysInDoubt: [{ businessDate: '2026-03-02', proofHolds: true, uncovered: 2 }],
    });
    expect(page).toContain('Days that finance cannot sign off');
    expect(page).toContain('Incomplete');
  });
});

/** A page of operations without an alert. */
const EMPTY_BOARD: AlertBoard = {
  lives: [],
  all: [],
  filter: {},
  pageNumber: 1,
  unreadable: 0,
  routesOff: [],
  mutes: [],
  storeName: () => undefined,
  raisedAtText: () => '',
  labelOf: (kind) => kind,
  form: { newKey: () => '', back: '/operations', userName: 'Ole' },
};

/** A dead letter as it is stored. */
const letter = (more: Partial<DeadLetter>): DeadLetter => ({
  deadLetterId: 'conflict-1',
  stage: 'stock',
  code: 'conflict',
  message: 'Its id came before with other content',
  storeId: 'S1',
  eventId: 'tillstream:7',
  diedAt: '2026-03-09T10:00:00.000Z',
  replay: { to: 'hub' },
  payload: JSON.stringify({
    transactionId: '1007',
    businessDate: '2026-03-02',
    currency: 'EUR',
    totals: { grossMinor: 4_200 },
  }),
  ...more,
});
const storeOf = (letters: Readonly<Record<string, DeadLetter>>) => ({
  newest: () =>
    Promise.resolve(
      Object.keys(letters).map((name) => ({ name, stage: name.split('/')[0] ?? '', storedAt: undefined })),
    ),
  read: (name: string) => Promise.resolve(letters[name]),
});

describe('dead letters that may be money', () => {
  test('belong to their own business date, and to that of their arrival where they name none', async () => {
    const { letters } = await lettersInDoubt(
      storeOf({
        'stock/a.json': letter({}),
        'receive/b.json': letter({ stage: 'receive', code: 'bad-json', payload: '{"businessDate' }),
      }),
    )();
    expect(letters.map(({ name, businessDate: date, isDateKnown }) => [name, date, isDateKnown])).toEqual([
      ['stock/a.json', '2026-03-02', true],
      ['receive/b.json', '2026-03-09', false],
    ]);
    expect(letters[0]).toMatchObject({ amount: '42.00 EUR', subject: '1007', isInBooks: true });
    expect(letters[1]).toMatchObject({ amount: undefined, isInBooks: false });
  });

  test('one that died in stock and in tills is one decision', async () => {
    const find = lettersInDoubt(
      storeOf({ 'stock/conflict-1.json': letter({}), 'tills/conflict-1.json': letter({}) }),
    );
    const { letters } = await find();
    expect(letters.map(({ name }) => name)).toEqual(['stock/conflict-1.json']);
  });

  test('undelivered alerts are none, a damaged letter is shown as one, and what is not read is counted', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 503 }, (_, at) => [`land/${at}.json`, letter({ stage: 'land' })]),
    );
    const store = storeOf({ 'notify/1.json': letter({ stage: 'notify' }), ...many });
    const find = lettersInDoubt({
      ...store,
      read: (name) =>
        name === 'land/7.json'
          ? Promise.resolve(letter({ stage: 'land', code: 'bad-dead-letter', payload: '' }))
          : store.read(name),
    });
    const { letters, omitted } = await find();
    expect(letters).toHaveLength(500);
    expect(letters.filter(({ code }) => code === 'bad-dead-letter')).toMatchObject([
      { name: 'land/7.json', isInBooks: false, isDateKnown: false },
    ]);
    expect(omitted).toBe(3);
    expect(letters.some(({ name }) => name.startsWith('notify'))).toBe(false);
  });

  test.each([
    '"text"',
    'null',
    '[]',
    '{"totals":null}',
    '{"totals":{"grossMinor":1e99},"currency":"EUR"}',
    '{"businessDate":7}',
  ])('whatever the payload %s is, it is shown without an amount', (payload) => {
    expect(letterInDoubt('stock/x.json', letter({ payload }))).toMatchObject({
      amount: undefined,
      isDateKnown: false,
      businessDate: '2026-03-09',
    });
  });

  test('the day shows each with how to decide, and the head says how many there are', () => {
    const letters = [letterInDoubt('stock/conflict-1.json', letter({}))];
    const page = pageOf(whole, false, { letters });
    expect(page).toContain('1 event waits for a decision');
    expect(page).toContain(
      'If both happened, have IT replay the letter, and it counts. If not, leave it: <code>stock/conflict-1.json</code>',
    );
    expect(page).toContain('42.00 EUR');
    expect(page).toContain('Unexplained difference: 0');
  });

  test('an event of the day that never reached the books is missing at its head', () => {
    const letters = [letterInDoubt('receive/b.json', letter({ stage: 'receive', code: 'schema' }))];
    const page = pageOf(whole, false, { letters });
    expect(page).toContain('Not proved as a whole: 1 POS event is missing');
    expect(page).not.toContain('Unexplained difference: 0');
  });

  test('letters that were not looked at are said', () => {
    expect(pageOf(whole, false, { lettersOmitted: 12 })).toContain(
      '12 older dead letters were not looked at',
    );
  });

  test('the list counts them by date, also for dates without a report', () => {
    expect(listOf({ letters: 2 })).toContain('2 events wait for a decision');
    const page = listOf({}, [['2026-03-05', 3]]);
    expect(page).toContain('3 events wait for a decision on dates without a report');
    expect(page).toContain('2026-03-05 (3)');
  });
});
