import { TransientError } from '../../../errors.ts';
import type { BusinessDate } from '../../../ids.ts';
import type { ODataClient, ODataRow } from '../../../odata/client.ts';
import type { ResolvedCollection } from '../../../odata/fields.ts';
import { allOf, isOneOf, onDate, textLiteral, type ODataQuery } from '../../../odata/query.ts';
import type { EntryField, JournalField, LedgerCollections } from './collections.ts';
import type { DynamicsFinanceConfig } from './config.ts';
import { keyRanges } from './key-ranges.ts';
import type { SnapshotRow } from './snapshot.ts';

export interface DateQuestion {
  readonly client: ODataClient;
  readonly collections: LedgerCollections;
  readonly config: Pick<DynamicsFinanceConfig, 'companies' | 'postingLayers'>;
}

/**
 * The number of rows of a date and its newest record id, which change with every posting that is added or removed.
 * @throws as `ODataClient.pages` does
 */
export async function signatureOf(question: DateQuestion, date: BusinessDate): Promise<string> {
  const { client, collections } = question;
  const of = collections.kind === 'flat' ? collections.entries : collections.journals;
  const key =
    collections.kind === 'flat' ? collections.entries.fields.RecId : collections.journals.fields.JournalKey;
  const query: ODataQuery = {
    collection: of.collection,
    select: [key ?? ''],
    filter: dateFilter(question, date, of),
    orderBy: `${key} desc`,
    top: 1,
    count: true,
  };
  for await (const { rows, count } of client.pages(query)) {
    if (count === undefined) return '';
    return `${count} ${textOf(rows[0], key)}`;
  }
  return '';
}

/**
 * All postings of a date in the order of their record ids, a page at a time.
 * @throws as `ODataClient.pages` does; TransientError `odata-incomplete` where the rows changed while they were read
 */
export async function* rowsOfDate(
  question: DateQuestion,
  date: BusinessDate,
): AsyncGenerator<readonly SnapshotRow[]> {
  const { collections } = question;
  if (collections.kind === 'flat') {
    const { entries } = collections;
    for await (const rows of byKey(question.client, entries, 'RecId', dateFilter(question, date, entries)))
      yield rows.map((row) => snapshotRow(row, entries, row, entries));
    return;
  }
  yield* joinedRows(question, collections, date);
}

/** Journals of the date first, then the postings of each: those have no date that a filter could name. */
async function* joinedRows(
  question: DateQuestion,
  { entries, journals }: Extract<LedgerCollections, { kind: 'joined' }>,
  date: BusinessDate,
): AsyncGenerator<readonly SnapshotRow[]> {
  const found = new Map<string, ODataRow>();
  const ids: string[] = [];
  for await (const rows of byKey(
    question.client,
    journals,
    'JournalKey',
    dateFilter(question, date, journals),
  ))
    for (const row of rows) {
      const id = textOf(row, journals.fields.JournalKey);
      found.set(id, row);
      ids.push(id);
    }
  const withoutPostings = new Set(ids);
  // Sorted as a whole, so that one content has one digest.
  const all: SnapshotRow[] = [];
  for (const filter of keyRanges(ids, entries.fields.Journal ?? ''))
    for await (const rows of byKey(question.client, entries, 'RecId', filter))
      for (const row of rows) {
        const journalId = textOf(row, entries.fields.Journal);
        const journal = found.get(journalId);
        if (!journal) continue;
        withoutPostings.delete(journalId);
        all.push(snapshotRow(row, entries, journal, journals));
      }
  const [missing] = withoutPostings;
  if (missing !== undefined)
    throw new TransientError(
      'odata-incomplete',
      `Dynamics 365 gives no postings of ${withoutPostings.size} journals of ${date}, such as ${missing}: are they being posted, or may the app not read ${entries.collection}?`,
    );
  all.sort((left, right) => compareIds(left.recId, right.recId));
  yield all;
}

const compareIds = (left: string, right: string): number =>
  left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);

const RESUMES = 3;

/**
 * The rows of an answer in the order of a key. A chain of pages that breaks goes on after the last row that came: no page
 * is read twice, and a row that is added meanwhile moves none.
 */
