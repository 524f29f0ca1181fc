import { PermanentError } from '../../shared/errors.ts';

export type Json = { readonly [name: string]: unknown };

export interface SignIn {
  /** Of the pages, without a trailing slash. */
  readonly url: string;
  /** On this machine alone: the host's own sign-in takes any name. */
  readonly as?: { readonly name: string; readonly roles: readonly string[] };
  /** Bearer token of Entra ID. */
  readonly token?: string;
}

/** The API to close days, as somebody who is signed in. Every refusal is an error with its reasons. */
export interface CloseClient {
  readonly url: string;
  get(address: string): Promise<{ readonly content: Json; readonly etag: string }>;
  /** Every page of a list as one. */
  all(address: string): Promise<Json>;
  post(address: string, body: Json, headers: Readonly<Record<string, string>>): Promise<Json>;
}

const TIMEOUT_MS = 60_000;
const MAX_PAGES = 1_000;

/** @throws PermanentError `close-refused`, `sign-in` */
export async function closeClient(signIn: SignIn): Promise<CloseClient> {
  const { url } = signIn;
  const signedIn = await headersOf(signIn);

  async function send(address: string, init: RequestInit): Promise<{ content: Json; etag: string }> {
    const response = await fetch(`${url}${address}`, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { ...signedIn, ...(init.headers as Record<string, string>) },
    });
    const text = await response.text();
    if (!/json/.test(response.headers.get('content-type') ?? ''))
      throw new PermanentError(
        'sign-in',
        `${url} answered ${response.status} without JSON: are you signed in there?`,
      );
    const content = JSON.parse(text) as Json;
    if (!response.ok) throw new PermanentError('close-refused', refusalOf(content));
    return { content, etag: response.headers.get('etag') ?? '' };
  }

  return {
    url,
    get: (address) => send(address, {}),
    async all(address) {
      const items: unknown[] = [];
      let next: string | undefined = address;
      for (let page = 0; next !== undefined; page += 1) {
        if (page >= MAX_PAGES)
          throw new PermanentError('close-refused', `${address} has more than ${MAX_PAGES} pages`);
        const { content } = await send(next, {});
        items.push(...(content['items'] as unknown[]));
        next = content['next'] as string | undefined;
      }
      return { items };
    },
    post: async (address, body, headers) => {
      const asJson = { 'content-type': 'application/json', ...headers };
      return (await send(address, { method: 'POST', headers: asJson, body: JSON.stringify(body) })).content;
    },
  };
}

async function headersOf({ url, as, token }: SignIn): Promise<Record<string, string>> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (!as) return {};
  const { hostname, origin } = new URL(url);
  // Its sign-in has no password; anywhere else a name must not be enough.
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    throw new PermanentError('sign-in', '--as NAME is for this machine alone. In Azure, use --client ID.');
  const form = new URLSearchParams({ name: as.name });
  for (const role of as.roles) form.append('role', role);
  const response = await fetch(`${url}/.auth/login/aad`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const cookie = response.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new PermanentError('sign-in', `${url} did not sign ${as.name} in`);
  return { cookie, origin };
}

function refusalOf(problem: Json): string {
  const blockers = (problem['blockers'] ?? []) as { text: string }[];
  const errors = (problem['errors'] ?? []) as { where: string; message: string }[];
  return [
    `${String(problem['code'])}: ${String(problem['detail'])}`,
    ...blockers.map(({ text }) => `  - ${text}`),
    ...errors.map(({ where, message }) => `  - ${where}: ${message}`),
  ].join('\n');
}
