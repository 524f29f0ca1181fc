import { toTotal, type Currency, type TotalMinor } from '../money.ts';
import { POSTING_RULES } from './all-rules.ts';
import { STOCK_RULE, type DayReceipts, type Receipt } from './receipts.ts';
import type { DynamicsSetup } from './setup.ts';

/** The receipts of a date that Dynamics 365 will refuse, with what it will say. Plain JSON, as reports hold it. */
export interface Forecast {
  /** Receipts that were judged. */
  readonly checked: number;
  /** Receipts with at least one refusal. */
  readonly refused: number;
  /** Gross of the refused receipts. */
  readonly refusedAmounts: readonly { readonly currency: Currency; readonly grossMinor: TotalMinor }[];
  /** Receipts by rule; one receipt may be refused by several. */
  readonly byRule: readonly { readonly rule: string; readonly receipts: number }[];
  /** The first of the refused receipts. */
  readonly receipts: readonly Receipt[];
  /** Refused receipts beyond those that are listed. */
  readonly omitted: number;
  /** Rules that are not checked, and why: what they would refuse is not foreseen. */
  readonly notChecked: readonly { readonly rule: string; readonly why: string }[];
}

const MAX_LISTED = 1_000;

/**
 * Undefined where no forecast is made.
 * @param counted receipts that the stores do not list, as no refusal is foreseen for them.
 */
export function forecastOf(
  stores: readonly { readonly receipts?: Pick<DayReceipts, 'receipts'> | undefined }[],
  setup: DynamicsSetup,
  counted = 0,
): Forecast | undefined {
  if (!setup.forecast) return undefined;
  const receipts = stores.flatMap((store) => store.receipts?.receipts ?? []);
  const refused = receipts.filter(({ refusals }) => refusals.length > 0);
  return {
    checked: receipts.length + counted,
    refused: refused.length,
    refusedAmounts: amountsOf(refused.map(({ currency, grossMinor }) => [currency, BigInt(grossMinor)])),
    byRule: countsOf(
      refused.flatMap(({ refusals }) =>
        [...new Set(refusals.map(({ rule }) => rule))].map((rule) => [rule, 1]),
      ),
    ),
    receipts: refused.slice(0, MAX_LISTED),
    omitted: Math.max(0, refused.length - MAX_LISTED),
    notChecked: notCheckedBy(setup),
  };
}

/** Of several shards of one date. */
export function mergeForecasts(parts: readonly Forecast[]): Forecast | undefined {
  const [first] = parts;
  if (!first) return undefined;
  const receipts = parts.flatMap((part) => part.receipts).sort(inOrder);
  const refused = parts.reduce((sum, part) => sum + part.refused, 0);
  const listed = receipts.slice(0, MAX_LISTED);
  return {
    checked: parts.reduce((sum, part) => sum + part.checked, 0),
    refused,
    refusedAmounts: amountsOf(
      parts.flatMap((part) =>
        part.refusedAmounts.map(({ currency, grossMinor }): [Currency, bigint] => [
          currency,
          BigInt(grossMinor),
        ]),
      ),
    ),
    byRule: countsOf(
      parts.flatMap((part) =>
        part.byRule.map(({ rule, receipts: count }): [string, number] => [rule, count]),
      ),
    ),
    receipts: listed,
    omitted: refused - listed.length,
    notChecked: first.notChecked,
  };
}

/** As some stores may see it: without figures of others. */
export function forecastOfStores(forecast: Forecast, stores: ReadonlySet<string>): Forecast {
  const receipts = forecast.receipts.filter(({ storeId }) => stores.has(storeId));
  return {
    ...forecast,
    checked: receipts.length,
    refused: receipts.length,
    refusedAmounts: amountsOf(receipts.map(({ currency, grossMinor }) => [currency, BigInt(grossMinor)])),
    byRule: countsOf(
      receipts.flatMap(({ refusals }) =>
        [...new Set(refusals.map(({ rule }) => rule))].map((rule) => [rule, 1]),
      ),
    ),
    receipts,
    omitted: 0,
  };
}

/** The rule's name, as Dynamics has it. */
export const ruleName = (id: string): string =>
  id === STOCK_RULE ? 'Stock' : (POSTING_RULES.find((rule) => rule.id === id)?.name ?? id);

function notCheckedBy(setup: DynamicsSetup): Forecast['notChecked'] {
  const rules = POSTING_RULES.flatMap((rule) => {
    const why = rule.notChecked(setup);
    return why === undefined ? [] : [{ rule: rule.id, why }];
  });
  return setup.onHand === undefined ? [...rules, { rule: STOCK_RULE, why: 'onHand is not set' }] : rules;
}

function amountsOf(all: readonly (readonly [Currency, bigint])[]): Forecast['refusedAmounts'] {
  const sums = new Map<Currency, bigint>();
  for (const [currency, amount] of all) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  return [...sums]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([currency, sum]) => ({ currency, grossMinor: toTotal(sum) }));
}

function countsOf(all: readonly (readonly [string, number])[]): Forecast['byRule'] {
  const counts = new Map<string, number>();
  for (const [rule, count] of all) counts.set(rule, (counts.get(rule) ?? 0) + count);
  return [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([rule, receipts]) => ({ rule, receipts }));
}

function inOrder(left: Receipt, right: Receipt): number {
  for (const name of ['storeId', 'tillId', 'transactionId', 'eventId'] as const)
    if (left[name] !== right[name]) return left[name] < right[name] ? -1 : 1;
  return 0;
}
