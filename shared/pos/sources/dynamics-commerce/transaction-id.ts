import type { BusinessDate } from '../../../ids.ts';
import type { Instant } from '../../../time.ts';
import { Quality, instantOf } from '../../enrich.ts';
import type { Store } from '../../store.ts';
import type { DynamicsHeader, TransactionKey } from './rows.ts';

/** The number alone comes again, so the date is a part of the id. */
export const transactionIdOf = (
  { operatingUnit, terminal, number }: Pick<TransactionKey, 'operatingUnit' | 'terminal' | 'number'>,
  businessDate: BusinessDate,
): string => [operatingUnit, terminal, businessDate, number].join('-');

/** When it was by the clock of the register. @returns undefined where the row holds no date. */
export function localTimeOf(
  { TransactionDate, TransactionTime: seconds }: Pick<DynamicsHeader, 'TransactionDate' | 'TransactionTime'>,
  store: Store | undefined,
  quality = new Quality(),
): Instant | undefined {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const time = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return instantOf(`${TransactionDate.slice(0, 10)}T${time}`, store, quality);
}
