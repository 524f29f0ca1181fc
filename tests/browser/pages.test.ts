import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { financeRoutes } from '../../functions/reconcile/pages/finance.ts';
import { homeRoutes } from '../../functions/reconcile/pages/home.ts';
import { operationsRoutes } from '../../functions/reconcile/pages/operations.ts';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { pageParts } from '../support/page-parts.ts';
import { pageRequest, principalWith } from '../support/page-requests.ts';
import { silentLog } from '../support/stream-fixture.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) console.warn(`SKIPPED: the pages need ${CHROMIUM}`);
const inBrowser = hasBrowser ? test : test.skip;

const EVERYTHING = ['Finance.Read', 'Finance.Approve', 'Operations'];
const { parts, report } = pageParts();
const pages = createPages([...homeRoutes(parts), ...financeRoutes(parts), ...operationsRoutes(parts)]);
/** An empty house, as on the first day. */
const empty = createPages([
  ...financeRoutes({
    ...parts,
    days: {
      ...parts.days,
      outcomes: () => Promise.resolve([]),
      dirtyDates: () => Promise.resolve([]),
      indexedLedgerFiles: () => Promise.resolve([]),
    },
  }),
]);
const DAY = `/finance/${report.businessDate}`;

let server: Server;
let browser: Browser | undefined;
let page: Page;
let origin: string;
let faults: string[];
let roles = EVERYTHING;
let isEmpty = false;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
    const asked = pageRequest(pathname, {
      by: principalWith(...roles),
      query: Object.fromEntries(searchParams),
    });
    const respond = async (): Promise<void> => {
      const { status, headers, body } = await (isEmpty ? empty : pages)(asked, silentLog);
      response.writeHead(status, headers).end(body);
    };
    void respond();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (hasBrowser) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});
beforeEach(async () => {
  roles = EVERYTHING;
  isEmpty = false;
  if (!browser) return;
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  faults = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:')) faults.push(`asks for ${url}`);
  });
});
afterEach(async () => {
  if (browser) await page.close();
});

/** Where TILLSTREAM_SCREENSHOTS names a folder, a picture goes there for a person to look at. */
async function picture(name: string): Promise<void> {
  const folder = process.env['TILLSTREAM_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}

const PLACES = [
  ['home', '/', EVERYTHING],
  ['days', '/finance', EVERYTHING],
  ['day', DAY, EVERYTHING],
  ['filtered', `${DAY}?category=wrong-store`, EVERYTHING],
  ['operations', '/operations', EVERYTHING],
  ['not-found', '/nowhere', EVERYTHING],
  ['store-days', '/finance', ['Store.Read.S1']],
  ['store-day', DAY, ['Store.Read.S1']],
  ['no-access', '/operations', ['Finance.Read']],
] as const;
const LOOKS = [
  ['wide', { width: 1280, height: 900 }, 'light'],
  ['dark', { width: 1280, height: 900 }, 'dark'],
  ['phone', { width: 380, height: 800 }, 'light'],
] as const;

inBrowser.each(PLACES.flatMap((place) => LOOKS.map((look) => [...place, ...look] as const)))(
  '%s (%s, %s), %s: no violation of WCAG, no error, no request elsewhere, nothing too wide',
  async (name, path, as, look, viewport, colorScheme) => {
    roles = [...as];
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.goto(`${origin}${path}`);
    expect(await violations()).toEqual([]);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(viewport.width);
    await picture(`${name}-${look}`);
    // Chromium reports the status of these pages by itself.
    expect(faults.filter((fault) => !/status of 40[34]/.test(fault))).toEqual([]);
  },
);

inBrowser('an empty house says what comes next', async () => {
  isEmpty = true;
  await page.goto(`${origin}/finance`);
  expect(await page.textContent('.empty')).toContain('No day is reconciled yet.');
  expect(await violations()).toEqual([]);
  await picture('days-empty');
  expect(faults).toEqual([]);
});

inBrowser('the day page shows balances, the proof and each exception', async () => {
  await page.goto(`${origin}${DAY}`);
  expect(await page.textContent('h1')).toBe('Monday, 2 March 2026');
  // The fixture has a ledger row that could not be read, and the head says so.
  expect(await page.textContent('.proof')).toMatch(
    /Not proved as a whole: 1 ledger row[^]*explained to the minor unit in each of 17 cells/,
  );
  expect(await page.locator('tbody tr[id]').count()).toBe(report.exceptions.length);
  expect(await page.locator('th:not([scope])').count()).toBe(0);
  expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
  // The policy lets the one stylesheet through.
  expect(await page.evaluate<string>('getComputedStyle(document.body).margin')).toBe('0px');
  await page.locator('summary').first().click();
  expect(await violations()).toEqual([]);
  await picture('day-evidence');
  expect(faults).toEqual([]);
});

const isFocused = async (selector: string): Promise<boolean> =>
  (await page.locator(`${selector}:focus`).count()) === 1;

async function tabTo(selector: string): Promise<void> {
  for (let tabs = 0; tabs < 80 && !(await isFocused(selector)); tabs += 1) await page.keyboard.press('Tab');
  expect(await isFocused(selector)).toBe(true);
}

inBrowser('the pages are used by keyboard: skip link, section, day, filter, evidence', async () => {
  await page.goto(`${origin}/`);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Skip to content');
  await tabTo('a[href="/finance"]');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/finance`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await tabTo(`a[href="${DAY}"]`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}${DAY}`);
  await tabTo('a[href*="category=missing-in-ledger"]');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}${DAY}?category=missing-in-ledger#exceptions`);
  expect(await page.locator('tbody tr[id]').count()).toBe(report.summary.byCategory['missing-in-ledger']);
  await tabTo('summary');
  await page.keyboard.press('Enter');
  expect(await page.locator('details[open]').count()).toBe(1);
  expect(faults).toEqual([]);
});

