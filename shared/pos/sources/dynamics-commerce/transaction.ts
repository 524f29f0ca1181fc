import { PermanentError, TransientError } from '../../../errors.ts';
import { businessDateSchema } from '../../../ids.ts';
import { addMinor, parseDecimal } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION, type DrawerEvent, type TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import { VENDOR_NOT_FOUND, type ReadContext } from '../source.ts';
import { eventOfDraft, type UnnumberedLine } from '../transaction-draft.ts';
import { vendorCurrency } from '../vendor-amounts.ts';
import { isOff, minorIn, receivedMinor, signOf, type Minor } from './amounts.ts';
import { lineOf } from './lines.ts';
import type { DynamicsHeader, DynamicsRows, TransactionKey } from './rows.ts';
import { tendersOf } from './tenders.ts';
import { localTimeOf, transactionIdOf } from './transaction-id.ts';
import { INCOME_OR_EXPENSE, drawerActionOf, isWithoutMoney } from './transaction-types.ts';

/** Goods that are delivered later: what is paid for them is a deposit. */
const ORDERS = new Set(['SalesOrder', 'CustomerOrder', 'PendingSalesOrder', 'AsyncCustomerOrder']);

const STATUS_OF: Readonly<Record<string, TransactionEvent['status']>> = {
  None: 'completed',
  Posted: 'completed',
  Training: 'completed',
  OnHold: 'suspended',
  Voided: 'cancelled',
  Cancelled: 'cancelled',
};

interface Found {
  readonly key: TransactionKey;
  readonly rows: DynamicsRows;
  readonly header: DynamicsHeader;
  readonly version: number;
  readonly context: ReadContext;
}

/**
 * The event of a transaction's rows.
 * @param version when the notice was written, in epoch milliseconds: rows are edited afterwards, and have no version of their own.
 * @throws TransientError `vendor-not-found` while rows are missing; PermanentError `transaction-number-not-unique`,
 * `transaction-type-unknown`, `transaction-status-unknown`, `drawer-amount-unknown`, `schema`
 */
export function mapDynamicsTransaction(
  key: TransactionKey,
  rows: DynamicsRows,
  version: number,
  context: ReadContext,
): MappedRecord {
  const [header, ...others] = rows.headers;
  // Commerce uploads in two steps that do not wait for each other.
  if (header === undefined)
    throw new TransientError(VENDOR_NOT_FOUND, 'Dynamics has no such transaction yet');
  checkUnique(header, others, rows);
  const type = header.TransactionType ?? '';
  if (isWithoutMoney(type)) return { outcome: 'ignored', reason: 'without-money' };
  checkComplete(header, rows);
  const found = { key, rows, header, version, context };
  if (type === 'Sales' || type === 'SalesInvoice' || type === 'Payment' || ORDERS.has(type))
    return transactionOf(found);
  if (type === INCOME_OR_EXPENSE) return drawerOf(found, undefined);
  const action = drawerActionOf(type);
  if (action !== undefined) return drawerOf(found, action);
  throw new PermanentError(
    'transaction-type-unknown',
    'Whether a transaction of this type is money is not known',
    {
      where: '/RetailTransactions/TransactionType',
    },
  );
}

/**
 * Numbers repeat where a register was set up anew, and the key of the rows has no date: two sales then look like one.
 * @throws PermanentError `transaction-number-not-unique`
 */
function checkUnique(
  header: DynamicsHeader,
  others: readonly DynamicsHeader[],
  { lines }: DynamicsRows,
): void {
  const dates = new Set([header, ...others, ...lines].map(({ BusinessDate }) => BusinessDate.slice(0, 10)));
  const receipts = new Set(
    lines.map((line) => line.ReceiptNumber).filter((receipt) => receipt !== undefined && receipt !== ''),
  );
  const numbers = new Set(lines.map(({ LineNumber }) => parseDecimal(LineNumber, 10)));
  if (others.length === 0 && dates.size <= 1 && receipts.size <= 1 && numbers.size === lines.length) return;
  throw new PermanentError(
    'transaction-number-not-unique',
    `The rows of this transaction number are of ${dates.size} business dates and ${Math.max(receipts.size, 1)} receipts: which lines belong together is not known. Turn on "Enable new transaction id", and enter these by hand`,
    { where: '/RetailTransactions/TransactionNumber' },
  );
}

