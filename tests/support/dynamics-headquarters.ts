import type { ServedCollection } from './odata-answer.ts';

type Row = Record<string, string | null>;

/** A receipt as a test gives it; the rest is the same in all. */
export interface ServedReceipt {
  readonly number: string;
  /** As the table has it: below zero for a sale. */
  readonly gross: string;
  readonly store?: string;
  readonly terminal?: string;
  readonly shift?: string;
  readonly date?: string;
  readonly type?: string;
  readonly status?: string;
  readonly validation?: string;
  readonly statement?: string;
  readonly currency?: string;
  readonly company?: string;
  readonly paid?: string;
  /** Payment lines: method, amount, and whether it is voided. */
  readonly payments?: readonly (readonly [method: string, amount: string, voided?: true])[];
}
export interface ServedHeadquarters {
  readonly receipts: ServedReceipt[];
  /** Statements that are posted. */
  readonly posted?: string[];
  /** Why statements are not posted. */
  readonly errors?: { statement: string; message: string }[];
}

const negated = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);

/** The BI entities of an environment of 2025, with the names and the case that its `$metadata` has. */
export function biHeadquarters({ receipts, posted, errors }: ServedHeadquarters): ServedCollection[] {
  return [
    {
      name: 'RetailTransactionTableBIEntities',
      type: 'RetailTransactionTableBIEntity',
      keys: ['dataAreaId', 'store', 'terminal', 'transactionId'],
      properties: {
        dataAreaId: 'Edm.String',
        store: 'Edm.String',
        terminal: 'Edm.String',
        transactionId: 'Edm.String',
        receiptId: 'Edm.String',
        batchId: 'Edm.Int64',
        shift: 'Edm.String',
        type: 'RetailTransactionType',
        entryStatus: 'RetailEntryStatus',
        validationStatus: 'RetailTransactionValidationStatus',
        statementId: 'Edm.String',
        businessDate: 'Edm.DateTimeOffset',
        currency: 'Edm.String',
        grossAmount: 'Edm.Decimal',
        paymentAmount: 'Edm.Decimal',
        createdOffline: 'NoYes',
        customerName: 'Edm.String',
        staff: 'Edm.String',
      },
      ownCompany: 'dat',
      rows: receipts.map((one) => ({
        dataAreaId: one.company ?? 'usrt',
        store: one.store ?? 'S1',
        terminal: one.terminal ?? 'T1',
        transactionId: one.number,
        receiptId: `R-${one.number}`,
        batchId: '7',
        shift: one.shift ?? 'SH1',
        type: one.type ?? 'Sales',
        entryStatus: one.status ?? 'None',
        validationStatus: one.validation ?? 'Successful',
        statementId: one.statement ?? '',
        businessDate: `${one.date ?? '2026-03-02'}T12:00:00Z`,
        currency: one.currency ?? 'EUR',
        grossAmount: one.gross,
        paymentAmount: one.paid ?? negated(one.gross),
        createdOffline: 'No',
        customerName: 'Erika Mustermann',
        staff: '000160',
      })),
    },
    ...(receipts.some(({ payments }) => payments) ? [paymentTrans(receipts)] : []),
    ...(posted ? [statementJour(posted)] : []),
    ...(errors ? [statementErrors(errors)] : []),
  ];
}

