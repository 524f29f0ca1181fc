import { businessDate, eventId, storeId } from '../../shared/ids.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import type { Logger } from '../../shared/log.ts';
import { CONTAINERS, MASTER_DATA_FILES, TABLES } from '../../shared/azure/names.ts';
import { readRaw } from '../../shared/azure/landing/raw-reader.ts';
import { parseReport } from '../../shared/azure/days/reports.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { wireReconcile, type Reconciliation } from '../../functions/reconcile/wire.ts';
import type { PageAnswer } from '../../functions/reconcile/pages/web.ts';
import { wirePages } from '../../functions/reconcile/pages/wire.ts';
import { printPostings } from '../../infra/operate/postings.ts';
import { apiRequest, principal } from '../support/close-api.ts';
import { zipOf } from '../support/file-bytes.ts';
import { DATE, entry, postedEach, sale } from '../support/ledger-fixtures.ts';
import {
  handleMessages,
  ledgerCsv,
  startReconcileAzure,
  type ReconcileAzure,
} from '../support/reconcile-azure.ts';

const log: Logger = { info: () => {}, warn: () => {}, error: () => {} };
const AFTER_THE_DAY = Date.parse('2026-03-10T00:00:00Z');

let azure: ReconcileAzure;
let now: number;
let reconciliation: Reconciliation;

beforeEach(async () => {
  azure = await startReconcileAzure();
  now = AFTER_THE_DAY;
  reconciliation = wireReconcile(azure.settings, () => now, log);
});
afterEach(async () => {
  await reconciliation.close();
  await azure.stop();
});

async function reconcileWhatIsDue(byHand?: Parameters<Reconciliation['plan']>[1]): Promise<void> {
  await reconciliation.plan(log, byHand);
  await handleMessages(azure, reconciliation, log);
}

const reportOf = async (date: string): Promise<DayReport> =>
  parseReport(await azure.blob(CONTAINERS.reports, `${date}/report.json`));

const sales = (store: string, count: number) =>
  Array.from({ length: count }, (_, index) =>
    sale(`${store}-${index}`, 1_000 + 17 * index, {
      storeId: storeId(store),
      eventId: eventId(`tillstream:${store}-${index}`),
    }),
  );

test('P3 nothing vanishes: everything received is landed, and what is unreadable is a dead letter too', async () => {
  const events = [...sales('S1', 40), ...sales('S2', 30), ...sales('S9', 5)];
  await azure.publish(events);
  await azure.publishRaw('S1', [
    { body: Buffer.from('no json at all') },
    { body: Buffer.from([0xff, 0xfe, 0x00]) },
    { body: Buffer.from('{"schemaVersion":2,"storeId":"S1"}') },
    { body: Buffer.from(JSON.stringify({ ...events[0], storeId: '' })) },
    { body: Buffer.from(`${JSON.stringify(sale('pretty', 5), undefined, 2)}\n`) },
  ]);
  const landed = await reconciliation.land(log);
  expect(landed).toMatchObject({ events: 80, deadLetters: 4 });
  const read: string[] = [];
  for await (const batch of readRaw(containerClient(azure.settings.raw, CONTAINERS.raw)))
    read.push(...batch.map(({ event }) => event.eventId));
  expect(read.sort()).toEqual(
    [...events.map((event) => event.eventId), eventId('tillstream:S1-pretty')].sort(),
  );
  const letters = (await azure.blobNames(CONTAINERS.deadLetters)).filter((name) => name.startsWith('land/'));
  expect(letters).toHaveLength(4);
  expect(await reconciliation.land(log)).toEqual({ events: 0, deadLetters: 0, blobs: 0 });
});

test('a landed line is the event as it was published, byte for byte, with its place in the hub', async () => {
  const event = sale('1', 100);
  await azure.publish([event]);
  await reconciliation.land(log);
  const [name = ''] = await azure.blobNames(CONTAINERS.raw);
  expect(name).toMatch(/^[01]\/\d{8}T\d{9}Z\/0{20}\.ndjson\.gz$/);
  const { gunzipSync } = await import('node:zlib');
  const line = gunzipSync(await azure.blob(CONTAINERS.raw, name)).toString('utf8');
  const start = `{"hubPartition":"${name[0]}","hubSequenceNumber":0,"enqueuedAt":"`;
  expect(line.startsWith(start)).toBe(true);
  expect(line.slice(start.length + 24)).toBe(`","event":${JSON.stringify(event)}}\n`);
});

