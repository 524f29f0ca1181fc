/** What operations does with dead letters, on the real Azurite: nothing is deleted, and who did what and why is kept. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperateParts } from '../../infra/operate/commands.ts';
import { discardLetters, editLetter, namesOf, showLetter } from '../../infra/operate/letters.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { tableLetterLog } from '../../shared/azure/letter-log.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import { atHour, transactionOf } from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';

let azure: LocalAzure;
let said: string[];
let parts: OperateParts;
beforeAll(async () => {
  azure = await startLocalAzure();
});
afterAll(async () => {
  await azure?.stop();
});
beforeEach(() => {
  said = [];
  let nowMs = Date.parse('2026-03-02T12:00:00.000Z');
  parts = {
    settings: azure.settings,
    clock: () => (nowMs += 1_000),
    log: silentLog,
    say: (line) => void said.push(line),
  };
});

const event = transactionOf(atHour(9));
const bury = (deadLetterId: string, more: object = {}) =>
  blobDeadLetters(containerClient(azure.settings.state, CONTAINERS.deadLetters)).bury({
    deadLetterId,
    stage: 'stock',
    code: 'fold',
    message: 'for the test',
    diedAt: '2026-03-02T12:00:00.000Z',
    source: 'tillstream',
    storeId: 'S1',
    replay: { to: 'hub' },
    payload: JSON.stringify(event),
    ...more,
  });
const blobNames = async () => [...(await azure.blobs(CONTAINERS.deadLetters)).keys()].sort();

test('an edited letter keeps what it was, with the difference, who and why', async () => {
  await bury('one');
  const file = join(await mkdtemp(join(tmpdir(), 'letter-')), 'payload.json');
  await writeFile(file, JSON.stringify({ ...event, tillId: 'T9' }));
  const doer = { by: 'olga', reason: 'the till was renamed' };
  expect(await editLetter(parts, 'stock/one.json', file, doer)).toMatchObject({
    payload: expect.stringContaining('"T9"') as string,
  });
  const [original = '', ...others] = (await blobNames()).filter((name) => name.startsWith('originals/'));
  expect(others).toEqual([]);
  expect((await azure.blobs(CONTAINERS.deadLetters)).get(original)?.toString()).toContain(
    String(event.tillId),
  );
  said.length = 0;
  expect(await showLetter(parts, 'stock/one.json')).toBe(true);
  const text = said.join('\n');
  expect(text).toContain('edit  by olga: the till was renamed');
  expect(text).toContain(`/tillId: ${JSON.stringify(event.tillId)} -> "T9"`);
  expect(text).toContain(original);
});

test('letters are found by what they are, and discarded with a reason; nothing is deleted', async () => {
  await bury('two', { code: 'schema', storeId: 'S2' });
  await bury('three', { code: 'schema' });
  expect(await namesOf(parts, { names: [], code: 'schema', store: 'S2' })).toEqual(['stock/two.json']);
  await expect(
    discardLetters(parts, { names: ['stock/two.json'] }, { by: 'olga', reason: ' ' }),
  ).rejects.toThrow('--reason');
  const doer = { by: 'olga', reason: 'a test of the till maker' };
  expect(await discardLetters(parts, { names: [], code: 'schema', store: 'S2' }, doer)).toEqual({
    discarded: 1,
    left: 0,
  });
  // Again, it is not there any more, and nothing happens.
  expect(await discardLetters(parts, { names: ['stock/two.json'] }, doer)).toEqual({ discarded: 0, left: 1 });
  const names = await blobNames();
  expect(names).toContain('discarded/stock/two.json');
  expect(names).not.toContain('stock/two.json');
  expect(names).toContain('stock/three.json');
  expect(await namesOf(parts, { names: [], stage: 'stock', code: 'schema' })).toEqual(['stock/three.json']);
  await tableLetterLog(tableClient(azure.settings.state, TABLES.letters)).add('stock/two.json', {
    action: 'replay',
    by: 'otto',
    reason: '',
    at: '2026-03-02T13:00:00.000Z',
  });
  said.length = 0;
  expect(await showLetter(parts, 'stock/two.json')).toBe(true);
  expect(said.map((line) => line.slice(26))).toEqual([
    'discard  by olga: a test of the till maker',
    'replay  by otto: ',
  ]);
});
