import type { z } from 'zod';
import { TILL_RULES } from './rules/list.ts';

/** The parameters of all till rules by kind; what is left out has its default. */
type Rules = (typeof TILL_RULES)[number];
export type TillLimits = { readonly [R in Rules as R['kind']]: z.output<R['parameters']> };

export const DEFAULT_TILL_LIMITS = Object.fromEntries(
  TILL_RULES.map(({ kind, parameters }) => [kind, parameters.parse({})]),
) as unknown as TillLimits;
