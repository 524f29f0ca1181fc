import fc from 'fast-check';
import { dynamicsClient } from '../../shared/azure/dynamics-client.ts';
import type { SecretValues } from '../../shared/azure/secrets.ts';
import { businessDate } from '../../shared/ids.ts';
import type { ODataClient, ODataRow } from '../../shared/odata/client.ts';
import { parseExactJson } from '../../shared/odata/exact-json.ts';
import { resolveCollection } from '../../shared/odata/fields.ts';
import { MetadataReader } from '../../shared/odata/metadata.ts';
import { allOf, isOneOf, onDate, textLiteral, type ODataQuery } from '../../shared/odata/query.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  DynamicsServer,
  TENANT_ID,
  type DynamicsServerOptions,
} from '../support/dynamics-server.ts';
import { edmxOf } from '../support/edmx.ts';
import type { ServedCollection } from '../support/odata-answer.ts';

const entries = (count: number): ServedCollection => ({
  name: 'GeneralJournalAccountEntries',
  type: 'GeneralJournalAccountEntry',
  keys: ['dataAreaId', 'RecId'],
  properties: {
    dataAreaId: 'Edm.String',
    RecId: 'Edm.Int64',
    AccountingDate: 'Edm.DateTimeOffset',
    TransactionCurrencyAmount: 'Edm.Decimal',
    IsCredit: 'NoYes',
  },
  ownCompany: 'dat',
  rows: Array.from({ length: count }, (_, index) => ({
    dataAreaId: 'usrt',
    RecId: String(9007199254740993n + BigInt(index)),
    AccountingDate: '2026-03-02T12:00:00Z',
    TransactionCurrencyAmount: `${index}.10`,
    IsCredit: 'No',
  })),
});

const QUERY: ODataQuery = {
  collection: 'GeneralJournalAccountEntries',
  select: ['RecId', 'TransactionCurrencyAmount'],
  orderBy: 'RecId',
  count: true,
};

interface World {
  readonly server: DynamicsServer;
  readonly client: ODataClient;
  readonly pauses: number[];
}

async function world(
  options: Partial<DynamicsServerOptions>,
  app: { tenantId?: string; clientId?: string; secrets?: string[] } = {},
): Promise<World> {
  const server = await DynamicsServer.start({ collections: [entries(7)], pageSize: 2, ...options });
  const pauses: number[] = [];
  const secrets = (app.secrets ?? [CLIENT_SECRET]) as unknown as SecretValues;
  const client = dynamicsClient(
    {
      url: server.origin,
      app: { tenantId: app.tenantId ?? TENANT_ID, clientId: app.clientId ?? CLIENT_ID },
      identityClientId: undefined,
      authorityHost: undefined,
    },
    { find: () => Promise.resolve(secrets), get: () => Promise.resolve(secrets) },
    {
      httpClient: server.httpClient,
      pause: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    },
  );
  return { server, client, pauses };
}

async function rowsOf(client: ODataClient, query = QUERY): Promise<ODataRow[]> {
  const rows: ODataRow[] = [];
  for await (const page of client.pages(query)) rows.push(...page.rows);
  return rows;
}

let open: DynamicsServer | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function opened(...given: Parameters<typeof world>): Promise<World> {
  const made = await world(...given);
  open = made.server;
  return made;
}

