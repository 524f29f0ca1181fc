import { z } from 'zod';
import type { PlacedItem, StoredDay } from '../../../../shared/azure/workflow/workflow-store.ts';
import { businessDateSchema, storeIdSchema } from '../../../../shared/ids.ts';
import { ageBandOf, ageInDays, AGE_BANDS } from '../../../../shared/reconciliation/ageing.ts';
import { CATEGORIES, CLASSES } from '../../../../shared/reconciliation/exception.ts';
import type { Blocker } from '../../../../shared/workflow/blockers.ts';
import { HAPPENINGS } from '../../../../shared/workflow/history.ts';
import { ITEM_STATUSES } from '../../../../shared/workflow/item.ts';
import { PHASES } from '../../../../shared/workflow/store-day.ts';
import type { ListedDay } from '../../workflow/closing.ts';
import { etagOf } from './api-router.ts';

/** What the API answers with: schemas for its document, and how they are made from the state. */
const instant = z.iso.datetime();
const count = z.int().min(0);
const total = z
  .union([z.int(), z.string().regex(/^-?\d+$/)])
  .meta({ description: 'Minor units; digits as text beyond 2^53 - 1' });
const etag = z.string().meta({ description: 'For If-Match', examples: ['"v12"'] });
const phase = z.enum(PHASES);

const actorSchema = z.object({
  kind: z.enum(['person', 'rule', 'system']),
  id: z.string(),
  name: z.string(),
});
const signatureSchema = z.object({
  by: actorSchema,
  at: instant,
  version: count,
  text: z.string().optional(),
});
const changesSchema = z.object({
  cells: z.array(
    z.object({
      account: z.string(),
      currency: z.string(),
      posBefore: total,
      posAfter: total,
      ledgerBefore: total,
      ledgerAfter: total,
    }),
  ),
  documents: z.array(count).optional().meta({ description: 'POS documents before and after' }),
  ledgerEntries: z.array(count).optional().meta({ description: 'Ledger entries before and after' }),
  added: z.array(z.string()),
  changed: z.array(z.string()),
  gone: z.array(z.string()),
  omitted: count.meta({ description: 'Changes that are not listed' }),
  notes: z.array(z.string()),
});
const withdrawalSchema = z.object({
  at: instant,
  by: actorSchema,
  was: z.enum(['prepared', 'signed-off']),
  reason: z.string(),
  changes: changesSchema.optional(),
});
const countsSchema = z.object(
  Object.fromEntries(ITEM_STATUSES.map((status) => [status, count])) as Record<string, typeof count>,
);

export const storeDaySchema = z.object({
  businessDate: businessDateSchema,
  storeId: storeIdSchema,
  storeName: z.string().optional(),
  state: phase,
  etag: etag.optional().meta({ description: 'Absent while there is no report' }),
  unanswered: count,
  counts: countsSchema.optional(),
  prepared: signatureSchema.optional(),
  signedOff: signatureSchema.optional(),
  withdrawal: withdrawalSchema.optional(),
});

export const storeDayDetailSchema = storeDaySchema.extend({
  report: z.object({
    dataAsOf: z.string(),
    proofHolds: z.boolean(),
    isLeftOut: z.boolean(),
    missing: count,
    unexplained: count,
    documents: count.optional(),
    ledgerEntries: count.optional(),
    cellsOmitted: count,
    cells: z.array(
      z.object({
        account: z.string(),
        currency: z.string(),
        posMinor: total,
        ledgerMinor: total,
        explainedMinor: total,
      }),
    ),
  }),
  blockers: z.array(
    z.object({ code: z.string(), text: z.string(), itemIds: z.array(z.string()).optional() }),
  ),
});

export const itemSchema = z.object({
  businessDate: businessDateSchema,
  storeId: storeIdSchema,
  itemId: z.string(),
  exceptionId: z.string().meta({ description: 'As in report.json' }),
  etag,
  status: z.enum(ITEM_STATUSES),
  category: z.enum(CATEGORIES),
  class: z.enum(CLASSES),
  owner: z.string(),
  subject: z.string(),
  detail: z.string(),
  amountMinor: total,
  currency: z.string().optional(),
  ageDays: count,
  ageBand: z.enum(AGE_BANDS),
  assignee: z.string().optional(),
  reason: z.object({ code: z.string(), text: z.string(), by: actorSchema, at: instant }).optional(),
  comments: count,
  openedAt: instant,
  clearedAt: instant.optional(),
  reopened: count.meta({ description: 'How often it came back' }),
});

export const historySchema = z.object({
  sequence: count,
  at: instant,
  by: actorSchema,
  what: z.enum(HAPPENINGS),
  itemId: z.string().optional(),
  before: z.record(z.string(), z.unknown()),
  after: z.record(z.string(), z.unknown()),
  text: z.string().optional(),
});

export function storeDayView(
  { businessDate, storeId, phase: state, day }: ListedDay,
  storeName: string | undefined,
): object {
  return {
    businessDate,
    storeId,
    ...(storeName !== undefined && { storeName }),
    state,
    unanswered: day?.unanswered ?? 0,
    ...(day && { etag: etagOf(day.version), counts: day.counts }),
    ...(day?.prepared && { prepared: day.prepared }),
    ...(day?.signedOff && { signedOff: day.signedOff }),
    ...(day?.withdrawal && { withdrawal: day.withdrawal }),
  };
}

export function storeDayDetail(
  { day }: StoredDay,
  storeName: string | undefined,
  blockers: readonly Blocker[],
) {
  const { reportId: _reportId, inputs: _inputs, cellsDigest: _digest, ...report } = day.report;
  const listed = { businessDate: day.businessDate, storeId: day.storeId, phase: day.phase, day };
  return { ...storeDayView(listed, storeName), report, blockers };
}

export function itemView({ businessDate, storeId, item }: PlacedItem, today: string) {
  const { version, fingerprint: _fingerprint, isMoney: _isMoney, isForPerson: _isForPerson, ...shown } = item;
  const ageDays = ageInDays(businessDate, today);
  return { businessDate, storeId, ...shown, etag: etagOf(version), ageDays, ageBand: ageBandOf(ageDays) };
}
