import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';

import type { HostedFunction, HttpTrigger } from '../functions.ts';
import { newTrace, type Invoker } from '../invoker.ts';

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
}

/**
 * One HTTP invocation with `app.setup({ enableHttpStream: true })`: the request goes on to the library's own server, body
 * and all, and its answer comes back, while route parameters and headers travel with the invocation.
 */
export async function invokeStreaming(streamed: Streamed): Promise<void> {
  const { invoker, fn, invocationId, headers, params } = streamed;
  const metadata = Object.entries(params).map(([name, value]) => [name, { string: value }] as const);
  const forwarding = new AbortController();
  const forwarded = forward(streamed, forwarding.signal);
  try {
    const bind = () => ({
      traceContext: newTrace(headers['traceparent'], headers['tracestate']),
      inputData: [{ name: fn.triggerName, data: { http: {} } }],
      triggerMetadata: { ...Object.fromEntries(metadata), Headers: { json: JSON.stringify(headers) } },
    });
    await invoker.invoke(fn, bind, invocationId);
  } catch (thrown) {
    forwarding.abort();
    await forwarded.catch(() => undefined);
    throw thrown;
  }
  await forwarded;
}

async function forward(
  { httpUri, url, request, response, headers, invocationId, customHeaders }: Streamed,
  signal: AbortSignal,
) {
  await new Promise<void>((resolve, reject) => {
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
        const { 'x-ms-invocation-id': _, ...rest } = answered.headers;
        response.writeHead(answered.statusCode ?? 200, { ...customHeaders, ...rest });
        answered.pipe(response).on('close', resolve);
        answered.on('error', reject);
      },
    );
    proxied.on('error', reject);
    request.pipe(proxied);
  });
}