function paymentTrans(receipts: readonly ServedReceipt[]): ServedCollection {
  return {
    name: 'RetailTransactionPaymentTransBIEntities',
    type: 'RetailTransactionPaymentTransBIEntity',
    keys: ['dataAreaId', 'store', 'terminal', 'transactionId', 'lineNum'],
    properties: {
      dataAreaId: 'Edm.String',
      store: 'Edm.String',
      terminal: 'Edm.String',
      transactionId: 'Edm.String',
      lineNum: 'Edm.Decimal',
      tenderType: 'Edm.String',
      amountTendered: 'Edm.Decimal',
      transactionStatus: 'RetailEntryStatus',
      voidStatus: 'RetailTenderVoidStatus',
      businessDate: 'Edm.DateTimeOffset',
      cardOrAccount: 'Edm.String',
    },
    rows: receipts.flatMap((one) =>
      (one.payments ?? []).map(([tenderType, amountTendered, isVoided], index): Row => ({
        dataAreaId: one.company ?? 'usrt',
        store: one.store ?? 'S1',
        terminal: one.terminal ?? 'T1',
        transactionId: one.number,
        lineNum: `${index + 1}.0000000000000000`,
        tenderType,
        amountTendered,
        transactionStatus: 'None',
        voidStatus: isVoided ? 'Voided' : 'None',
        businessDate: `${one.date ?? '2026-03-02'}T12:00:00Z`,
        cardOrAccount: '4111111111111111',
      })),
    ),
  };
}

function statementJour(posted: readonly string[]): ServedCollection {
  return {
    name: 'RetailStatementJourBIEntities',
    type: 'RetailStatementJourBIEntity',
    keys: ['dataAreaId', 'statementId'],
    properties: { dataAreaId: 'Edm.String', statementId: 'Edm.String', postedDate: 'Edm.DateTimeOffset' },
    rows: posted.map((statementId) => ({
      dataAreaId: 'usrt',
      statementId,
      postedDate: '2026-03-03T02:00:00Z',
    })),
  };
}

function statementErrors(errors: readonly { statement: string; message: string }[]): ServedCollection {
  return {
    name: 'RetailEodTransactionErrorBIEntities',
    type: 'RetailEodTransactionErrorBIEntity',
    keys: ['dataAreaId', 'SourceKey'],
    properties: {
      dataAreaId: 'Edm.String',
      SourceKey: 'Edm.Int64',
      StatementId: 'Edm.String',
      ErrorMessage: 'Edm.String',
      ErrorMessageLocalized: 'Edm.String',
    },
    rows: errors.map(({ statement, message }, index) => ({
      dataAreaId: 'usrt',
      SourceKey: String(5_637_144_576n + BigInt(index)),
      StatementId: statement,
      ErrorMessage: message,
      ErrorMessageLocalized: message,
    })),
  };
}

/** The public entity: Microsoft's `RreceiptId`, a date in capitals, neither validation nor statement. */
export function publicHeadquarters({ receipts }: ServedHeadquarters): ServedCollection[] {
  return [
    {
      name: 'RetailTransactions',
      type: 'RetailTransaction',
      keys: ['dataAreaId', 'TransactionNumber', 'OperatingUnitNumber', 'Terminal'],
      properties: {
        dataAreaId: 'Edm.String',
        TransactionNumber: 'Edm.String',
        OperatingUnitNumber: 'Edm.String',
        Terminal: 'Edm.String',
        RreceiptId: 'Edm.String',
        TransactionType: 'RetailTransactionType',
        TransactionStatus: 'RetailEntryStatus',
        Shift: 'Edm.String',
        BusinessDate: 'Edm.DateTimeOffset',
        Currency: 'Edm.String',
        GrossAmount: 'Edm.Decimal',
        PaymentAmount: 'Edm.Decimal',
        CreatedOffline: 'NoYes',
        CustomerName: 'Edm.String',
      },
      rows: receipts.map((one) => ({
        dataAreaId: one.company ?? 'usrt',
        TransactionNumber: one.number,
        OperatingUnitNumber: one.store ?? 'S1',
        Terminal: one.terminal ?? 'T1',
        RreceiptId: `R-${one.number}`,
        TransactionType: one.type ?? 'Sales',
        TransactionStatus: one.status ?? 'None',
        Shift: one.shift ?? 'SH1',
        BusinessDate: `${one.date ?? '2026-03-02'}T12:00:00Z`,
        Currency: one.currency ?? 'EUR',
        GrossAmount: one.gross,
        PaymentAmount: one.paid ?? negated(one.gross),
        CreatedOffline: 'No',
        CustomerName: 'Erika Mustermann',
      })),
    },
  ];
}
