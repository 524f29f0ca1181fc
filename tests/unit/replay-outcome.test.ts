import { nothingLanded } from '../../infra/local/replay/landed.ts';
import { masterDataOf } from '../../infra/local/replay/master-data.ts';
import type { ReplayFile, ReplayItem } from '../../infra/local/replay/record.ts';
import { sendFile, type SendOutcome } from '../../infra/local/replay/send-file.ts';
import { badLines, checksOf, replayText, type ReplayOutcome } from '../../infra/local/replay/summary.ts';
import type { Terminal } from '../../infra/local/demo/terminal-http.ts';
import { openScreen } from '../../infra/local/demo/screen.ts';
import { currency } from '../../shared/money.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

const EUR = currency('EUR');
const [LINE] = wireSale()['lines'] as [Record<string, unknown>];

const fileOf = (events: readonly Record<string, unknown>[], bad: ReplayFile['bad'] = []): ReplayFile => ({
  recordName: 'transaction',
  records: events.length + bad.length,
  items: events.map((event, index): ReplayItem => ({
    text: JSON.stringify(event),
    records: 1,
    grossMinor: (event['totals'] as { grossMinor: number }).grossMinor,
    line: index + 1,
  })),
  bad,
  notes: [],
  masterData: masterDataOf({ storeIds: [], timeZone: 'Europe/Berlin', currency: EUR, products: [] }),
  currency: EUR,
  webhook: { source: 'tillstream', contentType: 'application/json' },
  bodyOf: (items) => `{"events":[${items.map(({ text }) => text).join(',')}]}`,
});

/** The real webhook behind a terminal that always gets through. */
async function sent(file: ReplayFile): Promise<SendOutcome> {
  const till = webhookFixture();
  const terminal = {
    deliver: async (body: string) => {
      const { status, body: answer } = await till.post(body);
      return { answer: { status, body: answer }, attempts: 1, timedOut: 0, answeredInMs: 0 };
    },
  } as unknown as Terminal;
  return sendFile(file, terminal, () => {}, new AbortController().signal);
}

function outcomeOf(file: ReplayFile, send: SendOutcome): ReplayOutcome {
  const landed = nothingLanded();
  landed.deliveries = send.accepted.events;
  landed.records = send.accepted.records;
  landed.grossMinor = send.accepted.grossMinor;
  return {
    name: 'day.json',
    file,
    sent: send,
    landed,
    effects: send.accepted.events,
    duplicates: 0,
    inDoubt: 0,
    deadLetters: new Map([['schema', send.rejected.events]]),
    folder: '/tmp',
  };
}

const screen = openScreen({ write: () => {}, isTerminal: false, colours: false, now: () => 0 });
const said = (file: ReplayFile, send: SendOutcome): { text: string; failed: string[] } => {
  const outcome = outcomeOf(file, send);
  const checks = checksOf(outcome);
  return {
    text: replayText(outcome, checks, screen),
    failed: checks.filter(({ holds }) => !holds).map(({ what }) => what),
  };
};
const sale = (id: string, changes: Record<string, unknown> = {}) =>
  wireSale({ id, transactionId: id, ...changes });

test('each reason for dead letters is listed once, with place, amount and lines, and fails the replay', async () => {
  const wrong = { lines: [{ ...LINE, quantityMilli: 4_006_381_333_931 }] };
  const file = fileOf([
    sale('a'),
    sale('b', wrong),
    sale('c', { lines: [LINE, { ...LINE, lineNumber: 2, quantityMilli: 4_006_381_333_931 }] }),
    sale('d', { currency: 'EURO' }),
  ]);
  const send = await sent(file);
  expect(send.rejected).toEqual({ records: 3, events: 3, grossMinor: 357 });
  const { text, failed } = said(file, send);
  expect(text).toContain(
    '2 records, 2.38 EUR: schema at /lines/n/quantityMilli: is larger than any till accepts',
  );
  expect(text).toContain('(day.json:2, 3)');
  expect(text).toContain('1 record, 1.19 EUR: schema at /currency: must be an ISO 4217 currency code');
  expect(failed).toEqual(['Nothing is left out']);
});

test('two events with one id and other content fail the replay, a repeat does not', async () => {
  const repeated = fileOf([sale('a'), sale('a'), sale('b')]);
  const first = await sent(repeated);
  expect(first.repeated).toEqual({ records: 1, events: 1, grossMinor: 119 });
  expect(said(repeated, first).failed).toEqual([]);
  const other = {
    ...wireSale({ id: 'a', transactionId: 'a2' }),
    totals: { netMinor: 1, taxMinor: 0, grossMinor: 1 },
  };
  const reused = fileOf([sale('a'), other]);
  const second = await sent(reused);
  expect(second.accepted.events).toBe(2);
  expect(said(reused, second).failed).toEqual(['Nothing is left out']);
  const sameNumber = fileOf([sale('a'), { ...sale('b'), transactionId: 'a', tenders: [] }]);
  expect(said(sameNumber, await sent(sameNumber)).failed).toEqual(['Nothing is left out']);
});

test('a body that is refused as a whole is reported with its reason', async () => {
  const file = { ...fileOf([sale('a'), sale('b')]), bodyOf: () => '{not json' };
  const { text, failed } = said(file, await sent(file));
  expect(text).toMatch(/2 records, 2\.38 EUR: bad-json: The body is not JSON/);
  expect(failed).toContain('Nothing is left out');
});

test('a file full of one error is reported in one line', () => {
  const bad = Array.from({ length: 540_000 }, (_, at) => ({
    file: 'rows.csv',
    line: at + 2,
    column: 'InvoiceDate',
    reason: `"${at}" is no time`,
  }));
  expect(badLines(bad)).toEqual([
    '  rows.csv:2:InvoiceDate: "0" is no time (and 539,999 more like this, the last in line 540001)',
  ]);
});

test('an event in doubt fails the replay, also where the other one came in an earlier file', async () => {
  const file = fileOf([sale('a')]);
  const outcome = {
    ...outcomeOf(file, await sent(file)),
    effects: 0,
    inDoubt: 1,
    deadLetters: new Map([['conflict', 2]]),
  };
  const failed = checksOf(outcome).filter(({ holds }) => !holds);
  expect(failed).toMatchObject([
    { what: 'Nothing is left out', detail: expect.stringContaining('1 to be decided') as string },
  ]);
});