/** @throws TransientError `vendor-not-found` */
function checkComplete(
  { NumberOfItemLines, NumberOfPaymentLines }: DynamicsHeader,
  { lines, payments }: DynamicsRows,
): void {
  const expected = parseDecimal(NumberOfItemLines, 6) ?? 0;
  if (lines.length * 1_000_000 >= expected && payments.length >= NumberOfPaymentLines) return;
  throw new TransientError(VENDOR_NOT_FOUND, 'Not all lines of the transaction are in Dynamics yet');
}

/** @throws PermanentError `schema`, `transaction-status-unknown` */
function placeOf({ key, header, version, context }: Found, quality: Quality) {
  const { store, storeId } = storeOf(context.catalog, 'dynamics-commerce', key.operatingUnit, quality);
  const occurredAt = localTimeOf(header, store, quality);
  const businessDate = businessDateSchema.safeParse(header.BusinessDate.slice(0, 10));
  if (occurredAt === undefined || !businessDate.success) {
    throw new PermanentError('schema', 'The transaction has no date', {
      where: '/RetailTransactions/BusinessDate',
    });
  }
  const status = ownValue(STATUS_OF, header.TransactionStatus ?? '');
  if (status === undefined) {
    throw new PermanentError(
      'transaction-status-unknown',
      'Whether a transaction of this status counts is not known',
      {
        where: '/RetailTransactions/TransactionStatus',
      },
    );
  }
  return {
    version: Math.max(1, version),
    storeId,
    tillId: key.terminal,
    occurredAt,
    businessDate: businessDate.data,
    offline: header.CreatedOffline,
    training: header.TransactionStatus === 'Training',
    status,
    id: transactionIdOf(key, businessDate.data),
    ...(header.Shift === undefined || header.Shift === ''
      ? {}
      : { shiftId: [header.BatchTerminalId, header.Shift].filter(Boolean).join('-') }),
  };
}

function transactionOf(found: Found): MappedRecord {
  const { rows, header, context } = found;
  const quality = new Quality();
  const { id, ...place } = placeOf(found, quality);
  const currency = vendorCurrency(header.Currency, '/RetailTransactions/Currency');
  const minor = minorIn(currency, quality);
  const paidMinor = receivedMinor(rows.payments, minor);
  const { lines, taxMinor, grossMinor, returned } = ORDERS.has(header.TransactionType ?? '')
    ? depositOf(paidMinor, quality)
    : soldLines(found, paidMinor, minor, quality);
  const onAccountMinor = header.TransactionType === 'Payment' ? paidMinor : 0;
  const differenceMinor = addMinor(paidMinor, -onAccountMinor, -grossMinor);
  return eventOfDraft(
    {
      source: 'dynamics-commerce',
      transactionId: id,
      ...place,
      operator: header.Staff,
      receiptNumber: header.RreceiptId,
      currency,
      taxIncluded: header.IsTaxIncludedInPrice,
      lines,
      taxMinor,
      roundingMinor: place.status === 'completed' ? roundingOf(header, differenceMinor, minor, quality) : 0,
      tenders:
        place.status === 'completed'
          ? [
              ...tendersOf(rows.payments, minor, context, quality),
              ...(onAccountMinor === 0
                ? []
                : [{ type: 'account' as const, label: 'paid to account', amountMinor: -onAccountMinor }]),
            ]
          : [],
      customerRef: header.CustomerAccount
        ? context.pseudonymise('customer', header.CustomerAccount)
        : undefined,
      returnOf: returned === undefined ? undefined : { transactionId: returned },
      quality,
    },
    context,
  );
}

interface Sold {
  readonly lines: UnnumberedLine[];
  readonly taxMinor: number;
  readonly grossMinor: number;
  readonly returned?: string | undefined;
}

