import { z } from 'zod';
import { businessDateSchema } from '../../../../shared/ids.ts';
import { PHASES, type Phase } from '../../../../shared/workflow/store-day.ts';
import { READS_FINANCE } from '../access.ts';
import { apiRoute, type ApiRoute } from './api-route.ts';
import { API_ROOT } from './api-router.ts';
import { historySchema, storeDayDetailSchema, storeDaySchema, storeDayView } from './views.ts';
import {
  type CloseApiParts,
  DAY,
  STORE_DAY,
  paging,
  paged,
  dayAnswer,
  dateOf,
  storeOf,
  isSeen,
  pageOf,
  unknownDay,
} from './close-parts.ts';

export function dayRoutes(parts: CloseApiParts): ApiRoute[] {
  const { closing, stores } = parts;
  return [
    ...storeDayRoutes(parts),
    apiRoute({
      operationId: 'list-days',
      summary: 'Business dates with data, newest first, and how far their stores are',
      method: 'GET',
      path: `${API_ROOT}/days`,
      roles: READS_FINANCE,
      query: z.strictObject({
        page: paging.page,
        limit: z.int().min(1).max(31).optional().describe('Dates of a page; 14 without it.'),
      }),
      response: paged(
        z.object({
          businessDate: businessDateSchema,
          stores: z.int(),
          states: z.partialRecord(z.enum(PHASES), z.int()),
          unanswered: z.int(),
        }),
      ),
      handle: async ({ query, user, request }) => {
        const dates = await closing.dates();
        const shown = pageOf(dates, query.page, query.limit ?? 14, request.address);
        const items = [];
        for (const businessDate of shown.items) {
          const days = (await closing.storesOf(businessDate)).filter(({ storeId }) => isSeen(user, storeId));
          const states: Partial<Record<Phase, number>> = {};
          for (const { phase } of days) states[phase] = (states[phase] ?? 0) + 1;
          const unanswered = days.reduce((sum, { day }) => sum + (day?.unanswered ?? 0), 0);
          items.push({ businessDate, stores: days.length, states, unanswered });
        }
        return { status: 200, content: { ...shown, items } };
      },
    }),
    apiRoute({
      operationId: 'list-store-days',
      summary: "The stores' days of a business date",
      method: 'GET',
      path: `${DAY}/stores`,
      roles: READS_FINANCE,
      query: z.strictObject({ state: z.enum(PHASES).optional(), ...paging }),
      response: paged(storeDaySchema),
      handle: async ({ params, query, user, request }) => {
        const lookup = await stores();
        const days = (await closing.storesOf(dateOf(params))).filter(
          ({ storeId, phase }) =>
            isSeen(user, storeId) && (query.state === undefined || phase === query.state),
        );
        const shown = pageOf(days, query.page, query.limit ?? 100, request.address);
        const items = shown.items.map((day) => storeDayView(day, lookup.nameOf(day.storeId)));
        return { status: 200, content: { ...shown, items } };
      },
    }),
  ];
}

function storeDayRoutes({ closing, stores }: CloseApiParts): ApiRoute[] {
  return [
    apiRoute({
      operationId: 'get-store-day',
      summary: "A store's day: its state, its totals, and what stands in the way of the next step",
      method: 'GET',
      path: STORE_DAY,
      roles: READS_FINANCE,
      response: storeDayDetailSchema,
      problems: { 404: ['unknown-day'] },
      handle: async ({ params, user }) => dayAnswer({ closing, stores }, params, user),
    }),
    apiRoute({
      operationId: 'get-store-day-history',
      summary: "Every step of a store's day and of its exceptions",
      method: 'GET',
      path: `${STORE_DAY}/history`,
      roles: READS_FINANCE,
      query: z.strictObject({ ...paging }),
      response: paged(historySchema),
      problems: { 404: ['unknown-day'] },
      handle: async ({ params, user, query, request }) => {
        const all = await closing.history(dateOf(params), storeOf(params, user));
        if (all.length === 0) throw unknownDay();
        return { status: 200, content: pageOf(all, query.page, query.limit ?? 100, request.address) };
      },
    }),
  ];
}
