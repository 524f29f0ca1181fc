import fc from 'fast-check';
import { dynamicsClient } from '../../shared/azure/dynamics-client.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import {
  dynamicsFinanceConfigSchema,
  type DynamicsFinanceConfig,
} from '../../shared/ledger/sources/dynamics-finance/config.ts';
import { keyRanges } from '../../shared/ledger/sources/dynamics-finance/key-ranges.ts';
import { dynamicsFinanceSource } from '../../shared/ledger/sources/dynamics-finance/source.ts';
import { HOUR_MS } from '../../shared/time.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  DynamicsServer,
  TENANT_ID,
  type DynamicsServerOptions,
} from '../support/dynamics-server.ts';
import { flatLedger, flatRow, joinedLedger, type ServedPosting } from '../support/dynamics-ledger.ts';
import { memorySnapshots } from '../support/memory-snapshots.ts';

const NOW = Date.parse('2026-03-10T06:00:00Z');
const BASE = 5_637_144_576n;

const postings = (date: string, count: number, from = 0): ServedPosting[] =>
  Array.from({ length: count }, (_, index) => ({
    recId: BASE + BigInt(from + index),
    date,
    account: index % 2 === 0 ? '110110|S1' : '401000|S1',
    amount: index % 2 === 0 ? `${index + 1}.25` : `-${index}.25`,
    voucher: `V${Math.floor((from + index) / 2)}`,
  }));

const open = new Set<DynamicsServer>();
async function closeAll(): Promise<void> {
  for (const server of open) await server.close();
  open.clear();
}
afterEach(closeAll);

async function started(
  options: DynamicsServerOptions,
  given: Partial<Record<keyof DynamicsFinanceConfig, unknown>> = {},
  secret = CLIENT_SECRET,
) {
  const server = await DynamicsServer.start({ pageSize: 3, ...options });
  open.add(server);
  const snapshots = memorySnapshots();
  const state = { nowMs: NOW, config: dynamicsFinanceConfigSchema.parse({ lookBackDays: 12, ...given }) };
  const secrets = () => Promise.resolve([secret] as const);
  const source = dynamicsFinanceSource({
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
    scrubId: () => Promise.resolve((id) => id.replace(/4\d{15}/, 'card')),
    clock: () => state.nowMs,
  });
  return { server, source, snapshots, state };
}
type World = Awaited<ReturnType<typeof started>>;

async function rowsOf({ source }: World, date: string): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for await (const row of source.rows(date)) rows.push(row);
  return rows;
}
const amountsOf = async (one: World, date: string): Promise<unknown[]> =>
  (await rowsOf(one, date)).map((row) => (row.ok ? row.entry.amountMinor : row.error.reason));
const etagOf = async ({ source }: World, date: string): Promise<string | undefined> =>
  (await source.list()).find(({ name }) => name === date)?.etag;

const SEGMENTS = { account: { kind: 'dimensions', separator: '|', segments: ['MainAccount', 'Store'] } };

