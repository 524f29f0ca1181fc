import { PermanentError } from '../errors.ts';
import type { PosEvent } from './event.ts';
import { compiledPosEvent } from './parse-event.ts';

/**
 * Validates the result of a source's mapping.
 * @throws PermanentError `schema` with the JSON pointer of the first fault in the canonical event.
 */
export function checkedEvent(candidate: unknown): PosEvent {
  const parsed = compiledPosEvent.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PermanentError('schema', issue?.message ?? 'does not validate', {
    where: (issue?.path ?? []).map((part) => `/${String(part)}`).join(''),
  });
}
