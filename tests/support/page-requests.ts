import type { PageRequest } from '../../functions/reconcile/pages/web.ts';

/** `x-ms-client-principal` of somebody with roles, as Easy Auth makes it. */
export function principalWith(...roles: string[]): string {
  const claims = [{ typ: 'name', val: 'Ada <Finance>' }, ...roles.map((val) => ({ typ: 'roles', val }))];
  return Buffer.from(JSON.stringify({ auth_typ: 'aad', claims })).toString('base64');
}

interface Asked {
  readonly method?: PageRequest['method'];
  readonly by?: string | undefined;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function pageRequest(path: string, asked: Asked = {}): PageRequest {
  const { method = 'GET', by, query = {}, headers = {}, body = '' } = asked;
  return {
    method,
    path,
    address: `${path}?x=1`,
    query: (name) => query[name],
    header: (name) => headers[name],
    body: () => Promise.resolve(body),
    principal: by,
  };
}

/** What a browser adds to a form that one of our own pages sends. */
export const OWN_FORM = {
  'sec-fetch-site': 'same-origin',
  'content-type': 'application/x-www-form-urlencoded',
} as const;
