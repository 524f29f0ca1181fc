import { allLedgerSources, type LedgerSource } from '../../shared/ledger/ledger-source.ts';
import type { StoredFile } from '../../shared/ledger/sources/files/file-copies.ts';
import { fileSource } from '../../shared/ledger/sources/files/file-source.ts';
import { ledgerMappingSchema, type LedgerMapping } from '../../shared/ledger/sources/files/mapping.ts';
import { chunksOf } from '../support/file-bytes.ts';

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber';
const text = (amount: string) => `${HEADER}\nJ,V,2026-03-02,401000,S1,EUR,${amount},T1`;

/** A container in memory: names with their content and when they were written. */
function containerOf(files: Record<string, { content: string; at: number; md5?: string | null }>) {
  let mappings: LedgerMapping[] = [];
  const source = fileSource(
    {
      list: () =>
        Promise.resolve(
          Object.entries(files).map(([name, { content, at, md5 }]): StoredFile => ({
            name,
            etag: `e-${name}-${content.length}`,
            bytes: content.length,
            md5: md5 === null ? undefined : (md5 ?? `md5 of ${content}`),
            modifiedAt: `2026-03-0${at + 1}T00:00:00.000Z`,
          })),
        ),
      open: (name) => {
        const file = files[name];
        return Promise.resolve(file && chunksOf(Buffer.from(file.content)));
      },
    },
    () => Promise.resolve(mappings),
  );
  return {
    source,
    map: (...documents: object[]) => {
      mappings = documents.map((document) =>
        ledgerMappingSchema.parse({ name: 'm', files: '*', ...document }),
      );
    },
  };
}

async function saidBy(source: LedgerSource, name: string): Promise<unknown[]> {
  const said: unknown[] = [];
  for await (const row of source.rows(name)) said.push(row.ok ? row.entry.amountMinor : row.error.reason);
  return said;
}

test('of files with one content the oldest counts, and each copy says so; a copy counts once the original is gone', async () => {
  const files = {
    'b.csv': { content: text('1.50'), at: 1 },
    'a.csv': { content: text('1.50'), at: 2 },
    'c.csv': { content: text('2.50'), at: 0 },
  } as Record<string, { content: string; at: number }>;
  const { source } = containerOf(files);
  const versions = async () =>
    Object.fromEntries((await source.list()).map(({ name, etag }) => [name, etag]));
  const before = await versions();
  expect(await saidBy(source, 'b.csv')).toEqual([150]);
  expect(await saidBy(source, 'a.csv')).toEqual([
    'The file has the same content as b.csv, which counts; this copy does not',
  ]);
  expect(await saidBy(source, 'c.csv')).toEqual([250]);
  delete files['b.csv'];
  const after = await versions();
  expect(after['a.csv']).not.toBe(before['a.csv']);
  expect(after['c.csv']).toBe(before['c.csv']);
  expect(await saidBy(source, 'a.csv')).toEqual([150]);
});

test('files without a checksum, and empty ones, are no copies of each other', async () => {
  const { source } = containerOf({
    'a.csv': { content: text('1.50'), at: 1, md5: null },
    'b.csv': { content: text('1.50'), at: 2, md5: null },
    'c.csv': { content: '', at: 1 },
    'd.csv': { content: '', at: 2 },
  });
  await source.list();
  expect(await saidBy(source, 'b.csv')).toEqual([150]);
  expect(await saidBy(source, 'd.csv')).toEqual(['The file has no header row']);
});

test('another mapping is another version of its files, and of no others', async () => {
  const { source, map } = containerOf({
    'a.csv': { content: text('1.000'), at: 1 },
    'b.csv': { content: text('2'), at: 1 },
  });
  const versions = async () => (await source.list()).map(({ etag }) => etag);
  const plain = await versions();
  map({ files: 'a*', decimalMark: '.' });
  const point = await versions();
  expect(await saidBy(source, 'a.csv')).toEqual([100]);
  map({ files: 'a*', decimalMark: ',' });
  const comma = await versions();
  expect(await saidBy(source, 'a.csv')).toEqual([100_000]);
  expect(new Set([plain[0], point[0], comma[0]]).size).toBe(3);
  expect([point[1], comma[1]]).toEqual([plain[1], plain[1]]);
});

test('every file is listed but those that programs hide, and one that is gone has no rows', async () => {
  const file = { content: 'x', at: 1 };
  const { source } = containerOf({
    'x/.keep': file,
    _SUCCESS: file,
    folder: { content: '', at: 1 },
    'notes.pdf': file,
    'x/a.CSV': file,
  });
  expect((await source.list()).map(({ name }) => name)).toEqual(['notes.pdf', 'x/a.CSV']);
  expect(await saidBy(source, 'gone.csv')).toEqual([]);
});

test('several sources are one, each with its own names', async () => {
  const of = (name: string): LedgerSource => ({
    list: () => Promise.resolve([{ name, etag: '1' }]),
    async *rows(wanted) {
      yield {
        ok: false,
        error: { file: `${name}/${wanted}`, line: 1, column: '', reason: `${name}/${wanted}` },
      };
    },
  });
  const source = allLedgerSources(of('a.csv'), { dynamics: of('2026-03-02') });
  expect((await source.list()).map(({ name }) => name)).toEqual(['a.csv', 'dynamics:2026-03-02']);
  expect(await saidBy(source, 'dynamics:2026-03-02')).toEqual(['2026-03-02/2026-03-02']);
  expect(await saidBy(source, 'a.csv')).toEqual(['a.csv/a.csv']);
});
