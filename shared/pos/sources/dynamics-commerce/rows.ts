import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { allOf, queryPath, textLiteral } from '../../../odata/query.ts';
import { maybe, whereOf } from '../payload.ts';

/**
 * What is asked of the OData entities of retail transactions, and nothing else: no address, no name, no card number. Names
 * are those of a generated client of a real service's `$metadata`; `RreceiptId` is Microsoft's own spelling.
 */

/** Key of a transaction, as every one of its rows has it. The business date is no part of it. */
export interface TransactionKey {
  readonly dataAreaId: string;
  readonly operatingUnit: string;
  readonly terminal: string;
  readonly number: string;
}

/** Asked for as a text (`IEEE754Compatible`); the shortest text of a JSON number is what was sent, too. */
const decimal = z.union([z.string().max(40), z.number()]).transform(String);
const text = maybe(z.string().max(200));
const noYes = maybe(z.string().max(10)).transform((value) => value === 'Yes');
const symbol = maybe(z.string().max(60));

const header = z.object({
  TransactionType: symbol,
  TransactionStatus: symbol,
  BusinessDate: z.string().max(40),
  TransactionDate: z.string().max(40),
  /** Seconds of the local day. */
  TransactionTime: z.int().min(0).max(86_400),
  Currency: z.string().max(3),
  IsTaxIncludedInPrice: noYes,
  RreceiptId: text,
  Staff: text,
  Shift: text,
  BatchTerminalId: text,
  CreatedOffline: noYes,
  SaleIsReturnSale: noYes,
  CustomerAccount: text,
  GrossAmount: decimal,
  PaymentAmount: decimal,
  SalesPaymentDifference: decimal,
  AmountPostedToAccount: decimal,
  NumberOfItemLines: decimal,
  NumberOfPaymentLines: z.int(),
});
const salesLine = z.object({
  LineNumber: decimal,
  TransactionStatus: symbol,
  BusinessDate: z.string().max(40),
  ReceiptNumber: text,
  ItemId: text,
  BarCode: text,
  Unit: text,
  Quantity: decimal,
  Price: decimal,
  NetAmount: decimal,
  NetAmountInclusiveTax: decimal,
  GiftCard: noYes,
  ReturnTransactionNumber: text,
});
const paymentLine = z.object({
  LineNumber: decimal,
  TransactionStatus: symbol,
  VoidStatus: symbol,
  TenderType: text,
  Function: symbol,
  AmountTendered: decimal,
  IsChangeLine: noYes,
  CardTypeId: text,
  GiftCardId: text,
  CreditVoucherId: text,
  LoyaltyCardId: text,
  IsPrepayment: noYes,
});
const taxLine = z.object({
  SalesLineNumber: decimal,
  TaxCode: storedText(100).min(1),
  TaxPercentage: decimal,
  TaxAmount: decimal,
});

export type DynamicsHeader = z.infer<typeof header>;
export type DynamicsSalesLine = z.infer<typeof salesLine>;
export type DynamicsPaymentLine = z.infer<typeof paymentLine>;
export type DynamicsTaxLine = z.infer<typeof taxLine>;

export interface DynamicsRows {
  readonly headers: readonly DynamicsHeader[];
  readonly lines: readonly DynamicsSalesLine[];
  readonly payments: readonly DynamicsPaymentLine[];
  readonly taxes: readonly DynamicsTaxLine[];
}

interface Entity<S extends z.ZodRawShape> {
  readonly collection: string;
  readonly row: z.ZodObject<S>;
}
const HEADERS = { collection: 'RetailTransactions', row: header };
const LINES = { collection: 'RetailTransactionSalesLinesV2', row: salesLine };
const PAYMENTS = { collection: 'RetailTransactionPaymentLinesV2', row: paymentLine };
const TAXES = { collection: 'RetailTransactionTaxLines', row: taxLine };

/** What is asked for, below the address of the environment. */
export const rowPaths = (key: TransactionKey) => ({
  headers: pathOf(HEADERS, key),
  lines: pathOf(LINES, key),
  payments: pathOf(PAYMENTS, key),
  taxes: pathOf(TAXES, key),
});

/** @param get asks for a path. @throws PermanentError `schema`, `too-many-lines` */
export async function askForRows(
  key: TransactionKey,
  get: (path: string) => Promise<unknown>,
): Promise<DynamicsRows> {
  const paths = rowPaths(key);
  return {
    headers: rowsOf(HEADERS, await get(paths.headers)),
    lines: rowsOf(LINES, await get(paths.lines)),
    payments: rowsOf(PAYMENTS, await get(paths.payments)),
    taxes: rowsOf(TAXES, await get(paths.taxes)),
  };
}

const pathOf = <S extends z.ZodRawShape>({ collection, row }: Entity<S>, key: TransactionKey): string =>
  `/data${queryPath({
    collection,
    select: Object.keys(row.shape),
    filter: allOf(
      `dataAreaId eq ${textLiteral(key.dataAreaId)}`,
      `OperatingUnitNumber eq ${textLiteral(key.operatingUnit)}`,
      `Terminal eq ${textLiteral(key.terminal)}`,
      `TransactionNumber eq ${textLiteral(key.number)}`,
    ),
  })}`;

function rowsOf<S extends z.ZodRawShape>(
  { collection, row }: Entity<S>,
  answer: unknown,
): z.infer<z.ZodObject<S>>[] {
  const page = z.object({ value: z.array(row), '@odata.nextLink': z.string().optional() });
  const parsed = page.safeParse(answer);
  if (!parsed.success) {
    throw new PermanentError('schema', `The answer of ${collection} is not in its documented form`, {
      where: `/${collection}${whereOf(parsed.error)}`,
    });
  }
  if (parsed.data['@odata.nextLink'] === undefined) return parsed.data.value;
  throw new PermanentError(
    'too-many-lines',
    `A transaction has more rows of ${collection} than one answer holds`,
  );
}
