import { refusalStage, type RefusalStage } from '../forecast/refusal-stage.ts';
import type { Category } from './exception.ts';
import type { Judgement } from './judged.ts';
import type { OpenItem } from './open-item.ts';

/** Why Dynamics 365 refuses a receipt, as the forecast has it. */
interface Refused {
  readonly rule: string;
  readonly message: string;
}

export interface Refusals {
  /** @param tillId where several tills have given the number. */
  of(documentId: string, tillId: string | undefined): readonly Refused[];
  /** Of a date whose period is not open: what Dynamics says of each receipt. */
  readonly closedPeriod: Refused | undefined;
}

export interface JudgedReceipt {
  readonly tillId: string;
  readonly transactionId: string;
  readonly refusals: readonly Refused[];
}

export function refusalsAmong(receipts: readonly JudgedReceipt[]): Refusals {
  const refused = new Map<string, JudgedReceipt[]>();
  for (const receipt of receipts)
    if (receipt.refusals.length > 0)
      refused.set(receipt.transactionId, [...(refused.get(receipt.transactionId) ?? []), receipt]);
  const periods = receipts.map(({ refusals }) =>
    refusals.find(({ rule }) => refusalStage(rule) === 'period'),
  );
  return {
    of: (documentId, tillId) =>
      refused.get(documentId)?.find((one) => tillId === undefined || one.tillId === tillId)?.refusals ?? [],
    closedPeriod: periods.every((one) => one !== undefined) ? periods[0] : undefined,
  };
}

const CATEGORY_OF: Readonly<Record<RefusalStage, Category>> = {
  period: 'closed-period',
  validation: 'failed-validation',
  posting: 'blocked-in-dynamics',
};
const WORDS: Readonly<Record<RefusalStage, string>> = {
  period: 'Not posted, as its date lies in no open period',
  validation: 'Not posted, as the validation of Dynamics refuses it',
  posting: 'Not posted, as Dynamics cannot post it',
};
const LISTED_MESSAGES = 3;

/** A document that is missing because Dynamics refuses it; undefined where nothing says so. */
export function judgeRefused(
  { finding, claim }: OpenItem,
  refusals: Refusals | undefined,
): Judgement | undefined {
  if (!refusals) return undefined;
  if (finding === 'store-not-posted' && claim.kind === 'store-not-posted') {
    const { closedPeriod } = refusals;
    if (!closedPeriod) return undefined;
    return { ...judgementOf('period', [closedPeriod]), claim: { ...claim, refusedBy: [closedPeriod.rule] } };
  }
  if (claim.kind !== 'not-posted') return undefined;
  const found = refusals.of(claim.documentId, claim.till);
  // The period comes before validation, and validation before posting.
  const stage = (['period', 'validation', 'posting'] as const).find((one) =>
    found.some(({ rule }) => refusalStage(rule) === one),
  );
  if (stage === undefined) return undefined;
  const refusedBy = [...new Set(found.map(({ rule }) => rule))].sort();
  return { ...judgementOf(stage, found), claim: { ...claim, refusedBy } };
}

function judgementOf(stage: RefusalStage, refused: readonly Refused[]): Judgement {
  const isOfStage = ({ rule }: Refused): boolean => refusalStage(rule) === stage;
  const inOrder = [...refused.filter(isOfStage), ...refused.filter((one) => !isOfStage(one))];
  const messages = [...new Set(inOrder.map(({ message }) => message))];
  const more = messages.length - LISTED_MESSAGES;
  const listed = messages.slice(0, LISTED_MESSAGES).map((message) => `"${message}"`);
  return {
    category: CATEGORY_OF[stage],
    class: 'adjustment required',
    detail: `${WORDS[stage]}: ${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  };
}
