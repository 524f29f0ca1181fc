import type { IncomingMessage, ServerResponse } from 'node:http';

import { messageOf } from '../../../shared/errors.ts';
import type { HostedFunction } from './functions.ts';
import type { Keys } from './http/keys.ts';
import { answer, answerJson } from './http/response.ts';
import type { Invoker } from './invoker.ts';
import type { Listener } from './listener.ts';
import { TimerListener } from './timers/listener.ts';

export interface Admin {
  functions: HostedFunction[];
  listeners: Listener[];
  invoker: Invoker;
  keys: Keys | undefined;
}

/**
 * Admin endpoints of this host: `GET /admin/functions`, `POST /admin/functions/{name}` (runs a timer and waits for
 * it), `GET /admin/host/status`, `GET /admin/host/keys`. For programs on this machine only.
 */
export async function serveAdmin(
  admin: Admin,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (!isLocalProgram(request)) return answer(response, 403, 'Only programs on this machine may use /admin.');
  const name = /^\/admin\/functions\/([^/]+)$/.exec(url.pathname)?.[1];
  switch (`${request.method} ${name === undefined ? url.pathname : '/admin/functions/{name}'}`) {
    case 'GET /admin/functions':
      return answerJson(response, 200, admin.functions.map(describe));
    case 'POST /admin/functions/{name}':
      return invokeTimer(admin, decodeURIComponent(name ?? ''), response);
    case 'GET /admin/host/status':
      return answerJson(response, 200, await status(admin));
    case 'GET /admin/host/keys':
      return answerJson(response, 200, admin.keys?.list() ?? null);
    default:
      return answer(response, 404);
  }
}

/**
 * The host listens on the loopback interface only, but any web page can send a local browser here, under any
 * name that resolves to it. Such requests have an Origin or a foreign Host.
 */
function isLocalProgram(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return ['localhost', '127.0.0.1', '[::1]'].includes(host) && request.headers.origin === undefined;
}

function describe(fn: HostedFunction): object {
  return { name: fn.name, trigger: fn.trigger };
}

async function invokeTimer(admin: Admin, name: string, response: ServerResponse): Promise<void> {
  if (!admin.functions.some((fn) => fn.name === name))
    return answer(response, 404, `No function '${name}' runs here.`);
  const listener = admin.listeners.find((candidate) => candidate.functionName === name);
  if (!(listener instanceof TimerListener))
    return answer(response, 400, `'${name}' is not a timer function.`);
  const startedAt = performance.now();
  let error: string | null = null;
  try {
    await listener.invokeNow();
  } catch (thrown) {
    error = messageOf(thrown);
  }
  const durationMs = Math.round(performance.now() - startedAt);
  answerJson(response, error === null ? 200 : 500, { name, succeeded: error === null, error, durationMs });
}

async function status({ functions, listeners, invoker }: Admin): Promise<object> {
  const triggers = await Promise.all(
    listeners.map(async (listener) => {
      try {
        return [listener.functionName, await listener.status()] as const;
      } catch (thrown) {
        return [listener.functionName, { error: messageOf(thrown) }] as const;
      }
    }),
  );
  const byName = Object.fromEntries(triggers);
  return {
    state: 'Running',
    processId: process.pid,
    inFlight: invoker.inFlight,
    functions: Object.fromEntries(
      functions.map((fn) => {
        const counters = invoker.counters.get(fn.name) ?? {
          invocations: 0,
          failures: 0,
          inFlight: 0,
          totalMs: 0,
        };
        return [fn.name, { kind: fn.trigger.kind, ...counters, ...byName[fn.name] }];
      }),
    ),
  };
}
