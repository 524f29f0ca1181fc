import { AMOUNTS_SQL } from '../../lake/amounts-text.ts';
import { fromLakeText, lakeText } from '../../lake/lake-text.ts';
import { DOCUMENTS, LEDGER_ROWS, NOT_IN_FORCE, RECEIPTS, type Columns, type Row } from '../../lake/tables.ts';
import { parquet, quoted, type LakeDatabase } from './lake-database.ts';

/** A ledger file as Parquet: see `ledger-parquet.ts`. */
export interface LedgerTables {
  /** Parquet files of its rows. */
  readonly rows: readonly string[];
  /** One row for each date, dimension and document number, in several files. */
  readonly numbers: readonly string[];
  /** One row for each date, dimension, file part and cell. */
  readonly cells: string;
}

export interface SetWorkInput {
  readonly businessDate: string;
  /** Parquet files of the date's tables. */
  readonly documents: readonly string[];
  readonly receipts: readonly string[];
  readonly notInForce: readonly string[];
  /** How many documents there are: the more, the more parts they are joined in. */
  readonly documentCount: number;
  /** Files with rows of the date, in the order in which entries are given. */
  readonly ledger: readonly LedgerTables[];
  /** The stores that are reconciled here, by ledger dimension. */
  readonly dimensions: readonly (readonly [dimension: string, storeId: string])[];
  readonly stores: readonly string[];
}

export interface LedgerSum {
  readonly storeId: string;
  readonly cell: string;
  readonly part: string;
  readonly rows: number;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
  readonly controlSum: bigint;
}

export interface OpenCounts {
  readonly openDocuments: number;
  readonly openNumbers: number;
  readonly emptyNumbers: number;
  readonly vouchers: number;
  readonly overlaps: boolean;
}

const list = (columns: Columns, of: string): string =>
  Object.keys(columns)
    .map((column) => `${of}.${column}`)
    .join(', ');
const cellsOf = (tables: readonly LedgerTables[]): string =>
  `read_parquet([${tables.map(({ cells }) => quoted(cells)).join(', ')}])`;

const numbersOf = (tables: readonly LedgerTables[]): string =>
  `read_parquet([${tables.flatMap(({ numbers }) => numbers.map(quoted)).join(', ')}])`;

/** All rows of the files, each with the place of its file. */
function filesInOrder(tables: readonly LedgerTables[]): string {
  if (tables.length === 0) return `select 0 as file, * from ${parquet([], LEDGER_ROWS)}`;
  return tables
    .map(({ rows }, file) => `select ${file} as file, * from ${parquet(rows, LEDGER_ROWS)}`)
    .join(' union all ');
}
/** Numbers of the ledger that are held in memory at a time. */
const NUMBERS_AT_ONCE = 300_000;
const text = (value: string): string => quoted(lakeText(value));
const number = (value: unknown): number => Number(value);
const integer = (value: unknown): bigint => value as bigint;

/**
 * Joins and adds up the documents and postings of a business date. What ties, to the minor unit in every account, never
 * leaves DuckDB.
 */
export class SetWork {
  readonly #db: LakeDatabase;
  readonly #input: SetWorkInput;

  private constructor(db: LakeDatabase, input: SetWorkInput) {
    this.#db = db;
    this.#input = input;
  }

  static async open(db: LakeDatabase, input: SetWorkInput): Promise<SetWork> {
    const work = new SetWork(db, input);
    await work.#load();
    return work;
  }

