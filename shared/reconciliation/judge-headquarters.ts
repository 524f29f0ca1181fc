import type { ReceiptThere } from './headquarters.ts';
import type { Judgement } from './judged.ts';
import type { OpenItem } from './open-item.ts';

/** Why documents are not in the ledger, where headquarters says it of all of them alike. */
export function judgeAtHeadquarters(
  { documents, claim }: Pick<OpenItem, 'documents' | 'claim'>,
  atHeadquarters: (documentId: string) => ReceiptThere | undefined,
): Judgement | undefined {
  // Of several documents, some of which are posted, nothing says which ones headquarters should be asked for.
  if (claim.kind !== 'not-posted' && claim.kind !== 'store-not-posted') return undefined;
  const [first, ...others] = documents
    .filter(({ isDrawer }) => !isDrawer)
    .map(({ documentId }) => atHeadquarters(documentId));
  if (!first || first.state === 'done' || others.some((one) => one?.state !== first.state)) return undefined;
  return { ...judgementOf(first), claim: { ...claim, atHeadquarters: first.state } };
}

function judgementOf({ state, message }: ReceiptThere): Judgement {
  const said = message === undefined ? '' : `: ${message}`;
  const timing = { category: 'missing-in-ledger', class: 'timing difference' } as const;
  const blocked = { category: 'blocked-in-dynamics', class: 'requires investigation' } as const;
  switch (state) {
    case 'not-uploaded':
      return {
        category: 'not-yet-uploaded',
        class: 'timing difference',
        detail:
          'Received from the till, and not at Commerce headquarters: its channel database has not uploaded it',
      };
    case 'failed-validation':
      return {
        category: 'failed-validation',
        class: 'adjustment required',
        detail: `Headquarters has it, and its validation failed${said}. No statement takes it before it is corrected there`,
      };
    case 'not-in-force-there':
      return { ...blocked, detail: `Headquarters has it as ${message}, and will not post it` };
    case 'statement-not-posted':
      return { ...blocked, detail: `It waits in a statement that is not posted${said}` };
    case 'not-validated':
      return { ...timing, detail: 'Headquarters has it, and has not validated it yet' };
    default:
      return { ...timing, detail: 'Headquarters has validated it, and it is in no statement yet' };
  }
}
