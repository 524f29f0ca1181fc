import type { Answer, Request } from './request-response.ts';
import type { SharedAccessKey } from './sas-token.ts';
import { audiencePath, covers, verifySasToken } from './sas-token.ts';

/** What a connection has been granted by its tokens, by audience. */
export class Grants {
  readonly #expiryByAudience = new Map<string, number>();

  grant(audience: string, expiresAtMs: number): void {
    this.#expiryByAudience.set(audience, expiresAtMs);
  }

  /** Whether a token that has not expired covers the entity at this path. */
  allow(path: string, nowMs: number): boolean {
    const wanted = audiencePath(path);
    for (const [audience, expiresAtMs] of this.#expiryByAudience)
      if (expiresAtMs > nowMs && covers(audience, wanted)) return true;
    return false;
  }
}

/** Whether a shared access signature is good for the entity at this path. */
export function isTokenFor(path: string, token: string, policy: SharedAccessKey, nowMs: number): boolean {
  const verdict = verifySasToken(token, policy, nowMs);
  return verdict.ok && covers(verdict.audience, audiencePath(path));
}

const refused = (description: string): Answer => ({
  status: 401,
  description: `Unauthorized access: ${description}`,
  condition: 'amqp:unauthorized-access',
});

/** Answers a `put-token` request of claims-based security (the OASIS CBS draft, as Event Hubs speaks it). */
export function putToken(request: Request, grants: Grants, policy: SharedAccessKey, nowMs: number): Answer {
  const { operation, name, type } = request.properties;
  if (operation !== 'put-token')
    return { status: 400, description: 'The only operation of $cbs is put-token' };
  if (typeof name !== 'string') return { status: 400, description: 'The token names no audience' };
  if (type !== 'servicebus.windows.net:sastoken')
    return refused('this local endpoint knows shared access signatures only; use its connection string');
  const verdict = verifySasToken(String(request.body), policy, nowMs);
  if (!verdict.ok) return refused(verdict.reason);
  const wanted = audiencePath(name);
  if (!covers(verdict.audience, wanted)) return refused('the token is for another audience');
  grants.grant(wanted, verdict.expiresAtMs);
  return { status: 202, description: 'Accepted' };
}
