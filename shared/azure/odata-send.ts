import type { ODataSend } from '../odata/client.ts';
import type { EntraTokens } from './entra-token.ts';

const TIMEOUT_MS = 120_000;

/** Sends the requests of an OData client. Redirects are refused, as they would take the token along. */
export function odataSend(tokens: EntraTokens, fetchFrom: typeof fetch, timeoutMs = TIMEOUT_MS): ODataSend {
  return async ({ url, accept, freshToken }) => {
    const token = await tokens.get(freshToken);
    const response = await fetchFrom(url, {
      headers: { authorization: `Bearer ${token}`, accept, prefer: 'odata.maxpagesize=10000' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = response.body as AsyncIterable<Uint8Array> | null;
    return {
      status: response.status,
      retryAfterMs: retryAfterOf(response.headers.get('retry-after')),
      body: body ?? nothing(),
    };
  };
}

/** Seconds; a date is left to our own pauses. */
function retryAfterOf(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && seconds >= 0 ? seconds * 1000 : undefined;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A status without a body.
}
