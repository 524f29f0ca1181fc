import type { Receipt } from '../forecast/receipts.ts';
import type { StoreId } from '../ids.ts';
import {
  compareWithHeadquarters,
  type HeadquartersDay,
} from '../ledger/sources/dynamics-commerce/compare.ts';
import type {
  HeadquartersReceipt,
  HeadquartersStatement,
} from '../ledger/sources/dynamics-commerce/headquarters-row.ts';
import type { HeadquartersState } from './headquarters-state.ts';

/** What Commerce headquarters has of a store's day. */
export interface StoreHeadquarters {
  readonly receipts: readonly HeadquartersReceipt[];
  readonly statements: readonly HeadquartersStatement[];
}

export interface ReceiptThere {
  readonly state: HeadquartersState;
  /** The statement that is not posted, or the words of Dynamics. */
  readonly message?: string;
}

/** A store's receipts beside headquarters. */
export interface HeadquartersView {
  readonly storeId: StoreId;
  readonly day: HeadquartersDay<Receipt>;
  /** False where this version does not show it. */
  readonly showsValidation: boolean;
  readonly showsStatements: boolean;
  stateOf(receipt: Receipt): ReceiptThere;
  /** By the number that documents have; undefined for a number that the tills did not send. */
  readonly ofDocument: (documentId: string) => ReceiptThere | undefined;
}

export function viewOfHeadquarters(
  storeId: StoreId,
  receipts: readonly Receipt[],
  { receipts: there, statements }: StoreHeadquarters,
): HeadquartersView {
  const day = compareWithHeadquarters(receipts, there);
  const showsValidation = there.some(({ validation }) => validation !== undefined);
  const showsStatements = there.some(({ statementId }) => statementId !== undefined);
  const byId = new Map(statements.map((statement) => [statement.statementId, statement]));
  const states = new Map<Receipt, ReceiptThere>();
  for (const one of day.notUploaded) states.set(one, { state: 'not-uploaded' });
  for (const { till, headquarters } of day.notInForce)
    states.set(till, { state: 'not-in-force-there', message: headquarters.status });
  for (const { till, headquarters } of day.pairs) {
    const state = stateAt(headquarters, { showsValidation, showsStatements }, byId);
    // Headquarters does not say by which rule it failed: the forecast does.
    const foreseen = till.refusals.map(({ message }) => message).slice(0, KEPT_REFUSALS);
    const isFailed = state.state === 'failed-validation' && foreseen.length > 0;
    states.set(till, isFailed ? { ...state, message: foreseen.join('; ') } : state);
  }
  const byDocument = new Map<string, ReceiptThere>();
  for (const [receipt, state] of states) {
    const before = byDocument.get(receipt.transactionId);
    // Of two receipts of one number the one that has come less far is why the number is not in the ledger.
    if (!before || before.state === 'done') byDocument.set(receipt.transactionId, state);
  }
  return {
    storeId,
    day,
    showsValidation,
    showsStatements,
    stateOf: (receipt) => states.get(receipt) ?? { state: 'not-uploaded' },
    ofDocument: (documentId) => byDocument.get(documentId),
  };
}

const KEPT_REFUSALS = 3;

function stateAt(
  { validation = '', statementId = '' }: HeadquartersReceipt,
  { showsValidation, showsStatements }: Pick<HeadquartersView, 'showsValidation' | 'showsStatements'>,
  statements: ReadonlyMap<string, HeadquartersStatement>,
): ReceiptThere {
  // What is in a statement has passed, whatever the field says: validation may be switched off.
  if (statementId === '') {
    if (showsValidation && validation.toLowerCase() === 'error') return { state: 'failed-validation' };
    if (showsValidation && validation.toLowerCase() !== 'successful') return { state: 'not-validated' };
    return { state: showsStatements ? 'not-in-statement' : 'done' };
  }
  const statement = statements.get(statementId);
  if (!statement || statement.isPosted) return { state: 'done' };
  const said = statement.messages.length === 0 ? '' : `: ${statement.messages.join('; ')}`;
  return { state: 'statement-not-posted', message: `statement ${statementId}${said}` };
}
