import type { CheckedHeadquarters, CheckedStore } from './checked-store.ts';
import type { ReconciliationException } from './exception.ts';
import type { HeadquartersState } from './headquarters-state.ts';

/**
 * How far documents are said to have come at headquarters must be so of a receipt there that has their number: looked up
 * row by row, whichever of them the comparison has paired.
 */
export function faultOfHeadquarters(
  { claim }: ReconciliationException,
  { documents, receipts: ours = [], headquarters }: CheckedStore,
): string | undefined {
  const state = 'atHeadquarters' in claim ? claim.atHeadquarters : undefined;
  if (state === undefined) return undefined;
  if (!headquarters) return `it says ${state} of headquarters, which was not read`;
  const ids =
    claim.kind === 'not-posted'
      ? [claim.documentId]
      : documents.filter(({ isDrawer }) => !isDrawer).map(({ documentId }) => documentId);
  const wrong = ids.find((id) => {
    const rows = headquarters.receipts.filter((row) => row.transactionNumber === id || row.receiptId === id);
    const times = ours.filter(({ transactionId }) => transactionId === id).length;
    return !isSo(state, rows, Math.max(times, 1), headquarters);
  });
  return wrong === undefined ? undefined : `headquarters does not have ${wrong} as ${state}`;
}

function isSo(
  state: HeadquartersState,
  rows: CheckedHeadquarters['receipts'],
  times: number,
  { statements }: CheckedHeadquarters,
): boolean {
  const inForce = rows.filter(({ status }) => !/^(?:voided|cancell?ed|onhold|training)$/i.test(status));
  const waiting = inForce.filter(({ statementId = '' }) => statementId === '');
  const hasValidation = (value: RegExp): boolean =>
    waiting.some(({ validation = '' }) => value.test(validation));
  switch (state) {
    case 'not-uploaded':
      return inForce.length < times;
    case 'not-in-force-there':
      return rows.length > inForce.length && inForce.length < times;
    case 'failed-validation':
      return hasValidation(/^error$/i);
    case 'not-validated':
      return hasValidation(/^(?!(?:error|successful)$)/i);
    case 'not-in-statement':
      return hasValidation(/^(?:successful|)$/i);
    case 'statement-not-posted':
      return inForce.some(({ statementId }) =>
        statements.some((one) => one.statementId === statementId && !one.isPosted),
      );
    default:
      return false;
  }
}
