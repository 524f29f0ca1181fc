import { financeRoutes } from '../../functions/reconcile/pages/finance.ts';
import { homeRoutes } from '../../functions/reconcile/pages/home.ts';
import { operationsRoutes } from '../../functions/reconcile/pages/operations.ts';
import { principalOf } from '../../functions/reconcile/pages/principal.ts';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import type { PageAnswer } from '../../functions/reconcile/pages/web.ts';
import { TransientError } from '../../shared/errors.ts';
import { businessDate } from '../../shared/ids.ts';
import { categoryText } from '../../shared/reports/exception-table.ts';
import { html } from '../../shared/reports/html.ts';
import { reportCsv } from '../../shared/reports/report-csv.ts';
import { pageParts } from '../support/page-parts.ts';
import { OWN_FORM, pageRequest, principalWith } from '../support/page-requests.ts';
import { silentLog } from '../support/stream-fixture.ts';

const { parts, report } = pageParts();
const { days, reports } = parts;
const routes = [...homeRoutes(parts), ...financeRoutes(parts), ...operationsRoutes(parts)];
const pages = createPages(routes);
const get = (
  path: string,
  roles: readonly string[],
  query: Record<string, string> = {},
): Promise<PageAnswer> => pages(pageRequest(path, { by: principalWith(...roles), query }), silentLog);

describe('who sees what', () => {
  const PATHS = [
    '/',
    '/finance',
    '/finance/2026-03-02',
    '/finance/2026-03-02/report.json',
    '/finance/2026-03-02/report.csv',
    '/finance/2026-03-02/report.xlsx',
    '/finance/2026-03-02/correcting-journal.csv',
    '/operations',
  ];
  const MAY: Record<string, readonly string[]> = {
    'Finance.Read': PATHS.slice(0, 7),
    'Finance.Approve': PATHS.slice(0, 7),
    'Store.Read.S1': PATHS.slice(0, 7),
    Operations: ['/', '/operations'],
    // Neither a store, nor a role of ours.
    'Store.Read.': [],
    'Store.Read': [],
    'finance.read': [],
    Administrator: [],
  };

  test('the table below names every route', () => {
    const shown = routes.map(({ path }) => path.replace('{date}', '2026-03-02'));
    expect(shown).toEqual(PATHS);
    for (const { roles } of routes) expect(roles.length).toBeGreaterThan(0);
  });

  test.each(Object.keys(MAY).flatMap((role) => PATHS.map((path) => [role, path] as const)))(
    '%s and %s',
    async (role, path) => {
      const { status } = await get(path, [role]);
      expect(status).toBe(MAY[role]?.includes(path) ? 200 : 403);
    },
  );

  test('a stranger is sent to the sign-in and back to where they wanted to go', async () => {
    for (const path of PATHS) {
      const answer = await pages(pageRequest(path), silentLog);
      expect(answer.status).toBe(302);
      expect(answer.headers['location']).toBe(
        `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(`${path}?x=1`)}`,
      );
    }
    for (const header of ['', 'rubbish', Buffer.from('{"claims":1}').toString('base64')])
      expect((await pages(pageRequest('/finance', { by: header }), silentLog)).status).toBe(302);
  });

  test('a user without the role learns which one is missing', async () => {
    const answer = await get('/finance', ['Operations']);
    expect(answer.status).toBe(403);
    expect(String(answer.body)).toContain('Finance.Read');
    expect(String(answer.body)).toContain('Ada &lt;Finance&gt;');
  });

  test('the reader of one store sees nothing of the others, on no page and in no file', async () => {
    const roles = ['Store.Read.S1'];
    const list = String((await get('/finance', roles)).body);
    expect(list).toContain('/finance/2026-03-02');
    expect(list).not.toContain('1,234');
    const page = String((await get('/finance/2026-03-02', roles)).body);
    const json = JSON.parse(
      String((await get('/finance/2026-03-02/report.json', roles)).body),
    ) as typeof report;
    const csv = String((await get('/finance/2026-03-02/report.csv', roles)).body);
    expect(new Set(json.cells.map((cell) => cell.storeId))).toEqual(new Set(['S1']));
    expect(new Set(json.exceptions.flatMap((one) => one.parts.map((part) => part.storeId)))).toEqual(
      new Set(['S1']),
    );
    expect(json.exceptions.length).toBeGreaterThan(0);
    expect(json.proof.holds).toBe(true);
    expect(json.balances.every((balance) => balance.unexplainedMinor === 0)).toBe(true);
    // What another store's exceptions and files name.
    for (const text of [page, csv, JSON.stringify(json)])
      for (const foreign of ['MANUAL-17', 'S9-1', 'STMT-S3', 'S3-1000', 'ledger.csv:88'])
        expect(text).not.toContain(foreign);
    const both = JSON.parse(
      String((await get('/finance/2026-03-02/report.json', [...roles, 'Finance.Read'])).body),
    ) as typeof report;
    expect(both.cells).toEqual(report.cells);
    const other = String((await get('/finance/2026-03-02', ['Store.Read.S2'])).body);
    expect(other).toContain('MANUAL-17');
    expect(other).not.toContain('S1-1001');
  });

  test("an exception of another store shows its effect here, and none of that store's documents", async () => {
    const answer = await get('/finance/2026-03-02/report.json', ['Store.Read.S2']);
    const json = JSON.parse(String(answer.body)) as typeof report;
    const moved = json.exceptions.find(({ category }) => category === 'wrong-store');
    expect(moved?.storeId).toBe('S2');
    expect(moved?.parts.map((part) => part.storeId)).toEqual(moved?.parts.map(() => 'S2'));
    expect(moved?.evidence).toEqual({ transactionIds: [], eventIds: [], journalLines: [], omitted: 0 });
    expect(moved?.parts.map((part) => part.amountMinor)).toContain(moved?.amountMinor);
  });

  test('navigation offers what the user may open', async () => {
    expect(String((await get('/', ['Operations'])).body)).not.toContain('href="/finance"');
    expect(String((await get('/', ['Finance.Read'])).body)).not.toContain('href="/operations"');
  });
});

