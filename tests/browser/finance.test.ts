import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { businessDate } from '../../shared/ids.ts';
import { dayListPage } from '../../shared/reports/day-list-page.ts';
import { dayPage } from '../../shared/reports/day-page.ts';
import { PAGE_HEADERS } from '../../shared/reports/page.ts';
import { reportWithFaults } from '../support/report-fixture.ts';

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
if (!hasBrowser) console.warn(`SKIPPED: the finance pages need ${CHROMIUM}`);
const inBrowser = hasBrowser ? test : test.skip;

const report = reportWithFaults();
const view = { storeName: () => 'High Street', userName: 'Ada Finance', today: '2026-03-10', pageNumber: 1 };

function answer(address: string): string | undefined {
  const { pathname, searchParams } = new URL(address, 'http://local');
  if (pathname === '/finance') {
    const summary = {
      businessDate: report.businessDate,
      proofHolds: report.proof.holds,
      exceptions: report.exceptions.length,
      stores: report.counts.stores,
      documents: report.counts.documents,
      balances: report.balances,
      hasNews: false,
    };
    const older = { ...summary, businessDate: businessDate('2026-03-01'), exceptions: 0 };
    const bad = { name: 'march.csv', rows: 120, badRows: 1, firstErrors: ['line 88, Voucher: is empty'] };
    return dayListPage([older, summary], [businessDate('2026-03-03')], [bad], view.userName);
  }
  if (pathname !== `/finance/${report.businessDate}`) return undefined;
  const category = report.exceptions.find((one) => one.category === searchParams.get('category'))?.category;
  return dayPage({ ...view, report, category });
}

let server: Server;
let browser: Browser | undefined;
let page: Page;
let origin: string;
let faults: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    const body = answer(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200, PAGE_HEADERS);
    response.end(body);
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
  if (!browser) return;
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
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

inBrowser('the day page shows balances, the proof and each exception, and asks nobody else', async () => {
  await page.goto(`${origin}/finance/${report.businessDate}`);
  expect(await page.textContent('h1')).toBe('Monday, 2 March 2026');
  expect(await page.textContent('.proof')).toContain('Unexplained difference: 0');
  const rows = await page.locator('tbody tr[id]').count();
  expect(rows).toBe(report.exceptions.length);
  expect(await page.locator('th:not([scope])').count()).toBe(0);
  expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
  // The policy lets the one stylesheet through.
  expect(await page.evaluate<string>('getComputedStyle(document.body).margin')).toBe('0px');
  const screenshots = process.env['TILLSTREAM_SCREENSHOTS'];
  if (screenshots !== undefined) {
    await page.screenshot({ path: `${screenshots}/day.png`, fullPage: true });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('summary').first().click();
    await page.screenshot({ path: `${screenshots}/day-dark.png` });
    await page.goto(`${origin}/finance`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.screenshot({ path: `${screenshots}/days.png` });
  }
  expect(faults).toEqual([]);
});

inBrowser('the pages are used by keyboard: skip link, list, day, filter, evidence', async () => {
  await page.goto(`${origin}/finance`);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe(report.businessDate);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/finance/${report.businessDate}`);
  const isFocused = async (selector: string) => (await page.locator(`${selector}:focus`).count()) === 1;
  for (let tabs = 0; tabs < 60 && !(await isFocused('summary')); tabs += 1) await page.keyboard.press('Tab');
  expect(await isFocused('summary')).toBe(true);
  await page.keyboard.press('Enter');
  expect(await page.locator('details[open]').count()).toBe(1);
  await page.goto(`${origin}/finance/${report.businessDate}?category=missing-in-ledger`);
  expect(await page.locator('tbody tr[id]').count()).toBe(report.summary.byCategory['missing-in-ledger']);
  expect(faults).toEqual([]);
});

inBrowser('on a narrow screen nothing but tables scrolls sideways', async () => {
  await page.setViewportSize({ width: 380, height: 800 });
  await page.goto(`${origin}/finance/${report.businessDate}`);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(380);
  expect(faults).toEqual([]);
});
