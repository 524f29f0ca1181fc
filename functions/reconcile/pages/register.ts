import type { app as functionsApp, HttpRequest, HttpResponseInit } from '@azure/functions';
import { ROUTES } from '../../../shared/azure/names.ts';
import { readSettings, type Settings } from '../../../shared/settings.ts';
import { functionLog } from '../../worker.ts';
import type { Pages } from './router.ts';
import type { PageAnswer, PageRequest } from './web.ts';
import { wirePages } from './wire.ts';

let wired: { readonly pages: Pages; readonly settings: Settings } | undefined;

/** Wired at the first invocation, so importing the entry point stays cheap. */
function wiredPages(): { readonly pages: Pages; readonly settings: Settings } {
  if (!wired) {
    const settings = readSettings();
    wired = { settings, pages: wirePages(settings, Date.now, functionLog) };
  }
  return wired;
}

/** The route list decides what an address is; `home` also takes what no other function has, and says so on a page. */
export function registerPages(app: typeof functionsApp): void {
  for (const name of ['home', 'finance', 'operations'] as const) {
    app.http(name, {
      methods: ['GET', 'HEAD', 'POST'],
      authLevel: 'anonymous',
      route: ROUTES[name],
      handler: async (request) => {
        const { pages, settings } = wiredPages();
        return responseOf(await pages(pageRequest(request, settings), functionLog));
      },
    });
  }
}

function pageRequest(request: HttpRequest, { principalsAreTrusted }: Settings): PageRequest {
  const { pathname, search } = new URL(request.url);
  const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    path: pathname,
    address: `${pathname}${search}`,
    query: (name) => request.query.get(name) ?? undefined,
    header,
    body: () => request.text(),
    principal: principalsAreTrusted ? header('x-ms-client-principal') : undefined,
  };
}

function responseOf({ status, headers, body }: PageAnswer): HttpResponseInit {
  return { status, headers: { ...headers }, body };
}
