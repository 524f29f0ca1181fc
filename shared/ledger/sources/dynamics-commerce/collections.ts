import { resolveCollection, type CollectionWish, type ResolvedCollection } from '../../../odata/fields.ts';
import type { ODataMetadata } from '../../../odata/metadata.ts';
import type {
  DynamicsCommerceConfig,
  ERROR_FIELDS,
  PAYMENT_FIELDS,
  RECEIPT_FIELDS,
  STATEMENT_FIELDS,
} from './config.ts';

export type ReceiptField = (typeof RECEIPT_FIELDS)[number];
export type PaymentField = (typeof PAYMENT_FIELDS)[number];
type StatementField = (typeof STATEMENT_FIELDS)[number];
type ErrorField = (typeof ERROR_FIELDS)[number];

/** Where headquarters has its receipts in this environment. What is undefined is not shown there. */
export interface CommerceCollections {
  readonly receipts: ResolvedCollection<ReceiptField>;
  readonly payments: ResolvedCollection<PaymentField> | undefined;
  readonly statements: ResolvedCollection<StatementField> | undefined;
  readonly errors: ResolvedCollection<ErrorField> | undefined;
}

const CONFIGURED_IN = 'master-data/dynamics-commerce.json';

/** Names by version, as `$metadata` has them. The collections differ in theirs: Store is OperatingUnitNumber in some. */
const RECEIPT_NAMES: Readonly<Record<ReceiptField, readonly string[]>> = {
  Company: ['dataAreaId'],
  Store: ['OperatingUnitNumber', 'Store', 'StoreNumber'],
  Terminal: ['Terminal', 'RegisterNumber'],
  TransactionNumber: ['TransactionNumber', 'TransactionId'],
  // Microsoft's own metadata spells it with two letters R.
  ReceiptId: ['RreceiptId', 'ReceiptId', 'ReceiptNumber'],
  Shift: ['Shift', 'BatchId', 'ShiftId'],
  TransactionType: ['TransactionType', 'Type'],
  Status: ['TransactionStatus', 'EntryStatus'],
  ValidationStatus: ['ValidationStatus', 'TransactionValidationStatus'],
  StatementId: ['StatementId', 'StatementNumber'],
  Currency: ['Currency', 'CurrencyCode'],
  GrossAmount: ['GrossAmount'],
  PaymentAmount: ['PaymentAmount'],
  CreatedOffline: ['CreatedOffline'],
  BusinessDate: ['BusinessDate'],
};
const PAYMENT_NAMES: Readonly<Record<PaymentField, readonly string[]>> = {
  Company: ['dataAreaId'],
  Store: ['OperatingUnitNumber', 'Store', 'StoreNumber'],
  Terminal: ['Terminal', 'RegisterNumber'],
  TransactionNumber: ['TransactionNumber', 'TransactionId'],
  TenderType: ['TenderType', 'PaymentMethod'],
  Amount: ['AmountTendered'],
  Status: ['TransactionStatus'],
  VoidStatus: ['VoidStatus'],
  BusinessDate: ['BusinessDate', 'TransDate', 'TransactionDate'],
};
const STATEMENT_NAMES: Readonly<Record<StatementField, readonly string[]>> = {
  StatementId: ['StatementId', 'StatementNumber'],
};
const ERROR_NAMES: Readonly<Record<ErrorField, readonly string[]>> = {
  StatementId: ['StatementId', 'StatementNumber'],
  Message: ['ErrorMessage', 'PostingStateMessage', 'ErrorMessageLocalized'],
};

/** In the order in which they are looked for. */
const RECEIPT_COLLECTIONS = [
  'RetailTransactionTableBIEntities',
  'RetailTransactions',
  'RetailTransactionEntities',
];
const PAYMENT_COLLECTIONS = [
  'RetailTransactionPaymentTransBIEntities',
  'RetailTransactionAuditablePaymentLines',
];
const STATEMENT_COLLECTIONS = ['RetailStatementJourBIEntities', 'RetailStatementJours'];
const ERROR_COLLECTIONS = [
  'RetailEodTransactionErrorBIEntities',
  'RetailEodStatementControllerLogBIEntities',
];

