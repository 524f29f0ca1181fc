import { z } from 'zod';
import { ROLES } from '../../../../shared/azure/names.ts';
import {
  businessDateSchema,
  storeIdSchema,
  type BusinessDate,
  type StoreId,
} from '../../../../shared/ids.ts';
import type { ActResult } from '../../workflow/act.ts';
import type { Closing } from '../../workflow/closing.ts';
import type { StoreLookup } from '../../matching/store-lookup.ts';
import { financeScopeOf, type Role } from '../access.ts';
import { whoActs } from '../actor-of.ts';
import type { Principal } from '../principal.ts';
import { ApiProblem, type ApiAnswer } from './api-route.ts';
import { API_ROOT } from './api-router.ts';
import { storeDayDetail } from './views.ts';

export interface CloseApiParts {
  readonly closing: Closing;
  readonly stores: () => Promise<StoreLookup>;
}

/** Who works exceptions off; the role to sign off is asked for by the command itself. */
export const WORKS_ON_DAYS: readonly Role[] = [ROLES.financeRead, ROLES.financeApprove];
export const DAY = `${API_ROOT}/days/{date}`;
export const STORE_DAY = `${DAY}/stores/{store}`;
export const EXCEPTION = `${STORE_DAY}/exceptions/{exception}`;

const page = z.int().min(1).optional().describe('Page, from 1.');
const limit = z.int().min(1).max(500).optional().describe('Entries of a page; 100 without it.');
export const paging = { page, limit };
export const paged = <Schema extends z.ZodType>(item: Schema) =>
  z.object({
    items: z.array(item),
    total: z.int(),
    page: z.int(),
    pages: z.int(),
    next: z.string().optional().describe('Address of the next page.'),
  });

export async function dayAnswer(
  { closing, stores }: CloseApiParts,
  params: Readonly<Record<string, string>>,
  user: Principal,
): Promise<ApiAnswer> {
  const storeId = storeOf(params, user);
  const record = await closing.storeDay(dateOf(params), storeId);
  if (!record) throw unknownDay();
  const blockers = await closing.blockers(record);
  const content = storeDayDetail(record, (await stores()).nameOf(storeId), blockers);
  return { status: 200, content, version: record.day.version };
}

/** A command that was carried out, now or before; everything else ends as a problem. */
export function doneOrProblem(result: ActResult, version: number): ActResult & { kind: 'done' } {
  switch (result.kind) {
    case 'done':
      return result;
    case 'unknown':
      throw unknownDay();
    case 'key-reused':
      throw keyReused();
    case 'changed':
      throw new ApiProblem(
        412,
        'changed',
        'Somebody has changed it since you have seen it. Read it again, and decide again.',
        {},
        version,
      );
    default: {
      const { code, text, blockers } = result.refusal;
      const status = code === 'unknown-exception' ? 404 : code === 'approval-needed' ? 403 : 409;
      throw new ApiProblem(status, code, text, blockers && { blockers });
    }
  }
}

export const repeatHeaders = ({ isRepeat }: { isRepeat: boolean }): Record<string, string> =>
  isRepeat ? { 'idempotency-replayed': 'true' } : {};

export function actorOrProblem(user: Principal) {
  const who = whoActs(user);
  if (who) return who;
  throw new ApiProblem(
    403,
    'no-identity',
    'The sign-in says no object id, by which people are told apart. Ask IT.',
  );
}

export function dateOf(params: Readonly<Record<string, string>>): BusinessDate {
  const date = businessDateSchema.safeParse(params['date']);
  if (date.success) return date.data;
  throw new ApiProblem(404, 'unknown-day', 'The address takes a business date such as 2026-03-02.');
}

/** A store that the reader may not see is not there for them. */
export function storeOf(params: Readonly<Record<string, string>>, user: Principal): StoreId {
  const store = storeIdSchema.safeParse(params['store']);
  if (store.success && isSeen(user, store.data)) return store.data;
  throw unknownDay();
}

export function isSeen(user: Principal, storeId: string): boolean {
  const scope = financeScopeOf(user);
  return scope === 'all' || scope.has(storeId);
}

export const unknownDay = (): ApiProblem =>
  new ApiProblem(404, 'unknown-day', 'There is no reconciled day of this date and store.');
export const unknownException = (): ApiProblem =>
  new ApiProblem(404, 'unknown-exception', 'There is no such exception on this day.');
export const keyReused = (): ApiProblem =>
  new ApiProblem(422, 'key-reused', 'This Idempotency-Key was used for another command.');

/** One page of a list, and the address of the next with the same filters. */
export function pageOf<T>(all: readonly T[], pageNumber = 1, perPage: number, address: string) {
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const items = all.slice((pageNumber - 1) * perPage, pageNumber * perPage);
  const url = new URL(address, 'http://host.invalid');
  url.searchParams.set('page', String(pageNumber + 1));
  return {
    items,
    total: all.length,
    page: pageNumber,
    pages,
    ...(pageNumber < pages && { next: `${url.pathname}${url.search}` }),
  };
}
