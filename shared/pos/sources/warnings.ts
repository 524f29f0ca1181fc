import { PermanentError } from '../../errors.ts';
import { cutText } from '../../ids.ts';
import type { Found } from '../../privacy/scrub.ts';
import { DAY_MS, epochMsOf } from '../../time.ts';
import type { Quality } from '../enrich.ts';
import { MAX_AMOUNT_MINOR, type PosEvent, type TransactionEvent } from '../event.ts';
import type { Catalog } from '../master-data.ts';
import { transactionIssues, type TransactionIssue } from '../transaction-checks.ts';
import type { Warning } from './source.ts';

/** Warnings by how much they may cost, the worst first; what is not listed comes last. */
const BY_WEIGHT: readonly string[] = [
  'id-conflict',
  'transaction-id-conflict',
  'currency-mismatch',
  'totals-unbalanced',
  'net-plus-tax',
  'under-payment',
  'over-payment',
  'tendered-though-not-completed',
  'lines-total',
  'tax-total',
  'tax-implausible',
  'content-not-read',
  'totals-disagree',
  'tax-unknown',
  'tax-calculated',
  'clock-ahead',
  'clock-behind',
  'business-date-far-off',
  'sign-contradiction',
  'line-amount',
  'discount-above-price',
  'change-without-cash',
  'rounding-without-cash',
  'duplicate-line-number',
  'empty',
  'amount-rounded',
  'text-cut',
  'payment-without-order',
  'refund-tender-unknown',
  'store-ambiguous',
  'unknown-store',
  'unknown-tender',
  'card-data-removed',
  'personal-data-removed',
  'zone-assumed',
  'business-date-assumed',
  'unknown-product',
];

/** Clocks drift by minutes, and a till may think it is in another zone: a day is neither. */
const CLOCK_AHEAD_MS = DAY_MS;
/** No till is offline for three years; one whose battery failed begins in 1970, 1980 or 2000. */
const CLOCK_BEHIND_MS = 3 * 365 * DAY_MS;

/**
 * What the sender should know of an event that was accepted all the same: each code once.
 * @param quality where the source notes the places of what it could not settle.
 * @throws PermanentError `amount-too-large` for a transaction whose amounts are too large to calculate with; reject it.
 */
export function warningsOf(event: PosEvent, catalog: Catalog, quality?: Quality): Warning[] {
  const id = senderIdOf(event);
  const warnings = new Map<string, Warning>();
  for (const code of event.quality ?? []) {
    const where = quality?.placesOf(code).join(', ') ?? '';
    warnings.set(code, { id, code, ...(where === '' ? {} : { where: cutText(where, MAX_WHERE_LENGTH) }) });
  }
  const issues = event.kind === 'transaction' ? issuesOf(event, catalog) : [];
  for (const { code } of issues) warnings.set(code, { id, code });
  const clock = clockWarning(event);
  if (clock !== undefined) warnings.set(clock, { id, code: clock });
  return [...warnings.values()];
}

const MAX_WHERE_LENGTH = 300;

function clockWarning({ occurredAt, receivedAt }: PosEvent): string | undefined {
  const aheadMs = epochMsOf(occurredAt) - epochMsOf(receivedAt);
  if (aheadMs > CLOCK_AHEAD_MS) return 'clock-ahead';
  return -aheadMs > CLOCK_BEHIND_MS ? 'clock-behind' : undefined;
}

/** All warnings of one code in one body. */
export interface WarningGroup {
  /** The first event that it is about; empty where it is about the whole body. */
  readonly id: string;
  readonly code: string;
  /** How many events it is about. */
  readonly count: number;
  /** The first ten of them, where it is about several. */
  readonly ids?: readonly string[];
  /** The elements or fields concerned, the first of them. */
  readonly where?: readonly string[];
}

const MAX_IDS = 10;

/** Groups the warnings of a body by their code, the worst first. Every warning is counted. */
export function groupWarnings(warnings: readonly Warning[]): WarningGroup[] {
  const groups = new Map<string, { count: number; ids: string[]; where: Set<string> }>();
  for (const { id, code, where } of warnings) {
    const group = groups.get(code) ?? { count: 0, ids: [], where: new Set() };
    group.count += 1;
    if (id !== '' && group.ids.length < MAX_IDS) group.ids.push(id);
    if (where !== undefined && group.where.size < MAX_IDS) group.where.add(where);
    groups.set(code, group);
  }
  const weightOf = (code: string): number => {
    const at = BY_WEIGHT.indexOf(code);
    return at < 0 ? BY_WEIGHT.length : at;
  };
  return [...groups]
    .sort(([left], [right]) => weightOf(left) - weightOf(right))
    .map(([code, { count, ids, where }]) => ({
      id: ids[0] ?? '',
      code,
      count,
      ...(ids.length > 1 ? { ids } : {}),
      ...(where.size === 0 ? {} : { where: [...where] }),
    }));
}

/** The id of an event as its sender knows it. */
export const senderIdOf = (event: PosEvent): string => event.eventId.slice(event.source.length + 1);

/** What was taken out of the record `id` before anything looked at it. */
export function privacyWarnings(found: Readonly<Found>, id: string): Warning[] {
  return [
    ...(found.cardNumbers > 0 ? [{ id, code: 'card-data-removed' }] : []),
    ...(found.personalFields > 0 ? [{ id, code: 'personal-data-removed' }] : []),
  ];
}

/** Ten times the largest amount, for all amounts of a transaction together: no sum of it can leave the safe integers. */
const MAX_TURNOVER_MINOR = 10 * MAX_AMOUNT_MINOR;

function issuesOf(event: TransactionEvent, { stores }: Catalog): TransactionIssue[] {
  if (turnoverMinor(event) > MAX_TURNOVER_MINOR) {
    throw new PermanentError('amount-too-large', 'Its amounts are together larger than any till takes', {
      where: '',
    });
  }
  for (const [index, line] of event.lines.entries()) {
    const priceMinor = Math.max(line.regularUnitPriceMinor, line.actualUnitPriceMinor);
    if (Math.abs((line.quantityMilli / 1000) * priceMinor) > MAX_TURNOVER_MINOR) {
      throw new PermanentError(
        'amount-too-large',
        'Its price times quantity is larger than any till takes: is a bar code in one of the fields?',
        { where: `/lines/${index}` },
      );
    }
  }
  return transactionIssues(event, stores.get(event.storeId));
}

/** Everything that is added up anywhere, whatever its sign. It may be inexact where it is far too large. */
function turnoverMinor({ lines, tenders }: TransactionEvent): number {
  let sumMinor = 0;
  for (const { extendedAmountMinor, taxes, discounts } of lines) {
    sumMinor += Math.abs(extendedAmountMinor);
    if (taxes) for (const { amountMinor } of taxes) sumMinor += Math.abs(amountMinor);
    if (discounts) for (const { amountMinor } of discounts) sumMinor += Math.abs(amountMinor);
  }
  for (const { amountMinor, changeMinor = 0 } of tenders) sumMinor += Math.abs(amountMinor) + changeMinor;
  return sumMinor;
}
