import { z } from 'zod';
import { operatorIdSchema, storeIdSchema, tillIdSchema } from '../ids.ts';
import type { AlertRule, AnyRule } from './alert-rule.ts';

/**
 * The limits of the rules: the defaults in code, and above them what `alert-limits.json` of the master data says for the
 * chain, for stores, and for roles of operators and tills.
 */
interface LimitSubject {
  readonly storeId: string;
  readonly tillId?: string | undefined;
  readonly operatorId?: string | undefined;
}

export interface Limits {
  of<Parameters>(rule: AlertRule<string, Parameters>, subject: LimitSubject): Parameters;
  /** The names of the roles, sorted, as one text; empty where there are none. Who has the same is a peer. */
  rolesOf(subject: LimitSubject): string;
}

const roleName = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -');
const role = z
  .strictObject({
    role: roleName.describe('Its name, such as supervisor or self-checkout.'),
    operators: z
      .array(operatorIdSchema)
      .min(1)
      .optional()
      .describe('Operators who have it, by the pseudonyms that alerts name.'),
    tills: z.array(tillIdSchema).min(1).optional().describe('Tills that have it.'),
    stores: z.array(storeIdSchema).min(1).optional().describe('Has it in these stores alone.'),
  })
  .refine(({ operators, tills }) => operators !== undefined || tills !== undefined, {
    error: 'must name operators or tills',
  });

interface LimitEntry {
  readonly rule: string;
  readonly stores?: readonly string[] | undefined;
  readonly role?: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}
export interface LimitsFile {
  readonly roles?: readonly z.infer<typeof role>[] | undefined;
  readonly limits: readonly LimitEntry[];
}

/** The schema of `alert-limits.json`, with the parameters of every rule. */
export function limitsFileSchema(rules: readonly AnyRule[]): z.ZodType<LimitsFile> {
  const entries = rules.filter(({ parameters }) => Object.keys(parameters.shape).length > 0).map(entryOf);
  return z
    .strictObject({
      roles: z.array(role).max(1_000).optional().describe('Who and what has which role.'),
      limits: z
        .array(z.discriminatedUnion('rule', entries as [(typeof entries)[number]]))
        .max(10_000)
        .describe(
          'Each overrules the defaults for the whole chain, for stores, for a role, or for a role in stores.',
        ),
    })
    .superRefine(({ roles = [], limits }, context) => {
      const known = new Set(roles.map((one) => one.role));
      for (const [index, entry] of limits.entries())
        if (entry.role !== undefined && !known.has(entry.role))
          context.addIssue({
            code: 'custom',
            path: ['limits', index, 'role'],
            message: 'is no role of /roles',
          });
    });
}

function entryOf({ kind, parameters }: AnyRule) {
  const overruled = Object.entries(parameters.shape).map(([name, field]) => {
    if (!(field instanceof z.ZodDefault)) throw new TypeError(`${kind}: ${name} has no default`);
    const inner = field.removeDefault() as z.ZodType;
    const text = `${inner.description ?? ''} Without an entry: ${JSON.stringify(field.parse(undefined))}.`;
    return [name, inner.optional().describe(text)] as const;
  });
  return z.strictObject({
    rule: z.literal(kind).describe('The kind of alert whose limits it sets.'),
    stores: z.array(storeIdSchema).min(1).optional().describe('Holds in these stores alone.'),
    role: roleName.optional().describe('Holds for this role alone.'),
    parameters: z.strictObject(Object.fromEntries(overruled)).describe('What is left out stays as it is.'),
  });
}

export const NO_LIMITS: LimitsFile = { limits: [] };

/**
 * Entries overrule each other from the general to the particular: chain, store, role, role in a store; of two alike the
 * later one. Maps, such as limits by currency, are merged key by key. An operator's role and a till's role count alike.
 */
export function limitsOf({ roles = [], limits }: LimitsFile): Limits {
  const byRule = new Map<string, LimitEntry[]>();
  for (const entry of limits) byRule.set(entry.rule, [...(byRule.get(entry.rule) ?? []), entry]);
  for (const entries of byRule.values()) entries.sort((one, other) => rankOf(one) - rankOf(other));
  const known = new Map<string, unknown>();

  function rolesOf({ storeId, tillId, operatorId }: LimitSubject): Set<string> {
    const has = (list: readonly string[] | undefined, id: string | undefined): boolean =>
      id !== undefined && (list?.includes(id) ?? false);
    const mine = roles.filter(
      ({ stores, tills, operators }) =>
        (!stores || has(stores, storeId)) && (has(tills, tillId) || has(operators, operatorId)),
    );
    return new Set(mine.map((one) => one.role));
  }

  function overruled({ kind, parameters }: AnyRule, entries: readonly LimitEntry[], subject: LimitSubject) {
    const mine = rolesOf(subject);
    const given: Record<string, unknown> = { ...(parameters.parse({}) as object) };
    for (const { stores, role: wanted, parameters: more } of entries) {
      if (stores && !stores.includes(subject.storeId)) continue;
      if (wanted !== undefined && !mine.has(wanted)) continue;
      for (const [name, value] of Object.entries(more))
        if (value !== undefined)
          given[name] = isMap(value) ? { ...(given[name] as object), ...value } : value;
    }
    const parsed = parameters.safeParse(given);
    if (!parsed.success) throw new TypeError(`${kind}: ${parsed.error.message}`);
    return parsed.data;
  }

  return {
    rolesOf: (subject) => [...rolesOf(subject)].sort().join(),
    of<Parameters>(rule: AlertRule<string, Parameters>, subject: LimitSubject): Parameters {
      const entries = byRule.get(rule.kind) ?? [];
      const { storeId, tillId, operatorId } = subject;
      // Asked for every event and rule: without entries it is the same for all.
      const key = entries.length === 0 ? rule.kind : JSON.stringify([rule.kind, storeId, tillId, operatorId]);
      if (!known.has(key)) {
        if (known.size >= MOST_KNOWN) known.clear();
        known.set(key, overruled(rule, entries, subject));
      }
      return known.get(key) as Parameters;
    },
  };
}

/** Of a chain of thousands of stores, those that trade now are kept. */
const MOST_KNOWN = 50_000;

const rankOf = ({ stores, role: wanted }: LimitEntry): number =>
  (stores === undefined ? 0 : 1) + (wanted === undefined ? 0 : 2);

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const DEFAULT_LIMITS: Limits = limitsOf(NO_LIMITS);
