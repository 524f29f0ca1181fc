import { z } from 'zod';
import { businessDateSchema, storeIdSchema } from '../../../../shared/ids.ts';
import { dayCommandSchema, itemCommandSchema } from '../../../../shared/workflow/commands.ts';
import { REFUSALS } from '../../../../shared/workflow/decide.ts';
import { itemFilterSchema } from '../../../../shared/workflow/filter.ts';
import { MAX_BULK } from '../../workflow/bulk.ts';
import { ApiProblem, apiRoute, type ApiRoute } from './api-route.ts';
import { API_ROOT } from './api-router.ts';
import { itemSchema, itemView, storeDayDetailSchema } from './views.ts';
import {
  type CloseApiParts,
  WORKS_ON_DAYS,
  STORE_DAY,
  EXCEPTION,
  dayAnswer,
  doneOrProblem,
  actorOrProblem,
  dateOf,
  storeOf,
  repeatHeaders,
  unknownException,
  keyReused,
} from './close-parts.ts';

const ACT_PROBLEMS = { 409: REFUSALS, 412: ['changed'], 422: ['key-reused'] };

const bulkSchema = z.strictObject({
  filter: itemFilterSchema,
  command: itemCommandSchema,
  expected: z
    .int()
    .min(0)
    .optional()
    .describe(
      'How many exceptions you have seen that it concerns. Without it nothing changes, and the answer says how many.',
    ),
});
const skippedSchema = z.object({
  businessDate: businessDateSchema,
  storeId: storeIdSchema,
  itemId: z.string(),
  code: z.string(),
  text: z.string(),
});

export function actionRoutes(parts: CloseApiParts): ApiRoute[] {
  const { closing } = parts;
  return [
    apiRoute({
      operationId: 'act-on-store-day',
      summary: "Prepares, signs off, reopens or comments a store's day",
      method: 'POST',
      path: `${STORE_DAY}/actions`,
      roles: WORKS_ON_DAYS,
      needsVersion: true,
      body: dayCommandSchema,
      response: storeDayDetailSchema,
      problems: { 404: ['unknown-day'], ...ACT_PROBLEMS },
      handle: async ({ params, user, body, key, version = 0 }) => {
        const asked = {
          businessDate: dateOf(params),
          storeId: storeOf(params, user),
          command: body,
          version,
          key,
        };
        const result = await closing.act(asked, actorOrProblem(user));
        const headers = repeatHeaders(
          doneOrProblem(result, result.kind === 'changed' ? result.record.day.version : 0),
        );
        return { ...(await dayAnswer(parts, params, user)), headers };
      },
    }),
    apiRoute({
      operationId: 'act-on-exception',
      summary: 'Assigns, comments, explains or accepts an exception, or takes that back',
      method: 'POST',
      path: `${EXCEPTION}/actions`,
      roles: WORKS_ON_DAYS,
      needsVersion: true,
      body: itemCommandSchema,
      response: itemSchema,
      problems: { 404: ['unknown-day', 'unknown-exception'], ...ACT_PROBLEMS },
      handle: async ({ params, user, body, key, version = 0 }) => {
        const [businessDate, storeId] = [dateOf(params), storeOf(params, user)];
        const itemId = params['exception'] ?? '';
        const asked = { businessDate, storeId, itemId, command: body, version, key };
        const result = await closing.act(asked, actorOrProblem(user));
        const current = 'record' in result ? result.record.items.get(itemId) : undefined;
        const done = doneOrProblem(result, current?.version ?? 0);
        if (!current) throw unknownException();
        const content = itemView({ businessDate, storeId, item: current }, closing.today);
        return { status: 200, content, version: current.version, headers: repeatHeaders(done) };
      },
    }),
    bulkRoute(parts),
  ];
}

function bulkRoute({ closing }: CloseApiParts): ApiRoute {
  return apiRoute({
    operationId: 'act-on-exceptions',
    summary: `One command for every exception that a filter finds, at most ${MAX_BULK}`,
    method: 'POST',
    path: `${API_ROOT}/exceptions/bulk`,
    roles: WORKS_ON_DAYS,
    body: bulkSchema,
    response: z.object({
      matched: z.int(),
      totals: z.record(z.string(), z.string()).optional(),
      changed: z.int(),
      skipped: z.array(skippedSchema),
    }),
    problems: { 409: ['count-differs'], 422: ['key-reused', 'too-many'] },
    handle: async ({ user, body, key }) => {
      const result = await closing.bulk({ ...body, expected: body.expected, key }, actorOrProblem(user));
      if (result.kind === 'key-reused') throw keyReused();
      if (result.kind === 'too-many')
        throw new ApiProblem(
          422,
          'too-many',
          `The filter finds ${result.matched} exceptions, and ${MAX_BULK} are the most. Narrow it.`,
          { matched: result.matched },
        );
      const { kind, ...content } = result;
      if (result.kind === 'count-differs')
        throw new ApiProblem(
          409,
          'count-differs',
          `The filter finds ${result.matched} exceptions by now. Look at them, and send that number.`,
          content,
        );
      return {
        status: 200,
        content: kind === 'counted' ? { ...content, changed: 0, skipped: [] } : content,
      };
    },
  });
}
