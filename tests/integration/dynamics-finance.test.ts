import { parseReport } from '../../shared/azure/days/reports.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { tableClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES, SECRETS, TABLES } from '../../shared/azure/names.ts';
import type { Logger } from '../../shared/log.ts';
import { formatAmount } from '../../shared/money.ts';
import { wireReconcile, type Reconciliation } from '../../functions/reconcile/wire.ts';
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
const posted = transactions.flatMap((transaction) => postedEach(transaction));

let azure: ReconcileAzure;
let served: ServedCollection;
let server: DynamicsServer;
let reconciliation: Reconciliation;
let isDown: boolean;

beforeEach(async () => {
  isDown = false;
  served = flatLedger(
    posted.map((entry, index) => ({
      recId: 5_637_144_576n + BigInt(index),
      date: DATE,
      account: `${entry.account}|${entry.storeDimension}`,
      amount: formatAmount(entry.amountMinor, EUR),
      voucher: entry.voucher,
      document: entry.documentNumber,
    })),
  );
  for (const [index, row] of served.rows.entries()) row['JournalNumber'] = posted[index]?.journalNumber ?? '';
  server = await DynamicsServer.start({
    collections: [served],
    pageSize: 2,
    mishap: ({ url }) => (isDown && url.searchParams.has('$skiptoken') ? { status: 503 } : undefined),
  });
  azure = await startReconcileAzure(2, { [SECRETS.dynamicsClientSecret]: CLIENT_SECRET });
  const dynamics = {
    url: server.origin,
    app: { tenantId: TENANT_ID, clientId: CLIENT_ID },
    identityClientId: undefined,
    authorityHost: undefined,
  };
  await azure.putMasterData(MASTER_DATA_FILES.dynamicsFinance, {
    lookBackDays: 5,
    account: { kind: 'dimensions', separator: '|', segments: ['MainAccount', 'Store'] },
  });
  reconciliation = wireReconcile({ ...azure.settings, dynamics }, () => NOW, log, undefined, {
    httpClient: server.httpClient,
    pause: () => Promise.resolve(),
  });
  await azure.publish(transactions);
  await reconciliation.land(log);
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
const reportText = async (): Promise<string> =>
  (await azure.blob(CONTAINERS.reports, `${DATE}/report.json`)).toString('utf8');

test('the ledger of Dynamics 365 reconciles with the tills, and an edited row reopens its date', async () => {
  await reconcileWhatIsDue();
  const report = parseReport(Buffer.from(await reportText()));
  expect(report).toMatchObject({ exceptions: [], ledgerFiles: [`dynamics-finance:${DATE}`] });
  expect(report.proof).toMatchObject({ holds: true });
  expect(report.counts.ledgerEntries).toBe(posted.length);

  served.rows[0]!['TransactionCurrencyAmount'] = '1.00';
  await reconcileWhatIsDue();
  expect(parseReport(Buffer.from(await reportText())).exceptions.map(({ category }) => category)).toEqual([
    'amount-differs',
  ]);
});

test('a run that breaks in the middle of the pages leaves the report in place, and finance is told', async () => {
  await reconcileWhatIsDue();
  const before = await reportText();
  isDown = true;
  served.rows[0]!['TransactionCurrencyAmount'] = '1.00';
  await expect(reconcileWhatIsDue()).rejects.toMatchObject({ code: 'ledger-file' });
  expect(await reportText()).toBe(before);
  const files = await tableDays(tableClient(azure.settings.state, TABLES.days)).indexedLedgerFiles();
  expect(files).toMatchObject([
    { name: `dynamics-finance:${DATE}`, badRows: 1, firstErrors: [expect.stringMatching(/answered 503/)] },
  ]);
  isDown = false;
  await reconcileWhatIsDue();
  expect(await reportText()).not.toBe(before);
});

test('a posting that is in Dynamics 365 and in a file counts once, and that is said', async () => {
  await azure.putLedger('export.csv', ledgerCsv(posted));
  await reconcileWhatIsDue();
  const report = parseReport(Buffer.from(await reportText()));
  expect(report.counts.ledgerEntries).toBe(posted.length);
  expect(report.exceptions.map(({ category }) => category)).toEqual(['posting-in-two-files']);
  expect(report.exceptions[0]?.detail).toMatch(/count once/);
});
