import type { Days } from '../../shared/azure/days/days.ts';
import type { Reports } from '../../shared/azure/days/reports.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { createFinance } from '../../functions/reconcile/pages/finance.ts';
import { createOperations } from '../../functions/reconcile/pages/operations.ts';
import { principalOf } from '../../functions/reconcile/pages/principal.ts';
import { storeLookup } from '../../functions/reconcile/matching/store-lookup.ts';
import type { PageRequest } from '../../functions/reconcile/pages/web.ts';
import { categoryText } from '../../shared/reports/exception-table.ts';
import { html } from '../../shared/reports/html.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';
import { reportWithFaults } from '../support/report-fixture.ts';

const report = reportWithFaults();
const clock = () => Date.parse('2026-03-10T08:00:00Z');

function principal(...roles: string[]): string {
  const claims = [{ typ: 'name', val: 'Ada <Finance>' }, ...roles.map((val) => ({ typ: 'roles', val }))];
  return Buffer.from(JSON.stringify({ auth_typ: 'aad', claims })).toString('base64');
}

const ask = (path: string, by: string | undefined, query: Record<string, string> = {}): PageRequest => ({
  path,
  address: `/finance/${path}?x=1`,
  query: (name) => query[name],
  principal: by,
});

const days = {
  outcomes: () => Promise.resolve([]),
  dirtyDates: () => Promise.resolve([]),
  indexedLedgerFiles: () => Promise.resolve([]),
  landingMarks: () =>
    Promise.resolve([
      {
        partition: '0',
        generation: '20260301T000000000Z',
        nextSequenceNumber: 90,
        lastEnqueued: 99,
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
const finance = createFinance({ days, reports, stores: () => Promise.resolve(storeLookup([])), clock });

test('a stranger is sent to the sign-in and back to where he wanted to go', async () => {
  const answer = await finance(ask('2026-03-02', undefined));
  expect(answer.status).toBe(302);
  expect(answer.headers['location']).toBe(
    '/.auth/login/aad?post_login_redirect_uri=%2Ffinance%2F2026-03-02%3Fx%3D1',
  );
});

test('a user without the role is refused, and learns which one is missing', async () => {
  const answer = await finance(ask('', principal('Operations')));
  expect(answer.status).toBe(403);
  expect(String(answer.body)).toContain('Finance.Read');
  expect(String(answer.body)).toContain('Ada &lt;Finance&gt;');
  for (const header of ['', 'rubbish', Buffer.from('{"claims":1}').toString('base64')])
    expect((await finance(ask('', header))).status).toBe(302);
});

test('finance sees the list, a day, its files, and nothing else', async () => {
  const by = principal('Finance.Read');
  expect((await finance(ask('', by))).status).toBe(200);
  const day = await finance(ask('2026-03-02', by, { category: 'wrong-store' }));
  expect(day.status).toBe(200);
  expect(day.headers['content-security-policy']).toContain("default-src 'none'");
  expect(day.headers['cache-control']).toBe('private, no-store');
  expect(String(day.body)).toContain('Posted to store S2 instead of S1');
  expect(String(day.body)).not.toContain('MANUAL-17');
  const json = await finance(ask('2026-03-02/report.json', by));
  expect(json.headers['content-disposition']).toContain('attachment');
  for (const path of ['2026-03-03', 'nonsense', '2026-03-02/shards', '2026-03-02/a/b', '2026-03-02/../x'])
    expect((await finance(ask(path, by))).status).toBe(404);
});

test('operations sees alerts, dead letters and landing lag', async () => {
  const letter = {
    stage: 'land',
    code: 'schema',
    where: '/totls',
    message: 'x',
    diedAt: '2026-03-02T10:00:00.000Z',
  };
  const alert = {
    title: 'Milk <runs out>',
    detail: 'in two hours',
    severity: 'critical',
    storeId: 'S1',
    raisedAt: '2026-03-02T09:00:00.000Z',
  } as Partial<Alert> as Alert;
  const operations = createOperations({
    days,
    clock,
    alertLog: {
      list: (date) => Promise.resolve(date === '2026-03-10' ? [{ alert, deliveredTo: ['shop'] }] : []),
      record: () => Promise.reject(new Error('not here')),
      markDelivered: () => Promise.reject(new Error('not here')),
    },
    deadLetters: {
      newest: () => Promise.resolve([{ name: 'land/1.json', stage: 'land', storedAt: undefined }]),
      countByStage: () => Promise.resolve(new Map([['land', 3]])),
      read: () =>
        Promise.resolve({ ...letter, replay: { to: 'nowhere' } } as Partial<DeadLetter> as DeadLetter),
      take: () => Promise.resolve(undefined),
      retire: () => Promise.resolve(),
    },
  });
  const body = String((await operations(ask('', principal('Operations')))).body);
  expect(body).toContain('Milk &lt;runs out&gt;');
  expect(body).toContain('10 events wait to be landed.');
  expect(body).toContain('3 dead letters wait for a person.');
  expect(body).toContain('<code>/totls</code>');
  expect((await operations(ask('', principal('Finance.Read')))).status).toBe(403);
});

test('the principal is read from its own claim types', () => {
  const header = Buffer.from(
    JSON.stringify({
      name_typ: 'mail',
      role_typ: 'role',
      claims: [
        { typ: 'mail', val: 'ada@example.com' },
        { typ: 'role', val: 'Finance.Read' },
      ],
    }),
  ).toString('base64');
  expect(principalOf(header)).toEqual({ name: 'ada@example.com', roles: new Set(['Finance.Read']) });
});

test('html escapes whatever is put in, in any place', () => {
  const value = `<img src=x onerror="alert('1')">&`;
  expect(html`<a title="${value}">${[value, html`<b>${1}</b>`, undefined, false]}</a>`.html).toBe(
    '<a title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;<b>1</b></a>',
  );
});

test('the CSV has a row for each account of an exception, and no cell that a spreadsheet would run', () => {
  const [first] = report.exceptions;
  if (!first) throw new Error('there are nine');
  const csv = reportCsv({ ...report, exceptions: [{ ...first, subject: '=HYPERLINK("x")' }] });
  const lines = csv.trimEnd().split('\r\n');
  expect(lines).toHaveLength(1 + first.parts.length);
  expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`);
  expect(lines[1]).toContain(',-3.00,');
});

test('categories read as words, with POS as the abbreviation that it is', () => {
  expect(categoryText('missing-in-pos')).toBe('missing in POS');
  expect(categoryText('duplicate-posting')).toBe('duplicate posting');
});
