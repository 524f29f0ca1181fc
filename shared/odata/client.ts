import { messageOf, PermanentError, TransientError } from '../errors.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';
import { parseExactJson } from './exact-json.ts';
import { MetadataReader, type ODataMetadata } from './metadata.ts';
import { queryPath, type ODataQuery } from './query.ts';

/** A row as the service sent it: numbers as their texts, so that no amount and no record id changes. */
export type ODataRow = Readonly<Record<string, unknown>>;

interface ODataPage {
  readonly rows: readonly ODataRow[];
  /** The number of rows of the whole answer; on the first page, and only where the query asks for it. */
  readonly count: number | undefined;
}

/** An OData v4 service that is read only, such as `/data` of Dynamics 365. */
export interface ODataClient {
  /**
   * The pages of an answer, as far as the service links them. A page that fails is asked for again.
   * @throws TransientError `odata-throttled`, `odata-unavailable`, `odata-unauthorized`; PermanentError
   * `odata-refused`, `odata-not-found`, `odata-link`: what came before counts, and the caller may go on after it.
   */
  pages(query: ODataQuery): AsyncIterable<ODataPage>;
  /** @throws as `pages` does; PermanentError `odata-metadata` */
  metadata(): Promise<ODataMetadata>;
}

/** Sends one `GET` with a token of the service. */
export type ODataSend = (request: ODataRequest) => Promise<ODataResponse>;
interface ODataRequest {
  readonly url: string;
  readonly accept: string;
  /** The service refused the token that was there: ask for a new one. */
  readonly freshToken: boolean;
}
interface ODataResponse {
  readonly status: number;
  /** As the header `Retry-After` says. */
  readonly retryAfterMs: number | undefined;
  /** A body that is cut short throws. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ODataOptions {
  /** Name of the service in messages. */
  readonly service: string;
  /** Address of the service's root, such as `https://contoso.operations.dynamics.com/data`. */
  readonly root: string;
  readonly send: ODataSend;
  readonly pause: (ms: number) => Promise<void>;
}

const TRIES = 6;
const FIRST_PAUSE_MS = SECOND_MS;
/** Dynamics asks for seconds to a few minutes. Beyond this the next run comes sooner than the answer. */
const MAX_PAUSE_MS = 5 * MINUTE_MS;
/** Of all pauses before one answer: a run has half an hour in all. */
const MAX_PAUSES_MS = 10 * MINUTE_MS;
const MAX_PAGES = 100_000;
/** A page of 10,000 rows has about 5 MB. */
const MAX_PAGE_BYTES = 128 * 1024 * 1024;
const MAX_METADATA_BYTES = 512 * 1024 * 1024;
const JSON_TYPE = 'application/json;odata.metadata=minimal';

export function odataClient(options: ODataOptions): ODataClient {
  const root = options.root.replace(/\/+$/, '');
  return {
    async *pages(query) {
      const asked = new Set<string>();
      for (let url: string | undefined = root + queryPath(query); url !== undefined;) {
        if (asked.has(url) || asked.size >= MAX_PAGES)
          throw new PermanentError(
            'odata-link',
            `${options.service}: the pages of ${query.collection} lead in a circle after ${asked.size} pages`,
            { where: query.collection },
          );
        asked.add(url);
        const page = await readPage(options, url, query.collection);
        yield { rows: page.rows, count: page.count };
        url =
          page.nextLink === undefined ? undefined : ownLink(options, root, page.nextLink, query.collection);
      }
    },
    metadata: () =>
      withRetries(
        options,
        { url: `${root}/$metadata`, accept: 'application/xml' },
        '$metadata',
        async (body) => {
          const reader = new MetadataReader();
          const decoder = new TextDecoder('utf-8', { fatal: true });
          for await (const chunk of bounded(body, MAX_METADATA_BYTES, '$metadata'))
            reader.write(decoder.decode(chunk, { stream: true }));
          return reader.end();
        },
      ),
  };
}

interface Page extends ODataPage {
  readonly nextLink: string | undefined;
}