describe('requests that change something', () => {
  const changed: string[] = [];
  const withAction = createPages([
    ...routes,
    {
      method: 'POST',
      path: '/finance/{date}/sign-off',
      roles: ['Finance.Approve'],
      handle: ({ params, form }) => {
        changed.push(`${params['date']} ${form.get('note')}`);
        return Promise.resolve({ status: 303, headers: { location: '/finance' }, body: '' });
      },
    },
  ]);
  const path = '/finance/2026-03-02/sign-off';
  const post = (
    headers: Record<string, string>,
    roles = ['Finance.Approve'],
    body = 'note=a%26b',
  ): Promise<PageAnswer> =>
    withAction(pageRequest(path, { method: 'POST', by: principalWith(...roles), headers, body }), silentLog);
  beforeEach(() => changed.splice(0));

  test('a form of ours is carried out', async () => {
    expect((await post(OWN_FORM)).status).toBe(303);
    expect(changed).toEqual(['2026-03-02 a&b']);
  });

  test.each([
    ['the same origin by Origin', { origin: 'https://pages.example', host: 'pages.example' }, 303],
    [
      'a gateway in front',
      { origin: 'https://finance.example', host: 'internal.example', 'x-forwarded-host': 'finance.example' },
      303,
    ],
    [
      'another site',
      { 'sec-fetch-site': 'cross-site', origin: 'https://pages.example', host: 'pages.example' },
      403,
    ],
    ['a subdomain', { 'sec-fetch-site': 'same-site' }, 403],
    ['an address typed by hand', { 'sec-fetch-site': 'none' }, 403],
    ['another origin', { origin: 'https://evil.example', host: 'pages.example' }, 403],
    ['an opaque origin', { origin: 'null', host: 'pages.example' }, 403],
    ['another port', { origin: 'https://pages.example:8443', host: 'pages.example' }, 403],
    ['no word of where from', { host: 'pages.example' }, 403],
  ])('%s', async (_, headers, status) => {
    const answer = await post({
      ...headers,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    });
    expect(answer.status).toBe(status);
    expect(changed).toHaveLength(status === 303 ? 1 : 0);
    expect(String(answer.body)).toContain(status === 303 ? '' : 'Nothing was changed.');
  });

  test('a wrong content type, too much content, another role and an anonymous user change nothing, and get an error', async () => {
    expect((await post({ ...OWN_FORM, 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(415);
    expect((await post(OWN_FORM, ['Finance.Approve'], 'x'.repeat(100_001))).status).toBe(413);
    for (const role of ['Finance.Read', 'Operations', 'Store.Read.S1'])
      expect((await post(OWN_FORM, [role])).status).toBe(403);
    const stranger = await withAction(pageRequest(path, { method: 'POST', headers: OWN_FORM }), silentLog);
    expect([stranger.status, String(stranger.body)]).toEqual([401, expect.stringContaining('Sign in')]);
    expect(changed).toEqual([]);
  });

  test('an address takes its own methods alone', async () => {
    const read = await withAction(pageRequest(path, { by: principalWith('Finance.Approve') }), silentLog);
    expect([read.status, read.headers['allow']]).toEqual([405, 'POST']);
    const posted = await withAction(
      pageRequest('/finance', { method: 'POST', by: principalWith('Finance.Read'), headers: OWN_FORM }),
      silentLog,
    );
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET']);
  });
});

describe('errors have a page', () => {
  test.each([
    '/nonsense',
    '/finance/2026-03-03',
    '/finance/nonsense',
    '/finance/2026-03-02/shards',
    '/finance/2026-03-02/a/b',
    '/finance/2026-03-02/..%2Freport.json',
    '/finance/%E0%A4%A',
    '/finance/2026-13-45',
    '/operations/x',
  ])('%s is not found', async (path) => {
    const answer = await get(path, ['Finance.Read', 'Operations']);
    expect(answer.status).toBe(404);
    expect(String(answer.body)).toContain('<h1>Not found</h1>');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('a service that is away is 503 with a time to come back, a fault is 500; neither shows its message', async () => {
    const failing = (fault: Error) =>
      createPages(financeRoutes({ ...parts, days: { ...days, outcomes: () => Promise.reject(fault) } }))(
        pageRequest('/finance', { by: principalWith('Finance.Read') }),
        silentLog,
      );
    const away = await failing(new TransientError('azure-unavailable', 'secret host'));
    expect([away.status, away.headers['retry-after']]).toEqual([503, '10']);
    const broken = await failing(new TypeError('secret place'));
    expect(broken.status).toBe(500);
    for (const answer of [away, broken]) expect(String(answer.body)).not.toContain('secret');
  });

  test('every answer forbids guessing, framing and caching', async () => {
    for (const path of ['/', '/finance', '/finance/2026-03-02', '/nonsense']) {
      const { headers } = await get(path, ['Finance.Read']);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cache-control': 'private, no-store',
      });
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    }
    for (const file of ['report.json', 'report.csv']) {
      const { headers } = await get(`/finance/2026-03-02/${file}`, ['Finance.Read']);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      });
      expect(headers['content-disposition']).toBe(`attachment; filename="tillstream-2026-03-02-${file}"`);
    }
  });
});

test('finance sees a day, filtered by category', async () => {
  const body = String((await get('/finance/2026-03-02', ['Finance.Read'], { category: 'wrong-store' })).body);
  expect(body).toContain('Posted to store S2 instead of S1');
  expect(body).not.toContain('MANUAL-17');
});

test('pending dates are distinguished: ended, in progress, and in the future because of a wrong clock', async () => {
  const body = String((await get('/finance', ['Finance.Read'])).body).replace(/\s+/g, ' ');
  expect(body).toContain('Ended, and waiting for the first reconciliation: 2026-03-09.');
  expect(body).toContain('In progress: 2026-03-10.');
  expect(body).toContain('<strong>1 business date in the future</strong> 2031-05-05.');
});

test('many waiting dates are counted, not cut', async () => {
  const dirty = Array.from({ length: 30 }, (_, index) => ({
    businessDate: businessDate(`2026-01-${String(index + 1).padStart(2, '0')}`),
    etag: '',
  }));
  const many = createPages(
    financeRoutes({ ...parts, days: { ...days, dirtyDates: () => Promise.resolve(dirty) } }),
  );
  const answer = await many(pageRequest('/finance', { by: principalWith('Finance.Read') }), silentLog);
  expect(String(answer.body)).toContain('2026-01-10 and 20 more');
});

test('the age of an exception counts from its own business date to the day of reading', async () => {
  const [first, second] = report.exceptions;
  if (!first || !second) throw new Error('there are nine');
  const aged = {
    ...report,
    exceptions: [
      { ...first, businessDate: businessDate('2025-12-01') },
      { ...second, businessDate: businessDate('2026-01-25') },
    ],
  };
  const old = createPages(
    financeRoutes({
      ...parts,
      reports: { ...reports, file: () => Promise.resolve(Buffer.from(JSON.stringify(aged))) },
    }),
  );
  const answer = await old(
    pageRequest('/finance/2026-03-02', { by: principalWith('Finance.Read') }),
    silentLog,
  );
  const body = String(answer.body).replace(/\s+/g, ' ');
  expect(body).toContain('<dt>over 90 days</dt> <dd>1</dd>');
  expect(body).toContain('<dt>31-60 days</dt> <dd>1</dd>');
  expect(body).toContain('99 days');
});

test('a newer ledger file moves what the page knows, although no event came', async () => {
  const at = (modifiedAt: string) => ({
    name: report.ledgerFiles[0] ?? 'march.csv',
    etag: '1',
    dates: [],
    rows: 1,
    badRows: 0,
    firstErrors: [],
    modifiedAt,
  });
  const named = { ...report, ledgerFiles: ['march.csv'] };
  const page = async (modifiedAt: string): Promise<string> => {
    const answer = await createPages(
      financeRoutes({
        ...parts,
        days: {
          ...days,
          indexedLedgerFiles: () => Promise.resolve([{ ...at(modifiedAt), name: 'march.csv' }]),
        },
        reports: { ...reports, file: () => Promise.resolve(Buffer.from(JSON.stringify(named))) },
      }),
    )(pageRequest('/finance/2026-03-02', { by: principalWith('Finance.Read') }), silentLog);
    return String(answer.body).replace(/\s+/g, ' ');
  };
  expect(await page('2026-03-03T04:00:00.000Z')).toContain(
    'Newest ledger file uploaded 2026-03-03 04:00 UTC.',
  );
  expect(await page('2026-03-05T07:30:00.000Z')).toContain(
    'Newest ledger file uploaded 2026-03-05 07:30 UTC.',
  );
});

test('operations sees alerts, dead letters and landing lag', async () => {
  const body = String((await get('/operations', ['Operations'])).body);
  expect(body).toContain('Milk &lt;runs out&gt;');
  expect(body).toContain('12,010 events are waiting to be landed.');
  expect(body).toContain('3 dead letters need attention.');
  expect(body).toContain('<code>/totls</code>');
});

test('home says what needs attention, by role', async () => {
  const finance = String((await get('/', ['Finance.Read'])).body).replace(/\s+/g, ' ');
  expect(finance).toContain('Monday, 2 March 2026');
  expect(finance).toContain('<dt>Days waiting for reconciliation</dt> <dd> 1 </dd>');
  expect(finance).not.toContain('Dead letters');
  const operations = String((await get('/', ['Operations'])).body).replace(/\s+/g, ' ');
  expect(operations).toContain('<span class="tag bad">3</span>');
  expect(operations).not.toContain('Newest day');
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

describe('the CSV', () => {
  const allRead = { ...report, ledgerRowErrors: [] };
  const linesOf = (csv: string): string[] => csv.trimEnd().split('\r\n');

  test('has a row for each account of an exception, and no cell that a spreadsheet would run', () => {
    const [first] = allRead.exceptions;
    if (!first) throw new Error('there are nine');
    const csv = reportCsv({ ...allRead, exceptions: [{ ...first, subject: '=HYPERLINK("x")' }] });
    const lines = linesOf(csv);
    expect(lines).toHaveLength(1 + first.parts.length);
    expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`);
    expect(lines[1]).toContain(',-3.00,');
  });

  test("gives each exception's own amount once, as page and JSON do, and counts what it does not list", () => {
    const [first] = allRead.exceptions;
    if (!first) throw new Error('there are nine');
    const cut = { ...first, amountMinor: 123_456, evidence: { ...first.evidence, omitted: 17 } };
    const [head = '', ...rows] = linesOf(reportCsv({ ...allRead, exceptions: [cut] }));
    const column = (name: string): (string | undefined)[] => {
      const at = head.replace('\uFEFF', '').split(',').indexOf(name);
      return rows.map((row) => row.split(',')[at]);
    };
    expect(column('ExceptionAmount')).toEqual(['1234.56', ...rows.slice(1).map(() => '')]);
    expect(rows.every((row) => row.endsWith(',17'))).toBe(true);
  });

  test('ages count up to the day of reading, and say so', () => {
    expect(linesOf(reportCsv(allRead, '2026-06-10'))[1]).toContain(',2026-06-10,100,over 90 days,');
  });
});

test('categories read as words, with POS as the abbreviation that it is', () => {
  expect(categoryText('missing-in-pos')).toBe('missing in POS');
  expect(categoryText('duplicate-posting')).toBe('duplicate posting');
});