test('a day is reconciled against its ledger file; bad rows are reported and valid ones counted', async () => {
  const [first, second, third, ...others] = sales('S1', 12);
  if (!first || !second || !third) throw new Error('there are twelve');
  await azure.publish([first, second, third, ...others, ...sales('S2', 3)]);
  const rows = [
    ...[second, third, ...others].flatMap((one) => postedEach(one)),
    ...postedEach(second, { voucher: 'AGAIN' }),
    entry({ account: '401000', amountMinor: -777, documentNumber: 'GHOST' }),
  ];
  await azure.putLedger('2026/march.csv', `${ledgerCsv(rows)}J1,V1,not-a-date,401000,S1,EUR,1.00,,\n`);
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  const report = await reportOf(DATE);
  expect(report.proof).toMatchObject({ holds: true, violations: [] });
  expect(
    report.exceptions.map(({ category, subject, storeId: store }) => `${store} ${category} ${subject}`),
  ).toEqual([
    'S1 duplicate-posting S1-1',
    'S1 missing-in-ledger S1-0',
    'S1 missing-in-pos GHOST',
    'S1 rows-not-read ledger rows',
    'S2 missing-in-ledger whole day',
  ]);
  const lastLine = rows.length + 2;
  expect(report.ledgerRowErrors).toMatchObject([
    { file: '2026/march.csv', line: lastLine, column: 'AccountingDate' },
  ]);
  const csv = (await azure.blob(CONTAINERS.reports, `${DATE}/report.csv`)).toString('utf8');
  expect(csv).toContain('missing-in-pos');
  const stored: string[] = [];
  for await (const { rowKey } of tableClient(azure.settings.state, TABLES.exceptions).listEntities())
    if (rowKey !== undefined) stored.push(rowKey);
  expect(stored.sort()).toEqual(report.exceptions.map((exception) => exception.exceptionId).sort());
});

test('late events and new ledger files reopen a day; a day without news is left alone', async () => {
  const [first, late] = sales('S1', 2);
  if (!first || !late) throw new Error('there are two');
  await azure.publish([first]);
  await azure.putLedger('a.csv', ledgerCsv(postedEach(first)));
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  expect((await reportOf(DATE)).exceptions).toEqual([]);
  expect(await reconciliation.plan(log)).toEqual([]);

  await azure.publish([{ ...late, offline: true, receivedAt: '2026-03-05T09:00:00.000Z' }]);
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  expect((await reportOf(DATE)).exceptions).toMatchObject([
    { category: 'missing-in-ledger', class: 'timing difference', subject: late.transactionId },
  ]);

  await azure.putLedger('b.csv', ledgerCsv(postedEach(late)));
  await reconcileWhatIsDue();
  expect((await reportOf(DATE)).exceptions).toEqual([]);
  const stored = [];
  for await (const row of tableClient(azure.settings.state, TABLES.exceptions).listEntities())
    stored.push(row);
  expect(stored).toEqual([]);
});

