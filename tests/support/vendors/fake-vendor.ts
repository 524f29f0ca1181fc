import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A vendor's API on this machine, with the vendor's limits: what the back-fill and the hydration ask in tests. */
export interface FakeVendor {
  readonly url: string;
  /** Method and path of every call, in order. */
  readonly asked: string[];
  /** Statuses that the next calls get instead of an answer. */
  readonly faults: number[];
  stop(): Promise<void>;
}

interface VendorCall {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

export interface FakeVendorOptions {
  /** Undefined is a 404. */
  readonly answer: (call: VendorCall) => unknown;
  /** Calls at once before the vendor answers 429; they come back one by one, with each refusal. */
  readonly burst?: number;
  /** What the token has to be, in whichever header. */
  readonly token?: string;
}

/** What an exchange of a secret for a token gives. */
const TOKEN = { access_token: 'token', expires_in: 7_200 };

/** JSON, or a form as it was sent. */
function bodyOf(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}

export async function startFakeVendor({ answer, burst, token }: FakeVendorOptions): Promise<FakeVendor> {
  const asked: string[] = [];
  const faults: number[] = [];
  let left = burst ?? Number.POSITIVE_INFINITY;
  const statusOf = (request: IncomingMessage): number => {
    const fault = faults.shift();
    if (fault !== undefined) return fault;
    if (token !== undefined && !JSON.stringify(request.headers).includes(token)) return 401;
    if (left > 0) {
      left -= 1;
      return 200;
    }
    left = burst ?? 0;
    return 429;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      const status = statusOf(request);
      const url = new URL(request.url ?? '/', 'http://vendor.example');
      const text = Buffer.concat(chunks).toString('utf8');
      const body = bodyOf(text);
      const isToken = request.method === 'POST' && url.pathname.endsWith('/token');
      const given = isToken ? TOKEN : answer({ method: request.method ?? '', url, body });
      const found = status === 200 ? given : { errors: [] };
      response.writeHead(found === undefined ? 404 : status, {
        'content-type': 'application/json',
        // The next vendor may get the same port: a connection that is kept would lead to one that is gone.
        connection: 'close',
        ...(status === 429 ? { 'retry-after': '1' } : {}),
      });
      response.end(JSON.stringify(found ?? { errors: [] }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/**
 * Delivers a webhook as a vendor does: until it is answered 2xx, or its ladder has no more steps.
 * @param ladderMs the waits between two tries.
 * @returns how many tries it took; undefined where the vendor gave up.
 */
export async function deliver(
  send: () => Promise<number>,
  ladderMs: readonly number[],
  passMs: (ms: number) => void,
): Promise<number | undefined> {
  for (let tries = 1; ; tries += 1) {
    const status = await send();
    if (status >= 200 && status < 300) return tries;
    const waitMs = ladderMs[tries - 1];
    if (waitMs === undefined) return undefined;
    passMs(waitMs);
  }
}

/** A page of a list by a cursor that is a place in it. */
export function pageAt<T>(
  items: readonly T[],
  cursor: string | null | undefined,
  limit: number,
): { items: T[]; next: string | undefined } {
  const from = cursor ? Number(cursor) : 0;
  const next = from + limit < items.length ? String(from + limit) : undefined;
  return { items: items.slice(from, from + limit), next };
}
