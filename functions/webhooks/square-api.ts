import { PermanentError, TransientError, messageOf } from '../../shared/errors.ts';

/** The part of Square's API that notifications make necessary. */
export interface SquareApi {
  /**
   * @throws TransientError for what may pass (throttled, unavailable, a token to renew), PermanentError
   * `square-not-found` or `square-refused` for what will not.
   */
  order(id: string, accessToken: string): Promise<unknown>;
}

/** The version of the API that the order schema is written for; Square keeps answering in it. */
const API_VERSION = '2025-10-16';
const TIMEOUT_MS = 10_000;

export function squareApi(baseUrl: string, fetchFrom: typeof fetch): SquareApi {
  return {
    async order(id, accessToken) {
      let response: Response;
      try {
        response = await fetchFrom(`${baseUrl}/v2/orders/${encodeURIComponent(id)}`, {
          headers: {
            authorization: `Bearer ${accessToken}`,
            accept: 'application/json',
            'square-version': API_VERSION,
          },
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        if (response.ok) return await response.json();
      } catch (cause) {
        throw new TransientError('square-unavailable', `Asking Square for an order: ${messageOf(cause)}`, {
          cause,
        });
      }
      throw failureOf(response, id);
    },
  };
}

function failureOf(response: Response, id: string): PermanentError | TransientError {
  const { status } = response;
  if (status === 404) return new PermanentError('square-not-found', `Square knows no order ${id}`);
  if (status === 401 || status === 403) {
    return new TransientError(
      'square-unauthorized',
      'Square refuses the access token: renew the secret square-access-token',
    );
  }
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = Number(response.headers.get('retry-after'));
    return new TransientError(
      status === 429 ? 'square-throttled' : 'square-unavailable',
      `Square answered ${status}`,
      seconds > 0 ? { retryAfterMs: seconds * 1000 } : {},
    );
  }
  return new PermanentError('square-refused', `Square answered ${status} for order ${id}`);
}
