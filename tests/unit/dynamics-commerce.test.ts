import fc from 'fast-check';
import { dynamicsClient } from '../../shared/azure/dynamics-client.ts';
import { compareWithHeadquarters } from '../../shared/ledger/sources/dynamics-commerce/compare.ts';
import {
  dynamicsCommerceConfigSchema,
  NOT_READ,
  type DynamicsCommerceConfig,
} from '../../shared/ledger/sources/dynamics-commerce/config.ts';
import type {
  HeadquartersReceipt,
  HeadquartersRow,
} from '../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import { dynamicsCommerceSource } from '../../shared/ledger/sources/dynamics-commerce/source.ts';
import { HOUR_MS } from '../../shared/time.ts';
import {
  biHeadquarters,
  publicHeadquarters,
  type ServedHeadquarters,
  type ServedReceipt,
} from '../support/dynamics-headquarters.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  DynamicsServer,
  TENANT_ID,
  type DynamicsServerOptions,
} from '../support/dynamics-server.ts';
import { DATE, EUR } from '../support/ledger-fixtures.ts';
import { memorySnapshots } from '../support/memory-snapshots.ts';

const NOW = Date.parse('2026-03-03T06:00:00Z');
const PART = `dynamics-commerce:${DATE}`;

const open = new Set<DynamicsServer>();
afterEach(async () => {
  for (const server of open) await server.close();
  open.clear();
});

async function started(
  options: DynamicsServerOptions,
  given: Partial<Record<keyof DynamicsCommerceConfig, unknown>> = {},
  secret = CLIENT_SECRET,
) {
  const server = await DynamicsServer.start({ pageSize: 3, ...options });
  open.add(server);
  const snapshots = memorySnapshots();
  const state = { nowMs: NOW, config: dynamicsCommerceConfigSchema.parse({ lookBackDays: 4, ...given }) };
  const secrets = () => Promise.resolve([secret] as const);
  const source = dynamicsCommerceSource({
    client: dynamicsClient(
      {
        url: server.origin,
        app: { tenantId: TENANT_ID, clientId: CLIENT_ID },
        identityClientId: undefined,
        authorityHost: undefined,
      },
      { find: secrets, get: secrets },
      { httpClient: server.httpClient, pause: () => Promise.resolve() },
    ),
    snapshots,
    config: () => Promise.resolve(state.config),
    scrub: () =>
      Promise.resolve({
        id: (id) => id.replace(/4\d{15}/, 'card'),
        text: (text) => text.replace(/4\d{15}/, '****'),
      }),
    clock: () => state.nowMs,
  });
  return { server, source, snapshots, state };
}
type World = Awaited<ReturnType<typeof started>>;

async function rowsOf({ source }: World): Promise<HeadquartersRow[]> {
  const rows: HeadquartersRow[] = [];
  for await (const row of source.rows(PART)) rows.push(row);
  return rows;
}
const receiptsOf = async (one: World): Promise<HeadquartersReceipt[]> =>
  (await rowsOf(one)).flatMap((row) => ('receipt' in row ? [row.receipt] : []));
/** What is wrong, or the etag. */
const stateOf = async ({ source }: World): Promise<string | undefined> => {
  const part = (await source.list()).find(
    ({ name }) => name === PART || name === 'dynamics-commerce:connection',
  );
  return part?.failure?.message ?? part?.etag;
};
const served = (receipts: ServedReceipt[], more: Partial<ServedHeadquarters> = {}) =>
  biHeadquarters({ receipts, ...more });
const seven = Array.from({ length: 7 }, (_, index) => ({
  number: `N${index + 1}`,
  gross: `-${index + 1}.00`,
}));

