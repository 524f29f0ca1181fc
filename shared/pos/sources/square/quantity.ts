import { ownValue } from '../../../own-value.ts';
import { PermanentError } from '../../../errors.ts';
import { divideRounded, parseDecimal } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';

const DIGITS = 5;

/** Square's quantities have up to five decimals; ours are rounded to thousandths, and say so. @throws PermanentError `schema` */
export function quantityMilliOf(text: string, quality: Quality): number {
  const value = parseDecimal(text, DIGITS);
  if (value === undefined) throw new PermanentError('schema', 'A quantity is no decimal number');
  if (value % 100 !== 0) quality.flag('amount-rounded', 'quantity');
  return Number(divideRounded(BigInt(value), 100n));
}

const UNIT_OF: Readonly<Record<string, TransactionLine['unit']>> = {
  METRIC_KILOGRAM: 'kg',
  IMPERIAL_POUND: 'lb',
  METRIC_LITER: 'l',
  METRIC_METER: 'm',
};

/** Quantities in any other unit are counts of that unit. */
export function unitOf(
  measurement: { [unit in 'weight_unit' | 'volume_unit' | 'length_unit']?: string | undefined } | undefined,
): TransactionLine['unit'] {
  const name = measurement?.weight_unit ?? measurement?.volume_unit ?? measurement?.length_unit ?? '';
  return ownValue(UNIT_OF, name) ?? 'each';
}