describe('reading an OData service', () => {
  test('follows every page, and keeps record ids and amounts as they were sent', async () => {
    const { client } = await opened({});
    const rows = await rowsOf(client);
    expect(rows.map((row) => row['RecId'])).toEqual(
      Array.from({ length: 7 }, (_, index) => String(9007199254740993n + BigInt(index))),
    );
    expect(rows[3]).toMatchObject({ TransactionCurrencyAmount: '3.10' });
  });

  test('asks for the rows of every company', async () => {
    const { client, server } = await opened({});
    await rowsOf(client);
    expect(server.requests[0]).toContain('cross-company=true');
  });

  test('gives the number of rows with the first page', async () => {
    const { client } = await opened({});
    const counts: (number | undefined)[] = [];
    for await (const { count } of client.pages(QUERY)) counts.push(count);
    expect(counts[0]).toBe(7);
  });

  test('waits as long as the service asks for when it is throttled', async () => {
    const { client, pauses } = await opened({
      mishap: ({ number }) => (number === 2 ? { status: 429, retryAfterSeconds: 17 } : undefined),
    });
    expect(await rowsOf(client)).toHaveLength(7);
    expect(pauses).toEqual([17_000]);
  });

  test('does not wait for hours', async () => {
    const { client, pauses } = await opened({
      mishap: ({ number }) => (number === 2 ? { status: 429, retryAfterSeconds: 7_200 } : undefined),
    });
    await expect(rowsOf(client)).rejects.toMatchObject({ code: 'odata-throttled', retryAfterMs: 7_200_000 });
    expect(pauses).toEqual([]);
  });

  test('gives up a service that is throttled without end', async () => {
    const { client, pauses } = await opened({ mishap: () => ({ status: 429, retryAfterSeconds: 1 }) });
    await expect(rowsOf(client)).rejects.toMatchObject({ code: 'odata-throttled' });
    expect(pauses).toHaveLength(5);
  });

  test.each([
    ['a 503', { status: 503 }],
    ['a connection that ends in the middle of a page', { cutAfterBytes: 120 }],
    ['a page of a gateway', { status: 200, body: '<html>Bad gateway</html>' }],
  ])('asks again for the page after %s', async (_, mishap) => {
    const { client } = await opened({ mishap: ({ number }) => (number === 3 ? mishap : undefined) });
    expect(await rowsOf(client)).toHaveLength(7);
  });

  test('takes a new token where the old one ended between two pages', async () => {
    const { client, server } = await opened({});
    let seen = 0;
    for await (const { rows } of client.pages(QUERY)) {
      seen += rows.length;
      if (seen === 4) server.endTokens();
    }
    expect(seen).toBe(7);
    expect(server.tokens).toBe(2);
  });

  test('does not go round in a circle of pages', async () => {
    const { client, server } = await opened({
      mishap: ({ number, url }) =>
        number === 1
          ? undefined
          : { status: 200, body: JSON.stringify({ value: [], '@odata.nextLink': url.href }) },
    });
    await expect(rowsOf(client)).rejects.toMatchObject({ code: 'odata-link' });
    expect(server.requests).toHaveLength(2);
  });

  test('takes its token to no other host', async () => {
    const { client } = await opened({
      mishap: () => ({
        status: 200,
        body: JSON.stringify({
          value: [],
          '@odata.nextLink': 'https://elsewhere.example/data/X?$skiptoken=1',
        }),
      }),
    });
    await expect(rowsOf(client)).rejects.toThrow(/elsewhere\.example/);
  });

  test('says what a request lacks in the words of the service', async () => {
    const { client } = await opened({});
    await expect(rowsOf(client, { ...QUERY, select: ['RecID'] })).rejects.toThrow(
      /answered 400 for GeneralJournalAccountEntries: Could not find a property named 'RecID'/,
    );
  });
});

describe('asking for some rows', () => {
  test('of a date, whatever time of day the service gives to dates, and of companies with quotes', async () => {
    const served = entries(3);
    served.rows[0] = { ...served.rows[0], AccountingDate: '2026-03-02T00:00:00Z', dataAreaId: "o'b" };
    served.rows[1] = { ...served.rows[1], AccountingDate: '2026-03-03T00:00:00Z' };
    const { client } = await opened({ collections: [served] });
    const on = onDate('AccountingDate', 'Edm.DateTimeOffset', businessDate('2026-03-02'));
    const companies = ["o'b", 'usrt'].map(textLiteral);
    expect(await rowsOf(client, { ...QUERY, filter: on })).toHaveLength(2);
    const both = allOf(on, isOneOf('dataAreaId', companies), undefined);
    expect(await rowsOf(client, { ...QUERY, filter: both })).toHaveLength(2);
    const one = allOf(on, isOneOf('dataAreaId', companies.slice(0, 1)));
    expect(await rowsOf(client, { ...QUERY, filter: one })).toHaveLength(1);
  });

  test('of a date where the service has dates without a time', () => {
    expect(onDate('D', 'Edm.Date', businessDate('2026-03-02'))).toBe('D eq 2026-03-02');
    expect(allOf(undefined, '')).toBeUndefined();
  });
});

