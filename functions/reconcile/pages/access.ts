import { ROLES, STORE_ROLE_PREFIX } from '../../../shared/azure/names.ts';
import type { Section, Viewer } from '../../../shared/reports/page.ts';
import type { Principal } from './principal.ts';

/** What opens a page: an app role, or any role that lets its holder read a store. */
export type Role = (typeof ROLES)[keyof typeof ROLES] | 'Store.Read';

export const READS_FINANCE: readonly Role[] = [ROLES.financeRead, ROLES.financeApprove, 'Store.Read'];
export const READS_OPERATIONS: readonly Role[] = [ROLES.operations];

/** Whose data a user may see: all stores, or those that their roles name. */
export type Scope = 'all' | ReadonlySet<string>;

function holds(user: Principal, role: Role): boolean {
  return role === 'Store.Read' ? storesOf(user).size > 0 : user.roles.has(role);
}

export const holdsAny = (user: Principal, roles: readonly Role[]): boolean =>
  roles.some((role) => holds(user, role));

/** Roles add up: whoever reads all of finance is not narrowed by a store role. */
export function financeScopeOf(user: Principal): Scope {
  return holdsAny(user, [ROLES.financeRead, ROLES.financeApprove]) ? 'all' : storesOf(user);
}

export function viewerOf(user: Principal): Viewer {
  const open: Record<Section, boolean> = {
    finance: holdsAny(user, READS_FINANCE),
    operations: holdsAny(user, READS_OPERATIONS),
  };
  return { userName: user.name, sections: (['finance', 'operations'] as const).filter((name) => open[name]) };
}

function storesOf({ roles }: Principal): Set<string> {
  const stores = [...roles]
    .filter((role) => role.startsWith(STORE_ROLE_PREFIX))
    .map((role) => role.slice(STORE_ROLE_PREFIX.length));
  return new Set(stores.filter((store) => store !== ''));
}
