import { z } from 'zod';
import { DATED_SUBJECTS, DAY_SUBJECTS, type DayTally } from './day-tally.ts';
import type { SequenceRun } from './sequence-run.ts';
import { addSums, type Shift } from './shift.ts';
import { EVENTS } from './shift-view.ts';
import type { TillEffect, TillRecord } from './till-book.ts';

/**
 * How shifts and their effects are stored. The first format had a field for each sum and each rule; these names are still
 * written, so the version before this one can read what this one wrote, also while both run. What the first format
 * has no field for is in `sums`, `evidence` and `said`, which that version keeps as they are.
 */
const FLAT_SUMS = [
  'transactions',
  'cashMinor',
  'paidInMinor',
  'paidOutMinor',
  'droppedMinor',
  'floatAddedMinor',
  'noSaleOpenings',
  'refundsWithoutReceipt',
  'refundsWithoutReceiptMinor',
] as const;
const FLAT_EVIDENCE = {
  noSaleEvidence: 'no-sale-openings',
  refundEvidence: 'refund-without-receipt',
} as const;
const FLAT_RAISED = { noSaleRaised: 'no-sale-openings', refundRaised: 'refund-without-receipt' } as const;

const sums = z.record(z.string(), z.int());
const evidence = z.array(
  z.object({ eventId: z.string(), transactionId: z.string().optional(), occurredAt: z.string() }),
);
const rank = { version: z.int(), atMs: z.number(), eventId: z.string().optional() };
const zero = z.int().default(0);
const saids = z.record(z.string(), z.object({ value: z.int(), revision: z.int() }));

const storedShift = z.looseObject({
  tillId: z.string(),
  shiftId: z.string().optional(),
  businessDate: z.string(),
  currency: z.string(),
  transactions: zero,
  cashMinor: zero,
  paidInMinor: zero,
  paidOutMinor: zero,
  droppedMinor: zero,
  floatAddedMinor: zero,
  noSaleOpenings: zero,
  refundsWithoutReceipt: zero,
  refundsWithoutReceiptMinor: zero,
  noSaleEvidence: evidence.default([]),
  refundEvidence: evidence.default([]),
  noSaleRaised: z.literal(true).optional(),
  refundRaised: z.literal(true).optional(),
  cashVerdict: z.object({ differenceMinor: z.int(), revision: z.int() }).optional(),
  opening: z.object({ ...rank, floatMinor: z.int() }).optional(),
  zReport: z.object({ ...rank, receipts: z.int(), grossMinor: z.int().optional() }).optional(),
  closing: z
    .object({
      ...rank,
      evidence: evidence.element,
      countedMinor: z.int(),
      tillExpectedMinor: z.int().optional(),
    })
    .optional(),
  openings: z.int().optional(),
  sums: sums.default({}),
  evidence: z.record(z.string(), evidence).default({}),
  said: saids.default({}),
  otherDates: z.array(z.string()).default([]),
  newestAtMs: z.number(),
});

const storedRun = z.object({
  tillId: z.string(),
  scope: z.string(),
  businessDate: z.string(),
  ranges: z.array(z.tuple([z.int(), z.int(), z.number(), z.number()])),
  isNoRun: z.boolean().default(false),
  /** The said of the rule that was alone first. */
  saidMissing: zero,
  revision: zero,
  said: saids.default({}),
  newestAtMs: z.number(),
});
const FIRST_OF_NUMBERS = 'sequence-gap';

/**
 * The version before knows the days of operators and tills alone, and must be able to read and keep every record. So a
 * trail is stored as the day of a till whose id names the trail; a till whose own id looks like that gets a second tilde.
 */
const TRAIL = /^~(?!~)([a-z-]+) /;

const storedDay = z.object({
  subject: z.enum(DATED_SUBJECTS),
  id: z.string(),
  businessDate: z.string(),
  currency: z.string(),
  sums,
  evidence: z.record(z.string(), evidence).default({}),
  said: saids.default({}),
  newestAtMs: z.number(),
});

export function storedRecord(record: TillRecord): unknown {
  if ('ranges' in record) return storedRunOf(record);
  return 'subject' in record ? storedDayOf(record) : storedOf(record);
}

/** @throws ZodError for what is no such record. */
export function recordOfStored(stored: unknown): TillRecord {
  if (typeof stored !== 'object' || stored === null) return shiftOfStored(stored);
  if ('ranges' in stored) return runOfStored(stored);
  return 'subject' in stored ? dayOfStored(stored) : shiftOfStored(stored);
}

function dayOfStored(stored: unknown): DayTally {
  const day = storedDay.parse(stored);
  const trail = TRAIL.exec(day.id);
  const subject = DAY_SUBJECTS.find((one) => one === trail?.[1]);
  const named =
    trail && subject
      ? { subject, id: day.id.slice(trail[0].length) }
      : { id: day.id.startsWith('~~') ? day.id.slice(1) : day.id };
  return { ...day, ...named } as unknown as DayTally;
}

function storedRunOf({ said, ...run }: SequenceRun): unknown {
  const { value = 0, revision = 0 } = said[FIRST_OF_NUMBERS] ?? {};
  const more = without(said, [FIRST_OF_NUMBERS]);
  const isPlain = Object.keys(more).length === 0;
  return { ...run, saidMissing: value, revision, ...(isPlain ? {} : { said: more }) };
}

