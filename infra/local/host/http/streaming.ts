import { request as send, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';

import type { HostedFunction, HttpTrigger } from '../functions.ts';
import { newTrace, type Invoker } from '../invoker.ts';
import { BodyTooLargeError, checkDeclaredLength } from './request.ts';

interface Streamed {
  invoker: Invoker;
  fn: HostedFunction<HttpTrigger>;
  invocationId: string;
  /** Where the library listens for streamed requests: the capability `HttpUri`. */
  httpUri: string;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  headers: Record<string, string>;
  params: Record<string, string>;
  customHeaders: Record<string, string>;
  bodyLimitBytes: number;
}

/**
 * One HTTP invocation with `app.setup({ enableHttpStream: true })`: the request goes on to the library's own server, body
 * and all, and its answer comes back, while route parameters and headers travel with the invocation.
 */
export async function invokeStreaming(streamed: Streamed): Promise<void> {
  const { invoker, fn, invocationId, headers, params } = streamed;
  checkDeclaredLength(streamed.request, streamed.bodyLimitBytes);
  const metadata = Object.entries(params).map(([name, value]) => [name, { string: value }] as const);
  const forwarding = new AbortController();
  const bind = () => ({
    traceContext: newTrace(headers['traceparent'], headers['tracestate']),
    inputData: [{ name: fn.triggerName, data: { http: {} } }],
    triggerMetadata: { ...Object.fromEntries(metadata), Headers: { json: JSON.stringify(headers) } },
  });
  const both = [forward(streamed, forwarding.signal), invoker.invoke(fn, bind, invocationId)] as const;
  try {
    await Promise.all(both);
  } catch (thrown) {
    forwarding.abort();
    await Promise.allSettled(both);
    throw thrown;
  }
}

async function forward(streamed: Streamed, signal: AbortSignal): Promise<void> {
  const { httpUri, url, request, response, headers, invocationId, customHeaders } = streamed;
  await new Promise<void>((resolve, reject) => {
    let hasAnswer = false;
    const proxied = send(
      new URL(url.pathname + url.search, httpUri),
      {
        method: request.method ?? 'GET',
        signal,
        headers: {
          ...headers,
          'x-ms-invocation-id': invocationId,
          'x-forwarded-host': url.host,
          'x-forwarded-proto': 'http',
        },
      },
      (answered) => {
        hasAnswer = true;
        const { 'x-ms-invocation-id': _, ...rest } = answered.headers;
        // A function may respond before it has read the body. The rest of the body is then discarded, and the
        // connection is closed after the response.
        const isEarly = !request.complete;
        if (isEarly) request.unpipe(proxied).resume();
        const closing = isEarly ? { connection: 'close' } : {};
        response.writeHead(answered.statusCode ?? 200, { ...customHeaders, ...rest, ...closing });
        answered.pipe(response).on('close', resolve);
        answered.on('error', reject);
      },
    );
    proxied.on('error', (error) => {
      if (!hasAnswer) reject(error);
    });
    sendBody(streamed, proxied, reject);
  });
}

/** Forwards the body up to the limit: a chunked body does not state its length. */
function sendBody(
  { request, bodyLimitBytes }: Streamed,
  proxied: ClientRequest,
  fail: (error: Error) => void,
): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= bodyLimitBytes) return;
    request.unpipe(proxied).pause();
    fail(new BodyTooLargeError(bodyLimitBytes));
  });
  request.once('error', fail);
  request.pipe(proxied);
}