describe('the receipts at headquarters', () => {
  test('are a part per business date, with validation, statement and what was paid, and without names', async () => {
    const one = await started({
      collections: served(
        [
          {
            number: '1',
            gross: '-11.90',
            statement: 'ST1',
            payments: [
              ['1', '20.00'],
              ['1', '-8.10'],
            ],
          },
          {
            number: '2',
            gross: '5.00',
            validation: 'Error',
            payments: [
              ['3', '-5.00'],
              ['3', '-9.00', true],
            ],
          },
          { number: '3', gross: '-1.00', date: '2026-03-01' },
        ],
        { posted: ['ST1'] },
      ),
    });
    expect((await one.source.list()).map(({ name }) => name).sort()).toEqual([
      'dynamics-commerce:2026-03-01',
      PART,
    ]);
    expect(await rowsOf(one)).toMatchObject([
      { statement: { statementId: 'ST1', isPosted: true, messages: [] } },
      {
        receipt: {
          store: 'S1',
          terminal: 'T1',
          transactionNumber: '1',
          receiptId: 'R-1',
          shift: 'SH1',
          validation: 'Successful',
          statementId: 'ST1',
          grossMinor: 1_190,
          paidMinor: 1_190,
        },
      },
      {
        receipt: {
          transactionNumber: '2',
          validation: 'Error',
          statementId: '',
          grossMinor: -500,
          paidMinor: -500,
        },
      },
    ]);
    const kept = JSON.stringify([...one.snapshots.held.values()]);
    expect(kept).not.toMatch(/Mustermann|000160|4111/);
    expect(one.server.requests.join()).not.toMatch(/customerName|staff|cardOrAccount/);
  });

  test("show what they can in the public entity, with Microsoft's own RreceiptId", async () => {
    const one = await started({
      collections: publicHeadquarters({ receipts: [{ number: '1', gross: '-11.90' }] }),
    });
    await one.source.list();
    expect(await receiptsOf(one)).toMatchObject([{ receiptId: 'R-1', grossMinor: 1_190, paidMinor: 1_190 }]);
    const [receipt] = await receiptsOf(one);
    expect([receipt?.validation, receipt?.statementId]).toEqual([undefined, undefined]);
  });

  test('come from the collection that shows most, and from another one where somebody says so', async () => {
    const both = {
      collections: [
        ...publicHeadquarters({ receipts: [{ number: 'public', gross: '-1.00' }] }),
        ...served([{ number: 'bi', gross: '-1.00' }]),
      ],
    };
    const usual = await started(both);
    await usual.source.list();
    expect((await receiptsOf(usual)).map(({ transactionNumber }) => transactionNumber)).toEqual(['bi']);
    const configured = await started(both, { receipts: { collection: 'RetailTransactions', fields: {} } });
    await configured.source.list();
    expect((await receiptsOf(configured)).map(({ transactionNumber }) => transactionNumber)).toEqual([
      'public',
    ]);
  });

  test('two receipts of one number survive as two, each with the payment of its own header', async () => {
    const one = await started({
      collections: served([
        { number: '1', gross: '-11.90', payments: [['1', '11.90']] },
        { number: '1', gross: '-23.80', payments: [['1', '23.80']] },
        { number: '1', gross: '-11.90', terminal: 'T2', payments: [['1', '11.90']] },
      ]),
    });
    await one.source.list();
    const receipts = await receiptsOf(one);
    expect(receipts.map(({ grossMinor, paidMinor }) => [grossMinor, paidMinor])).toEqual([
      [1_190, 1_190],
      [2_380, 2_380],
      [1_190, 1_190],
    ]);
    const day = compareWithHeadquarters(
      [till('1', 2_380), till('1', 1_190), till('1', 1_190, 'T2')],
      receipts,
    );
    expect(day).toMatchObject({ atHeadquarters: 3, notUploaded: [], amountDiffers: [], unknown: [] });
    expect(day.duplicateNumbers.map((some) => some.length)).toEqual([3]);
  });

  test('each tender is known where its payment method is named', async () => {
    const one = await started(
      {
        collections: served([
          {
            number: '1',
            gross: '-11.90',
            payments: [
              ['1', '1.90'],
              ['3', '10.00'],
            ],
          },
        ]),
      },
      { tenders: { 1: 'cash', 3: 'card' } },
    );
    await one.source.list();
    expect((await receiptsOf(one))[0]?.tenders).toEqual([
      { type: 'card', amountMinor: 1_000 },
      { type: 'cash', amountMinor: 190 },
    ]);
  });

  test('a statement that is not posted says why, in the words of Dynamics and without card numbers', async () => {
    const one = await started({
      collections: served(
        [
          { number: '1', gross: '-1.00', statement: 'ST1' },
          { number: '2', gross: '-2.00', statement: "ST'2" },
        ],
        {
          posted: ['ST1'],
          errors: [
            { statement: "ST'2", message: 'Period for 2026-03-02 does not exist, card 4111111111111111' },
          ],
        },
      ),
    });
    await one.source.list();
    expect((await rowsOf(one)).filter((row) => 'statement' in row)).toEqual([
      {
        statement: {
          statementId: "ST'2",
          isPosted: false,
          messages: ['Period for 2026-03-02 does not exist, card ****'],
        },
      },
      { statement: { statementId: 'ST1', isPosted: true, messages: [] } },
    ]);
  });

  test('only the companies that are named are read', async () => {
    const one = await started(
      {
        collections: served([
          { number: '1', gross: '-1.00' },
          { number: '2', gross: '-1.00', company: 'demf' },
        ]),
      },
      { companies: ['demf'] },
    );
    await one.source.list();
    expect((await receiptsOf(one)).map(({ transactionNumber }) => transactionNumber)).toEqual(['2']);
  });

  test('nothing is asked where headquarters is not read', async () => {
    const one = await started({ collections: served([...seven]) });
    one.state.config = NOT_READ;
    expect(await one.source.list()).toEqual([]);
    expect(one.server.requests).toEqual([]);
  });
});

