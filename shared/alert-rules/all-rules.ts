import type { AnyRule } from '../alerts/alert-rule.ts';
import { STOCK_CLOCK_RULES, STOCK_RULES } from '../stock/rules/list.ts';
import { TILL_RULES } from '../tills/rules/list.ts';

/** Every rule that raises alerts. */
export const ALL_RULES = [...STOCK_RULES, ...STOCK_CLOCK_RULES, ...TILL_RULES] as const;
export type AlertKind = (typeof ALL_RULES)[number]['kind'];

/** What follows from the state at an hour, and so not from any event: a replay may see more by then. */
export const isByClock = (kind: string): boolean => STOCK_CLOCK_RULES.some((rule) => rule.kind === kind);

export const ALERT_KINDS = ALL_RULES.map(({ kind }) => kind);

/** What people call the alerts of a kind; the kind itself where another version knows the rule. */
export function labelOf(kind: string, rules: readonly AnyRule[] = ALL_RULES): string {
  return rules.find((rule) => rule.kind === kind)?.label ?? kind;
}
