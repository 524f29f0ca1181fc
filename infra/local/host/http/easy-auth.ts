import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { BodyTooLargeError } from './request.ts';
import { answer, answerJson } from './response.ts';
import { signInPage } from './sign-in-page.ts';

const COOKIE = 'AppServiceAuthSession';
const SESSION_MS = 8 * 60 * 60 * 1_000;
const FORM_LIMIT_BYTES = 10_000;
const NAME_TYPE = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress';
const ROLE_TYPE = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';

interface Session {
  id: string;
  name: string;
  roles: string[];
  /** Milliseconds since 1970. */
  expiresAt: number;
}

interface Claim {
  typ: string;
  val: string;
}

/**
 * App Service's Easy Auth from an app's view: a sign-in in front of it, and `x-ms-client-principal*` headers that only
 * that sign-in can set. The user picks a name and roles on a page; there is no password, so the host listens on the
 * loopback interface only.
 */
export class EasyAuth {
  readonly #key: Buffer;
  readonly #roles: readonly string[];
  readonly #clock: () => number;

  /** `key` signs sessions. It is new for every run, so a restart signs everybody out. */
  constructor(key: Buffer, roles: readonly string[], clock: () => number) {
    this.#key = key;
    this.#roles = roles;
    this.#clock = clock;
  }

  /** The headers that Azure adds for the signed-in user; none for anonymous users. */
  principalHeaders(request: IncomingMessage): Record<string, string> {
    const session = this.#session(request);
    if (session === undefined) return {};
    const principal = {
      auth_typ: 'aad',
      claims: claimsOf(session),
      name_typ: NAME_TYPE,
      role_typ: ROLE_TYPE,
    };
    return {
      'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
      'x-ms-client-principal-id': session.id,
      'x-ms-client-principal-name': session.name,
      'x-ms-client-principal-idp': 'aad',
    };
  }

  /** Handles requests below `/.auth/`. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (/^\/\.auth\/login\/(aad|local)$/.test(url.pathname)) {
      const next = localPath(url.searchParams.get('post_login_redirect_uri'));
      if (request.method === 'POST') return this.#signIn(request, response, next);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      response.end(signInPage(this.#roles, next));
    } else if (url.pathname === '/.auth/logout') {
      const next = localPath(url.searchParams.get('post_logout_redirect_uri'));
      response
        .writeHead(302, {
          location: next,
          'set-cookie': `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`,
        })
        .end();
    } else if (url.pathname === '/.auth/me') {
      const session = this.#session(request);
      const me = session && { provider_name: 'aad', user_id: session.name, user_claims: claimsOf(session) };
      answerJson(response, 200, me === undefined ? [] : [me]);
    } else {
      answer(response, 404);
    }
  }

  async #signIn(request: IncomingMessage, response: ServerResponse, next: string): Promise<void> {
    // Other sites must not be able to sign a developer in under a name of their choice.
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== `http://${request.headers.host}`) return answer(response, 403);
    const form = new URLSearchParams(await readForm(request));
    const name = form.get('name')?.trim() ?? '';
    const roles = form.getAll('role').filter((role) => this.#roles.includes(role));
    if (name === '') return answer(response, 400, 'A name is required.');
    const session: Session = { id: objectIdOf(name), name, roles, expiresAt: this.#clock() + SESSION_MS };
    const cookie = `${COOKIE}=${this.#seal(session)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${SESSION_MS / 1_000}`;
    response.writeHead(302, { location: next, 'set-cookie': cookie }).end();
  }

  #session(request: IncomingMessage): Session | undefined {
    const cookies = (request.headers.cookie ?? '').split(/; */);
    const sealed = cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    const [payload, mac] = sealed?.split('.') ?? [];
    if (payload === undefined || mac === undefined) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(payload);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const session = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Session;
    return session.expiresAt > this.#clock() ? session : undefined;
  }

  #seal(session: Session): string {
    const payload = Buffer.from(JSON.stringify(session)).toString('base64url');
    return `${payload}.${this.#mac(payload).toString('base64url')}`;
  }

  #mac(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}

/** In a directory a person keeps one id over all sign-ins; here the name, in capitals or not, is the person. */
function objectIdOf(name: string): string {
  const digest = createHash('sha256').update(name.toLowerCase()).digest('hex');
  return [8, 4, 4, 4, 12]
    .map((length, index, all) => {
      const from = all.slice(0, index).reduce((sum, one) => sum + one, 0);
      return digest.slice(from, from + length);
    })
    .join('-');
}

function claimsOf(session: Session): Claim[] {
  return [
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: session.id },
    { typ: NAME_TYPE, val: session.name },
    { typ: 'name', val: session.name },
    { typ: 'preferred_username', val: session.name },
    ...session.roles.map((role) => ({ typ: 'roles', val: role })),
  ];
}

/**
 * Only paths of this host: anything else would be an open redirect. The path is parsed like a browser does,
 * which drops tabs and line feeds, treats backslashes as slashes and resolves dots; the result is used as parsed.
 */
function localPath(target: string | null): string {
  const base = 'http://this.host.invalid';
  if (target === null || !target.startsWith('/') || !URL.canParse(target, base)) return '/';
  const { origin, pathname, search, hash } = new URL(target, base);
  return origin === base && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/';
}

async function readForm(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > FORM_LIMIT_BYTES) throw new BodyTooLargeError(FORM_LIMIT_BYTES);
  }
  return text;
}
