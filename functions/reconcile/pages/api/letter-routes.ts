import { z } from 'zod';
import { isLetterName, type DeadLetterStore } from '../../../../shared/azure/dead-letter-store.ts';
import type { LetterLog } from '../../../../shared/azure/letter-log.ts';
import type { LetterOrders, SettledOrder } from '../../../../shared/azure/letter-orders.ts';
import { toInstant, type Clock } from '../../../../shared/time.ts';
import { findLetters } from '../../letters/find-letters.ts';
import {
  MAX_AT_ONCE,
  MAX_READ,
  orderLetter,
  orderLetters,
  type Orderer,
} from '../../letters/order-letters.ts';
import { READS_OPERATIONS } from '../access.ts';
import { whoActs } from '../actor-of.ts';
import type { Principal } from '../principal.ts';
import { OPERATIONS_API_ROOT } from './api-router.ts';
import { ApiProblem, apiRoute, type ApiAnswer, type ApiCall, type ApiRoute } from './api-route.ts';
import {
  filterFields,
  letterSchema,
  orderSchema,
  orderedView,
  reason,
  summaryOf,
  summarySchema,
} from './letter-views.ts';
import { keyReused, pageOf, paged, paging, repeatHeaders } from './close-parts.ts';

export interface LetterParts {
  readonly store: Pick<DeadLetterStore, 'newest' | 'see'>;
  readonly log: Pick<LetterLog, 'of'>;
  readonly orders: LetterOrders;
  readonly clock: Clock;
}

const LETTERS = `${OPERATIONS_API_ROOT}/letters`;
const LETTER = `${LETTERS}/{stage}/{letter}`;

export function letterRoutes(parts: LetterParts): ApiRoute[] {
  return [listRoute(parts), showRoute(parts), ...oneRoutes(parts), bulkRoute(parts), orderRoute(parts)];
}

function listRoute({ store }: LetterParts): ApiRoute {
  return apiRoute({
    operationId: 'list-letters',
    summary: 'Dead letters by filter, the newest first',
    method: 'GET',
    path: LETTERS,
    roles: READS_OPERATIONS,
    query: z.strictObject({ ...filterFields, ...paging }),
    response: paged(summarySchema).extend({
      unread: z.int().describe(`Older letters that the filter was not tried on: ${MAX_READ} are.`),
    }),
    handle: async ({ query: { page, limit = 100, ...filter }, request }) => {
      const { found, unread } = await findLetters(store, filter, MAX_READ);
      const shown = pageOf(found, page, limit, request.address);
      return { status: 200, content: { ...shown, items: shown.items.map(summaryOf), unread } };
    },
  });
}

function showRoute({ store, log }: LetterParts): ApiRoute {
  return apiRoute({
    operationId: 'get-letter',
    summary: 'One dead letter as it is kept, and what was done with it',
    method: 'GET',
    path: LETTER,
    roles: READS_OPERATIONS,
    response: letterSchema,
    problems: { 404: ['unknown-letter'] },
    handle: async ({ params }) => {
      const name = nameOf(params);
      const [seen, deeds] = await Promise.all([store.see(name), log.of(name)]);
      if (!seen) throw unknownLetter();
      const summary = summaryOf({ name, ...seen });
      return { status: 200, content: { ...summary, payload: seen.letter.payload, deeds }, etag: seen.etag };
    },
  });
}

/** Each takes the ETag of the letter that was looked at, so nobody acts on one that has died again meanwhile. */
function oneRoutes(parts: LetterParts): ApiRoute[] {
  const common = {
    method: 'POST',
    roles: READS_OPERATIONS,
    needsEtag: true,
    success: 202,
    response: orderSchema,
    problems: { 404: ['unknown-letter'], 409: ['no-way-back'], 412: ['changed'], 422: ['key-reused'] },
  } as const;
  return [
    apiRoute({
      ...common,
      operationId: 'replay-letter',
      summary:
        'Orders that a letter is replayed; where a person has to decide, this is the decision that it counts',
      path: `${LETTER}/replay`,
      body: z.strictObject({ reason }),
      handle: (call) => ordered(parts, call, { action: 'replay', reason: call.body.reason }),
    }),
    apiRoute({
      ...common,
      operationId: 'edit-letter',
      summary:
        'Orders that the payload of a letter is replaced, and the letter replayed where `replay` says so',
      path: `${LETTER}/edit`,
      body: z.strictObject({
        reason,
        payload: z
          .string()
          .min(1)
          .max(90_000)
          .refine((value) => value.isWellFormed()),
        replay: z.boolean().optional(),
      }),
      problems: { ...common.problems, 422: ['key-reused', 'edit-refused'] },
      handle: (call) => {
        const { reason: why, payload, replay } = call.body;
        return ordered(parts, call, { action: 'edit', reason: why, payload, thenReplay: replay });
      },
    }),
    apiRoute({
      ...common,
      operationId: 'discard-letter',
      summary: 'Orders that a letter is put away; nothing is deleted',
      path: `${LETTER}/discard`,
      body: z.strictObject({ reason }),
      handle: (call) => ordered(parts, call, { action: 'discard', reason: call.body.reason }),
    }),
  ];
}

