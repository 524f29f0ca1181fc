import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { storeDayRoutes } from '../../functions/reconcile/pages/store-day.ts';
import { Closing } from '../../functions/reconcile/workflow/closing.ts';
import { eventId } from '../../shared/ids.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { principal } from '../support/close-api.ts';
import { reconcileWorld } from '../support/reconcile-world.ts';
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

const ADDRESS = `/finance/${DATE}/stores/S1`;
const world = reconcileWorld({ storesPerShard: 10 });
let keys = 0;
let who = principal('ada', 'Finance.Read');
let server: Server;
let browser: Browser | undefined;
let page: Page;
let origin: string;

beforeAll(async () => {
  const [posted, missing] = ['a', 'b'].map((id) => sale(id, 1_000, { eventId: eventId(`tillstream:${id}`) }));
  if (!posted || !missing) throw new Error('there are two');
  await world.land([posted, missing]);
  world.putLedger('a.csv', postedEach(posted));
  await world.plan();
  await world.drain();
  const letters = () => Promise.resolve({ letters: [], omitted: 0 });
  const closing = new Closing({ ...world.parts, letters });
  const newKey = (): string => `browser-${(keys += 1)}`;
  const pages = createPages(storeDayRoutes({ closing, stores: world.parts.stores, newKey }));
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://local');
    const respond = async (): Promise<void> => {
      const { status, headers, body } = await pages(
        {
          method: request.method === 'POST' ? 'POST' : 'GET',
          path: url.pathname,
          address: request.url ?? '/',
          query: (name) => url.searchParams.get(name) ?? undefined,
          header: (name) => request.headers[name] as string | undefined,
          body: () => text(request),
          principal: who,
        },
        silentLog,
      );
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

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}

async function picture(name: string): Promise<void> {
  const folder = process.env['TILLSTREAM_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const state = async (): Promise<string> => ((await page.textContent('.lead .tag')) ?? '').trim();

inBrowser('a day is prepared by one person and signed off by a second', async () => {
  if (!browser) throw new Error('there is a browser');
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(`${origin}${ADDRESS}`);
  expect(await state()).toBe('exceptions');
  expect(await page.locator('button:text-is("Prepare")').count()).toBe(0);
  await page.locator('summary').first().click();
  expect(await violations()).toEqual([]);
  await picture('closing-open');

  await page.selectOption('select[name=reasonCode]', 'timing');
  await page.locator('details input[name=text]').fill('paid with 4111 1111 1111 1111, will be posted');
  await page.click('button:text-is("Explain")');
  expect(await page.textContent('main')).toContain('timing: paid with [card 1111], will be posted');
  await page.click('button:text-is("Prepare")');
  expect(await state()).toBe('prepared');
  expect(await page.textContent('main')).toContain('Prepared by ada@example.com');

  // The same person, though the role would do.
  who = principal('ada', 'Finance.Approve');
  await page.click('button:text-is("Sign off")');
  expect(await page.textContent('[role=alert]')).toContain('Who has prepared a day cannot sign it off');
  expect(await state()).toBe('prepared');

  who = principal('cleo', 'Finance.Approve');
  await page.goto(`${origin}${ADDRESS}`);
  await page.locator('input[name=text]').first().fill('checked');
  await page.click('button:text-is("Sign off")');
  expect(await state()).toBe('signed off');
  expect(await page.textContent('main')).toContain('Signed off by cleo@example.com');
  expect(await violations()).toEqual([]);
  await picture('closing-signed-off');

  // A late sale takes it back, with the old and the new totals.
  await world.land([sale('late', 500, { eventId: eventId('tillstream:late') })]);
  await world.plan();
  await world.drain();
  await page.goto(`${origin}${ADDRESS}`);
  expect(await state()).toBe('reopened');
  expect(await page.textContent('main')).toMatch(
    /It was signed off, and that was withdrawn[^]*What newer data changed/,
  );
  for (const width of [1280, 380]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await violations()).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }
  await picture('closing-reopened');
  // Chromium reports the status of the refused step by itself.
  expect(faults.filter((fault) => !/status of 409/.test(fault))).toEqual([]);
});

inBrowser('a reader of the store sees how it stands, and no form', async () => {
  if (!browser) throw new Error('there is a browser');
  who = principal('eve', 'Store.Read.S1');
  page = await browser.newPage();
  await page.goto(`${origin}${ADDRESS}`);
  expect(await page.locator('form').count()).toBe(0);
  who = principal('eve', 'Store.Read.S2');
  expect((await page.goto(`${origin}${ADDRESS}`))?.status()).toBe(404);
});
