import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { eventId, storeId } from '../../shared/ids.ts';
import { tableClient } from '../../shared/azure/clients.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { parseReport } from '../../shared/azure/days/reports.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { ledgerCsv, startReconcileAzure, type ReconcileAzure } from '../support/reconcile-azure.ts';

const ROUNDS = 5;
const EVENTS_PER_ROUND = 300;
const LONGEST_LIFE_MS = 900;

/** Runs the child to its end, or until it is killed. */
async function run(azure: ReconcileAzure, killAfterMs: number | undefined): Promise<void> {
  const child = fork(join(__dirname, '../support/reconcile-child.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...azure.environment },
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended]);
  if (killAfterMs !== undefined) {
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    await ended;
    clearTimeout(timer);
    return;
  }
  const [code] = (await ended) as [number | null];
  expect(code).toBe(0);
}

const eventsOf = (round: number) =>
  Array.from({ length: EVENTS_PER_ROUND }, (_, index) => {
    const id = `R${round}-${index}`;
    const store = `S${1 + (index % 3)}`;
    return sale(id, 1_000 + index, { storeId: storeId(store), eventId: eventId(`tillstream:${id}`) });
  });

async function landedSequences(azure: ReconcileAzure): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const name of (await azure.blobNames(CONTAINERS.raw)).sort()) {
    const lines = gunzipSync(await azure.blob(CONTAINERS.raw, name))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    for (const line of lines) {
      const { hubPartition, hubSequenceNumber } = JSON.parse(line) as {
        hubPartition: string;
        hubSequenceNumber: number;
      };
      found.set(hubPartition, [...(found.get(hubPartition) ?? []), hubSequenceNumber]);
    }
  }
  return found;
}

test('P8 killed anywhere: landing and reconciliation end as if they had not been', async () => {
  const azure = await startReconcileAzure(2);
  try {
    const published = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const events = eventsOf(round);
      published.push(...events);
      await azure.publish(events);
      if (round === 2)
        await azure.putLedger('a.csv', ledgerCsv(published.slice(5).flatMap((one) => postedEach(one))));
      await run(azure, Math.random() * LONGEST_LIFE_MS);
    }
    await run(azure, undefined);
    // Messages that a killed process had taken come back into sight after a while.
    while (await azure.hasMessages()) await run(azure, undefined);

    const landed = await landedSequences(azure);
    for (const sequences of landed.values())
      expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, index) => index));
    expect([...landed.values()].flat()).toHaveLength(published.length);

    const days = tableDays(tableClient(azure.settings.state, TABLES.days));
    const { blobs } = await days.inputsOf(DATE);
    expect(blobs.reduce((sum, blob) => sum + blob.events, 0)).toBe(published.length);
    expect(blobs.map((blob) => blob.name).sort()).toEqual((await azure.blobNames(CONTAINERS.raw)).sort());

    const report = await azure.blob(CONTAINERS.reports, `${DATE}/report.json`);
    expect(parseReport(report)).toMatchObject({
      counts: { events: published.length },
      proof: { holds: true },
    });
    await checkAgainstUnkilled(report, published);
  } finally {
    await azure.stop();
  }
}, 180_000);

/** The same events and ledger, landed and reconciled by a process that nobody kills. */
async function checkAgainstUnkilled(report: Buffer, published: ReturnType<typeof eventsOf>): Promise<void> {
  const azure = await startReconcileAzure(2);
  try {
    await azure.publish(published);
    const rows = published.slice(5, 3 * EVENTS_PER_ROUND).flatMap((one) => postedEach(one));
    await azure.putLedger('a.csv', ledgerCsv(rows));
    await run(azure, undefined);
    expect((await azure.blob(CONTAINERS.reports, `${DATE}/report.json`)).toString('utf8')).toBe(
      report.toString('utf8'),
    );
  } finally {
    await azure.stop();
  }
}
