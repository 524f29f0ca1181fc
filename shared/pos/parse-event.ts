import { z } from 'zod';
import { PermanentError } from '../errors.ts';
import { posEventSchema, SCHEMA_VERSION, type PosEvent } from './event.ts';

/** Compiled once for all callers, because compiling is part of every cold start. */
export const compiledPosEvent = z.compile(posEventSchema, { strict: true });

/**
 * Reads an event as it was published. Everything in the hub is ours, and yet each event is validated: compiled, that
 * costs about a third of `JSON.parse`, and it is what keeps another version's events out of the state.
 * @throws PermanentError `bad-json`, `unknown-version` or `schema`.
 */
export function parsePosEvent(text: string): PosEvent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    // The parser's own message may quote the text.
    throw new PermanentError('bad-json', 'The event is not JSON', { where: '/', cause });
  }
  const parsed = compiledPosEvent.safeParse(json);
  if (parsed.success) return parsed.data;
  const version: unknown = (json as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version !== SCHEMA_VERSION) {
    throw new PermanentError(
      'unknown-version',
      `The event has schema version ${version}; this release reads ${SCHEMA_VERSION}: upgrade, then replay it`,
      { where: '/schemaVersion' },
    );
  }
  const [issue] = parsed.error.issues;
  const where = `/${issue?.path.join('/') ?? ''}`;
  throw new PermanentError('schema', `The event is not valid at ${where}: ${issue?.message ?? 'unknown'}`, {
    where,
  });
}
