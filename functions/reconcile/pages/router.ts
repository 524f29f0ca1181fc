import type { Logger } from '../../../shared/log.ts';
import { TransientError } from '../../../shared/errors.ts';
import { COMMON_HEADERS, ICON_SVG, type Viewer } from '../../../shared/reports/page.ts';
import { holdsAny, viewerOf, type Role } from './access.ts';
import { isApiPath } from './api/api-router.ts';
import { crossSiteReason } from './cross-site.ts';
import { principalOf, type Principal } from './principal.ts';
import { paramsOf } from './route-path.ts';
import { notFound, plainPage, type PageAnswer, type PageRequest } from './web.ts';

export interface PageCall {
  readonly request: PageRequest;
  readonly user: Principal;
  readonly viewer: Viewer;
  /** Decoded segments of the address, by their name in the route. */
  readonly params: Readonly<Record<string, string>>;
  /** What was posted; empty for GET. */
  readonly form: URLSearchParams;
}

export interface PageRoute {
  readonly method: PageRequest['method'];
  /** `/finance/{date}`: a segment in braces is a parameter. */
  readonly path: string;
  /** Any of these opens it. There is no page without a role. */
  readonly roles: readonly [Role, ...Role[]] | readonly Role[];
  readonly handle: (call: PageCall) => Promise<PageAnswer>;
}

export type Pages = (request: PageRequest, log: Logger) => Promise<PageAnswer>;

const ICON_ANSWER: PageAnswer = {
  status: 200,
  headers: {
    ...COMMON_HEADERS,
    'content-type': 'image/svg+xml',
    'cache-control': 'public, max-age=86400',
    'content-security-policy': "default-src 'none'; sandbox",
  },
  body: ICON_SVG,
};

const MAX_FORM_CHARACTERS = 100_000;
const RETRY_AFTER_S = 10;

/**
 * All pages, from one list of routes: whatever is not in the list is not found, and nobody gets past a route without one
 * of its roles. A stranger is sent to the sign-in and comes back; a request that changes something has to come from a
 * page of ours.
 * @param api answers what is below `/finance/api`, in JSON.
 */
export function createPages(routes: readonly PageRoute[], api?: Pages): Pages {
  return async (request, log) => {
    // Browsers ask for it of their own accord, also for a JSON or a file, and before anyone has signed in.
    if (request.path === '/favicon.ico' && request.method === 'GET') return ICON_ANSWER;
    if (api && isApiPath(request.path)) return api(request, log);
    const user = principalOf(request.principal);
    const viewer = user && viewerOf(user);
    try {
      return await answer(routes, request, user, viewer);
    } catch (thrown) {
      log.error('A page failed', { path: request.path }, thrown);
      return failurePage(thrown, viewer);
    }
  };
}

async function answer(
  routes: readonly PageRoute[],
  request: PageRequest,
  user: Principal | undefined,
  viewer: Viewer | undefined,
): Promise<PageAnswer> {
  const found = routes.flatMap((route) => {
    const params = paramsOf(route.path, request.path);
    return params ? [{ route, params }] : [];
  });
  if (found.length === 0) return notFound(viewer);
  const match = found.find(({ route }) => route.method === request.method);
  if (!match) {
    const allow = [...new Set(found.map(({ route }) => route.method))].join(', ');
    return plainPage(405, 'Method not allowed', `This address only accepts ${allow}.`, viewer, { allow });
  }
  const { route, params } = match;
  if (!user || !viewer) return strangerAnswer(request);
  if (!holdsAny(user, route.roles)) {
    const needed = route.roles.map((role) => (role === 'Store.Read' ? 'one for a store' : role)).join(' or ');
    return plainPage(
      403,
      'No access',
      `This page needs the role ${needed}. Ask IT to assign it to you.`,
      viewer,
    );
  }
  const form = request.method === 'POST' ? await formOf(request, viewer) : new URLSearchParams();
  return form instanceof URLSearchParams ? route.handle({ request, user, viewer, params, form }) : form;
}

/** What was posted, or why it is refused. */
async function formOf(request: PageRequest, viewer: Viewer): Promise<URLSearchParams | PageAnswer> {
  const refused = (status: number, title: string, text: string): PageAnswer =>
    plainPage(status, title, `${text} Nothing was changed.`, viewer);
  const reason = crossSiteReason(request.header);
  if (reason !== undefined)
    return refused(403, 'Refused', `${reason} Open the page again and repeat the step.`);
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    return refused(415, 'Not understood', 'Send a form (application/x-www-form-urlencoded).');
  const body = await request.body();
  if (body.length > MAX_FORM_CHARACTERS) return refused(413, 'Too large', 'The form data is too large.');
  return new URLSearchParams(body);
}

function strangerAnswer(request: PageRequest): PageAnswer {
  if (request.method === 'POST')
    return plainPage(401, 'Signed out', 'Sign in and repeat the step. Nothing was changed.', undefined);
  const location = `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(request.address)}`;
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

function failurePage(thrown: unknown, viewer: Viewer | undefined): PageAnswer {
  if (thrown instanceof TransientError)
    return plainPage(
      503,
      'Temporarily unavailable',
      'A service that this page needs is not responding. Try again in a moment; if the problem persists, contact IT.',
      viewer,
      { 'retry-after': String(RETRY_AFTER_S) },
    );
  // The message may contain details that only IT should read; they are in the log.
  const text = 'This page could not be created. The error is in the log: give IT the address and the time.';
  return plainPage(500, 'Something went wrong', text, viewer);
}
