import { z } from 'zod';
import { storeIdSchema } from '../ids.ts';
import { currencySchema, type TotalMinor } from '../money.ts';
import { CATEGORIES } from '../reconciliation/exception.ts';

/**
 * `close-policy.json` of the master data: with which reasons finance explains, what may stay open when a store's day is
 * prepared, and what is accepted without a person.
 */
const code = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1 to 40 of a-z, 0-9 and -');
const limits = z.partialRecord(currencySchema, z.int().min(0));

const reasonCode = z.strictObject({
  code: code.describe('Its name in history, API and command line.'),
  label: z.string().min(1).max(100).describe('What people read.'),
});

const autoAcceptRule = z
  .strictObject({
    name: code.describe('Its name; it is the actor in the history of what it accepts.'),
    reasonCode: code.describe('The reason that it gives, one of reasonCodes.'),
    categories: z.array(z.enum(CATEGORIES)).min(1).describe('Only exceptions of these categories.'),
    stores: z.array(storeIdSchema).min(1).optional().describe('Only exceptions of these stores.'),
    maxAmountMinor: limits
      .refine((one) => Object.keys(one).length > 0, { error: 'must have at least one currency' })
      .describe(
        'Largest amount of one exception, by currency, in minor units and whatever its sign. An exception without an amount, or in another currency, is never accepted by a rule.',
      ),
    maxTotalMinor: limits
      .optional()
      .describe(
        'Largest sum of all that the rule accepts in one store and date, by currency, signs set aside.',
      ),
    minAgeDays: z.int().min(0).max(3_650).optional().describe('Only from this age, in days.'),
    maxAgeDays: z.int().min(0).max(3_650).optional().describe('Only up to this age, in days.'),
  })
  .refine(({ minAgeDays = 0, maxAgeDays = Infinity }) => minAgeDays <= maxAgeDays, {
    error: 'minAgeDays is above maxAgeDays',
    path: ['minAgeDays'],
  });
export type AutoAcceptRule = z.infer<typeof autoAcceptRule>;

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length;

export const closePolicySchema = z
  .strictObject({
    reasonCodes: z
      .array(reasonCode)
      .min(1)
      .max(100)
      .refine((codes) => unique(codes.map((one) => one.code)), { error: 'codes must differ' })
      .describe('The reasons from which finance chooses.'),
    mayStayOpenMinor: limits
      .optional()
      .describe(
        'Up to which amount an exception may be open when a day is prepared, by currency; 0 without an entry.',
      ),
    autoAccept: z
      .array(autoAcceptRule)
      .max(100)
      .refine((rules) => unique(rules.map(({ name }) => name)), { error: 'names must differ' })
      .optional()
      .describe('What is accepted without a person; of several rules that fit, the first one counts.'),
  })
  .superRefine(({ reasonCodes, autoAccept = [] }, context) => {
    const known = new Set(reasonCodes.map((one) => one.code));
    for (const [index, rule] of autoAccept.entries())
      if (!known.has(rule.reasonCode))
        context.addIssue({
          code: 'custom',
          path: ['autoAccept', index, 'reasonCode'],
          message: 'is no code of /reasonCodes',
        });
  });
export type ClosePolicy = z.infer<typeof closePolicySchema>;

/** Without a file: the usual reasons, nothing may stay open, and no rule accepts anything. */
export const DEFAULT_POLICY: ClosePolicy = closePolicySchema.parse({
  reasonCodes: [
    { code: 'timing', label: 'Timing: it will be posted' },
    { code: 'correction-posted', label: 'Correction posted' },
    { code: 'correction-requested', label: 'Correction requested' },
    { code: 'store-confirmed', label: 'The store has confirmed it' },
    { code: 'bank-or-acquirer', label: 'Bank or acquirer: fee, chargeback, payout' },
    { code: 'rounding', label: 'Rounding' },
    { code: 'immaterial', label: 'Immaterial' },
    { code: 'other', label: 'Other: see the text' },
  ],
});

export const absolute = (amountMinor: TotalMinor): bigint => {
  const amount = BigInt(amountMinor);
  return amount < 0n ? -amount : amount;
};
