import { PermanentError, TransientError, messageOf } from '../errors.ts';

/** What an SDK error says, read without its class, as storage, tables and identity each have their own. */
interface SdkError {
  statusCode?: number;
  code?: string;
  retryable?: boolean;
  name?: string;
}

export function statusOf(thrown: unknown): number | undefined {
  return typeof thrown === 'object' && thrown !== null ? (thrown as SdkError).statusCode : undefined;
}

export const isNotFound = (thrown: unknown): boolean => statusOf(thrown) === 404;
/** 409: it exists already. 412: someone changed it since we read it. Both mean that a race was lost. */
export const isConflict = (thrown: unknown): boolean => statusOf(thrown) === 409 || statusOf(thrown) === 412;

/** What the runtime throws for a value that has no valid form. The network throws none of these. */
const OUR_FAULTS = new Set(['URIError', 'RangeError', 'TypeError', 'SyntaxError']);
const isOurFault = (thrown: unknown): boolean => thrown instanceof Error && OUR_FAULTS.has(thrown.name);

/**
 * The one place where SDK errors become ours. Refusals that repeating cannot change (a bad request, a missing
 * role) are permanent; everything else, including what we do not know, is transient, since dropping an event for an
 * unknown fault would lose it.
 */
export function asOurError(thrown: unknown, doing: string): PermanentError | TransientError {
  if (thrown instanceof PermanentError || thrown instanceof TransientError) return thrown;
  const status = statusOf(thrown);
  const message = `${doing}: ${messageOf(thrown).split('\n')[0]}`;
  if (status === undefined && isOurFault(thrown)) {
    return new PermanentError('unexpected', message, { cause: thrown });
  }
  if (status === 400 || status === 413 || status === 414) {
    return new PermanentError('azure-refused', message, { cause: thrown });
  }
  return new TransientError(
    status === 429 || status === 503 ? 'azure-throttled' : 'azure-unavailable',
    message,
    {
      cause: thrown,
    },
  );
}
