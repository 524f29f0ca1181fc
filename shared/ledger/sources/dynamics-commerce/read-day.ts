import { TransientError } from '../../../errors.ts';
import type { BusinessDate } from '../../../ids.ts';
import { currencySchema, parseAmount } from '../../../money.ts';
import type { ODataClient, ODataRow } from '../../../odata/client.ts';
import type { ResolvedCollection } from '../../../odata/fields.ts';
import { allOf, isOneOf, onDate, textLiteral } from '../../../odata/query.ts';
import type { CommerceCollections, PaymentField, ReceiptField } from './collections.ts';
import type { DynamicsCommerceConfig } from './config.ts';
import type { HeadquartersReceipt, HeadquartersStatement } from './headquarters-row.ts';
import { paidOf, paymentKey, paymentsByReceipt, type Payments } from './payments.ts';

export interface DayQuestion {
  readonly client: ODataClient;
  readonly collections: CommerceCollections;
  readonly config: Pick<DynamicsCommerceConfig, 'companies' | 'tenders'>;
}

/** How many receipts headquarters has of the date. @throws as `ODataClient.pages` does */
export async function countOfReceipts(
  { client, collections, config }: DayQuestion,
  date: BusinessDate,
): Promise<string> {
  const { receipts } = collections;
  const query = {
    collection: receipts.collection,
    select: [receipts.fields.TransactionNumber ?? ''],
    filter: filterOf(receipts, date, config.companies),
    top: 1,
    count: true,
  };
  for await (const { count } of client.pages(query)) return count === undefined ? '' : `${count} receipts`;
  return '';
}

/**
 * The receipts of a business date, in the order of headquarters. Commerce stores sales with a negative gross amount.
 * @throws as `ODataClient.pages` does; TransientError `odata-incomplete` where rows changed while they were read
 */
export async function receiptsOfDate(
  question: DayQuestion,
  date: BusinessDate,
): Promise<HeadquartersReceipt[]> {
  const { collections, config } = question;
  const payments = await paymentsOfDate(question, date);
  const { fields } = collections.receipts;
  const rows = await allRows(question, collections.receipts, date);
  const times = new Map<string, number>();
  for (const row of rows) times.set(keyOf(row, fields), (times.get(keyOf(row, fields)) ?? 0) + 1);
  return rows.map((row) => {
    // Lines of two receipts with one number cannot be told apart: each has the amount of its own header.
    const isAlone = times.get(keyOf(row, fields)) === 1;
    return receiptOf(row, fields, isAlone ? payments : undefined, config.tenders);
  });
}

const keyOf = (row: ODataRow, fields: Readonly<Record<ReceiptField, string | undefined>>): string =>
  paymentKey(textOf(row, fields.Store), textOf(row, fields.Terminal), textOf(row, fields.TransactionNumber));

async function paymentsOfDate(question: DayQuestion, date: BusinessDate): Promise<Payments | undefined> {
  const { payments } = question.collections;
  return payments && paymentsByReceipt(await allRows(question, payments, date), payments.fields);
}

async function allRows(
  { client, config }: DayQuestion,
  of: ResolvedCollection<ReceiptField> | ResolvedCollection<PaymentField>,
  date: BusinessDate,
): Promise<ODataRow[]> {
  const select = [...new Set(Object.values<string | undefined>(of.fields))].filter(
    (name) => name !== undefined,
  );
  const rows: ODataRow[] = [];
  let wanted: number | undefined;
  for await (const page of client.pages({
    collection: of.collection,
    select,
    filter: filterOf(of, date, config.companies),
    // Pages of an answer without an order may hold a row twice, or never.
    orderBy: of.type.keys.length === 0 ? undefined : of.type.keys.join(','),
    count: true,
  })) {
    wanted ??= page.count;
    for (const row of page.rows) rows.push(row);
  }
  if (wanted !== undefined && wanted !== rows.length)
    throw new TransientError(
      'odata-incomplete',
      `Dynamics 365 counted ${wanted} rows of ${of.collection} and gave ${rows.length}: they change while they are read`,
    );
  return rows;
}

