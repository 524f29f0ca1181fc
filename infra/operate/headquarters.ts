import { dynamicsCommerceConfigOf } from '../../functions/reconcile/matching/wire-dynamics.ts';
import { containerClient } from '../../shared/azure/clients.ts';
import { dynamicsClient, type DynamicsNetwork } from '../../shared/azure/dynamics-client.ts';
import { masterDataFile } from '../../shared/azure/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { PermanentError } from '../../shared/errors.ts';
import { ReceiptBook, type Receipt } from '../../shared/forecast/receipts.ts';
import { dynamicsSetup, NO_SETUP } from '../../shared/forecast/setup.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import {
  compareWithHeadquarters,
  type HeadquartersDay,
} from '../../shared/ledger/sources/dynamics-commerce/compare.ts';
import { commerceCollections } from '../../shared/ledger/sources/dynamics-commerce/collections.ts';
import type {
  HeadquartersReceipt,
  HeadquartersStatement,
} from '../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import { receiptsOfDate, statementsOf } from '../../shared/ledger/sources/dynamics-commerce/read-day.ts';
import { formatAmount } from '../../shared/money.ts';
import { storesFileSchema } from '../../shared/pos/stores-file.ts';
import { scrubFreeText } from '../../shared/privacy/scrub.ts';
import { MINUTE_MS } from '../../shared/time.ts';
import type { OperateParts } from './commands.ts';
import { landedEvents } from './landed-events.ts';

/**
 * Prints how far the receipts of a business date have come at Dynamics 365 Commerce headquarters: received from the tills,
 * uploaded, validated, in a statement. Nothing is changed.
 * @returns how many receipts there are on either side, and how many of them do not agree.
 * @throws PermanentError `bad-settings` where no environment is set; what the OData client throws
 */
export async function printHeadquarters(
  { settings, clock, log, say }: OperateParts,
  businessDate: BusinessDate,
  storeId: string | undefined,
  network: DynamicsNetwork = {},
): Promise<{ receipts: number; open: number }> {
  if (!settings.dynamics)
    throw new PermanentError('bad-settings', 'App setting Dynamics__url is missing: no headquarters to ask');
  const fromMasterData = {
    container: containerClient(settings.state, CONTAINERS.masterData),
    refreshMs: MINUTE_MS,
    clock,
    log,
  };
  const stores = await masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.stores,
    schema: storesFileSchema,
    index: (file) => file.stores,
  }).get();
  const book = new ReceiptBook(businessDate, dynamicsSetup(NO_SETUP));
  for await (const event of landedEvents(settings, businessDate, storeId)) book.add(event);
  const secrets = cachedSecrets({
    read: secretReader(settings.secrets, clock),
    refreshMs: MINUTE_MS,
    clock,
    log,
  });
  const client = dynamicsClient(settings.dynamics, secrets, network);
  // An operating unit is named by the store's ledger dimension, or by our own id.
  const storeOf = new Map(
    stores.flatMap((one) => [
      [one.storeId, one.storeId],
      [one.ledgerDimension, one.storeId],
    ]),
  );
  const tills = new Map<string, Receipt[]>();
  const others = new Map<string, HeadquartersReceipt[]>();
  for (const one of book.close().receipts) tills.set(one.storeId, [...(tills.get(one.storeId) ?? []), one]);
  const config = await dynamicsCommerceConfigOf(fromMasterData)();
  const question = { client, config, collections: commerceCollections(await client.metadata(), config) };
  const all = await receiptsOfDate(question, businessDate);
  for (const one of all) {
    const id = storeOf.get(one.store) ?? one.store;
    if (storeId === undefined || storeId === id) others.set(id, [...(others.get(id) ?? []), one]);
  }
  let [receipts, open] = [0, 0];
  for (const id of [...new Set([...tills.keys(), ...others.keys()])].sort()) {
    const day = compareWithHeadquarters(tills.get(id) ?? [], others.get(id) ?? []);
    receipts += day.received + day.atHeadquarters;
    for (const line of linesOf(id, day)) {
      say(line);
      if (line.startsWith('  ')) open += 1;
    }
  }
  const statements = await statementsOf(question, all, (text) => scrubFreeText(text));
  for (const line of statements.filter(({ isPosted }) => !isPosted).map(statementLine)) say(line);
  return { receipts, open };
}

const statementLine = ({ statementId, messages }: HeadquartersStatement): string =>
  `statement ${statementId} is not posted${messages.length === 0 ? '' : `: ${messages.join('; ')}`}`;

function linesOf(storeId: string, day: HeadquartersDay): string[] {
  const known = (count: number | undefined): string => (count === undefined ? 'not shown' : String(count));
  const amount = (one: HeadquartersReceipt): string =>
    one.grossMinor === undefined || one.currency === undefined
      ? 'no amount'
      : `${formatAmount(one.grossMinor, one.currency)} ${one.currency}`;
  return [
    `${storeId}: tills sent ${day.received}, headquarters has ${day.atHeadquarters}, validated ${known(day.validated)}, in a statement ${known(day.inStatement)}; ${day.noReceipts} rows are no receipts in force`,
    ...day.notUploaded.map(
      (one) =>
        `  not uploaded       ${one.transactionId}  till ${one.tillId}  ${formatAmount(one.grossMinor, one.currency)} ${one.currency}`,
    ),
    ...day.notInForce.map(
      ({ till, headquarters }) =>
        `  ${headquarters.status.toLowerCase().padEnd(18)} ${till.transactionId}  till ${formatAmount(till.grossMinor, till.currency)} ${till.currency}`,
    ),
    ...day.failedValidation.map((one) => `  failed validation  ${one.transactionNumber}  ${amount(one)}`),
    ...day.amountDiffers.map(
      ({ till, headquarters }) =>
        `  amount differs     ${till.transactionId}  till ${formatAmount(till.grossMinor, till.currency)} ${till.currency}, headquarters ${amount(headquarters)}`,
    ),
    ...day.duplicateNumbers.map(
      (some) =>
        `  one number twice   ${some[0]?.transactionNumber}: ${some.map((one) => `terminal ${one.terminal} ${amount(one)}`).join(' and ')}`,
    ),
    ...day.unknown.map((one) => `  at headquarters only  ${one.transactionNumber}  ${amount(one)}`),
  ];
}