function runOfStored(stored: unknown): SequenceRun {
  const { saidMissing: value, revision, said, ...run } = storedRun.parse(stored);
  const first = revision === 0 ? {} : { [FIRST_OF_NUMBERS]: { value, revision } };
  return { ...run, said: { ...said, ...first } } as unknown as SequenceRun;
}

const isTrail = ({ subject }: DayTally): boolean => subject !== 'operator-day' && subject !== 'till-day';

const storedDayOf = (day: DayTally): unknown => ({
  ...day,
  ...(isTrail(day) ? { subject: 'till-day', id: `~${day.subject} ${day.id}` } : {}),
  ...(!isTrail(day) && day.id.startsWith('~') ? { id: `~${day.id}` } : {}),
  sums: without(day.sums, []),
  evidence: without(day.evidence, []),
  said: without(day.said, []),
});

function storedOf(shift: Shift): Record<string, unknown> {
  const { sums: all, evidence: events, said, opening, closing, zReport, ...rest } = shift;
  const stored: Record<string, unknown> = { ...rest };
  for (const name of FLAT_SUMS) stored[name] = all[name] ?? 0;
  for (const [name, kind] of Object.entries(FLAT_EVIDENCE)) stored[name] = events[kind] ?? [];
  for (const [name, kind] of Object.entries(FLAT_RAISED)) if (said[kind]) stored[name] = true;
  const cash = said['cash-over-short'];
  if (cash) stored['cashVerdict'] = { differenceMinor: cash.value, revision: cash.revision };
  if (opening) stored['opening'] = opening;
  if (closing) stored['closing'] = closing;
  if (zReport) stored['zReport'] = zReport;
  stored['sums'] = without(all, FLAT_SUMS);
  stored['evidence'] = without(events, Object.values(FLAT_EVIDENCE));
  stored['said'] = without(said, [...Object.values(FLAT_RAISED), 'cash-over-short']);
  return stored;
}

function shiftOfStored(given: unknown): Shift {
  const stored = storedShift.parse(given);
  const flat: Record<string, number> = { ...stored.sums };
  for (const name of FLAT_SUMS) if (stored[name] !== 0) flat[name] = stored[name];
  const events = { ...stored.evidence };
  for (const [name, kind] of Object.entries(FLAT_EVIDENCE)) {
    const named = stored[name as keyof typeof FLAT_EVIDENCE];
    if (named.length > 0) events[kind] = named;
  }
  const said = { ...stored.said };
  for (const [name, kind] of Object.entries(FLAT_RAISED)) {
    if (stored[name as keyof typeof FLAT_RAISED]) said[kind] = { value: 1, revision: 1 };
  }
  const cash = stored.cashVerdict;
  if (cash) said['cash-over-short'] = { value: cash.differenceMinor, revision: cash.revision };
  const { tillId, shiftId, businessDate, currency, opening, closing, otherDates, newestAtMs } = stored;
  return {
    tillId,
    shiftId,
    businessDate,
    currency,
    sums: flat,
    ...(opening ? { opening } : {}),
    ...(closing ? { closing } : {}),
    ...(stored.zReport ? { zReport: stored.zReport } : {}),
    openings: stored.openings ?? (opening ? 1 : 0),
    evidence: events,
    said,
    otherDates,
    newestAtMs,
  } as unknown as Shift;
}

const storedEffectSchema = z.object({
  shift: z.string(),
  cashMinor: zero,
  refundMinor: zero,
  counts: zero,
  more: sums.optional(),
  days: z.array(z.tuple([z.string(), sums])).optional(),
});

export function storedEffect({ shift, sums: all, days }: TillEffect): unknown {
  const more = without(all, [
    'cashMinor',
    'transactions',
    'refundsWithoutReceipt',
    'refundsWithoutReceiptMinor',
    EVENTS,
  ]);
  const isPlain = Object.keys(more).length === 0 && all[EVENTS] === all['transactions'];
  return {
    shift,
    cashMinor: all['cashMinor'] ?? 0,
    refundMinor: all['refundsWithoutReceiptMinor'] ?? 0,
    counts: all['transactions'] ?? 0,
    ...(isPlain ? {} : { more: { ...more, [EVENTS]: all[EVENTS] ?? 0 } }),
    ...(days ? { days } : {}),
  };
}

/** @throws ZodError for what is no such effect. */
export function effectOfStored(given: unknown): TillEffect {
  const { shift, cashMinor, refundMinor, counts, more, days } = storedEffectSchema.parse(given);
  const all: Record<string, number> = {};
  const refunds = refundMinor === 0 ? 0 : 1;
  addSums(all, { ...more, transactions: counts, cashMinor, refundsWithoutReceipt: refunds });
  addSums(all, { refundsWithoutReceiptMinor: refundMinor, ...(more ? {} : { [EVENTS]: counts }) });
  return { shift, sums: all, ...(days ? { days } : {}) };
}

function without<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  // Sorted, so the stored row does not depend on the order in which names first occurred.
  const kept = Object.entries(all).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}
