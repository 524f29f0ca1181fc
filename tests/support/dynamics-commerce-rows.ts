import { startVendorServer, type VendorServer } from './vendor-server.ts';

type Json = Readonly<Record<string, unknown>>;
export interface CommerceRows {
  headers: Json[];
  lines: Json[];
  payments: Json[];
  taxes: Json[];
}

const COLLECTIONS: Readonly<Record<string, keyof CommerceRows>> = {
  RetailTransactions: 'headers',
  RetailTransactionSalesLinesV2: 'lines',
  RetailTransactionPaymentLinesV2: 'payments',
  RetailTransactionTaxLines: 'taxes',
};
/** As every row of the transaction has it. */
export const commerceKey: Json = {
  dataAreaId: 'usrt',
  OperatingUnitNumber: 'HOUSTON',
  Terminal: 'HOUSTON-3',
  TransactionNumber: "HOUSTON-3-10'01",
};

/**
 * The OData service of an environment: an unknown field in `$select`, a filter that is none, or a missing `cross-company` is
 * refused; decimals are texts where `IEEE754Compatible` asks for it.
 */
export function startCommerceServer(rows: CommerceRows): Promise<VendorServer> {
  return startVendorServer(({ method, path, query, headers, body }) => {
    if (method === 'POST') {
      const form = new URLSearchParams(body);
      return form.get('client_secret') === 'right' && form.get('scope') === 'https://contoso.example/.default'
        ? { body: { access_token: 'token', expires_in: 3599 } }
        : { status: 401, body: { error: 'invalid_client' } };
    }
    if (headers.authorization !== 'Bearer token') return { status: 401 };
    const list = COLLECTIONS[path.replace('/data/', '')];
    if (list === undefined) return { status: 404 };
    const conditions = (query.get('$filter') ?? '')
      .split(' and ')
      .map((part) => /^(\w+) eq '((?:[^']|'')*)'$/.exec(part));
    if (query.get('cross-company') !== 'true' || conditions.some((condition) => condition === null))
      return { status: 400 };
    const select = (query.get('$select') ?? '').split(',');
    const found = rows[list].filter((row) =>
      conditions.every((condition) => row[condition?.[1] ?? ''] === condition?.[2]?.replaceAll("''", "'")),
    );
    if (found.some((row) => select.some((field) => !(field in row)))) return { status: 400 };
    const exact = String(headers.accept).includes('IEEE754Compatible=true');
    const value = found.map((row) =>
      Object.fromEntries(
        select.map((field) => [
          field,
          // Amounts stand as texts here; as numbers they come to those who did not ask for texts.
          !exact && /^-?\d+\.\d+$/.test(String(row[field])) ? Number(row[field]) : row[field],
        ]),
      ),
    );
    return { body: { '@odata.context': 'x', value } };
  });
}

export const commerceHeader = (more: Json = {}): Json => ({
  ...commerceKey,
  TransactionType: 'Sales',
  TransactionStatus: 'None',
  BusinessDate: '2026-03-02T12:00:00Z',
  TransactionDate: '2026-03-02T12:00:00Z',
  TransactionTime: 43_200,
  Currency: 'EUR',
  IsTaxIncludedInPrice: 'Yes',
  RreceiptId: 'HOUSTON0042',
  Staff: '000160',
  Shift: '7',
  BatchTerminalId: 'HOUSTON-3',
  CreatedOffline: 'No',
  SaleIsReturnSale: 'No',
  CustomerAccount: '2001',
  CustomerName: 'Erika Mustermann',
  GrossAmount: '-11.9000000000',
  PaymentAmount: '11.9000000000',
  SalesPaymentDifference: '0.0000000000',
  AmountPostedToAccount: '0.0000000000',
  NumberOfItemLines: '1.0000000000',
  NumberOfPaymentLines: 1,
  ...more,
});
/** A sale of one at 11.90 with 1.90 of tax, as the tables write it: below zero. */
export const commerceLine = (more: Json = {}): Json => ({
  ...commerceKey,
  LineNumber: '1.0000000000000000',
  TransactionStatus: 'None',
  BusinessDate: '2026-03-02T12:00:00Z',
  ReceiptNumber: 'HOUSTON0042',
  ItemId: '0140',
  BarCode: '4012345678901',
  Unit: 'ea',
  Quantity: '-1.0000000000',
  Price: '11.9000000000',
  NetAmount: '-10.0000000000',
  NetAmountInclusiveTax: '-11.9000000000',
  GiftCard: 'No',
  ReturnTransactionNumber: '',
  ...more,
});
export const commercePayment = (amount: string, more: Json = {}): Json => ({
  ...commerceKey,
  LineNumber: '1.0000000000000000',
  TransactionStatus: 'None',
  VoidStatus: 'None',
  TenderType: '1',
  Function: 'Normal',
  AmountTendered: amount,
  IsChangeLine: 'No',
  CardTypeId: '',
  GiftCardId: '',
  CreditVoucherId: '',
  LoyaltyCardId: '',
  IsPrepayment: 'No',
  CardNumber: '4111111111111111',
  ...more,
});
export const commerceTax = (amount: string, more: Json = {}): Json => ({
  ...commerceKey,
  SalesLineNumber: '1.0000000000000000',
  TaxCode: 'TX19',
  TaxPercentage: '19.0000000000',
  TaxAmount: amount,
  ...more,
});
