import fc from 'fast-check';
import { dynamicsClient } from '../../shared/azure/dynamics-client.ts';
import { compareWithHeadquarters } from '../../shared/ledger/sources/dynamics-commerce/compare.ts';
import {
  headquartersReceipts,
  type HeadquartersReceipt,
} from '../../shared/ledger/sources/dynamics-commerce/read-receipts.ts';
import { CLIENT_ID, CLIENT_SECRET, DynamicsServer, TENANT_ID } from '../support/dynamics-server.ts';
import { DATE, EUR } from '../support/ledger-fixtures.ts';
import type { ServedCollection } from '../support/odata-answer.ts';

const PROPERTIES = {
  dataAreaId: 'Edm.String',
  TransactionNumber: 'Edm.String',
  OperatingUnitNumber: 'Edm.String',
  Terminal: 'Edm.String',
  RreceiptId: 'Edm.String',
  TransactionType: 'RetailTransactionType',
  TransactionStatus: 'RetailEntryStatus',
  Shift: 'Edm.String',
  BusinessDate: 'Edm.DateTimeOffset',
  Currency: 'Edm.String',
  GrossAmount: 'Edm.Decimal',
  CreatedOffline: 'NoYes',
  CustomerName: 'Edm.String',
};
const row = (number: string, gross: string, more: Record<string, string> = {}): Record<string, string> => ({
  dataAreaId: 'usrt',
  TransactionNumber: number,
  OperatingUnitNumber: 'S1',
  Terminal: 'T1',
  RreceiptId: `R-${number}`,
  TransactionType: 'Sales',
  TransactionStatus: 'None',
  Shift: '1',
  BusinessDate: `${DATE}T12:00:00Z`,
  Currency: 'EUR',
  GrossAmount: gross,
  CreatedOffline: 'No',
  CustomerName: 'Erika Mustermann',
  ...more,
});
const served = (rows: Record<string, string>[], more: Record<string, string> = {}): ServedCollection => ({
  name: 'RetailTransactions',
  type: 'RetailTransaction',
  keys: ['dataAreaId', 'TransactionNumber', 'OperatingUnitNumber', 'Terminal'],
  properties: { ...PROPERTIES, ...more },
  rows,
});

async function read(collection: ServedCollection) {
  const server = await DynamicsServer.start({ collections: [collection], pageSize: 2 });
  const secrets = () => Promise.resolve([CLIENT_SECRET] as const);
  const client = dynamicsClient(
    {
      url: server.origin,
      app: { tenantId: TENANT_ID, clientId: CLIENT_ID },
      identityClientId: undefined,
      authorityHost: undefined,
    },
    { find: secrets, get: secrets },
    { httpClient: server.httpClient, pause: () => Promise.resolve() },
  );
  try {
    return { receipts: await headquartersReceipts(client, DATE), requests: server.requests.join() };
  } finally {
    await server.close();
  }
}

const till = (transactionId: string, grossMinor: number) => ({
  tillId: 'T1',
  transactionId,
  currency: EUR,
  grossMinor,
});

describe('the receipts at headquarters', () => {
  test("are read with Microsoft's own RreceiptId, without names, and a sale's negative gross is what the till took", async () => {
    const { receipts, requests } = await read(served([row('1', '-11.90'), row('2', '5.00')]));
    expect(receipts).toMatchObject([
      {
        transactionNumber: '1',
        receiptId: 'R-1',
        grossMinor: 1_190,
        validation: undefined,
        statementId: undefined,
      },
      { transactionNumber: '2', grossMinor: -500 },
    ]);
    expect(requests).not.toContain('CustomerName');
  });

  test('two receipts of one number survive as two', async () => {
    const { receipts } = await read(
      served([row('1', '-11.90'), row('1', '-23.80', { Terminal: 'T2' }), row('3', '-1.00')]),
    );
    expect(receipts).toHaveLength(3);
    const day = compareWithHeadquarters([till('1', 2_380), till('1', 1_190), till('3', 100)], receipts);
    expect(day).toMatchObject({
      received: 3,
      atHeadquarters: 3,
      notUploaded: [],
      amountDiffers: [],
      unknown: [],
    });
    expect(day.duplicateNumbers.map((some) => some.map(({ grossMinor }) => grossMinor))).toEqual([
      [1_190, 2_380],
    ]);
  });

  test('show validation and statement where this version has them', async () => {
    const { receipts } = await read(
      served(
        [
          row('1', '-1.00', { ValidationStatus: 'Successful', StatementId: 'ST1' }),
          row('2', '-2.00', { ValidationStatus: 'Error', StatementId: '' }),
        ],
        { ValidationStatus: 'RetailTransactionValidationStatus', StatementId: 'Edm.String' },
      ),
    );
    expect(compareWithHeadquarters([till('1', 100), till('2', 200), till('3', 300)], receipts)).toMatchObject(
      {
        validated: 1,
        inStatement: 1,
        failedValidation: [{ transactionNumber: '2' }],
        notUploaded: [{ transactionId: '3' }],
      },
    );
    const without = await read(served([row('1', '-1.00')]));
    expect(compareWithHeadquarters([], without.receipts)).toMatchObject({
      validated: undefined,
      inStatement: undefined,
    });
  });

  test('are found by the number of the receipt as well, and another amount is said', async () => {
    const { receipts } = await read(
      served([row('1', '-1.00'), row('9', '-7.00'), row('8', '-1.00', { TransactionStatus: 'Voided' })]),
    );
    expect(compareWithHeadquarters([till('R-1', 150)], receipts)).toMatchObject({
      notUploaded: [],
      amountDiffers: [{ till: { grossMinor: 150 }, headquarters: { grossMinor: 100 } }],
      unknown: [{ transactionNumber: '9' }],
    });
  });

  test('property: each receipt of either side is paired once or said to be missing', () => {
    const number = fc.constantFrom('1', '2', '3');
    const amount = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, amount)), fc.array(fc.tuple(number, amount)), (ours, theirs) => {
        const receipts = theirs.map(([transactionNumber, grossMinor]): HeadquartersReceipt => ({
          store: 'S1',
          terminal: 'T1',
          transactionNumber,
          receiptId: '',
          shift: '',
          type: 'Sales',
          status: '',
          validation: undefined,
          statementId: undefined,
          currency: EUR,
          grossMinor,
          isOffline: false,
        }));
        const day = compareWithHeadquarters(
          ours.map(([id, gross]) => till(id, gross)),
          receipts,
        );
        expect(ours.length - day.notUploaded.length).toBe(receipts.length - day.unknown.length);
      }),
    );
  });
});