function soldLines(
  { rows, header, context }: Found,
  paidMinor: number,
  minor: Minor,
  quality: Quality,
): Sold {
  const sumMinor = addMinor(
    ...rows.lines
      .filter((line) => !isOff(line))
      .map((line) =>
        minor(line.NetAmountInclusiveTax, '/RetailTransactionSalesLinesV2/NetAmountInclusiveTax'),
      ),
  );
  const sign = rows.lines.length === 0 ? 1 : signOf(sumMinor, paidMinor, header, quality);
  const taxIncluded = header.IsTaxIncludedInPrice;
  const mapped = rows.lines.map((row) =>
    lineOf(row, { sign, taxIncluded, taxes: rows.taxes, minor, catalog: context.catalog, quality }),
  );
  // A voided line is listed, and adds nothing: the draft adds up what is in it.
  const counted = mapped.filter((_, index) => !isOff(rows.lines[index] ?? { TransactionStatus: undefined }));
  return {
    lines: counted.map(({ line }) => line),
    taxMinor: addMinor(...counted.map(({ taxMinor }) => taxMinor)),
    grossMinor: sign * sumMinor,
    returned: rows.lines.find(({ ReturnTransactionNumber: number }) => number !== undefined && number !== '')
      ?.ReturnTransactionNumber,
  };
}

/** What a customer order was paid: its goods are not sold yet, and what of it is for goods that were is not said. */
function depositOf(paidMinor: number, quality: Quality): Sold {
  quality.flag('content-not-read', '/RetailTransactions/TransactionType');
  const line: UnnumberedLine = {
    type: 'deposit',
    productCode: 'CUSTOMER_ORDER',
    quantityMilli: paidMinor < 0 ? -1000 : 1000,
    unit: 'each',
    regularUnitPriceMinor: Math.abs(paidMinor),
    actualUnitPriceMinor: Math.abs(paidMinor),
    extendedAmountMinor: paidMinor,
  };
  return { lines: [line], taxMinor: 0, grossMinor: paidMinor };
}

/** Dynamics says what payments and sales differ by; a difference that it does not say is none of rounding. */
function roundingOf(
  { SalesPaymentDifference }: DynamicsHeader,
  differenceMinor: number,
  minor: Minor,
  quality: Quality,
): number {
  if (differenceMinor === 0) return 0;
  const statedMinor = minor(SalesPaymentDifference, '/RetailTransactions/SalesPaymentDifference');
  if (Math.abs(statedMinor) === Math.abs(differenceMinor)) return differenceMinor;
  quality.flag('totals-unbalanced', '/RetailTransactions/SalesPaymentDifference');
  return 0;
}

/** @param given the action; undefined where the sign of the cash tells it. @throws PermanentError */
function drawerOf(found: Found, given: DrawerEvent['action'] | undefined): MappedRecord {
  const { rows, header, context } = found;
  const quality = new Quality();
  const { id, status, shiftId, ...place } = placeOf(found, quality);
  if (status !== 'completed') return { outcome: 'ignored', reason: 'without-money' };
  const currency = vendorCurrency(header.Currency, '/RetailTransactions/Currency');
  const minor = minorIn(currency, quality);
  const tenders = tendersOf(rows.payments, minor, context, quality);
  if (tenders.some(({ type }) => type !== 'cash')) {
    throw new PermanentError(
      'drawer-tender-unknown',
      'Only movements of cash are known; this one is of another tender',
      {
        where: '/RetailTransactionPaymentLinesV2/TenderType',
      },
    );
  }
  const movedMinor =
    rows.payments.length > 0
      ? receivedMinor(rows.payments, minor)
      : minor(header.PaymentAmount, '/RetailTransactions/PaymentAmount');
  if (movedMinor === 0 && given !== 'noSale') {
    throw new PermanentError(
      'drawer-amount-unknown',
      'The transaction moves cash, and no row says how much',
      {
        where: '/RetailTransactions/PaymentAmount',
      },
    );
  }
  const action = given ?? (movedMinor < 0 ? 'paidOut' : 'paidIn');
  return {
    outcome: 'event',
    quality,
    event: checkedEvent({
      schemaVersion: SCHEMA_VERSION,
      // A second notice of the same movement is the same movement; one that was edited since is a conflict.
      eventId: `dynamics-commerce:${id}`,
      source: 'dynamics-commerce',
      ...place,
      version: 1,
      ...(header.Staff ? { operatorId: context.pseudonymise('operator', header.Staff) } : {}),
      ...(shiftId === undefined ? {} : { shiftId }),
      receivedAt: context.receivedAt,
      traceparent: context.traceparent,
      kind: 'drawer',
      action,
      currency,
      amountMinor: given === 'noSale' ? 0 : Math.abs(movedMinor),
      ...quality.field,
    }),
  };
}