describe('what goes wrong on the way', () => {
  test('throttles, a token that ends and a cut connection in the middle of the pages lose no receipt', async () => {
    for (const mishap of [{ status: 429, retryAfterSeconds: 2 }, { status: 503 }, { cutAfterBytes: 40 }]) {
      const one = await started({
        collections: served([...seven]),
        mishap: ({ number }) => (number % 3 === 0 ? mishap : undefined),
      });
      await one.source.list();
      expect((await receiptsOf(one)).map(({ grossMinor }) => grossMinor)).toEqual([
        100, 200, 300, 400, 500, 600, 700,
      ]);
    }
    let isEnded = false;
    const one = await started({
      collections: served([...seven]),
      mishap: ({ url }) => {
        if (!isEnded && url.searchParams.has('$skiptoken')) {
          isEnded = true;
          one.server.endTokens();
          return { status: 401 };
        }
        return undefined;
      },
    });
    await one.source.list();
    expect(await receiptsOf(one)).toHaveLength(7);
    expect(one.server.tokens).toBe(2);
  });

  test('a chain of pages that breaks keeps what the date had, and says so', async () => {
    const collections = served([...seven]);
    let isBroken = false;
    const one = await started({
      collections,
      mishap: ({ url }) => (isBroken && url.searchParams.has('$skiptoken') ? { status: 503 } : undefined),
    });
    await one.source.list();
    isBroken = true;
    collections[0]!.rows[0]!['grossAmount'] = '-99.00';
    expect(await stateOf(one)).toMatch(/answered 503 for RetailTransactionTableBIEntities/);
    expect((await receiptsOf(one)).map(({ grossMinor }) => grossMinor)).toEqual([
      100, 200, 300, 400, 500, 600, 700,
    ]);
    isBroken = false;
    expect(await stateOf(one)).not.toMatch(/503/);
    expect((await receiptsOf(one))[0]?.grossMinor).toBe(9_900);
  });

  test('rows that change while they are read are read again, and said where they do not stop', async () => {
    const collections = served([...seven]);
    let times = 0;
    const one = await started({
      collections,
      mishap: ({ url }) => {
        // A receipt of an earlier page goes away before the next one is asked for.
        if (url.searchParams.has('$skiptoken') && times < 1) {
          times += 1;
          collections[0]!.rows.shift();
        }
        return undefined;
      },
    });
    await one.source.list();
    expect((await receiptsOf(one)).map(({ grossMinor }) => grossMinor)).toEqual([
      200, 300, 400, 500, 600, 700,
    ]);
    times = -5;
    collections[0]!.rows.push({ ...collections[0]!.rows[0]!, transactionId: 'N9' });
    expect(await stateOf(one)).toMatch(/counted \d rows of \w+ and gave \d: they change while they are read/);
  });

  test.each([
    ['a wrong secret', {}, {}, 'wrong', /Invalid client secret/],
    [
      'a tenant that is another',
      { tenantId: 'a6b1c1de-0000-4000-8000-000000000000' },
      {},
      CLIENT_SECRET,
      /Tenant .* not found|invalid_tenant/i,
    ],
    [
      'a collection that is missing',
      {},
      { receipts: { collection: 'RetailSales', fields: {} } },
      CLIENT_SECRET,
      /has no collection RetailSales .*dynamics-commerce\.json/,
    ],
    [
      'a field that is missing',
      {},
      { receipts: { fields: { ReceiptId: 'Beleg' } } },
      CLIENT_SECRET,
      /no field Beleg in RetailTransactionTableBIEntities.*"ReceiptId" in master-data\/dynamics-commerce/,
    ],
    [
      'named payments that are missing',
      {},
      { payments: { collection: 'Zahlungen', fields: {} } },
      CLIENT_SECRET,
      /no collection Zahlungen \(the payment lines/,
    ],
  ])('%s is said with what, where and how to correct it', async (_, server, config, secret, said) => {
    const one = await started({ collections: served([...seven]), ...server }, config, secret);
    expect(await stateOf(one)).toMatch(said);
    expect(await receiptsOf(one)).toEqual([]);
  });

  test('an older date is read again when a receipt comes late, and once a day for what was corrected', async () => {
    const collections = served([{ number: '1', gross: '-1.00', validation: 'Error' }]);
    const one = await started({ collections }, { recheckDays: 0, lookBackDays: 30 });
    one.state.nowMs = NOW + 72 * HOUR_MS;
    await one.source.list();
    collections[0]!.rows[0]!['validationStatus'] = 'Successful';
    await one.source.list();
    expect((await receiptsOf(one))[0]?.validation).toBe('Error');
    collections[0]!.rows.push({ ...collections[0]!.rows[0]!, transactionId: '2' });
    await one.source.list();
    expect((await receiptsOf(one)).map(({ validation }) => validation)).toEqual(['Successful', 'Successful']);
    collections[0]!.rows[0]!['statementId'] = 'ST1';
    one.state.nowMs += 25 * HOUR_MS;
    await one.source.list();
    expect((await receiptsOf(one))[0]?.statementId).toBe('ST1');
  });
});

const till = (transactionId: string, grossMinor: number, tillId = 'T1') => ({
  tillId,
  transactionId,
  currency: EUR,
  grossMinor,
});
const there = (
  transactionNumber: string,
  grossMinor: number,
  more: Partial<HeadquartersReceipt> = {},
): HeadquartersReceipt => ({
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
  paidMinor: grossMinor,
  isOffline: false,
  ...more,
});

describe('the comparison', () => {
  test('finds receipts by the number of the receipt as well, and says another amount', () => {
    const receipts = [
      there('1', 100, { receiptId: 'R-1' }),
      there('9', 700),
      there('8', 100, { status: 'Voided' }),
      there('7', 1, { type: 'TenderDeclaration' }),
    ];
    expect(compareWithHeadquarters([till('R-1', 150), till('8', 100)], receipts)).toMatchObject({
      notUploaded: [],
      notInForce: [{ till: { transactionId: '8' }, headquarters: { status: 'Voided' } }],
      amountDiffers: [{ till: { grossMinor: 150 }, headquarters: { grossMinor: 100 } }],
      noReceipts: 2,
      unknown: [{ transactionNumber: '9' }],
    });
  });

  test('of two receipts of one number, each is that of its own till', () => {
    const [one, other] = [there('1', 100), there('1', 100, { terminal: 'T2', validation: 'Error' })];
    const { pairs } = compareWithHeadquarters([till('1', 100, 'T2'), till('1', 100)], [one, other]);
    expect(pairs.find(({ till: { tillId } }) => tillId === 'T2')?.headquarters).toBe(other);
  });

  test('property: each receipt of either side is paired once or said to be missing', () => {
    const number = fc.constantFrom('1', '2', '3');
    const amount = fc.integer({ min: 1, max: 3 });
    const terminal = fc.constantFrom('T1', 'T2');
    const status = fc.constantFrom('', 'Voided');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, amount, terminal)),
        fc.array(fc.tuple(number, amount, terminal, status)),
        (ours, theirs) => {
          const receipts = theirs.map(([transactionNumber, gross, of, is]) =>
            there(transactionNumber, gross, { terminal: of, status: is }),
          );
          const day = compareWithHeadquarters(
            ours.map(([id, gross, tillId]) => till(id, gross, tillId)),
            receipts,
          );
          expect(day.pairs.length + day.notUploaded.length + day.notInForce.length).toBe(ours.length);
          expect(day.pairs.length + day.unknown.length + day.noReceipts).toBe(theirs.length);
          expect(new Set(day.pairs.map(({ headquarters }) => headquarters)).size).toBe(day.pairs.length);
        },
      ),
    );
  });
});
