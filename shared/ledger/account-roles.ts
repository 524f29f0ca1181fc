import { TENDER_TYPES, type TenderType } from '../pos/event.ts';
import { tenderAccount, type LedgerAccount, type PostingProfile } from './posting-profile.ts';

/** What an account stands for in the posting of a receipt. */
export type AccountRole = 'revenue' | 'tax' | 'tender' | 'rounding';

export interface AccountRoles {
  /** Accounts that stand for one thing alone; one that stands for several tells nothing. */
  readonly roleOf: ReadonlyMap<LedgerAccount, AccountRole>;
  /** The means of payment that a clearing account is for. */
  readonly tendersOf: ReadonlyMap<LedgerAccount, readonly TenderType[]>;
}

export function accountRoles(profile: PostingProfile): AccountRoles {
  const { revenue, tax, rounding } = profile.accounts;
  const tendersOf = new Map<LedgerAccount, readonly TenderType[]>();
  for (const type of TENDER_TYPES) {
    const account = tenderAccount(profile, type);
    tendersOf.set(account, [...(tendersOf.get(account) ?? []), type]);
  }
  const all: [AccountRole, readonly (LedgerAccount | undefined)[]][] = [
    ['revenue', [revenue.default, revenue.fee]],
    ['tax', Object.values(tax)],
    ['tender', [...tendersOf.keys()]],
    ['rounding', [rounding]],
  ];
  const roles = new Map<LedgerAccount, Set<AccountRole>>();
  for (const [role, accounts] of all)
    for (const account of accounts)
      if (account !== undefined) roles.set(account, (roles.get(account) ?? new Set()).add(role));
  const roleOf = new Map<LedgerAccount, AccountRole>();
  for (const [account, [role, ...others]] of roles)
    if (role !== undefined && others.length === 0) roleOf.set(account, role);
  return { roleOf, tendersOf };
}
