import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { messageOf } from '../../../../shared/errors.ts';
import type { HostedFunction, HttpTrigger } from '../functions.ts';
import type { HttpOptions } from '../host-json.ts';
import { newTrace, type Invoker } from '../invoker.ts';
import type { Log } from '../log.ts';
import type { EasyAuth } from './easy-auth.ts';
import { Gate } from './gate.ts';
import type { Keys } from './keys.ts';
import { BodyTooLargeError, readBody, requestHeaders, toHttpData } from './request.ts';
import { answer, writeResponse } from './response.ts';
import { Router, type RouteMatch } from './routes.ts';
import { invokeStreaming } from './streaming.ts';

/** Longer than a client's keep-alive, so the client closes idle connections, not the server. */
const KEEP_ALIVE_MS = 65_000;

export interface HttpHostOptions {
  port: number;
  functions: HostedFunction<HttpTrigger>[];
  options: HttpOptions;
  bodyLimitBytes: number;
  /** Where the library accepts streamed requests, if the app enabled streaming. */
  httpUri: string | undefined;
  invoker: Invoker;
  keys: Keys | undefined;
  easyAuth: EasyAuth;
  admin: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  log: Log;
}

export interface HttpHost {
  port: number;
  /** Accepts no more connections; running requests are completed. */
  stop(): void;
  /** Closes the remaining connections. */
  destroy(): void;
}

/** Listens on the loopback interface and runs HTTP functions. Rejects if the port is taken. */
export async function startHttp(host: HttpHostOptions): Promise<HttpHost> {
  const router = new Router(host.functions, host.options.routePrefix);
  const gate = new Gate(host.options.maxConcurrentRequests, host.options.maxOutstandingRequests);
  const server = createServer((request, response) => {
    serve(host, router, gate, request, response).catch((thrown: unknown) =>
      fail(host.log, request, response, thrown),
    );
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, host.port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close();
      server.closeIdleConnections();
    },
    destroy: () => server.closeAllConnections(),
  };
}

async function serve(
  host: HttpHostOptions,
  router: Router,
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = addressOf(request);
  if (url === undefined) return answer(response, 400, 'The host or the target of this request is malformed.');
  if (url.pathname.startsWith('/admin/')) return host.admin(request, response, url);
  if (url.pathname.startsWith('/.auth/')) return host.easyAuth.handle(request, response, url);
  const found = router.match(request.method ?? 'GET', url.pathname);
  if (found === undefined) return answer(response, 404);
  const { fn } = found;
  if (host.keys?.allows(fn.name, fn.trigger.authLevel, request, url) === false) return answer(response, 401);
  if (!(await gate.enter())) return answer(response, 429);
  try {
    await invokeHttp(host, found, url, request, response);
  } finally {
    gate.leave();
  }
}

/** Undefined where the host or the target of a request is malformed (RFC 9112, section 3.2). */
function addressOf({ headers, url: target = '/' }: IncomingMessage): URL | undefined {
  const origin = `http://${headers.host ?? 'localhost'}`;
  // A host with a path, a query or a user would change the requested resource.
  if (!URL.canParse(origin) || !/^[^/?#@\\\s]+$/.test(headers.host ?? 'localhost')) return undefined;
  const address = target.startsWith('/') ? `${origin}${target}` : target;
  if (!/^https?:/.test(address) || !URL.canParse(address)) return undefined;
  return new URL(address);
}

async function invokeHttp(
  host: HttpHostOptions,
  { fn, params }: RouteMatch,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = requestHeaders(request, host.easyAuth.principalHeaders(request));
  if (host.httpUri !== undefined) {
    const { invoker, httpUri } = host;
    const customHeaders = host.options.customHeaders;
    return invokeStreaming({
      invoker,
      fn,
      invocationId: randomUUID(),
      httpUri,
      request,
      response,
      url,
      headers,
      params,
      customHeaders,
      bodyLimitBytes: host.bodyLimitBytes,
    });
  }
  const body = await readBody(request, host.bodyLimitBytes);
  const result = await host.invoker.invoke(fn, () => {
    const http = toHttpData({ method: request.method ?? 'GET', url, headers, params, body });
    return {
      traceContext: newTrace(headers['traceparent'], headers['tracestate']),
      inputData: [{ name: fn.triggerName, data: { http } }],
      triggerMetadata: {},
    };
  });
  writeResponse(response, result.returnValue?.http, host.options.customHeaders);
}

function fail(log: Log, request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  if (thrown instanceof BodyTooLargeError) {
    // Close the connection after the response instead of reading the rest of the body.
    response.setHeader('connection', 'close');
    answer(response, 413);
    return;
  }
  const message = `${request.method} ${request.url?.split('?')[0]}: ${messageOf(thrown)}`;
  // A caller that disconnected before its body was complete is not our error.
  const gone = request.destroyed && !request.complete;
  log({ level: gone ? 'information' : 'error', category: 'Host.Http', message });
  answer(response, 500);
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE' ? `Port ${port} is taken.` : cause.message;
      reject(new Error(`The functions host cannot listen: ${taken}`, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