describe('signing in to Entra', () => {
  test.each([
    ['a wrong tenant', { tenantId: '11111111-2222-4333-8444-555555555555' }, /Dynamics__tenantId/],
    ['an unknown app', { clientId: '11111111-2222-4333-8444-555555555555' }, /Dynamics__clientId/],
    ['a wrong secret', { secrets: ['old'] }, /client secret is wrong/],
  ])('says what to correct for %s', async (_, app, message) => {
    const { client } = await opened({}, app);
    const failed = rowsOf(client);
    await expect(failed).rejects.toMatchObject({ code: 'entra-refused' });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.not.toThrow(/a~secret/);
  });

  test('tries the older secret while a new one is not known yet', async () => {
    const { client } = await opened({}, { secrets: ['too-new', CLIENT_SECRET] });
    expect(await rowsOf(client)).toHaveLength(7);
  });

  test('says which right is missing where Dynamics refuses every token', async () => {
    const { client, server } = await opened({ mishap: () => ({ status: 403 }) });
    await expect(rowsOf(client)).rejects.toThrow(/Microsoft Entra ID applications/);
    expect(server.requests).toHaveLength(2);
  });
});

describe('$metadata', () => {
  const wish = (names: string[], field: string[]) => ({
    purpose: 'ledger',
    configuredIn: 'dynamics.json',
    names,
    fields: { amount: { names: field }, extra: { names: ['Nothing'], optional: true } },
  });

  test('finds collections and fields, whatever their case', async () => {
    const { client } = await opened({});
    const found = resolveCollection(
      await client.metadata(),
      wish(['NotThere', 'generalJournalAccountEntries'], ['transactionCurrencyAmount']),
    );
    expect(found.collection).toBe('GeneralJournalAccountEntries');
    expect(found.fields).toEqual({ amount: 'TransactionCurrencyAmount', extra: undefined });
    expect(found.type.keys).toEqual(['dataAreaId', 'RecId']);
  });

  test('says which collection is missing, and which is there', async () => {
    const { client } = await opened({});
    const metadata = await client.metadata();
    expect(() => resolveCollection(metadata, wish(['GeneralJournalEntryLines'], ['A']))).toThrow(
      /no collection GeneralJournalEntryLines \(ledger\); there is GeneralJournalAccountEntries\. Set its name in dynamics\.json/,
    );
    expect(() =>
      resolveCollection(metadata, wish(['GeneralJournalAccountEntries'], ['TransactionAmount'])),
    ).toThrow(
      /no field TransactionAmount in GeneralJournalAccountEntries; there is TransactionCurrencyAmount/,
    );
  });

  test('is read the same however it is cut into pieces', () => {
    const text = edmxOf([entries(0)]);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
        const reader = new MetadataReader();
        const places = [0, ...[...cuts].sort((left, right) => left - right), text.length];
        for (const [index, place] of places.slice(1).entries())
          reader.write(text.slice(places[index], place));
        expect(reader.end().collections.get('GeneralJournalAccountEntries')?.properties.size).toBe(5);
      }),
    );
  });

  test('cut off is an error', () => {
    const reader = new MetadataReader();
    const text = edmxOf([entries(0)]);
    expect(() => {
      reader.write(text.slice(0, text.length / 2));
      reader.end();
    }).toThrow(/\$metadata is not XML/);
  });

  test('takes properties of a base type', () => {
    const reader = new MetadataReader();
    reader.write(
      '<Edmx><Schema Namespace="N" Alias="A"><EntityType Name="B"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Int64"/></EntityType>' +
        '<EntityType Name="C" BaseType="A.B"><Property Name="X" Type="Edm.String"/></EntityType><EntityContainer Name="R"><EntitySet Name="Cs" EntityType="A.C"/></EntityContainer></Schema></Edmx>',
    );
    const type = reader.end().collections.get('Cs');
    expect([...(type?.properties.keys() ?? [])]).toEqual(['Id', 'X']);
    expect(type?.keys).toEqual(['Id']);
  });
});

test('numbers of JSON keep their text, and strings stay as they are', () => {
  expect(
    parseExactJson(
      '{"a":9007199254740993,"b":-12.50,"c":"1,2 \\"3\\" 4","d":[1e3,null,true],"e\\\\":"\\\\"}',
    ),
  ).toEqual({
    a: '9007199254740993',
    b: '-12.50',
    c: '1,2 "3" 4',
    d: ['1e3', null, true],
    'e\\': '\\',
  });
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const exact = parseExactJson(text);
      expect(exact).toEqual(
        JSON.parse(text, (_, inner: unknown) => (typeof inner === 'number' ? JSON.stringify(inner) : inner)),
      );
    }),
  );
});
