import { parseReport } from '../../shared/azure/days/reports.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { tableClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES, SECRETS, TABLES } from '../../shared/azure/names.ts';
import type { Logger } from '../../shared/log.ts';
import { formatAmount } from '../../shared/money.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { wireReconcile, type Reconciliation } from '../../functions/reconcile/wire.ts';
import { printHeadquarters } from '../../infra/operate/headquarters.ts';
import { biHeadquarters } from '../support/dynamics-headquarters.ts';
import { flatLedger } from '../support/dynamics-ledger.ts';
import { CLIENT_ID, CLIENT_SECRET, DynamicsServer, TENANT_ID } from '../support/dynamics-server.ts';
import type { ServedCollection } from '../support/odata-answer.ts';
import { DATE, EUR, postedEach, sale } from '../support/ledger-fixtures.ts';
import {
  handleMessages,
  ledgerCsv,
  startReconcileAzure,
  type ReconcileAzure,
} from '../support/reconcile-azure.ts';

const log: Logger = { info: () => {}, warn: () => {}, error: () => {} };
const NOW = Date.parse('2026-03-05T12:00:00Z');
const transactions = [sale('1', 1_190), sale('2', 2_380), sale('3', 595)];

let azure: ReconcileAzure;
let receipts: ServedCollection;
let server: DynamicsServer;
let reconciliation: Reconciliation;
let isDown: boolean;

const dynamics = () => ({
  url: server.origin,
  app: { tenantId: TENANT_ID, clientId: CLIENT_ID },
  identityClientId: undefined,
  authorityHost: undefined,
});
const network = () => ({ httpClient: server.httpClient, pause: () => Promise.resolve() });

beforeEach(async () => {
  isDown = false;
  const collections = biHeadquarters({
    receipts: transactions.map(({ transactionId, tillId, shiftId = '', totals }, index) => ({
      number: transactionId,
      terminal: tillId,
      shift: shiftId,
      gross: formatAmount(-totals.grossMinor, EUR),
      statement: index === 2 ? 'ST2' : 'ST1',
    })),
    posted: ['ST1'],
    errors: [{ statement: 'ST2', message: 'Batch number X is not created' }],
  });
  [receipts] = collections as [ServedCollection];
  server = await DynamicsServer.start({
    collections: [flatLedger([]), ...collections],
    pageSize: 2,
    mishap: ({ url }) => (isDown && url.searchParams.has('$skiptoken') ? { status: 503 } : undefined),
  });
  azure = await startReconcileAzure(2, { [SECRETS.dynamicsClientSecret]: CLIENT_SECRET });
  await azure.putMasterData(MASTER_DATA_FILES.dynamicsFinance, { lookBackDays: 1 });
  await azure.putMasterData(MASTER_DATA_FILES.dynamicsCommerce, { lookBackDays: 5, recheckDays: 5 });
  reconciliation = wireReconcile(
    { ...azure.settings, dynamics: dynamics() },
    () => NOW,
    log,
    undefined,
    network(),
  );
  await azure.publish(transactions);
  await reconciliation.land(log);
  await azure.putLedger('export.csv', ledgerCsv(transactions.slice(0, 2).flatMap((one) => postedEach(one))));
});
afterEach(async () => {
  await reconciliation.close();
  await azure.stop();
  await server.close();
});

async function reconcileWhatIsDue(): Promise<void> {
  await reconciliation.plan(log);
  await handleMessages(azure, reconciliation, log);
}
const report = async (): Promise<DayReport> =>
  parseReport(await azure.blob(CONTAINERS.reports, `${DATE}/report.json`));

test('the report tells how far each receipt came at headquarters, and news from there reopens it', async () => {
  await reconcileWhatIsDue();
  expect(await report()).toMatchObject({
    proof: { holds: true },
    exceptions: [
      { category: 'blocked-in-dynamics', detail: expect.stringContaining('Batch number X') as string },
    ],
    completeness: [{ uploaded: { receipts: 3 }, inStatement: { receipts: 3 }, inLedger: { receipts: 2 } }],
  });
  receipts.rows[2]!['statementId'] = '';
  receipts.rows[2]!['validationStatus'] = 'Error';
  await reconcileWhatIsDue();
  expect((await report()).exceptions.map(({ category }) => category)).toEqual(['failed-validation']);
});

test('a chain of pages that breaks leaves the report in place, and finance is told', async () => {
  await reconcileWhatIsDue();
  const before = JSON.stringify(await report());
  isDown = true;
  receipts.rows[0]!['grossAmount'] = '-9.00';
  await expect(reconcileWhatIsDue()).rejects.toMatchObject({ code: 'ledger-file' });
  expect(JSON.stringify(await report())).toBe(before);
  const files = await tableDays(tableClient(azure.settings.state, TABLES.days)).indexedLedgerFiles();
  expect(files.find(({ name }) => name === `dynamics-commerce:${DATE}`)).toMatchObject({
    badRows: 1,
    firstErrors: [expect.stringMatching(/answered 503/)],
  });
  isDown = false;
  await reconcileWhatIsDue();
  expect((await report()).completeness?.[0]?.gaps).toContainEqual(
    expect.objectContaining({ kind: 'amount-differs-there', receipts: 1 }),
  );
});

test('the command asks headquarters itself, and names statements that are not posted', async () => {
  const lines: string[] = [];
  receipts.rows[1]!['validationStatus'] = 'Error';
  const parts = { settings: { ...azure.settings, dynamics: dynamics() }, clock: () => NOW, log };
  const counts = await printHeadquarters(
    { ...parts, say: (line) => lines.push(line) },
    DATE,
    undefined,
    network(),
  );
  expect(counts).toEqual({ receipts: 6, open: 1 });
  expect(lines).toEqual([
    expect.stringMatching(/tills sent 3, headquarters has 3, validated 2, in a statement 3/),
    expect.stringMatching(/failed validation {2}2 {2}/),
    'statement ST2 is not posted: Batch number X is not created',
  ]);
});
