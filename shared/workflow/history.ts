import type { Instant } from '../time.ts';
import type { Actor } from './actor.ts';

/** What happened, in the order of a day's life. */
export const HAPPENINGS = [
  'reported',
  'opened',
  'changed',
  'cleared',
  'reopened',
  'assigned',
  'commented',
  'explained',
  'accepted',
  'taken-back',
  'prepared',
  'signed-off',
  'withdrawn',
  'reopened-day',
] as const;
type Happening = (typeof HAPPENINGS)[number];

/**
 * One step, never altered and never deleted: who, when, and what was before and after. Of a store's day the steps are
 * numbered from 1 without a gap.
 */
export interface HistoryEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly by: Actor;
  readonly what: Happening;
  /** Undefined where it is about the day as a whole. */
  readonly itemId?: string | undefined;
  /** The fields that changed, as they were and as they are. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  /** What a person wrote, without card numbers. */
  readonly text?: string | undefined;
}

/** The fields in which two states differ. */
export function differenceOf<T extends object>(
  before: Partial<T> | undefined,
  after: T,
  names: readonly (keyof T & string)[],
): Pick<HistoryEntry, 'before' | 'after'> {
  const old: Record<string, unknown> = {};
  const now: Record<string, unknown> = {};
  for (const name of names) {
    const [one, other] = [before?.[name], after[name]];
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    if (one !== undefined) old[name] = one;
    if (other !== undefined) now[name] = other;
  }
  return { before: old, after: now };
}
