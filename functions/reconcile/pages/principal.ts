import { z } from 'zod';

/** Who is signed in, as Easy Auth hands it over in `x-ms-client-principal`. */
export interface Principal {
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
  return {
    name: nameTypes.flatMap((type) => claims.find((claim) => claim.typ === type)?.val ?? [])[0] ?? 'unknown',
    roles: new Set(claims.filter((claim) => roleTypes.has(claim.typ)).map((claim) => claim.val)),
  };
}