  async #load(): Promise<void> {
    const { dimensions, stores } = this.#input;
    await this.#fill('dims', { store_dimension: 'VARCHAR', store_id: 'VARCHAR' }, dimensions);
    await this.#fill(
      'ours',
      { store_id: 'VARCHAR' },
      stores.map((store) => [store]),
    );
    await this.#join();
    await this.#db.run(`create or replace view open_documents as
      select ${list(DOCUMENTS, 's')} from open_sides s where store_id is not null`);
    await this.#db.run(`create or replace view open_numbers as
      select ledger_store as store_id, document_number, posted from open_sides where ledger_store is not null`);
  }

  /**
   * Of equal id, number and amounts on both sides nothing is left. The side that is built in memory is the ledger's, a part
   * of the numbers at a time.
   */
  async #join(): Promise<void> {
    const parts = Math.max(1, Math.ceil(this.#input.documentCount / NUMBERS_AT_ONCE));
    const columns = `${list(DOCUMENTS, 'd')}, n.store_id as ledger_store, n.document_number, n.amounts as posted`;
    for (let part = 0; part < parts; part += 1) {
      const isOfPart = (name: string): string =>
        parts === 1 ? 'true' : `hash(${name}) % ${parts} = ${part}`;
      await this.#db.run(`${part === 0 ? 'create or replace table open_sides as' : 'insert into open_sides'}
        select ${columns}
        from (select * from ${this.#documents}
              where store_id in (select store_id from ours) and ${isOfPart('document_id')}) d
        full outer join (select * from (${this.#numbers}) where ${isOfPart('document_number')}) n
          on d.store_id = n.store_id and d.document_id = n.document_number and d.amounts = n.amounts
        where d.store_id is null or n.store_id is null`);
    }
  }

  async #fill(name: string, columns: Columns, rows: readonly (readonly string[])[]): Promise<void> {
    const writer = await this.#db.writer(name, columns);
    for (const row of rows) writer.add(row.map(lakeText));
    writer.close();
  }

  get #documents(): string {
    return parquet(this.#input.documents, DOCUMENTS);
  }

  /** Rows of the date with their store and the place of their file. */
  #rows(where: string): string {
    const { ledger, businessDate } = this.#input;
    return `select dims.store_id, r.* from (${filesInOrder(ledger)}) r join dims using (store_dimension)
      where r.accounting_date = ${quoted(businessDate)} and ${where}`;
  }

  /** Each number of a store once. Where two files or dimensions have it, its amounts are not known here: it stays open. */
  get #numbers(): string {
    const { ledger, businessDate, dimensions } = this.#input;
    if (ledger.length === 0)
      return `select null::varchar as store_id, null::varchar as document_number, null::varchar as amounts where false`;
    const all = `select dims.store_id, document_number, amounts
      from ${numbersOf(ledger)} join dims using (store_dimension)
      where accounting_date = ${quoted(businessDate)} and document_number <> ''`;
    const isUnique =
      ledger.length === 1 && new Set(dimensions.map(([, store]) => store)).size === dimensions.length;
    return isUnique
      ? all
      : `select store_id, document_number, case when count(*) = 1 then any_value(amounts) end as amounts
         from (${all}) group by store_id, document_number`;
  }

  /** The ledger dimensions in these files. */
  static async dimensionsIn(db: LakeDatabase, tables: readonly LedgerTables[]): Promise<string[]> {
    if (tables.length === 0) return [];
    const rows = await db.all(`select distinct store_dimension from ${cellsOf(tables)}`);
    return rows.map(([dimension]) => fromLakeText(dimension as string));
  }

  /**
   * What one side alone has on the date, and other dates are asked for: numbers that no document has, and documents that
   * the ledger names on other dates alone. @returns store and number.
   */
  async askElsewhere(
    tables: readonly LedgerTables[],
    dates: readonly string[],
  ): Promise<(readonly [storeId: string, number: string])[]> {
    const there =
      tables.length === 0 || dates.length === 0
        ? ''
        : `union select n.store_id, n.document_number
           from (select dims.store_id, document_number from ${numbersOf(tables)}
                 join dims using (store_dimension)
                 where accounting_date in (${dates.map(quoted).join(', ')}) and document_number <> '') n
           semi join open_documents d on n.store_id = d.store_id and n.document_number = d.document_id
           anti join open_numbers o on n.store_id = o.store_id and n.document_number = o.document_number`;
    await this.#db.run(`create or replace table asked as
      select n.store_id, n.document_number from open_numbers n
      anti join open_documents d on n.store_id = d.store_id and n.document_number = d.document_id ${there}`);
    const rows = await this.#db.all('select store_id, document_number from asked');
    return rows.map(([store, asked]) => [fromLakeText(store as string), fromLakeText(asked as string)]);
  }

  /** Entries of other dates under the asked numbers: their store, and the row. */
  entriesElsewhere(tables: readonly LedgerTables[], dates: readonly string[]): Promise<Row[]> {
    if (tables.length === 0 || dates.length === 0) return Promise.resolve([]);
    return this.#db.all(`select dims.store_id, ${list(LEDGER_ROWS, 'r')}
      from (${filesInOrder(tables)}) r join dims using (store_dimension)
      where r.accounting_date in (${dates.map(quoted).join(', ')})
        and (dims.store_id, r.document_number) in (select (store_id, document_number) from asked)
      order by file, place`);
  }

  /** Documents of another date under the asked numbers. */
  documentsElsewhere(files: readonly string[]): Promise<Row[]> {
    return this.#db.all(`select ${list(DOCUMENTS, 'd')} from ${parquet(files, DOCUMENTS)} d
      where (d.store_id, d.document_id) in (select (store_id, document_number) from asked)`);
  }

  notInForceElsewhere(files: readonly string[]): Promise<Row[]> {
    return this.#db.all(`select ${list(NOT_IN_FORCE, 'd')} from ${parquet(files, NOT_IN_FORCE)} d
      where (d.store_id, d.document_id) in (select (store_id, document_number) from asked)`);
  }

  /** The ledger's totals by store, cell and file. */
  async ledgerSums(): Promise<LedgerSum[]> {
    const { ledger, businessDate } = this.#input;
    if (ledger.length === 0) return [];
    const rows = await this.#db.all(`select store_id, cell, part, sum(row_count)::bigint,
        sum(debit_minor)::hugeint, sum(credit_minor)::hugeint, sum(control_sum)::hugeint
      from ${cellsOf(ledger)} join dims using (store_dimension)
      where accounting_date = ${quoted(businessDate)} group by store_id, cell, part`);
    return rows.map(([storeId, cell, part, count, debit, credit, control]) => ({
      storeId: fromLakeText(storeId as string),
      cell: fromLakeText(cell as string),
      part: fromLakeText(part as string),
      rows: number(count),
      debitMinor: integer(debit),
      creditMinor: integer(credit),
      controlSum: integer(control),
    }));
  }

  /** What is open, by store; a store without anything open is not in it. */
  async openCounts(storesOfSeveralParts: readonly string[]): Promise<Map<string, OpenCounts>> {
    const counts = new Map<string, { -readonly [K in keyof OpenCounts]: OpenCounts[K] }>();
    const of = (storeId: unknown): { -readonly [K in keyof OpenCounts]: OpenCounts[K] } => {
      const store = fromLakeText(storeId as string);
      const found = counts.get(store) ?? {
        openDocuments: 0,
        openNumbers: 0,
        emptyNumbers: 0,
        vouchers: 0,
        overlaps: false,
      };
      counts.set(store, found);
      return found;
    };
    for (const [store, count] of await this.#db.all(
      'select store_id, count(*) from open_documents group by store_id',
    ))
      of(store).openDocuments = number(count);
    for (const [store, count, empty] of await this.#db.all(`
      select n.store_id, count(*), count(*) filter (d.store_id is null and (n.posted = '' or n.posted is null))
      from open_numbers n left join open_documents d
        on n.store_id = d.store_id and n.document_number = d.document_id
      group by n.store_id`)) {
      of(store).openNumbers = number(count);
      of(store).emptyNumbers = number(empty);
    }
    for (const [store, count] of await this.#db.all(
      `select store_id, count(distinct voucher) from (${this.#rows(`r.document_number = ''`)}) group by store_id`,
    ))
      of(store).vouchers = number(count);
    for (const store of await this.#overlapping(storesOfSeveralParts)) of(store).overlaps = true;
    return counts;
  }

  /** Stores in which rows of two file parts agree, or bear one id: `uniquePostings` has to look at them. */
  async #overlapping(stores: readonly string[]): Promise<string[]> {
    if (stores.length === 0) return [];
    const rows = this.#rows(`dims.store_id in (${stores.map(text).join(', ')})`);
    const found = await this.#db.all(`
      select store_id from (${rows})
      group by store_id, journal_number, voucher, cell, store_dimension, amount_minor, document_number
      having count(distinct part) > 1
      union
      select store_id from (${rows}) where posting_id is not null
      group by store_id, posting_id having count(distinct part) > 1`);
    return found.map(([store]) => store as string);
  }

  /** Gathers the open rows of these stores, to be given store by store. */
  async gatherOpen(stores: readonly string[]): Promise<void> {
    const ours = stores.length === 0 ? 'false' : `dims.store_id in (${stores.map(text).join(', ')})`;
    await this.#db.run(`create or replace table open_rows as
      select * from (${this.#rows(ours)}) where document_number = ''
        or (store_id, document_number) in (select (store_id, document_number) from open_numbers)`);
    await this.#db.run(`create or replace table open_receipts as
      select ${list(RECEIPTS, 'r')} from ${parquet(this.#input.receipts, RECEIPTS)} r
      where r.refusals is not null or (r.store_id, r.transaction_id) in
        (select (store_id, document_id) from open_documents d
         where ${stores.length === 0 ? 'false' : `d.store_id in (${stores.map(text).join(', ')})`})`);
  }

  openDocuments(storeId: string): Promise<Row[]> {
    return this.#db.all(
      `select ${list(DOCUMENTS, 'd')} from open_documents d where store_id = ${text(storeId)}`,
    );
  }

  allDocuments(storeId: string): Promise<Row[]> {
    return this.#db.all(
      `select ${list(DOCUMENTS, 'd')} from ${this.#documents} d where store_id = ${text(storeId)}`,
    );
  }

  openEntries(storeId: string): Promise<Row[]> {
    return this.#db.all(
      `select ${list(LEDGER_ROWS, 'r')} from open_rows r where store_id = ${text(storeId)} order by file, place`,
    );
  }

  allEntries(storeId: string): Promise<Row[]> {
    const rows = this.#rows(`dims.store_id = ${text(storeId)}`);
    return this.#db.all(`select ${list(LEDGER_ROWS, 'r')} from (${rows}) r order by file, place`);
  }

  /** Numbers that the POS knows and does not post, with the reason; only those that the ledger has, or all. */
  async notInForce(storeId: string, all: boolean): Promise<Map<string, string>> {
    const rows = await this.#db.all(
      `select document_id, reason from ${parquet(this.#input.notInForce, NOT_IN_FORCE)}
       where store_id = ${text(storeId)} ${all ? '' : 'and document_id in (select document_number from open_numbers)'}`,
    );
    return new Map(rows.map(([id, reason]) => [fromLakeText(id as string), reason as string]));
  }

  openReceipts(storeId: string): Promise<Row[]> {
    return this.#db.all(
      `select ${list(RECEIPTS, 'r')} from open_receipts r where store_id = ${text(storeId)} order by place`,
    );
  }

  allReceipts(storeId: string): Promise<Row[]> {
    return this.#db.all(
      `select ${list(RECEIPTS, 'r')} from ${parquet(this.#input.receipts, RECEIPTS)} r
       where store_id = ${text(storeId)} order by place`,
    );
  }
}

/**
 * The tables of a ledger file that are derived from its rows, as queries of `source`. Sums are decimals: Parquet has no
 * integer of 128 bits, and DuckDB would write them as floating-point numbers.
 */
export const LEDGER_SQL = {
  numbers: (source: string): string => `
    select accounting_date, store_dimension, document_number, amounts from (
      select accounting_date, store_dimension, document_number,
        coalesce(string_agg(part, ${AMOUNTS_SQL.separator} order by part) filter (total <> 0), '') as amounts
      from (
        select accounting_date, store_dimension, document_number, sum(amount_minor) as total,
          ${AMOUNTS_SQL.part('cell', 'sum(amount_minor)')} as part
        from ${source} group by accounting_date, store_dimension, document_number, cell)
      group by accounting_date, store_dimension, document_number)`,
  cells: (source: string): string => `
    select accounting_date, store_dimension, part, cell, count(*) as row_count,
      coalesce(sum(amount_minor) filter (amount_minor > 0), 0)::decimal(38, 0) as debit_minor,
      coalesce(sum(amount_minor) filter (amount_minor <= 0), 0)::decimal(38, 0) as credit_minor,
      sum(amount_minor::hugeint * weight)::decimal(38, 0) as control_sum
    from ${source} group by accounting_date, store_dimension, part, cell`,
} as const;