const OPTIONAL: ReadonlySet<string> = new Set<ReceiptField | PaymentField>([
  'Company',
  'ReceiptId',
  'Shift',
  'Status',
  'ValidationStatus',
  'StatementId',
  'PaymentAmount',
  'CreatedOffline',
  'VoidStatus',
]);

/**
 * Receipts there must be; of the rest, what this version does not have is not read. What somebody has named must be there.
 * @throws PermanentError `odata-collection` or `odata-field`
 */
export function commerceCollections(
  metadata: ODataMetadata,
  config: DynamicsCommerceConfig,
): CommerceCollections {
  const { receipts, payments, statements, errors, companies } = config;
  return {
    receipts: receiptsIn(metadata, {
      purpose: 'the receipts at Commerce headquarters',
      configuredIn: CONFIGURED_IN,
      names: receipts.collection === undefined ? RECEIPT_COLLECTIONS : [receipts.collection],
      fields: wishes(RECEIPT_NAMES, receipts.fields, companies.length > 0),
    }),
    payments: ifThere(metadata, payments.collection, {
      purpose: 'the payment lines at Commerce headquarters',
      configuredIn: CONFIGURED_IN,
      names: payments.collection === undefined ? PAYMENT_COLLECTIONS : [payments.collection],
      fields: wishes(PAYMENT_NAMES, payments.fields, companies.length > 0),
    }),
    statements: ifThere(metadata, statements.collection, {
      purpose: 'the posted statements',
      configuredIn: CONFIGURED_IN,
      names: statements.collection === undefined ? STATEMENT_COLLECTIONS : [statements.collection],
      fields: wishes(STATEMENT_NAMES, statements.fields, false),
    }),
    errors: ifThere(metadata, errors.collection, {
      purpose: 'the errors of statements',
      configuredIn: CONFIGURED_IN,
      names: errors.collection === undefined ? ERROR_COLLECTIONS : [errors.collection],
      fields: wishes(ERROR_NAMES, errors.fields, false),
    }),
  };
}

/** The collection that shows most: some versions show neither validation nor statement in `RetailTransactions`. */
function receiptsIn(
  metadata: ODataMetadata,
  wish: CollectionWish<ReceiptField>,
): ResolvedCollection<ReceiptField> {
  const there = wish.names.filter((name) => has(metadata, name));
  const found = there.map((name) => resolveCollection(metadata, { ...wish, names: [name] }));
  const isFull = ({ fields }: ResolvedCollection<ReceiptField>): boolean =>
    fields.ValidationStatus !== undefined && fields.StatementId !== undefined;
  return found.find(isFull) ?? found[0] ?? resolveCollection(metadata, wish);
}

function ifThere<Field extends string>(
  metadata: ODataMetadata,
  configured: string | undefined,
  wish: CollectionWish<Field>,
): ResolvedCollection<Field> | undefined {
  if (configured === undefined && !wish.names.some((name) => has(metadata, name))) return undefined;
  return resolveCollection(metadata, wish);
}

const has = ({ collections }: ODataMetadata, name: string): boolean =>
  [...collections.keys()].some((one) => one.toLowerCase() === name.toLowerCase());

function wishes<Field extends string>(
  usual: Readonly<Record<Field, readonly string[]>>,
  configured: Partial<Record<Field, string>>,
  needsCompany: boolean,
): Record<Field, { names: readonly string[]; optional: boolean }> {
  const all = Object.entries(usual) as [Field, readonly string[]][];
  return Object.fromEntries(
    all.map(([field, names]) => {
      const own = configured[field];
      const isNeeded = own !== undefined || (needsCompany && field === 'Company');
      return [
        field,
        { names: own === undefined ? names : [own], optional: !isNeeded && OPTIONAL.has(field) },
      ];
    }),
  ) as Record<Field, { names: readonly string[]; optional: boolean }>;
}