test('a reconciled day is signed by two people in real tables, and a late sale takes it back', async () => {
  const [first, late] = sales('S1', 2);
  if (!first || !late) throw new Error('there are two');
  await azure.publish([first]);
  await azure.putLedger('a.csv', ledgerCsv(postedEach(first)));
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  const pages = wirePages({ ...azure.settings, principalsAreTrusted: true }, () => now, log);
  const address = `/finance/api/days/${DATE}/stores/S1`;
  const act = async (id: string, action: string, etag: string | undefined): Promise<PageAnswer> =>
    pages(
      apiRequest('POST', `${address}/actions`, {
        by: principal(id, 'Finance.Approve'),
        body: JSON.stringify({ action }),
        headers: {
          authorization: 'Bearer t',
          'content-type': 'application/json',
          'idempotency-key': `${id}-${action}-1`,
          'if-match': etag,
        },
      }),
      log,
    );
  const get = (path = address): Promise<PageAnswer> =>
    pages(apiRequest('GET', path, { by: principal('ada', 'Finance.Read') }), log);
  const prepared = await act('ada', 'prepare', (await get()).headers['etag']);
  expect([prepared.status, String(prepared.body)]).toEqual([
    200,
    expect.stringContaining('"state":"prepared"'),
  ]);
  const signed = await act('ben', 'sign-off', prepared.headers['etag']);
  expect(String(signed.body)).toContain('"state":"signed-off"');
  // As after a lost answer.
  expect((await act('ben', 'sign-off', prepared.headers['etag'])).headers['idempotency-replayed']).toBe(
    'true',
  );
  await azure.publish([{ ...late, receivedAt: '2026-03-05T09:00:00.000Z' }]);
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  expect(String((await get()).body)).toContain('"state":"reopened"');
  expect(String((await get('/finance/api/exceptions')).body)).toContain('"category":"missing-in-ledger"');
  expect(String((await get(`${address}/history`)).body)).toContain('"what":"withdrawn"');
  expect(String((await get('/finance/api/days')).body)).toContain('"states":{"reopened":1}');
});

test('a ledger file that is replaced counts as it is now, and one that is deleted counts no more', async () => {
  const events = sales('S1', 2);
  const [first, second] = events as [(typeof events)[0], (typeof events)[0]];
  await azure.publish(events);
  await azure.putLedger('a.csv', ledgerCsv(postedEach(first)));
  await azure.putLedger('b.csv', ledgerCsv([...postedEach(second), ...postedEach(first)]));
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  const categories = async () => (await reportOf(DATE)).exceptions.map(({ category }) => category);
  expect(await categories()).toEqual(['posting-in-two-files']);

  await azure.putLedger('b.csv', ledgerCsv(postedEach(second)));
  await reconcileWhatIsDue();
  expect(await categories()).toEqual([]);

  await containerClient(azure.settings.state, CONTAINERS.ledger).deleteBlob('b.csv');
  await reconcileWhatIsDue();
  expect(await categories()).toEqual(['missing-in-ledger']);
  expect((await reportOf(DATE)).ledgerFiles).toEqual(['a.csv']);

  await azure.putLedger('b.csv', ledgerCsv(postedEach(second)));
  await reconcileWhatIsDue();
  expect(await categories()).toEqual([]);
});

test('a file counts once under two names, a package is read by its mapping, and a new mapping reopens its dates', async () => {
  const [first, second] = sales('S1', 2);
  if (!first || !second) throw new Error('there are two');
  await azure.publish([first, second]);
  await azure.putLedger('a.csv', ledgerCsv(postedEach(first)));
  await azure.putLedger('b.csv', ledgerCsv(postedEach(first)));
  await azure.putLedger(
    'p.zip',
    zipOf({ 'x/gl.csv': ledgerCsv(postedEach(second)).replaceAll('Voucher', 'Beleg') }),
  );
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  const categories = async () =>
    (await reportOf(DATE)).exceptions.map(({ category, subject }) => `${category} ${subject}`);
  expect(await categories()).toEqual([`missing-in-ledger ${second.transactionId}`]);
  await azure.putMasterData(MASTER_DATA_FILES.ledgerMappings, {
    mappings: [{ name: 'package', files: '*.zip', columns: { Voucher: 'Beleg' } }],
  });
  now += 2 * 60_000;
  await reconcileWhatIsDue();
  expect(await categories()).toEqual([]);
  await containerClient(azure.settings.state, CONTAINERS.ledger).deleteBlob('a.csv');
  await reconcileWhatIsDue();
  expect(await categories()).toEqual([]);
  expect((await reportOf(DATE)).ledgerFiles).toEqual(['b.csv', 'p.zip']);
});

