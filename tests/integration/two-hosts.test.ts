import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stockShape } from '../../functions/stream/folds.ts';
import { bundleFunctions, bundleLocal } from '../../infra/build/bundle.ts';
import { forkChild, type Child } from '../../infra/kit/child.ts';
import { tableClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES, TABLES } from '../../shared/azure/names.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import { CATALOG, SECRET, signedHeaders, wireSale } from '../support/webhook-fixture.ts';

/** Two processes of the whole app, as Azure runs them when there is more to do than one can. */
const TWINS = 60;
const STORE = 'berlin-1';
const [milk] = CATALOG.products.values();
const salt = { ...milk, productId: 'salt', description: 'Salt', codes: ['4000400001003'] };

let azure: LocalAzure;
let dir: string;
const hosts: Child<{ ready: true; port: number }>[] = [];

beforeAll(async () => {
  mkdirSync('.tillstream', { recursive: true });
  dir = mkdtempSync('.tillstream/two-hosts-');
  azure = await startLocalAzure({ secrets: { 'webhook-tillstream': SECRET } });
  await azure.putMasterData(MASTER_DATA_FILES.stores, { stores: [...CATALOG.stores.values()] });
  await azure.putMasterData(MASTER_DATA_FILES.products, { products: [milk, salt] });
  const [hostScript, appScript] = [join(dir, 'host.js'), join(dir, 'app', 'main.js')];
  await bundleLocal('infra/local/host/main.ts', hostScript);
  await bundleFunctions('functions/main.ts', appScript);
  for (const name of ['a', 'b'])
    hosts.push(
      await forkChild(
        hostScript,
        ['--app', appScript, '--port', '0', '--only', 'receive,stock'],
        { ...process.env, ...azure.env },
        { name: `The host ${name}`, logFile: join(dir, `${name}.log`), readyWithinMs: 120_000 },
      ),
    );
}, 300_000);

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop(5_000)));
  await azure.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function post(host: number, event: object): Promise<number> {
  const body = Buffer.from(JSON.stringify(event));
  const address = `http://127.0.0.1:${hosts[host]?.ready.port}/webhooks/tillstream`;
  const answer = await fetch(address, { method: 'POST', body, headers: signedHeaders(body, {}, Date.now()) });
  await answer.arrayBuffer();
  return answer.status;
}

const line = (wireSale()['lines'] as Record<string, unknown>[])[0];
const saleOf = (id: string, quantity: number, productCode = '4006381333931') => {
  const amountMinor = quantity * 119;
  return wireSale({
    id,
    transactionId: id,
    receiptNumber: id,
    sequenceNumber: undefined,
    lines: [
      {
        ...line,
        productCode,
        quantityMilli: quantity * 1_000,
        extendedAmountMinor: amountMinor,
        taxes: undefined,
      },
    ],
    tenders: [{ type: 'cash', amountMinor }],
    totals: { netMinor: amountMinor, taxMinor: 0, grossMinor: amountMinor },
  });
};
const stockOf = (id: string, quantity: number, productCode: string) => ({
  id,
  kind: 'stock',
  storeId: STORE,
  occurredAt: '2026-03-02T08:00:00+01:00',
  action: 'count',
  reason: 'count',
  items: [{ productCode, quantityMilli: quantity * 1_000, unit: 'each' }],
});

async function onHandOf(productId: string): Promise<number | undefined> {
  const { book } = await storeStates(tableClient(azure.settings.state, TABLES.stock), stockShape).load(STORE);
  const position = book.records.get(productId);
  return position?.known === true ? position.onHandMilli / 1_000 : undefined;
}

test('P2 one effect: twins of one id that arrive at once at two hosts count once, and of two contents one', async () => {
  expect(await post(0, stockOf('count-milk', 1_000, '4006381333931'))).toBe(200);
  const twins = Array.from({ length: TWINS }, (_, index) => `twin-${index}`);
  // Every fifth pair is of two contents: one of them counts, and the other is kept for a person.
  const isConflict = (index: number) => index % 5 === 4;
  const statuses = await Promise.all(
    twins.flatMap((id, index) => [post(0, saleOf(id, 1)), post(1, saleOf(id, isConflict(index) ? 2 : 1))]),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  // A store's events keep their order, so once this one has its effect all before it had theirs.
  expect(await post(1, stockOf('count-salt', 7, '4000400001003'))).toBe(200);
  for (let seconds = 0; (await onHandOf('salt')) !== 7; seconds += 1) {
    expect(seconds).toBeLessThan(120);
    await wait(1_000);
  }
  const conflicts = twins.filter((_, index) => isConflict(index));
  const letters = [...(await azure.blobs(CONTAINERS.deadLetters))]
    .filter(([name]) => name.startsWith('stock/'))
    .map(
      ([, content]) =>
        JSON.parse(content.toString('utf8')) as { code: string; eventId: string; payload: string },
    );
  expect(letters.map(({ code }) => code)).toEqual(conflicts.map(() => 'conflict'));
  expect(letters.map(({ eventId }) => eventId).sort()).toEqual(
    conflicts.map((id) => `tillstream:${id}`).sort(),
  );
  // What counts and what is kept of a conflict are three pieces together, whichever of the two came first.
  const kept = letters.reduce((sum, { payload }) => {
    const { lines } = JSON.parse(payload) as { lines: { quantityMilli: number }[] };
    return sum + (lines[0]?.quantityMilli ?? 0) / 1_000;
  }, 0);
  const sold = TWINS - conflicts.length + 3 * conflicts.length - kept;
  expect(await onHandOf('milk')).toBe(1_000 - sold);
  expect(await azure.hubEvents()).toHaveLength(2 + 2 * TWINS);
}, 200_000);