async function* byKey<Field extends EntryField | JournalField>(
  client: ODataClient,
  of: ResolvedCollection<Field>,
  key: Field,
  filter: string | undefined,
): AsyncGenerator<readonly ODataRow[]> {
  const keyName = of.fields[key] ?? '';
  const select = [
    ...new Set(Object.values<string | undefined>(of.fields).filter((name) => name !== undefined)),
  ];
  let last: string | undefined;
  let wanted: number | undefined;
  let read = 0;
  for (let resumed = 0; ; resumed += 1) {
    const after = last === undefined ? undefined : `${keyName} gt ${last}`;
    const query: ODataQuery = {
      collection: of.collection,
      select,
      filter: allOf(filter, after),
      orderBy: keyName,
      count: last === undefined,
    };
    try {
      for await (const page of client.pages(query)) {
        wanted ??= page.count;
        const rows = newRows(page.rows, keyName, last, of.collection);
        read += rows.length;
        last = textOf(rows.at(-1), keyName) || last;
        if (rows.length > 0) yield rows;
      }
      break;
    } catch (thrown) {
      // A refusal stays one, and what throttles for longer than the client waits does so for the next run as well.
      const isBroken = thrown instanceof TransientError && thrown.code === 'odata-unavailable';
      if (!isBroken || last === undefined || resumed >= RESUMES) throw thrown;
    }
  }
  if (wanted !== undefined && wanted !== read)
    throw new TransientError(
      'odata-incomplete',
      `Dynamics 365 counted ${wanted} rows of ${of.collection} and gave ${read}: they change while they are read`,
    );
}

/** Rows that are not behind the last one. @throws TransientError where the order is not kept */
function newRows(
  rows: readonly ODataRow[],
  keyName: string,
  last: string | undefined,
  collection: string,
): readonly ODataRow[] {
  let before = last;
  for (const row of rows) {
    const id = textOf(row, keyName);
    if (!/^-?\d+$/.test(id) || (before !== undefined && BigInt(id) <= BigInt(before)))
      throw new TransientError(
        'odata-incomplete',
        `Dynamics 365 gave row ${id} of ${collection} after ${before}: they change while they are read`,
      );
    before = id;
  }
  return rows;
}

function dateFilter(
  { config: { companies, postingLayers } }: DateQuestion,
  date: BusinessDate,
  { fields, type }: ResolvedCollection<JournalField | EntryField> | ResolvedCollection<JournalField>,
): string | undefined {
  const typeOf = (name: string | undefined): string => type.properties.get(name ?? '') ?? '';
  const { AccountingDate, Company, PostingLayer } = fields;
  const layers = PostingLayer === undefined ? [] : postingLayers;
  return allOf(
    onDate(AccountingDate ?? '', typeOf(AccountingDate), date),
    companies.length === 0 ? undefined : isOneOf(Company ?? '', companies.map(textLiteral)),
    layers.length === 0
      ? undefined
      : isOneOf(
          PostingLayer ?? '',
          layers.map((layer) => enumLiteral(typeOf(PostingLayer), layer)),
        ),
  );
}

const enumLiteral = (type: string, member: string): string =>
  type === 'Edm.String' ? textLiteral(member) : `${type}'${member}'`;

function snapshotRow(
  entry: ODataRow,
  { fields: of }: ResolvedCollection<EntryField> | ResolvedCollection<EntryField | JournalField>,
  journal: ODataRow,
  { fields: ofJournal }: ResolvedCollection<JournalField> | ResolvedCollection<EntryField | JournalField>,
): SnapshotRow {
  return {
    recId: textOf(entry, of.RecId),
    journalNumber: textOf(journal, ofJournal.JournalNumber),
    voucher: textOf(journal, ofJournal.Voucher),
    accountingDate: textOf(journal, ofJournal.AccountingDate),
    documentNumber: textOf(journal, ofJournal.DocumentNumber),
    ledgerAccount: textOf(entry, of.LedgerAccount),
    storeDimension: textOf(entry, of.StoreDimension),
    dimensionValues: textOf(entry, of.DimensionValues),
    currency: textOf(entry, of.TransactionCurrencyCode),
    amount: textOf(entry, of.TransactionCurrencyAmount),
    isCredit: textOf(entry, of.IsCredit),
    isCorrection: textOf(entry, of.IsCorrection),
  };
}

function textOf(row: ODataRow | undefined, name: string | undefined): string {
  const value = name === undefined ? undefined : row?.[name];
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
