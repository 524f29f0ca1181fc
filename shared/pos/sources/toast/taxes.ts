import { cutText } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import { MAX_CODE_LENGTH, type TransactionEvent } from '../../event.ts';
import { minorOfFine, spreadFine, sumFine } from '../fine-amounts.ts';
import { fine, minor, type CheckContext } from './check.ts';
import type { ToastTaxRate } from './order-schema.ts';

type Tax = NonNullable<TransactionEvent['taxes']>[number];

export interface CheckTaxes {
  readonly taxes: readonly Tax[];
  readonly taxMinor: number;
  /** Tax that the guest paid and a marketplace remits: it is neither our revenue nor our debt. */
  readonly facilitatorMinor: number;
}

interface Applied {
  readonly rate: ToastTaxRate;
  readonly amount: bigint;
  readonly taxable: bigint;
}

/** Taxes of a check by their names. Those of a selection are finer than a cent: they are rounded once for the check. */
export function taxesOf(scope: CheckContext): CheckTaxes {
  const { check, currency, quality } = scope;
  const statedMinor = minor(check.taxAmount, '/checks/taxAmount', scope);
  // Whether the taxes of a selection hold those of its modifiers is not said: whichever adds up is meant.
  const outer = appliedTaxes(scope, false);
  const nested = [...outer, ...appliedTaxes(scope, true)];
  const totalOf = (applied: readonly Applied[]): number =>
    minorOfFine(sumFine(applied.map(({ amount }) => amount)), currency);
  const isOwn = ({ rate }: Applied): boolean => rate.facilitatorCollectAndRemitTax !== true;
  const fits = (applied: readonly Applied[]): boolean => totalOf(applied) === statedMinor;
  const readings = [outer, nested].flatMap((all) => [all, all.filter(isOwn)]);
  const found = readings.find(fits);
  const facilitators = (found ?? outer).filter((one) => !isOwn(one));
  const facilitatorMinor = totalOf(facilitators);
  const own = (found ?? outer).filter(isOwn);
  const taxMinor = statedMinor - facilitatorMinor;
  if (found === undefined)
    quality.flag(outer.length === 0 ? 'tax-unknown' : 'totals-disagree', '/checks/taxAmount');
  return { taxes: byName(own, taxMinor, scope), taxMinor, facilitatorMinor };
}

function appliedTaxes({ check }: CheckContext, ofModifiers: boolean): Applied[] {
  const selections = (check.selections ?? []).filter(({ voided }) => voided !== true);
  const of = (rates: readonly ToastTaxRate[] | undefined, taxable: bigint, where: string): Applied[] =>
    (rates ?? []).map((rate) => ({ rate, amount: fine(rate.taxAmount, where), taxable }));
  const where = '/checks/selections/appliedTaxes';
  if (ofModifiers) {
    return selections.flatMap(({ modifiers }) =>
      (modifiers ?? [])
        .filter(({ voided }) => voided !== true)
        .flatMap((modifier) => of(modifier.appliedTaxes, 0n, where)),
    );
  }
  return [
    ...selections.flatMap((one) => of(one.appliedTaxes, fine(one.price, '/checks/selections/price'), where)),
    ...(check.appliedServiceCharges ?? []).flatMap((one) =>
      of(one.appliedTaxes, fine(one.chargeAmount, '/checks/appliedServiceCharges'), where),
    ),
  ];
}

/** @param totalMinor what they add up to; where they differ from it by a cent, the largest of them gives or takes it. */
function byName(applied: readonly Applied[], totalMinor: number, { currency }: CheckContext): Tax[] {
  const names = new Map<string, Applied[]>();
  for (const one of applied) {
    const name = nameOf(one.rate);
    names.set(name, [...(names.get(name) ?? []), one]);
  }
  if (names.size === 0) {
    return totalMinor === 0 ? [] : [{ code: 'TAX', taxableMinor: 0, amountMinor: totalMinor }];
  }
  const groups = [...names];
  const amounts = spreadFine(
    groups.map(([, ofName]) => sumFine(ofName.map(({ amount }) => amount))),
    currency,
  );
  const restMinor = totalMinor - addMinor(...amounts);
  const largest = amounts.indexOf(Math.max(...amounts));
  return groups.map(([code, ofName], index) => ({
    code,
    ...rateOf(ofName[0]?.rate),
    taxableMinor: minorOfFine(sumFine(ofName.map(({ taxable }) => taxable)), currency),
    amountMinor: (amounts[index] ?? 0) + (index === largest ? restMinor : 0),
  }));
}

const nameOf = ({ name, displayName, taxRate }: ToastTaxRate): string =>
  cutText((name ?? displayName ?? taxRate?.guid ?? '').toWellFormed(), MAX_CODE_LENGTH) || 'TAX';

/** Rates finer than a hundredth of a percent do not fit and are left out. */
function rateOf(tax: ToastTaxRate | undefined): { rateBasisPoints?: number } {
  if (tax?.rate === undefined || tax.rate < 0 || (tax.type ?? 'PERCENT') !== 'PERCENT') return {};
  const basisPoints = Math.round(tax.rate * 10_000);
  return Math.abs(tax.rate * 10_000 - basisPoints) < 1e-6 ? { rateBasisPoints: basisPoints } : {};
}
