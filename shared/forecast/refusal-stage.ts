import { POSTING_RULES } from './all-rules.ts';

/** Where Dynamics stops a receipt: at its period, in validation, or when the statement is posted. */
export type RefusalStage = 'period' | 'validation' | 'posting';

export function refusalStage(ruleId: string): RefusalStage {
  if (ruleId === 'business-date') return 'period';
  const rule = POSTING_RULES.find(({ id }) => id === ruleId);
  // Stock is no rule of a single receipt, and is found when the statement is posted.
  return rule === undefined || rule.level === 'posting' ? 'posting' : 'validation';
}
