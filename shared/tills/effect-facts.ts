import type { DayEffect, TillEffect } from './till-book.ts';

/**
 * Figures that the effect of an event keeps for later events, and that add up to nothing: its running number, and which cases it is. They
 * lie among its days under a key that no record has, where the version before leaves them as they are.
 */
const FACTS = '';
type Facts = Readonly<Record<string, number>>;
const NO_FACTS: Facts = {};

export function factsEntry(facts: Facts): DayEffect[] {
  for (const _name in facts) return [[FACTS, facts]];
  return [];
}

export function factsIn({ days }: Pick<TillEffect, 'days'>): Facts {
  for (const [key, facts] of days ?? []) if (key === FACTS) return facts;
  return NO_FACTS;
}

export function withFacts(effect: TillEffect, more: Facts): TillEffect {
  const others = (effect.days ?? []).filter(([key]) => key !== FACTS);
  return { ...effect, days: [...others, ...factsEntry({ ...factsIn(effect), ...more })] };
}
