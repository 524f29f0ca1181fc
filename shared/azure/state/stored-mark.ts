import { z } from 'zod';
import type { StoreState } from '../../one-effect/store-state.ts';
import { DAY_MS } from '../../time.ts';

/**
 * The mark row of a store's state, which names the format of all its rows.
 *
 * | Format | What it has |
 * |---|---|
 * | 1 | no `format`; log entries without scope and content, seen ids without fingerprints, a memory of four days |
 * | 2 | all of these; what format 1 has is still written, so its version can read it while both run |
 *
 * A version reads every format up to its own, and a later one as far as it has the fields of its own.
 */
const FORMAT = 2;

const whole = z.int();
const pairs = z.array(z.tuple([z.string(), z.number()]));
const storedMarkSchema = z.object({
  format: whole.min(1).default(1),
  marks: pairs,
  enqueuedMs: pairs.default([]),
  forgottenUntilMs: z.number().optional(),
  tally: z.object({
    folded: whole,
    duplicates: whole,
    conflicts: whole.default(0),
    tooOld: whole.default(0),
    alerts: whole.default(0),
  }),
  newestReceivedAtMs: z.number(),
  newestEventAtMs: z.number(),
  mostRecords: whole.min(0),
  nextSeenSegment: whole.min(0),
  nextLogSegment: whole.min(0),
  firstSeenSegment: whole.min(0),
  firstLogSegment: whole.min(0),
  header: z.unknown(),
});

export interface StoredMark<Header> extends Omit<z.output<typeof storedMarkSchema>, 'header'> {
  readonly header: Header;
  readonly forgottenUntilMs: number;
}

export function storedMark<Item, Effect, Header>(
  state: StoreState<Item, Effect, Header>,
): StoredMark<Header> {
  const { seen, effects } = state;
  return {
    format: FORMAT,
    marks: inOrder(state.marks),
    enqueuedMs: inOrder(state.enqueuedMs),
    forgottenUntilMs: state.forgottenUntilMs,
    tally: state.tally,
    newestReceivedAtMs: state.newestReceivedAtMs,
    newestEventAtMs: state.newestEventAtMs,
    mostRecords: state.mostRecords,
    nextSeenSegment: seen.nextNumber,
    nextLogSegment: effects.nextNumber,
    firstSeenSegment: seen.segments[0]?.number ?? seen.nextNumber,
    firstLogSegment: effects.segments[0]?.number ?? effects.nextNumber,
    header: state.header,
  };
}

/** @throws SyntaxError or ZodError for what is no mark. */
export function markOfStored<Header>(
  text: string,
  decodeHeader: (stored: unknown) => Header,
): StoredMark<Header> {
  const mark = storedMarkSchema.parse(JSON.parse(text));
  return { ...mark, header: decodeHeader(mark.header), forgottenUntilMs: forgottenUntilMs(mark) };
}

/** The first format forgot after four days, and did not say when it first did. */
const FORMER_MEMORY_MS = 4 * DAY_MS;
function forgottenUntilMs(mark: z.output<typeof storedMarkSchema>): number {
  if (mark.forgottenUntilMs !== undefined) return mark.forgottenUntilMs;
  return mark.firstSeenSegment === 0 ? 0 : mark.newestReceivedAtMs - FORMER_MEMORY_MS;
}

const inOrder = (map: ReadonlyMap<string, number>): [string, number][] =>
  [...map].sort(([one], [other]) => (one < other ? -1 : 1));
