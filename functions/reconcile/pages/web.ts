import { html } from '../../../shared/reports/html.ts';
import { page, PAGE_HEADERS } from '../../../shared/reports/page.ts';
import { principalOf, type Principal } from './principal.ts';

export interface PageRequest {
  /** Below the route, without a leading slash: `2026-03-02/report.csv`. */
  readonly path: string;
  /** Path and query, as the browser asked. */
  readonly address: string;
  readonly query: (name: string) => string | undefined;
  /** `x-ms-client-principal`; undefined where it can not be believed. */
  readonly principal: string | undefined;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * Runs a page for a signed-in user with a role. A stranger is sent to the sign-in and comes back here; a user without
 * the role is told which one is missing.
 */
export async function withRole(
  request: PageRequest,
  role: string,
  work: (user: Principal) => Promise<PageAnswer>,
): Promise<PageAnswer> {
  const user = principalOf(request.principal);
  if (!user) {
    const location = `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(request.address)}`;
    return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
  }
  if (user.roles.has(role)) return work(user);
  return plainPage(
    403,
    'No access',
    `This page needs the role ${role}. Ask IT to assign it to you.`,
    user.name,
  );
}

export function plainPage(
  status: number,
  title: string,
  text: string,
  userName: string | undefined,
): PageAnswer {
  const body = html`<h1>${title}</h1>
    <p class="lead">${text}</p>`;
  return {
    status,
    headers: PAGE_HEADERS,
    body: page({ title, section: undefined, userName }, body),
  };
}

export const okPage = (body: string): PageAnswer => ({ status: 200, headers: PAGE_HEADERS, body });