inBrowser('a wide table scrolls by keyboard', async () => {
  await page.setViewportSize({ width: 380, height: 800 });
  await page.goto(`${origin}/finance`);
  await tabTo('.table');
  await page.keyboard.press('ArrowRight');
  // Asked from outside: what waits inside the page is evaluated there, which its policy forbids.
  const scrolledPx = () => page.evaluate<number>(`document.querySelector('.table').scrollLeft`);
  for (const deadlineMs = Date.now() + 10_000; (await scrolledPx()) === 0;)
    if (Date.now() > deadlineMs) throw new Error('The table did not scroll');
});

inBrowser('on a phone store, severity and amount are seen without scrolling sideways', async () => {
  await page.setViewportSize({ width: 380, height: 800 });
  for (const [path, texts] of [
    ['/operations', ['critical', 'warning', 'S1', 'BER01', 'Milk <runs out>', 'not delivered yet']],
    [DAY, ['Berlin', 'missing in ledger', 'adjustment required', '3.00 EUR']],
  ] as const) {
    await page.goto(`${origin}${path}`);
    for (const text of texts) {
      const found = page.locator('main').getByText(text).locator('visible=true').first();
      const { x, width } = (await found.boundingBox()) ?? { x: 999, width: 0 };
      expect([text, x + width <= 380]).toEqual([text, true]);
    }
  }
});

inBrowser('on paper there is no navigation, the evidence is open and no heading ends a page', async () => {
  await page.goto(`${origin}${DAY}`);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await page.locator('.top').isVisible()).toBe(false);
  expect(await page.locator('details table').first().isVisible()).toBe(true);
  expect(await page.evaluate<string>('getComputedStyle(document.querySelector("h2")).breakAfter')).toBe(
    'avoid',
  );
  // Nobody wants a black page.
  expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe(
    'rgb(255, 255, 255)',
  );
  const folder = process.env['TILLSTREAM_SCREENSHOTS'];
  if (folder !== undefined) await page.pdf({ path: `${folder}/day.pdf`, format: 'A4' });
  await picture('day-print');
});
