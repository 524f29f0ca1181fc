import { PermanentError, TransientError, messageOf } from '../../shared/errors.ts';
import { VENDOR_NOT_FOUND, type VendorAccess, type VendorApi } from '../../shared/pos/sources/source.ts';

const TIMEOUT_MS = 10_000;
/** An order of 500 lines takes about 1 MB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** A vendor's API over HTTP. Redirects are refused, as they would take the token along. */
export function vendorApi(options: {
  readonly source: string;
  readonly access: VendorAccess;
  /** Whose API it is, where each merchant has its own. */
  readonly sender?: string | undefined;
  /** Replaces the vendor's own address. */
  readonly apiUrl: string | undefined;
  readonly token: string;
  readonly fetchFrom: typeof fetch;
}): VendorApi {
  const { source, access, token, fetchFrom } = options;
  const ofSender = access.apiUrlOf?.(options.sender) ?? access.apiUrl;
  const baseUrl = (options.apiUrl ?? ofSender).replace(/\/+$/, '');
  const ask = async (
    path: string,
    query?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<unknown> => {
    if (baseUrl === '') throw withoutAddress(source);
    let response: Response;
    try {
      response = await fetchFrom(`${baseUrl}${path}`, {
        headers: {
          ...access.headers(token),
          ...more,
          ...(query === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(query === undefined ? {} : { method: 'POST', body: JSON.stringify(query) }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.ok) return JSON.parse(await boundedText(response)) as unknown;
    } catch (cause) {
      if (cause instanceof PermanentError) throw cause;
      throw new TransientError('vendor-unavailable', `Asking ${source}: ${messageOf(cause)}`, { cause });
    }
    throw failureOf(source, access.tokenSecret, response);
  };
  return {
    get: (path, headers) => ask(path, undefined, headers),
    post: (path, query) => ask(path, query),
  };
}

/** Setting the address is all that is needed: the notice waits for a day, and then as a dead letter. */
const withoutAddress = (source: string): TransientError =>
  new TransientError(
    'vendor-unavailable',
    `Nothing says where the API of ${source} is: use the address /webhooks/${source}/<merchant>, or the setting ${source[0]?.toUpperCase()}${source.slice(1)}__apiUrl`,
  );

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body = response.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new PermanentError(
        'vendor-answer-too-large',
        `The answer has more than ${MAX_ANSWER_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failureOf(source: string, tokenSecret: string, response: Response): PermanentError | TransientError {
  const { status } = response;
  if (status === 404) return new TransientError(VENDOR_NOT_FOUND, `${source} does not know it (yet)`);
  if (status === 401 || status === 403) {
    return new TransientError(
      'vendor-unauthorized',
      `${source} refuses the access token (${status}): renew the secret ${tokenSecret}, or give it the right to read this`,
    );
  }
  if (status === 429 || status === 408 || status >= 500) {
    const retryAfterMs = retryAfterOf(response);
    return new TransientError(
      status === 429 ? 'vendor-throttled' : 'vendor-unavailable',
      `${source} answered ${status}`,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }
  return new PermanentError('vendor-refused', `${source} answered ${status}`);
}

/** `Retry-After` in seconds; dates are left to our own delays. */
function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after'));
  return seconds > 0 ? seconds * 1000 : undefined;
}
