/** The board of alerts and the links of messages in a real browser: without script, by keyboard, on a phone, on paper. */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { alertPageRoutes } from '../../functions/reconcile/pages/alerts.ts';
import { operationsRoutes } from '../../functions/reconcile/pages/operations.ts';
import { createPages, type Pages } from '../../functions/reconcile/pages/router.ts';
import { createAlertLinks, type AlertLinks } from '../../functions/stream/alert-links.ts';
import { signLink } from '../../shared/alerts/action-links.ts';
import { TransientError } from '../../shared/errors.ts';
import { principal } from '../support/close-api.ts';
import { deskWith, DESK_NOW_MS, MORNING } from '../support/alert-lives.ts';
import { pageParts } from '../support/page-parts.ts';
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
const KEY = 'k'.repeat(44);
const [[milk]] = MORNING as [(typeof MORNING)[0]];

let server: Server;
let browser: Browser | undefined;
let page: Page;
let origin: string;
let faults: string[];
let pages: Pages;
let links: AlertLinks;
let desk: Awaited<ReturnType<typeof deskWith>>;
let role: string;

async function house(lives = MORNING): Promise<void> {
  desk = await deskWith(lives);
  const { parts } = pageParts(desk.desk);
  pages = createPages([...operationsRoutes(parts), ...alertPageRoutes(parts)]);
  links = createAlertLinks({
    responses: desk.responses,
    secrets: { find: () => Promise.resolve([KEY]) },
    raisedAtText: () => Promise.resolve('2026-03-10 08:12 (Europe/Berlin)'),
    clock: () => DESK_NOW_MS,
  });
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams, search } = new URL(request.url ?? '/', 'http://local');
    const method = request.method === 'POST' ? 'POST' : 'GET';
    const header = (name: string) => request.headers[name] as string | undefined;
    const body = () => text(request);
    const answer = pathname.startsWith('/alerts/')
      ? links(
          { method, token: decodeURIComponent(pathname.slice('/alerts/'.length)), header, body },
          silentLog,
        )
      : pages(
          {
            method,
            path: pathname,
            address: `${pathname}${search}`,
            query: (name) => searchParams.get(name) ?? undefined,
            header,
            body,
            principal: principal('Ole', role),
          },
          silentLog,
        );
    void answer.then(({ status, headers, body: content }) =>
      response.writeHead(status, headers).end(content),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (hasBrowser) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(async () => {
  role = 'Operations';
  await house();
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
  if (folder !== undefined) await page.screenshot({ path: `${folder}/alerts-${name}.png`, fullPage: true });
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}

const place = `/operations/alerts/${milk.businessDate}/${milk.alertId}`;
const link = (action: 'acknowledge' | 'snooze' | 'mute', more = {}) =>
  `/alerts/${signLink({ action, alertId: milk.alertId, businessDate: milk.businessDate, route: 'store-team', expiresAtMs: DESK_NOW_MS + 1_000_000, ...more }, KEY)}`;
const PLACES = [
  ['board', '/operations'],
  ['all', '/operations?state=all'],
  ['no-match', '/operations?store=S2&severity=critical'],
  ['one', place],
  ['link-acknowledge', link('acknowledge')],
  ['link-mute', link('mute')],
  ['link-ended', link('acknowledge', { expiresAtMs: DESK_NOW_MS })],
] as const;
const LOOKS = [
  ['wide', { width: 1280, height: 900 }, 'light'],
  ['dark', { width: 1280, height: 900 }, 'dark'],
  ['phone', { width: 380, height: 800 }, 'light'],
] as const;

inBrowser.each(PLACES.flatMap((one) => LOOKS.map((look) => [...one, ...look] as const)))(
  '%s (%s), %s: no violation of WCAG, no error, no request elsewhere, nothing too wide',
  async (name, path, look, viewport, colorScheme) => {
    await desk.switches.switchOff({ name: 'old-pager', channel: 'webhook' }, '', {
      at: '2026-03-09T10:00:00.000Z',
      reason: 'pager.example.com answered 410',
    });
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.goto(`${origin}${path}`);
    expect(await violations()).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
      viewport.width,
    );
    await picture(`${name}-${look}`);
    expect(faults.filter((fault) => !/status of 4\d\d/.test(fault))).toEqual([]);
  },
);

inBrowser('states: quiet, no access, a service that is away', async () => {
  await house([]);
  await page.goto(`${origin}/operations`);
  expect(await page.locator('.empty').first().textContent()).toContain('All is quiet.');
  await picture('quiet');
  role = 'Finance.Read';
  await page.goto(`${origin}/operations`);
  expect(await page.textContent('main')).toContain('Operations');
  expect(await page.locator('form').count()).toBe(0);
  role = 'Operations';
  await house();
  desk.table.client.listEntities = () => {
    throw new TransientError('azure-unavailable', 'away');
  };
  await page.goto(`${origin}/operations`);
  expect(await page.textContent('h1')).toBe('Temporarily unavailable');
  await picture('away');
});

inBrowser(
  'by keyboard alone and without script: acknowledge on the board, then reopen on the page of the alert',
  async () => {
    if (!browser) return;
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(`${origin}/operations?store=S1`);
    const focused = () => plain.locator(':focus');
    for (let tabs = 0; tabs < 80; tabs += 1) {
      await plain.keyboard.press('Tab');
      const label = (await focused().count()) === 0 ? '' : await focused().getAttribute('aria-label');
      if (label === 'Acknowledge: Out of stock: Milk <fresh> 1 l in S1') break;
    }
    await plain.keyboard.press('Enter');
    await plain.waitForURL(`${origin}/operations?store=S1#${milk.alertId}`);
    expect(await plain.locator(`#${milk.alertId}`).textContent()).toContain(
      'Acknowledged, by Ole@example.com',
    );
    await plain.getByLabel('More: Out of stock').click();
    await plain.getByRole('button', { name: 'Reopen' }).click();
    await plain.waitForURL(`${origin}/operations#${milk.alertId}`);
    expect((await desk.desk.get(milk.businessDate, milk.alertId))?.state).toBe('open');
    await context.close();
  },
);

inBrowser('every answer of the page of an alert, as people give it', async () => {
  await page.goto(`${origin}${place}`);
  await page.getByLabel('To', { exact: true }).fill('Ben');
  await page.getByRole('button', { name: 'Assign' }).click();
  await page.goto(`${origin}${place}`);
  await page.locator('select[name=minutes]').selectOption('240');
  await page.getByLabel('Reason to snooze').fill('ordered, here at noon');
  await page.getByRole('button', { name: 'Snooze', exact: true }).click();
  await page.goto(`${origin}${place}`);
  expect(await page.textContent('main')).toContain('Snoozed until 2026-03-10 12:00 UTC');
  expect(await page.textContent('main')).toContain('ordered, here at noon');
  expect(await page.textContent('main')).toContain('Assigned to Ben.');
  await picture('one-answered');
  expect(faults).toEqual([]);
});

inBrowser('a link asks, and acts when its button is pressed', async () => {
  await page.goto(`${origin}${link('snooze')}`);
  await page.getByLabel('Your name').fill('Zoe');
  await page.getByLabel('For how long').selectOption('240');
  await page.getByRole('button', { name: 'Snooze' }).click();
  expect(await page.textContent('h1')).toBe('Done');
  expect(await page.textContent('main')).toContain(
    'Snoozed until 2026-03-10 12:00 UTC, by Zoe (by a link to store-team)',
  );
  await picture('link-done');
  expect(faults).toEqual([]);
});

inBrowser(
  'on paper there are no buttons, and on a phone an alert is read without scrolling sideways',
  async () => {
    await page.goto(`${origin}/operations`);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.answers').first().isVisible()).toBe(false);
    await picture('print');
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize({ width: 380, height: 800 });
    for (const label of ['Acknowledge: Out of stock', 'Snooze 1 h: Out of stock', 'Escalate: Out of stock']) {
      const { x, width, height } = (await page.getByLabel(label).boundingBox()) ?? {
        x: 999,
        width: 0,
        height: 0,
      };
      expect([label, x + width <= 380, height >= 24]).toEqual([label, true, true]);
    }
  },
);
