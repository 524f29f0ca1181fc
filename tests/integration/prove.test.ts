/** `npm run prove`, on the real Azurite: what landed beside what the stream made of it, and a loss that is planted. */
import { wireStream } from '../../functions/stream/wire.ts';
import type { OperateParts } from '../../infra/operate/commands.ts';
import { prove } from '../../infra/operate/prove.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { tableGaps } from '../../shared/azure/gaps.ts';
import { rawBlobName, rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { businessDate } from '../../shared/ids.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { landedLine } from '../../shared/pos/landing-line.ts';
import { toInstant } from '../../shared/time.ts';
import { startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import { atHour, BERLIN, busyDay, drawerOf, PRODUCTS, transactionOf } from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';

const NOW_MS = Date.parse('2026-03-02T12:00:00.000Z');
let azure: LocalAzure;

beforeAll(async () => {
  azure = await startLocalAzure();
  await azure.putMasterData('stores.json', { stores: [BERLIN] });
  await azure.putMasterData('products.json', { products: [...PRODUCTS.values()] });
});
afterAll(async () => {
  await azure?.stop();
});

const messageOf = (event: PosEvent, hubSequenceNumber: number) => ({
  body: Buffer.from(JSON.stringify(event)),
  hubPartition: '0',
  hubSequenceNumber,
  enqueuedAtMs: NOW_MS - 3_600_000 + hubSequenceNumber,
});

async function land(messages: readonly ReturnType<typeof messageOf>[]): Promise<void> {
  const lines = messages.map(
    ({ body, hubSequenceNumber: sequenceNumber, enqueuedAtMs }) =>
      landedLine('0', { sequenceNumber, enqueuedAt: toInstant(enqueuedAtMs), body }).line,
  );
  const name = rawBlobName('0', '20260302T000000000Z', messages[0]?.hubSequenceNumber ?? 0);
  await rawBlobs(containerClient(azure.settings.raw, CONTAINERS.raw)).create(name, lines);
}

async function proven(hours = 24): Promise<{ holds: boolean; said: string[] }> {
  const said: string[] = [];
  const parts: OperateParts = {
    settings: azure.settings,
    clock: () => NOW_MS,
    log: silentLog,
    say: (line) => void said.push(line),
  };
  return { holds: await prove(parts, hours), said };
}

test('it holds for effects, duplicates and what is on its way, and not for an event that is lost', async () => {
  const day = busyDay('S1', 30);
  const [again] = day;
  const events = [...day, drawerOf(atHour(9), 'noSale'), ...(again ? [again] : [])];
  const messages = events.map((event, index) => messageOf(event, 100 + index));
  await wireStream(azure.settings, () => NOW_MS, silentLog).tills(messages);
  await wireStream(azure.settings, () => NOW_MS, silentLog).stock(messages);
  await land(messages);
  const whole = await proven();
  expect(whole.said.at(-1)).toMatch(/^HOLDS: all \d+ deliveries/);
  expect(whole.holds).toBe(true);
  expect(whole.said.find((line) => line.startsWith('tillstream'))).toMatch(/ 1 {2,}0 {2,}0 {2,}0$/);

  // In the hub and in the raw landing, behind what the stream has read: it is still on its way.
  await land([messageOf(transactionOf(atHour(10)), 500)]);
  const waiting = await proven();
  expect(waiting.said.at(-1)).toContain('1 of them still on their way');
  expect(waiting.holds).toBe(true);

  // Landed in the middle of what the stream has read, and in no book of it.
  const lost = transactionOf(atHour(11));
  await land([messageOf(lost, 99)]);
  const broken = await proven();
  expect(broken.holds).toBe(false);
  expect(broken.said).toContain(`LOST  ${lost.source}  ${lost.storeId}  ${lost.eventId}`);
  expect(broken.said.at(-1)).toMatch(/^DOES NOT HOLD: 1 of/);
  // Outside of the window nothing is claimed.
  expect((await proven(0)).holds).toBe(true);
});

test('what a vendor lists and could not be fetched is in the figures beside, and does not hold', async () => {
  const gaps = tableGaps(tableClient(azure.settings.state, TABLES.gaps));
  const date = businessDate('2026-03-02');
  const place = { businessDate: date, source: 'square', location: 'L1' };
  await gaps.putChain({
    ...place,
    state: 'done',
    fromMs: 0,
    toMs: 1,
    pages: 1,
    listed: 9,
    received: 8,
    attempts: 0,
    notBeforeMs: 0,
  });
  await gaps.putObject({
    ...place,
    key: 'object square x',
    object: 'order',
    vendorId: 'X',
    state: 'failed',
    reason: 'schema',
    events: 0,
    attempts: 1,
    notBeforeMs: 0,
    atMs: 0,
  });
  const { holds, said } = await proven(1);
  expect(holds).toBe(false);
  expect(said.join('\n')).toContain(
    'square L1: the vendor lists 9, 8 had come, 0 healed, 0 need no event, 0 waiting, 1 not fetched (done)',
  );
});
