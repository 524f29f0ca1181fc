import { z } from 'zod';

/** Who is signed in, as Easy Auth hands it over in `x-ms-client-principal`. */
export interface Principal {
  /** The object id in the directory, which stays when a name changes; undefined where the sign-in gives none. */
  readonly id?: string | undefined;
  /** An application that signed in by itself, without a person. */
  readonly isApplication?: true;
  readonly name: string;
  readonly roles: ReadonlySet<string>;
}

const principalSchema = z.object({
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
  name_typ: z.string().optional(),
  role_typ: z.string().optional(),
});
/** What Entra sends where it does not say which claim is which. */
const ROLE_CLAIMS = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const ID_CLAIMS = ['oid', 'http://schemas.microsoft.com/identity/claims/objectidentifier'];
const SCOPE_CLAIMS = ['scp', 'http://schemas.microsoft.com/identity/claims/scope'];
const NAME_CLAIMS = ['name', 'preferred_username'];

/** @returns undefined for a stranger, and for a header that is none of Easy Auth's. */
export function principalOf(header: string | undefined): Principal | undefined {
  if (header === undefined || header === '') return undefined;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = principalSchema.safeParse(content);
  if (!parsed.success) return undefined;
  const { claims, name_typ: nameType, role_typ: roleType } = parsed.data;
  const roleTypes = new Set([...ROLE_CLAIMS, ...(roleType === undefined ? [] : [roleType])]);
  const nameTypes = [...(nameType === undefined ? [] : [nameType]), ...NAME_CLAIMS];
  const valueOf = (type: string): string | undefined => claims.find((claim) => claim.typ === type)?.val;
  const id = ID_CLAIMS.flatMap((type) => valueOf(type) ?? []).find((found) => found !== '');
  // `idtyp` is there only if the registration asks for it. An application's own token has a client credential
  // (`azpacr`, `appidacr`) and no scope; a person's has no credential, or a scope.
  const hasCredential = [valueOf('azpacr'), valueOf('appidacr')].some((kind) => kind === '1' || kind === '2');
  const hasScope = claims.some(({ typ }) => SCOPE_CLAIMS.includes(typ));
  const isApplication = valueOf('idtyp') === 'app' || (hasCredential && !hasScope);
  return {
    ...(id !== undefined && { id }),
    ...(isApplication && { isApplication: true }),
    name: nameTypes.flatMap((type) => valueOf(type) ?? [])[0] ?? 'unknown',
    roles: new Set(claims.filter((claim) => roleTypes.has(claim.typ)).map((claim) => claim.val)),
  };
}