test('the expected postings of a date can be printed, for one store or all', async () => {
  const [first] = sales('S1', 1);
  const [other] = sales('S2', 1);
  if (!first || !other) throw new Error('there are two');
  await azure.publish([first, other]);
  await reconciliation.land(log);
  const said: string[] = [];
  const parts = {
    settings: azure.settings,
    clock: () => now,
    log,
    say: (line: string) => void said.push(line),
  };
  expect(await printPostings(parts, DATE, 'S1')).toBe(1);
  expect(said).toEqual([
    'Store S1: 1 documents',
    '  S1-0  till T1  110100     debit           11.90 EUR',
    '  S1-0  till T1  401000     credit          10.00 EUR',
    '  S1-0  till T1  261100     credit           1.90 EUR',
    '  Totals',
    '    110100     debit           11.90 EUR',
    '    261100     credit           1.90 EUR',
    '    401000     credit          10.00 EUR',
    '    EUR balances',
  ]);
  expect(await printPostings(parts, DATE, undefined)).toBe(2);
  expect(await printPostings(parts, businessDate('2026-03-09'), undefined)).toBe(0);
});

test('a document that was posted on the next date is a timing difference on both', async () => {
  const next = businessDate('2026-03-03');
  const [first, moved] = sales('S1', 2);
  const other = sale('next', 5_555, { businessDate: next, eventId: eventId('tillstream:next') });
  if (!first || !moved) throw new Error('there are two');
  await azure.publish([first, moved, other]);
  await azure.putLedger(
    'a.csv',
    ledgerCsv([
      ...postedEach(first),
      ...postedEach(moved, { accountingDate: next }),
      ...postedEach(other, { accountingDate: next }),
    ]),
  );
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  for (const date of [DATE, next])
    expect((await reportOf(date)).exceptions).toMatchObject([
      { category: 'wrong-date', class: 'timing difference', subject: moved.transactionId },
    ]);
});

test('a document that was posted on its date and on the next one too is a duplicate, and no timing difference', async () => {
  const next = businessDate('2026-03-03');
  const [twice, other] = sales('S1', 2) as [ReturnType<typeof sale>, ReturnType<typeof sale>];
  const onNext = { ...other, businessDate: next };
  await azure.publish([twice, onNext]);
  await azure.putLedger('a.csv', ledgerCsv(postedEach(twice)));
  await azure.putLedger(
    'b.csv',
    ledgerCsv([
      ...postedEach(twice, { accountingDate: next, voucher: 'V-again' }),
      ...postedEach(onNext, { accountingDate: next }),
    ]),
  );
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  expect((await reportOf(DATE)).exceptions).toEqual([]);
  const report = await reportOf(next);
  expect(report.exceptions).toMatchObject([
    { category: 'duplicate-posting', class: 'adjustment required', subject: twice.transactionId },
  ]);
  expect(report.proof.holds).toBe(true);
});

test('P7 replay is the same: report rebuilt from raw, and run again, is equal byte for byte', async () => {
  const events = [...sales('S1', 25), ...sales('S2', 25), ...sales('S9', 3)];
  await azure.publish(events);
  await azure.publish(events.slice(0, 7));
  await azure.putLedger('a.csv', ledgerCsv(events.slice(2, 40).flatMap((one) => postedEach(one))));
  await reconciliation.land(log);
  await reconcileWhatIsDue();
  const files = ['report.json', 'report.csv', 'shards/1-of-1.json'];
  const read = () => Promise.all(files.map((file) => azure.blob(CONTAINERS.reports, `${DATE}/${file}`)));
  const before = await read();
  await reconcileWhatIsDue(DATE);
  expect(await read()).toEqual(before);

  // Elsewhere, from the raw landing alone, in another order of arrival.
  const copy = await startReconcileAzure(1);
  const rebuilt = wireReconcile(copy.settings, () => AFTER_THE_DAY + 86_400_000, log);
  try {
    const found = [];
    for await (const batch of readRaw(containerClient(azure.settings.raw, CONTAINERS.raw)))
      found.push(...batch.map(({ event }) => event));
    await copy.publish(found.reverse());
    await copy.putLedger('a.csv', (await azure.blob(CONTAINERS.ledger, 'a.csv')).toString('utf8'));
    await rebuilt.land(log);
    await rebuilt.plan(log);
    await handleMessages(copy, rebuilt, log);
    for (const [index, file] of files.slice(0, 2).entries())
      expect(await copy.blob(CONTAINERS.reports, `${DATE}/${file}`)).toEqual(before[index]);
  } finally {
    await rebuilt.close();
    await copy.stop();
  }
});
