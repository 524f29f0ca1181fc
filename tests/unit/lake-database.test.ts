import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LakeDatabase, quoted } from '../../shared/azure/duckdb/lake-database.ts';
import { writeLedgerParquet } from '../../shared/azure/duckdb/ledger-parquet.ts';
import { documentOf, documentRow } from '../../shared/lake/document-row.ts';
import { ledgerEntryOf } from '../../shared/lake/ledger-row.ts';
import { DOCUMENTS } from '../../shared/lake/tables.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { accountKey } from '../../shared/reconciliation/cell.ts';
import type { PosDocument } from '../../shared/reconciliation/day-documents.ts';
import { entry, EUR } from '../support/ledger-fixtures.ts';

/** What others have lost on the way through DuckDB and Parquet. */
let db: LakeDatabase;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lake-'));
  db = await LakeDatabase.open({ folder: join(folder, 'db'), memoryMib: 128, threads: 1 });
});
afterAll(() => db.close());

async function* rowsOf(entries: readonly LedgerEntry[]): AsyncGenerator<LedgerRow> {
  await Promise.resolve();
  for (const one of entries) yield { ok: true, entry: one };
}

const ODD = ['a\0b', 'a\0c', '\ud800', '\udc00x', '\ufffe', "it's", 'é', 'e\u0301', ' ', '', 'x'.repeat(500)];

test('texts with NUL bytes, lone surrogates or none of their letters in common stay apart in the ledger', async () => {
  const entries = ODD.map((text, index) =>
    entry({
      account: `1${text}`,
      amountMinor: index,
      documentNumber: text,
      voucher: `V${text}`,
      storeDimension: `D${text}`,
      postingId: `P${text}`,
      readAt: index % 2 === 0 ? { part: `f${text}`, row: index } : { part: `f${text}`, row: `r${text}` },
    }),
  );
  const { tables, rows } = await writeLedgerParquet(db, rowsOf(entries), folder, 10);
  expect(rows).toBe(entries.length);
  const read = await db.all(`select * from read_parquet(${quoted(tables.rows[0] ?? '')}) order by place`);
  expect(read.map(ledgerEntryOf)).toEqual(entries);
});

test('sums beyond 2^53 and 2^63 are exact in Parquet, which has no integer of 128 bits', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const entries = Array.from({ length: 3_000 }, (_, index) =>
    entry({ account: '110100', amountMinor: index % 3 === 0 ? -1 : most, documentNumber: 'X' }),
  );
  const { tables } = await writeLedgerParquet(db, rowsOf(entries), folder, 10);
  const [sums] = await db.all(
    `select debit_minor::hugeint, credit_minor::hugeint, control_sum::hugeint from read_parquet(${quoted(tables.cells)})`,
  );
  const total = 2_000n * BigInt(most);
  expect(sums?.slice(0, 2)).toEqual([total, -1_000n]);
  expect((sums?.[2] as bigint) % (total - 1_000n)).toBe(0n);
  const [numbers] = await db.all(`select amounts from read_parquet(${quoted(tables.numbers[0] ?? '')})`);
  expect(numbers).toEqual([`110100 EUR\u001f${total - 1_000n}`]);
});

test('a document comes back as it was, whatever it holds', async () => {
  const documents: PosDocument[] = [
    {
      documentId: 'plain',
      eventIds: ['e1'],
      tillId: 'T1',
      shiftId: undefined,
      isDrawer: false,
      late: true,
      amounts: new Map([[accountKey('110100', EUR), 5]]),
    },
    {
      documentId: 'a\0b',
      eventIds: ['e1', 'e2'],
      tillId: '\ud800',
      shiftId: 'S',
      isDrawer: true,
      late: false,
      amounts: new Map([[accountKey('\u001f\\u', EUR), 2n ** 80n]]),
      imbalance: new Map([[EUR, -(2n ** 70n)]]),
      uncertain: [accountKey('110900', EUR)],
      doubts: ['tax-unknown'],
      sales: [{ tillId: 'T2', eventId: 'e2', amounts: new Map([[accountKey('1', EUR), 1]]) }],
    },
  ];
  const writer = await db.writer('documents', DOCUMENTS);
  for (const document of documents) writer.add(documentRow('S1', document));
  writer.close();
  const file = quoted(join(folder, 'documents.parquet'));
  await db.run(`copy documents to ${file} (format parquet)`);
  const read = await db.all(`select * from read_parquet(${file})`);
  expect(read.map(documentOf)).toEqual(documents);
});

test('an extension is never fetched, and what DuckDB cannot do is said with its reason', async () => {
  await expect(db.run('select * from st_read($$x$$)')).rejects.toMatchObject({ code: 'duckdb' });
  await expect(db.run('select 1 / nothing')).rejects.toThrow(/DuckDB, at select 1 \/ nothing/);
});