describe.each([
  ['postings with their journals in one row', (some: ServedPosting[]) => [flatLedger(some)], SEGMENTS],
  ['the BI entities, whose postings have no date', joinedLedger, {}],
])('the ledger of Dynamics 365: %s', (_, serve, form) => {
  const world = (options: DynamicsServerOptions, given: object = {}) =>
    started(options, { ...form, ...given });

  test('each accounting date is a part with the postings of its date', async () => {
    const one = await world({
      collections: serve([...postings('2026-03-02', 7), ...postings('2026-03-03', 2, 100)]),
    });
    expect((await one.source.list()).map(({ name }) => name).sort()).toEqual(['2026-03-02', '2026-03-03']);
    const rows = await rowsOf(one, '2026-03-02');
    expect(rows).toHaveLength(7);
    expect(rows[2]).toEqual({
      ok: true,
      entry: {
        account: '110110',
        accountingDate: '2026-03-02',
        amountMinor: 325,
        currency: 'EUR',
        documentNumber: '',
        journalNumber: 'J1',
        postingId: String(BASE + 2n),
        readAt: { part: 'dynamics-finance:2026-03-02', row: 3 },
        storeDimension: 'S1',
        voucher: 'V1',
      },
    });
  });

  test('what is not asked for is not read: no text of a posting', async () => {
    const one = await world({ collections: serve(postings('2026-03-02', 3)) });
    await one.source.list();
    expect(one.server.requests.join()).not.toMatch(/Text|Description/);
    expect([...one.snapshots.held.values()].flatMap(({ lines }) => lines).join()).not.toContain('Mustermann');
  });

  test('other layers and companies are left out where the configuration names those that count', async () => {
    const some: ServedPosting[] = [
      ...postings('2026-03-02', 2),
      { ...postings('2026-03-02', 1, 50)[0]!, layer: 'Tax', voucher: 'T' },
      { ...postings('2026-03-02', 1, 60)[0]!, company: 'demf', voucher: 'D' },
    ];
    const one = await world({ collections: serve(some) }, { companies: ['usrt'] });
    await one.source.list();
    expect(await rowsOf(one, '2026-03-02')).toHaveLength(2);
  });

  test('the same rows keep the part as it is; a row that somebody edits in Excel changes it', async () => {
    const collections = serve(postings('2026-03-04', 4));
    const one = await world({ collections });
    const before = await etagOf(one, '2026-03-04');
    expect(await etagOf(one, '2026-03-04')).toBe(before);
    collections[0]!.rows[1]!['TransactionCurrencyAmount'] = '-77.00';
    expect(await etagOf(one, '2026-03-04')).not.toBe(before);
    expect(await amountsOf(one, '2026-03-04')).toContain(-7700);
  });

  test('an older date is read again at once when a posting is added, and once a day for edits', async () => {
    const collections = serve(postings('2026-02-27', 4));
    const one = await world({ collections }, { recheckDays: 2, lookBackDays: 30 });
    const before = await etagOf(one, '2026-02-27');
    collections[0]!.rows[0]!['TransactionCurrencyAmount'] = '9.00';
    expect(await etagOf(one, '2026-02-27')).toBe(before);
    one.state.nowMs += 25 * HOUR_MS;
    expect(await etagOf(one, '2026-02-27')).not.toBe(before);
  });

  test('postings that go take the rows along', async () => {
    const collections = serve(postings('2026-03-02', 2));
    const one = await world({ collections });
    await one.source.list();
    for (const collection of collections) collection.rows.splice(0);
    await one.source.list();
    expect(await rowsOf(one, '2026-03-02')).toEqual([]);
  });

  test('a chain of pages that breaks in the middle goes on after the last row', async () => {
    let broken = 0;
    const one = await world({
      collections: serve(postings('2026-03-02', 11)),
      mishap: ({ url }) => {
        const isSecondPage = url.searchParams.has('$skiptoken') && broken < 6;
        broken += isSecondPage ? 1 : 0;
        return isSecondPage ? { status: 503 } : undefined;
      },
    });
    const [part] = await one.source.list();
    expect(part?.failure).toBeUndefined();
    expect(await rowsOf(one, '2026-03-02')).toHaveLength(11);
    expect(broken).toBe(6);
    expect(one.server.requests.some((request) => / gt \d+/.test(request.replaceAll('+', ' ')))).toBe(true);
  });

  test('a date that cannot be read keeps what it had, and says why; the others are read', async () => {
    const collections = serve([...postings('2026-03-02', 4), ...postings('2026-03-03', 4, 100)]);
    let isDown = false;
    const one = await world({
      collections,
      mishap: ({ url }) =>
        isDown &&
        (url.search.includes('2026-03-02') || url.searchParams.get('$filter')?.includes('2026-03-02'))
          ? { status: 500 }
          : undefined,
    });
    const before = await etagOf(one, '2026-03-02');
    isDown = true;
    for (const row of collections[0]!.rows)
      Object.assign(row, { TransactionCurrencyAmount: '5.00', IsCredit: 'No' });
    const parts = await one.source.list();
    const of = (date: string) => parts.find(({ name }) => name === date);
    expect(of('2026-03-02')).toMatchObject({ etag: before, failure: { code: 'odata-unavailable' } });
    expect(of('2026-03-03')?.failure).toBeUndefined();
    expect(await amountsOf(one, '2026-03-02')).toEqual([125, -125, 325, -325]);
    expect(new Set(await amountsOf(one, '2026-03-03'))).toEqual(new Set([500]));
  });

  test('rows that change between two pages are read as a whole or not at all', async () => {
    const collections = serve(postings('2026-03-02', 8));
    const rows = collections[0]!.rows;
    let taken = false;
    const one = await world({
      collections,
      mishap: ({ url }) => {
        if (!taken && url.searchParams.has('$skiptoken')) {
          taken = true;
          // One posting of each of two journals.
          rows.splice(1, 1);
          rows.splice(2, 1);
        }
        return undefined;
      },
    });
    await one.source.list();
    expect(await rowsOf(one, '2026-03-02')).toHaveLength(6);
  });

  test('a wrong secret costs nothing that was read before', async () => {
    const one = await world({ collections: serve(postings('2026-03-02', 2)), clientSecrets: ['other'] });
    const parts = await one.source.list();
    expect(parts).toEqual([
      {
        name: 'connection',
        etag: '',
        failure: expect.objectContaining({ code: 'entra-refused' }) as unknown,
      },
    ]);
  });

  test('property: however pages break, a date has each posting once or says that it has not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('ok', 'ok', 'ok', '503', 'cut', '429', 'token'), { maxLength: 40 }),
        async (count, pageSize, plan) => {
          const some = postings('2026-03-05', count);
          const one = await world({
            collections: serve(some),
            pageSize,
            mishap: ({ number }) => {
              const what = plan[number - 1];
              if (what === '503') return { status: 503 };
              if (what === '429') return { status: 429, retryAfterSeconds: 1 };
              if (what === 'cut') return { cutAfterBytes: 60 };
              if (what === 'token') one.server.endTokens();
              return undefined;
            },
          });
          const parts = await one.source.list();
          const read = await amountsOf(one, '2026-03-05');
          const failed = parts.some(({ failure }) => failure !== undefined);
          await closeAll();
          if (!failed) expect(read).toHaveLength(count);
          else expect([0, count]).toContain(read.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('what a posting of Dynamics 365 says', () => {
  const read = async (posting: Partial<ServedPosting>, config = {}): Promise<LedgerRow | undefined> => {
    const one = await started(
      { collections: [flatLedger([{ ...postings('2026-03-02', 1)[0]!, ...posting }])] },
      { ...SEGMENTS, ...config },
    );
    await one.source.list();
    return (await rowsOf(one, '2026-03-02'))[0];
  };
  const reasonOf = (row: LedgerRow | undefined): string => (row && !row.ok ? row.error.reason : '');

  test('an amount that floats cannot hold stays as it is', async () => {
    const row = await read({ amount: '90071992547.41', currency: 'EUR' });
    expect(row).toMatchObject({ ok: true, entry: { amountMinor: 9_007_199_254_741 } });
  });

  test('more decimals than the currency has are an error of the row, as in a file', async () => {
    expect(reasonOf(await read({ amount: '1.255' }))).toMatch(/has 3 decimals, EUR has at most 2/);
    expect(await read({ amount: '1.250000' })).toMatchObject({ ok: true, entry: { amountMinor: 125 } });
  });

  test('a debit with the sign of a credit is no posting until somebody says which counts', async () => {
    expect(reasonOf(await read({ amount: '-5.00', isCredit: 'No' }))).toMatch(
      /marked as a debit.*"absolute"/,
    );
    expect(reasonOf(await read({ amount: '5.00', isCredit: 'Yes' }))).toMatch(/marked as a credit/);
    expect(await read({ amount: '-5.00', isCredit: 'No', isCorrection: 'Yes' })).toMatchObject({ ok: true });
    expect(await read({ amount: '5.00', isCredit: 'Yes' }, { amounts: 'absolute' })).toMatchObject({
      ok: true,
      entry: { amountMinor: -500 },
    });
  });

  test('the dimension string is read by the segments of the account structure', async () => {
    const account = { kind: 'dimensions', separator: '-', segments: ['MainAccount', 'Store', 'Centre'] };
    expect(await read({ account: '401000-S1-' }, { account })).toMatchObject({
      ok: true,
      entry: { account: '401000', storeDimension: 'S1' },
    });
    expect(reasonOf(await read({ account: '401000-D-BER-1' }, { account }))).toMatch(/can be read as/);
  });

  test('an id that looks like a card number is not kept', async () => {
    const one = await started({
      collections: [flatLedger([{ ...postings('2026-03-02', 1)[0]!, document: '4111111111111111' }])],
    });
    await one.source.list();
    expect([...one.snapshots.held.values()].flatMap(({ lines }) => lines).join()).not.toContain('41111');
  });

  test('another configuration reads the same rows in another way, and says so by the ETag', async () => {
    const one = await started({ collections: [flatLedger(postings('2026-03-02', 2))] });
    const before = await etagOf(one, '2026-03-02');
    one.state.config = dynamicsFinanceConfigSchema.parse({ lookBackDays: 12, amounts: 'absolute' });
    expect(await etagOf(one, '2026-03-02')).not.toBe(before);
  });
});

describe('names and rights', () => {
  const failureOf = async (...given: Parameters<typeof started>): Promise<string> => {
    const one = await started(...given);
    return (await one.source.list()).map(({ failure }) => failure?.message).join();
  };

  test('a collection that $metadata lacks is named, with what there is', async () => {
    const served = { ...flatLedger([]), name: 'GeneralJournalLines' };
    expect(await failureOf({ collections: [served] })).toMatch(
      /no collection GeneralJournalAccountEntries or .*there is GeneralJournalLines.*dynamics-finance\.json/,
    );
    const one = await started(
      { collections: [{ ...served, rows: [flatRow(postings('2026-03-02', 1)[0]!)] }] },
      { entries: { collection: 'GeneralJournalLines' } },
    );
    await one.source.list();
    expect(await rowsOf(one, '2026-03-02')).toHaveLength(1);
  });

  test('a field that $metadata lacks is named', async () => {
    const { LedgerAccount: _, ...properties } = flatLedger([]).properties;
    expect(await failureOf({ collections: [{ ...flatLedger([]), properties }] })).toMatch(
      /no field LedgerAccount or .*Set its name as "LedgerAccount"/,
    );
  });

  test('companies that no field can tell apart are not read as if they were one', async () => {
    const { dataAreaId: _, ...properties } = flatLedger([]).properties;
    expect(
      await failureOf({ collections: [{ ...flatLedger([]), properties }] }, { companies: ['usrt'] }),
    ).toMatch(/no field dataAreaId/);
  });

  test('journals whose postings the app may not see are no empty day', async () => {
    const collections = joinedLedger(postings('2026-03-02', 4));
    collections[0]!.rows.splice(0, 2);
    expect(await failureOf({ collections })).toMatch(/no postings of 1 journals of 2026-03-02/);
  });

  test('the whole of a throttled service is left after one date', async () => {
    const one = await started({
      collections: [flatLedger(postings('2026-03-02', 4))],
      mishap: ({ url }) =>
        url.pathname.endsWith('$metadata') ? undefined : { status: 429, retryAfterSeconds: 1 },
    });
    const parts = await one.source.list();
    expect(parts).toHaveLength(1);
    expect(one.server.requests.length).toBeLessThan(10);
  });
});

test('ranges of record ids find every key and few others', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.bigInt(1n, 200_000n), { maxLength: 300 }), (keys) => {
      const filters = keyRanges(keys.map(String), 'K');
      const ranges = filters.flatMap((filter) => [
        ...[...filter.matchAll(/K ge (\d+) and K le (\d+)/g)].map(([, first, last]) => [first, last]),
        ...[...filter.matchAll(/K eq (\d+)/g)].map(([, only]) => [only, only]),
      ]);
      for (const key of keys)
        expect(
          ranges.filter(([first, last]) => BigInt(first ?? 0) <= key && key <= BigInt(last ?? 0)),
        ).toHaveLength(1);
      for (const filter of filters) expect(filter.length).toBeLessThan(2_000);
    }),
  );
});