function readPage(options: ODataOptions, url: string, collection: string): Promise<Page> {
  return withRetries(options, { url, accept: JSON_TYPE }, collection, async (body) => {
    const text = await textOf(body, collection);
    let json: unknown;
    try {
      json = parseExactJson(text);
    } catch (cause) {
      // Cut off on its way, or a page of the gateway: the next try may bring it whole.
      throw new TransientError(
        'odata-unavailable',
        `${options.service}: a page of ${collection} is not JSON`,
        {
          cause,
        },
      );
    }
    const {
      value,
      '@odata.nextLink': nextLink,
      '@odata.count': count,
    } = (json ?? {}) as Record<string, unknown>;
    if (!Array.isArray(value))
      throw new PermanentError(
        'odata-refused',
        `${options.service}: ${collection} did not answer with rows`,
        {
          where: collection,
        },
      );
    return {
      rows: value as ODataRow[],
      count: typeof count === 'string' ? Number(count) : undefined,
      nextLink: typeof nextLink === 'string' && nextLink !== '' ? nextLink : undefined,
    };
  });
}

/** The token goes to the service alone, whatever a page names as the next one. */
function ownLink({ service }: ODataOptions, root: string, link: string, collection: string): string {
  const url = new URL(link, `${root}/`);
  const own = new URL(root);
  if (url.origin === own.origin && url.pathname.startsWith(`${own.pathname}/`)) return url.href;
  throw new PermanentError(
    'odata-link',
    `${service}: the next page of ${collection} is said to be at ${url.host}, not at ${own.host}: set the address by which the service names itself`,
    { where: collection },
  );
}

async function withRetries<T>(
  options: ODataOptions,
  asked: Omit<ODataRequest, 'freshToken'>,
  what: string,
  read: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  let refused = 0;
  let pausedMs = 0;
  let freshToken = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome: Attempt<T> = await attemptOf(options, { ...asked, freshToken }, what, read);
    if (outcome.ok) return outcome.value;
    const { error }: { error: PermanentError | TransientError } = outcome;
    if (error instanceof PermanentError || attempt >= TRIES) throw error;
    freshToken = error.code === 'odata-unauthorized';
    if (freshToken) {
      // A token may end between two pages. A new one that is refused as well is no matter of time.
      refused += 1;
      if (refused > 1) throw error;
      continue;
    }
    const nextMs = error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
    pausedMs += nextMs;
    if (nextMs > MAX_PAUSE_MS || pausedMs > MAX_PAUSES_MS) throw error;
    await options.pause(nextMs);
  }
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: PermanentError | TransientError };

async function attemptOf<T>(
  options: ODataOptions,
  request: ODataRequest,
  what: string,
  read: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<Attempt<T>> {
  try {
    const response = await options.send(request);
    if (response.status === 200) return { ok: true, value: await read(response.body) };
    return { ok: false, error: await failureOf(options.service, what, response) };
  } catch (thrown) {
    if (thrown instanceof PermanentError || thrown instanceof TransientError)
      return { ok: false, error: thrown };
    const message = `${options.service}: asking for ${what} failed: ${messageOf(thrown)}`;
    return { ok: false, error: new TransientError('odata-unavailable', message, { cause: thrown }) };
  }
}

async function failureOf(
  service: string,
  what: string,
  { status, body, retryAfterMs }: ODataResponse,
): Promise<PermanentError | TransientError> {
  const said = await reasonIn(body);
  const message = `${service} answered ${status} for ${what}${said}`;
  if (status === 401 || status === 403)
    return new TransientError(
      'odata-unauthorized',
      `${message}. Register the app in ${service} (System administration > Setup > Microsoft Entra ID applications) with a user that may read ${what}`,
    );
  if (status === 429 || status === 408 || status >= 500)
    return new TransientError(
      status === 429 ? 'odata-throttled' : 'odata-unavailable',
      message,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  if (status === 404) return new PermanentError('odata-not-found', message, { where: what });
  return new PermanentError('odata-refused', message, { where: what });
}

const MAX_REASON = 300;

/** The message of an OData error, as far as there is one. */
async function reasonIn(body: AsyncIterable<Uint8Array>): Promise<string> {
  try {
    const { error } = JSON.parse(await textOf(body, 'an error')) as {
      error?: { message?: unknown; innererror?: { message?: unknown } };
    };
    const said = error?.innererror?.message ?? error?.message;
    return typeof said === 'string' ? `: ${said.slice(0, MAX_REASON)}` : '';
  } catch {
    // An error without a body says as much as its status does.
    return '';
  }
}

async function textOf(body: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bounded(body, MAX_PAGE_BYTES, what)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function* bounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new PermanentError('odata-too-large', `The answer for ${what} has more than ${maxBytes} bytes`);
    yield chunk;
  }
}
