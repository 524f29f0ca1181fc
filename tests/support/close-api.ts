import { createApi } from '../../functions/reconcile/pages/api/api-router.ts';
import { closeRoutes } from '../../functions/reconcile/pages/api/close-routes.ts';
import { openApiRoute } from '../../functions/reconcile/pages/api/openapi.ts';
import type { PageAnswer, PageRequest } from '../../functions/reconcile/pages/web.ts';
import { Closing } from '../../functions/reconcile/workflow/closing.ts';
import type { ReconcileWorld } from './reconcile-world.ts';
import { silentLog } from './stream-fixture.ts';

/** The API to close days, on a world in memory. */
export function closeApi(world: Pick<ReconcileWorld, 'parts'>) {
  const letters = () => Promise.resolve({ letters: [], omitted: 0 });
  const closing = new Closing({ ...world.parts, letters });
  const routes = closeRoutes({ closing, stores: world.parts.stores });
  const api = createApi([...routes, openApiRoute(routes, '/')]);
  let keys = 0;

  async function send(request: PageRequest): Promise<Answered> {
    const answer = await api(request, silentLog);
    return { ...answer, json: JSON.parse(String(answer.body)) as AnyJson };
  }

  return {
    send,
    get: (address: string, by = principal('ada', 'Finance.Read')) => send(apiRequest('GET', address, { by })),
    post: (address: string, body: unknown, more: Asked = {}) =>
      send(
        apiRequest('POST', address, {
          by: principal('ada', 'Finance.Read'),
          ...more,
          body: JSON.stringify(body),
          headers: {
            authorization: 'Bearer t',
            'content-type': 'application/json',
            'idempotency-key': `key-${(keys += 1)}-0000`,
            ...more.headers,
          },
        }),
      ),
  };
}

/** JSON as a test reads it: whatever is asked for is taken to be there. */
type AnyJson = { readonly [name: string]: AnyJson } & string;

interface Answered extends PageAnswer {
  readonly json: AnyJson;
}

interface Asked {
  readonly by?: string | undefined;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export function apiRequest(method: 'GET' | 'POST', address: string, asked: Asked): PageRequest {
  const url = new URL(address, 'http://tillstream.example');
  return {
    method,
    path: url.pathname,
    address,
    query: (name) => url.searchParams.get(name) ?? undefined,
    header: (name) => asked.headers?.[name],
    body: () => Promise.resolve(asked.body ?? ''),
    principal: asked.by,
  };
}

/** `x-ms-client-principal` of a person, or of an application. */
export function principal(id: string, ...roles: string[]): string {
  const claims = [
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: id },
    { typ: 'name', val: `${id}@example.com` },
    ...roles.map((val) => ({ typ: 'roles', val })),
  ];
  return Buffer.from(JSON.stringify({ auth_typ: 'aad', claims })).toString('base64');
}

/** The entries of a list in an answer. */
export const listIn = (json: AnyJson, name = 'items'): AnyJson[] => json[name] as unknown as AnyJson[];
