import { ROLES } from '../../../shared/azure/names.ts';
import type { DecideContext } from '../../../shared/workflow/decide.ts';
import type { Principal } from './principal.ts';

/** In whose name a signed-in user acts; undefined where the sign-in gives no id, by which two people are told apart. */
export function whoActs(user: Principal): Pick<DecideContext, 'by' | 'mayApprove'> | undefined {
  if (user.id === undefined) return undefined;
  return {
    by: { kind: user.isApplication ? 'system' : 'person', id: user.id, name: user.name },
    mayApprove: user.roles.has(ROLES.financeApprove),
  };
}
