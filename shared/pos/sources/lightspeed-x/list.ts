import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import type { HydrateContext, ListClient, ListedObject, ListPage, ListQuery, VendorApi } from '../source.ts';
import { lightspeedHydration } from './hydrate.ts';
import { readSale } from './read-sale.ts';

const PER_PAGE = 200;
const salesSchema = z.object({
  data: z.array(
    z.looseObject({
      id: z.string().max(64),
      version: z.int().min(1),
      updated_at: z.string().max(40),
    }),
  ),
});
type ListedSale = z.infer<typeof salesSchema>['data'][number];

/** Versions rise with time, but the clocks that wrote the times may differ by a little. */
const SLACK_MS = HOUR_MS;

/**
 * Lightspeed X: an account's sales by their version, a number that rises with each change. No list goes by the time of the
 * change, so the version with which the window begins is searched for first, by halving.
 * https://x-series-api.lightspeedhq.com/reference/listsales
 */
export const lightspeedList: ListClient = {
  access: lightspeedHydration,
  per: 'sender',
  // 300 calls in five minutes are allowed for each register, and 50 more.
  pauseMs: SECOND_MS,
  reachMs: 365 * DAY_MS,
  page(query, api, context) {
    const [step = 'find', low = '0', high = String(Number.MAX_SAFE_INTEGER)] = query.cursor?.split(':') ?? [];
    const [from, to] = [Number(low), Number(high)];
    if (step === 'sales' && Number.isSafeInteger(from)) return sales(from, query, api, context);
    if (step === 'find' && Number.isSafeInteger(from) && Number.isSafeInteger(to))
      return found(from, to, query, api);
    throw new PermanentError('bad-cursor', `There is no list ${step} to go on with`);
  },
};

async function listAfter(api: VendorApi, after: number, pageSize: number): Promise<ListedSale[]> {
  const answer = await api.get(`/api/2.0/sales?after=${after}&page_size=${pageSize}`);
  const { data } = listAnswer(salesSchema, answer, "Lightspeed's list of sales");
  return data;
}

/**
 * One step of the search.
 * @param low a version before the window.
 * @param high one behind its beginning.
 */
async function found(low: number, high: number, { fromMs }: ListQuery, api: VendorApi): Promise<ListPage> {
  if (high - low <= 1) return { objects: [], next: `sales:${low}` };
  const middle = low + Math.floor((high - low) / 2);
  const [first] = await listAfter(api, middle, 1);
  if (first === undefined) return { objects: [], next: `find:${low}:${middle}` };
  const changedMs = changedAt(first);
  if (changedMs >= fromMs - SLACK_MS) return { objects: [], next: `find:${low}:${middle}` };
  // A day before the window is near enough.
  const isNear = changedMs >= fromMs - DAY_MS;
  return { objects: [], next: isNear ? `sales:${first.version}` : `find:${first.version}:${high}` };
}

async function sales(
  after: number,
  { fromMs, toMs }: ListQuery,
  api: VendorApi,
  context: HydrateContext,
): Promise<ListPage> {
  const listed = await listAfter(api, after, PER_PAGE);
  const objects = listed
    .filter((sale) => changedAt(sale) >= fromMs && changedAt(sale) < toMs)
    .flatMap((sale) => objectOf(sale, context));
  const last = listed.at(-1);
  const isOver = last === undefined || listed.every((sale) => changedAt(sale) >= toMs + SLACK_MS);
  if (isOver) return { objects };
  if (last.version <= after)
    throw new PermanentError('schema', "Lightspeed's list of sales does not go on", { where: '/version' });
  return { objects, next: `sales:${last.version}` };
}

/** @throws PermanentError `schema` */
function changedAt({ updated_at: text }: ListedSale): number {
  const ms = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  if (Number.isFinite(ms)) return ms;
  throw new PermanentError('schema', 'A sale in the list has no time', { where: '/updated_at' });
}

function objectOf(sale: ListedSale, context: HydrateContext): ListedObject[] {
  const object = { object: 'sale', id: sale.id, version: sale.version };
  let transactions: ListedObject['transactions'];
  try {
    transactions = readSale(sale, context).flatMap((mapped) =>
      mapped.outcome === 'event' && mapped.event.kind === 'transaction'
        ? [{ transactionId: mapped.event.transactionId, version: mapped.event.version }]
        : [],
    );
  } catch (thrown) {
    // It is asked for by itself, and its own fault is told there.
    if (thrown instanceof PermanentError) return [{ ...object, transactions: [] }];
    throw thrown;
  }
  // Parked, or nothing paid yet: nothing of it counts, so nothing of it can be missing.
  return transactions.length === 0 ? [] : [{ ...object, transactions }];
}