async function ordered(
  parts: LetterParts,
  call: ApiCall,
  asked: Parameters<typeof orderLetter>[3],
): Promise<ApiAnswer> {
  const result = await orderLetter(
    parts,
    nameOf(call.params),
    call.etag ?? '',
    asked,
    ordererOf(parts, call),
  );
  switch (result.kind) {
    case 'ordered':
      return answerOf(result);
    case 'key-reused':
      throw keyReused();
    case 'unknown':
      throw unknownLetter();
    case 'changed':
      throw new ApiProblem(
        412,
        'changed',
        'The letter has changed or died again since you have seen it. Read it again, and decide again.',
        {},
        undefined,
        result.etag,
      );
    default: {
      const { code, text: why, where } = result;
      throw new ApiProblem(
        code === 'no-way-back' ? 409 : 422,
        code,
        why,
        where === undefined ? {} : { where },
      );
    }
  }
}

function bulkRoute(parts: LetterParts): ApiRoute {
  return apiRoute({
    operationId: 'act-on-letters',
    summary: `Orders one action for every letter that a filter finds, at most ${MAX_AT_ONCE}; without \`expected\` it only counts`,
    method: 'POST',
    path: `${LETTERS}/bulk`,
    roles: READS_OPERATIONS,
    success: 202,
    body: z.strictObject({
      action: z.enum(['replay', 'discard']),
      filter: z
        .strictObject(filterFields)
        .refine(
          (filter) => Object.values(filter).some((value) => value !== undefined),
          'must name something',
        ),
      expected: z.int().min(1).max(MAX_AT_ONCE).optional(),
      reason,
    }),
    response: orderSchema.partial().extend({
      matched: z.int(),
      forPerson: z
        .int()
        .optional()
        .describe('Letters that fit but that a person decides one by one, or that have no way back.'),
    }),
    problems: { 409: ['count-differs'], 422: ['key-reused', 'too-many'] },
    handle: async (call) => {
      const { action, filter, expected, reason: why } = call.body;
      const asked = { action, reason: why } as const;
      const result = await orderLetters(parts, filter, expected, asked, ordererOf(parts, call));
      if (result.kind === 'key-reused') throw keyReused();
      if (result.kind === 'too-many')
        throw new ApiProblem(
          422,
          'too-many',
          `The filter finds ${result.matched} letters, and ${MAX_AT_ONCE} are the most. Narrow it.`,
          {
            matched: result.matched,
          },
        );
      if (result.kind === 'count-differs')
        throw new ApiProblem(
          409,
          'count-differs',
          `The filter finds ${result.matched} letters by now. Look at them, and send that number.`,
          { matched: result.matched },
        );
      if (result.kind === 'counted')
        return { status: 200, content: { matched: result.matched, forPerson: result.forPerson } };
      const answer = answerOf(result);
      return { ...answer, content: { ...(answer.content as object), matched: result.letters.length } };
    },
  });
}

function orderRoute({ orders }: LetterParts): ApiRoute {
  return apiRoute({
    operationId: 'get-order',
    summary: 'What became of an order',
    method: 'GET',
    path: `${OPERATIONS_API_ROOT}/orders/{order}`,
    roles: READS_OPERATIONS,
    response: orderSchema,
    problems: { 404: ['unknown-order'] },
    handle: async ({ params }) => {
      const id = params['order'] ?? '';
      const letters = /^[0-9a-f]{32}$/.test(id) ? await orders.of(id) : [];
      if (letters.length === 0) throw new ApiProblem(404, 'unknown-order', 'There is no such order.');
      return { status: 200, content: { order: id, letters: letters.map(orderedView) } };
    },
  });
}

function answerOf(result: { order: string; letters: readonly SettledOrder[]; isRepeat: boolean }): ApiAnswer {
  return {
    status: 202,
    content: { order: result.order, letters: result.letters.map(orderedView) },
    headers: { location: `${OPERATIONS_API_ROOT}/orders/${result.order}`, ...repeatHeaders(result) },
  };
}

/** @throws ApiProblem for what is no letter, such as a copy of one or something spilled. */
function nameOf(params: Readonly<Record<string, string>>): string {
  const name = `${params['stage']}/${params['letter']}`;
  if (!isLetterName(name)) throw unknownLetter();
  return name;
}

const unknownLetter = (): ApiProblem =>
  new ApiProblem(
    404,
    'unknown-letter',
    'There is no such letter any more. It may have been replayed or discarded.',
  );

function ordererOf({ clock }: LetterParts, { user, key }: { user: Principal; key: string }): Orderer {
  const who = whoActs(user);
  if (!who)
    throw new ApiProblem(
      403,
      'no-identity',
      'The sign-in says no object id, by which people are told apart. Ask IT.',
    );
  return { id: who.by.id, name: who.by.name, at: toInstant(clock()), key };
}