function filterOf(
  { fields, type }: ResolvedCollection<ReceiptField> | ResolvedCollection<PaymentField>,
  date: BusinessDate,
  companies: readonly string[],
): string | undefined {
  const { BusinessDate: dateField = '', Company } = fields;
  return allOf(
    onDate(dateField, type.properties.get(dateField) ?? '', date),
    companies.length === 0 ? undefined : isOneOf(Company ?? '', companies.map(textLiteral)),
  );
}

function receiptOf(
  row: ODataRow,
  fields: Readonly<Record<ReceiptField, string | undefined>>,
  payments: Payments | undefined,
  tenders: DynamicsCommerceConfig['tenders'],
): HeadquartersReceipt {
  const text = (field: ReceiptField): string => textOf(row, fields[field]);
  const optional = (field: ReceiptField): string | undefined =>
    fields[field] === undefined ? undefined : text(field);
  const currency = currencySchema.safeParse(text('Currency').toUpperCase()).data;
  const gross = currency && parseAmount(text('GrossAmount'), currency);
  const lines = payments?.get(keyOf(row, fields));
  return {
    store: text('Store'),
    terminal: text('Terminal'),
    transactionNumber: text('TransactionNumber'),
    receiptId: text('ReceiptId'),
    shift: text('Shift'),
    type: text('TransactionType'),
    status: text('Status'),
    validation: optional('ValidationStatus'),
    statementId: optional('StatementId'),
    currency,
    grossMinor: gross === undefined ? undefined : 0 - gross,
    ...paidOf(payments === undefined ? undefined : (lines ?? []), text('PaymentAmount'), currency, tenders),
    isOffline: text('CreatedOffline') === 'Yes',
  };
}

/** Of addresses: a filter that is too long is refused. */
const IDS_AT_ONCE = 25;
const KEPT_MESSAGES = 3;
const MAX_STATEMENTS = 20_000;

/**
 * The state of the statements that these receipts are in. Empty where this version shows no statements.
 * @param scrub takes personal data out of messages, which may name customers.
 * @throws as `ODataClient.pages` does
 */
export async function statementsOf(
  { client, collections: { statements, errors } }: DayQuestion,
  receipts: readonly HeadquartersReceipt[],
  scrub: (text: string) => string,
): Promise<HeadquartersStatement[]> {
  if (!statements) return [];
  const ids = [...new Set(receipts.map(({ statementId = '' }) => statementId))].filter((id) => id !== '');
  const found: HeadquartersStatement[] = [];
  for (let from = 0; from < Math.min(ids.length, MAX_STATEMENTS); from += IDS_AT_ONCE) {
    const some = ids.sort().slice(from, from + IDS_AT_ONCE);
    const posted = new Set(
      (await rowsOfStatements(client, statements, some)).map((row) =>
        textOf(row, statements.fields.StatementId),
      ),
    );
    const open = some.filter((id) => !posted.has(id));
    const said = errors && open.length > 0 ? await rowsOfStatements(client, errors, open) : [];
    for (const statementId of some) {
      const messages = said
        .filter((row) => textOf(row, errors?.fields.StatementId) === statementId)
        .map((row) => scrub(textOf(row, errors?.fields.Message)).trim())
        .filter((message) => message !== '');
      found.push({
        statementId,
        isPosted: posted.has(statementId),
        messages: [...new Set(messages)].sort().slice(0, KEPT_MESSAGES),
      });
    }
  }
  return found;
}

async function rowsOfStatements<Field extends string>(
  client: ODataClient,
  { collection, fields }: ResolvedCollection<Field | 'StatementId'>,
  ids: readonly string[],
): Promise<ODataRow[]> {
  const rows: ODataRow[] = [];
  const select = [...new Set(Object.values<string | undefined>(fields))].filter((name) => name !== undefined);
  const filter = isOneOf(fields.StatementId ?? '', ids.map(textLiteral));
  for await (const page of client.pages({ collection, select, filter })) rows.push(...page.rows);
  return rows;
}

function textOf(row: ODataRow, name: string | undefined): string {
  const value = name === undefined ? undefined : row[name];
  return typeof value === 'string' ? value : '';
}
