import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { businessDateSchema } from '../../../ids.ts';
import { allOf, queryPath, textLiteral } from '../../../odata/query.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { addDays, DAY_MS, epochMsOf, HOUR_MS, SECOND_MS } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import { maybe } from '../payload.ts';
import type { HydrateContext, ListClient, ListedObject } from '../source.ts';
import { dynamicsCommerceHydration } from './hydrate.ts';
import { rowRules } from './row-rules.ts';
import { localTimeOf, transactionIdOf } from './transaction-id.ts';
import { isDrawer, isWithoutMoney } from './transaction-types.ts';

const part = z.string().min(1).max(60);
const rowSchema = z.object({
  dataAreaId: part,
  OperatingUnitNumber: part,
  Terminal: part,
  TransactionNumber: part,
  TransactionType: maybe(z.string().max(60)),
  TransactionStatus: maybe(z.string().max(60)),
  BusinessDate: z.string().max(40),
  TransactionDate: z.string().max(40),
  TransactionTime: z.int().min(0).max(86_400),
});
const pageSchema = z.object({
  value: z.array(rowSchema),
  '@odata.nextLink': maybe(z.string().max(4_000)),
});
type Row = z.infer<typeof rowSchema>;

/** Registers that were offline upload days later. */
const DAYS_BEFORE = 3;
const MAX_CURSOR = 1_900;

/**
 * Dynamics 365 Commerce: a store's transactions by their business date. Changes are not listed: change tracking of these
 * entities is overridden since 10.0.21. The date and those shortly before are listed, for registers that were offline.
 */
export const dynamicsCommerceList: ListClient = {
  access: dynamicsCommerceHydration,
  per: 'location',
  // The limit is shared with all who ask the environment; it answers 429 with Retry-After.
  pauseMs: SECOND_MS,
  reachMs: 90 * DAY_MS,
  async page({ location = '', businessDate, cursor }, api, context) {
    const query = queryPath({
      collection: 'RetailTransactions',
      select: Object.keys(rowSchema.shape),
      filter: allOf(
        `OperatingUnitNumber eq ${textLiteral(location)}`,
        // Dynamics writes a date as its noon in UTC.
        `BusinessDate ge ${addDays(businessDate, -DAYS_BEFORE)}T00:00:00Z`,
        `BusinessDate lt ${addDays(businessDate, 1)}T00:00:00Z`,
      ),
    });
    const answer = await api.get(cursor ?? `/data${query}`);
    const { value, '@odata.nextLink': link } = listAnswer(
      pageSchema,
      answer,
      "Dynamics' list of RetailTransactions",
    );
    const next = link === undefined ? undefined : pathOf(link);
    return {
      objects: value.flatMap((row) => listed(row, context)),
      ...(next === undefined ? {} : { next }),
    };
  },
};

/** The token goes to the environment alone, whatever a page names as the next one. @throws PermanentError `schema` */
function pathOf(link: string): string {
  const url = URL.canParse(link, 'https://environment.example/data/')
    ? new URL(link, 'https://environment.example/data/')
    : undefined;
  const path = url === undefined ? '' : `${url.pathname}${url.search}`;
  if (path.startsWith('/data/RetailTransactions?') && path.length <= MAX_CURSOR) return path;
  throw new PermanentError('schema', "The next page of Dynamics' list is no page of RetailTransactions", {
    where: '/@odata.nextLink',
  });
}

function listed(row: Row, context: HydrateContext): ListedObject[] {
  if (isWithoutMoney(row.TransactionType ?? '')) return [];
  const key = [row.dataAreaId, row.OperatingUnitNumber, row.Terminal, row.TransactionNumber];
  const object = { object: 'transaction', id: JSON.stringify(key), version: soldMs(row, context) };
  const businessDate = businessDateSchema.safeParse(row.BusinessDate.slice(0, 10));
  // It is asked for by itself, and its own fault is told there.
  if (!businessDate.success) return [{ ...object, transactions: [] }];
  const [, operatingUnit = '', terminal = '', number = ''] = scrub(key, {
    ...rowRules,
    pseudonymise: context.pseudonymise,
  }).value as string[];
  const id = transactionIdOf({ operatingUnit, terminal, number }, businessDate.data);
  const ofDate = { ...object, businessDate: businessDate.data };
  // Rows have no version, so whichever landed proves that its notice came.
  return isDrawer(row.TransactionType ?? '')
    ? [{ ...ofDate, transactions: [], events: [`dynamics-commerce:${id}`] }]
    : [{ ...ofDate, transactions: [{ transactionId: id, version: 1 }] }];
}

/** When it was sold is before every notice of it, so what a notice brings later supersedes what was fetched. */
function soldMs(row: Row, { catalog }: HydrateContext): number {
  const store = catalog.storeOfSource('dynamics-commerce', row.OperatingUnitNumber);
  const at = localTimeOf(row, store);
  // Where no store says its zone, the easternmost is taken.
  return at === undefined ? 1 : Math.max(1, epochMsOf(at) - (store === undefined ? 14 * HOUR_MS : 0));
}
