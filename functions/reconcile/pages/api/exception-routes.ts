import { z } from 'zod';
import { itemFilterSchema } from '../../../../shared/workflow/filter.ts';
import { READS_FINANCE } from '../access.ts';
import { apiRoute, type ApiRoute } from './api-route.ts';
import { API_ROOT } from './api-router.ts';
import { historySchema, itemSchema, itemView } from './views.ts';
import {
  type CloseApiParts,
  EXCEPTION,
  paging,
  paged,
  dateOf,
  storeOf,
  isSeen,
  pageOf,
  unknownException,
} from './close-parts.ts';

export function exceptionRoutes({ closing }: CloseApiParts): ApiRoute[] {
  return [
    apiRoute({
      operationId: 'list-exceptions',
      summary: 'Exceptions by filter; without dates those of the newest seven',
      method: 'GET',
      path: `${API_ROOT}/exceptions`,
      roles: READS_FINANCE,
      query: itemFilterSchema.extend({ ...paging }),
      response: paged(itemSchema),
      handle: async ({ query, user, request }) => {
        const { page: pageNumber, limit: perPage = 100, ...filter } = query;
        const found = await closing.exceptions(filter, (storeId) => isSeen(user, storeId));
        const shown = pageOf(found, pageNumber, perPage, request.address);
        const items = shown.items.map((placed) => itemView(placed, closing.today));
        return { status: 200, content: { ...shown, items } };
      },
    }),
    apiRoute({
      operationId: 'get-exception',
      summary: 'One exception',
      method: 'GET',
      path: EXCEPTION,
      roles: READS_FINANCE,
      response: itemSchema,
      problems: { 404: ['unknown-exception'] },
      handle: async ({ params, user }) => {
        const [businessDate, storeId] = [dateOf(params), storeOf(params, user)];
        const item = (await closing.storeDay(businessDate, storeId))?.items.get(params['exception'] ?? '');
        if (!item) throw unknownException();
        const content = itemView({ businessDate, storeId, item }, closing.today);
        return { status: 200, content, version: item.version };
      },
    }),
    apiRoute({
      operationId: 'get-exception-history',
      summary: 'Every step of an exception',
      method: 'GET',
      path: `${EXCEPTION}/history`,
      roles: READS_FINANCE,
      query: z.strictObject({ ...paging }),
      response: paged(historySchema),
      problems: { 404: ['unknown-exception'] },
      handle: async ({ params, user, query, request }) => {
        const all = await closing.history(dateOf(params), storeOf(params, user), params['exception']);
        if (all.length === 0) throw unknownException();
        return { status: 200, content: pageOf(all, query.page, query.limit ?? 100, request.address) };
      },
    }),
  ];
}
