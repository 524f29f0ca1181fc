import { PermanentError } from '../../../errors.ts';
import type { BusinessDate, StoreId } from '../../../ids.ts';
import { businessDateSchema } from '../../../ids.ts';
import type { Currency } from '../../../money.ts';
import type { Instant } from '../../../time.ts';
import { businessDateFor, instantOf, type Quality } from '../../enrich.ts';
import type { Store } from '../../store.ts';
import { fineOf, isWholeMinor, minorOfFine } from '../fine-amounts.ts';
import type { ReadContext } from '../source.ts';
import type { ToastCheck, ToastOrder } from './order-schema.ts';

/** A check of an order, with what is needed to read it. */
export interface CheckContext {
  readonly order: ToastOrder;
  readonly check: ToastCheck;
  readonly currency: Currency;
  readonly store: Store;
  readonly storeId: StoreId;
  readonly version: number;
  readonly quality: Quality;
  readonly context: ReadContext;
}

type Amount = string | number | undefined;

/** An amount that is finer than the currency; what is missing is no zero where it says what was sold. */
export const fine = (value: Amount, where: string): bigint =>
  value === undefined ? 0n : fineOf(value, where);

/** An amount that was paid or is stated as a whole: it has no more decimals than the currency, or it is said. */
export function minor(value: Amount, where: string, { currency, quality }: CheckContext): number {
  const exact = fine(value, where);
  if (!isWholeMinor(exact, currency)) quality.flag('amount-rounded', where);
  return minorOfFine(exact, currency);
}

/** Toast writes offsets without a colon: `2026-03-02T12:00:00.000+0000`. */
export function instantAt(
  time: string | undefined,
  { store, quality }: Pick<CheckContext, 'store' | 'quality'>,
): Instant | undefined {
  return instantOf((time ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'), store, quality);
}

/** A date that Toast writes as a number, else the day of the time. @throws PermanentError `schema` for a number that is no date. */
export function dateOf(
  given: number | undefined,
  at: Instant,
  where: string,
  { store, quality }: CheckContext,
): BusinessDate {
  if (given === undefined) return businessDateFor(undefined, at, store, quality);
  const digits = String(given).padStart(8, '0');
  const parsed = businessDateSchema.safeParse(
    `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`,
  );
  if (parsed.success) return parsed.data;
  throw new PermanentError('schema', 'is no date', { where });
}
