import type { z } from 'zod';
import { PermanentError } from '../../errors.ts';

/**
 * Reads a page of a vendor's list.
 * @param what names it in an error: `Square's list of orders`.
 * @throws PermanentError `schema`: guessing would take what is not read for what is not there.
 */
export function listAnswer<S extends z.ZodType>(schema: S, answer: unknown, what: string): z.infer<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
  throw new PermanentError('schema', `${what} is not in the documented form`, { where });
}

/**
 * A vendor that is asked for several lists one after the other: the cursor names the list.
 * @throws PermanentError `bad-cursor` for a cursor of another version.
 */
export function listPhase<P extends string>(
  cursor: string | undefined,
  phases: readonly [P, ...P[]],
): { phase: P; cursor: string | undefined; next: (cursor: string | undefined) => string | undefined } {
  const [name = '', ...rest] = (cursor ?? `${phases[0]}:`).split(':');
  const at = phases.findIndex((phase) => phase === name);
  const phase = phases[at];
  if (phase === undefined) throw new PermanentError('bad-cursor', `There is no list ${name} to go on with`);
  const own = rest.join(':');
  return {
    phase,
    cursor: own === '' ? undefined : own,
    next(following) {
      if (following !== undefined && following !== '') return `${phase}:${following}`;
      const after = phases[at + 1];
      return after === undefined ? undefined : `${after}:`;
    },
  };
}
