import type { Currency } from '../money.ts';
import type { IdentityConflict } from './identity.ts';
import type { OtherConflict, OtherReading } from './other-reading.ts';
import type { Reading } from './reading.ts';
import { isTransaction, type SharedEventId } from './shared-event-ids.ts';

/** What the data of a store's day lacks or contradicts, whatever the ledger says. */
export type QualityFinding =
  | { readonly kind: 'unknown-store'; readonly eventIds: readonly string[]; readonly events: number }
  | {
      readonly kind: 'unknown-product' | 'unknown-tender';
      /** The product code or tender as sent. */
      readonly code: string;
      readonly transactionIds: readonly string[];
      readonly eventIds: readonly string[];
      readonly events: number;
    }
  | {
      readonly kind: 'unbalanced-transaction';
      readonly transactionId: string;
      readonly eventId: string;
      readonly imbalanceMinor: number;
      readonly currency: Currency;
    }
  | {
      readonly kind: 'identity-conflict';
      readonly of: 'event' | 'transaction';
      readonly id: string;
      /** The first of them; `count` says how many there are. */
      readonly readings: readonly FoundReading[];
      readonly count: number;
      /** Gross of the readings that do not count, in the currency of the first. */
      readonly heldMinor: bigint;
      readonly currency: Currency | undefined;
    };

/** One of several contents of an id. */
export interface FoundReading {
  readonly eventId: string;
  /** Undefined for what is no transaction. */
  readonly transactionId: string | undefined;
  readonly tillId: string | undefined;
  readonly occurredAtMs: number;
  readonly what: string;
  readonly grossMinor: number | undefined;
  readonly currency: Currency | undefined;
  readonly counts: boolean;
}

export interface FoundIn {
  /** The transactions that count, in order. */
  readonly transactions: readonly Reading[];
  readonly conflicts: readonly IdentityConflict[];
  readonly otherConflicts: readonly OtherConflict[];
  readonly sharedIds: readonly SharedEventId[];
  /** Other events that count, in order. */
  readonly others: readonly OtherReading[];
  /** The store's events where master data lacks the store itself. */
  readonly eventsOfUnknownStore: readonly string[] | undefined;
}

/** How many ids a finding names; its counts are complete. */
const KEPT_IDS = 20;

export function findingsOf(found: FoundIn): QualityFinding[] {
  const { eventsOfUnknownStore } = found;
  const findings: QualityFinding[] = [...unknownCodes(found), ...conflictsOf(found)];
  if (eventsOfUnknownStore)
    findings.push({
      kind: 'unknown-store',
      eventIds: [...eventsOfUnknownStore].sort().slice(0, KEPT_IDS),
      events: eventsOfUnknownStore.length,
    });
  for (const { transactionId, eventId, imbalanceMinor, currency } of found.transactions) {
    if (imbalanceMinor !== 0)
      findings.push({ kind: 'unbalanced-transaction', transactionId, eventId, imbalanceMinor, currency });
  }
  return findings.sort((left, right) => (sortKeyOf(left) < sortKeyOf(right) ? -1 : 1));
}

function unknownCodes({ transactions, others }: FoundIn): QualityFinding[] {
  const products = new Map<string, Set<Reading>>();
  const tenders = new Map<string, Set<Reading>>();
  for (const reading of transactions) {
    for (const code of reading.unknownCodes) note(products, code, reading);
    for (const code of reading.unknownTenders) note(tenders, code, reading);
  }
  const otherEvents = new Map<string, Set<string>>();
  for (const { unknownCodes: codes, eventId } of others) {
    for (const code of codes) {
      note(otherEvents, code, eventId);
      if (!products.has(code)) products.set(code, new Set());
    }
  }
  const findingFor = (
    kind: 'unknown-product' | 'unknown-tender',
    code: string,
    withCode: ReadonlySet<Reading>,
  ): QualityFinding => {
    const more = kind === 'unknown-product' ? [...(otherEvents.get(code) ?? [])] : [];
    const all = [...withCode];
    const transactionIds = all
      .map((one) => one.transactionId)
      .sort()
      .slice(0, KEPT_IDS);
    const eventIds = [...all.map((one) => one.eventId), ...more].sort().slice(0, KEPT_IDS);
    return { kind, code, transactionIds, eventIds, events: all.length + more.length };
  };
  return [
    ...[...products].map(([code, withCode]) => findingFor('unknown-product', code, withCode)),
    ...[...tenders].map(([code, withCode]) => findingFor('unknown-tender', code, withCode)),
  ];
}

function conflictsOf({ conflicts, otherConflicts, sharedIds }: FoundIn): QualityFinding[] {
  return [
    ...conflicts.map(({ of, id, readings }) =>
      conflict(
        of,
        id,
        readings.map(({ reading, counts }) => foundTransaction(reading, counts)),
      ),
    ),
    ...otherConflicts.map((readings) =>
      conflict(
        'event',
        readings[0]?.eventId ?? '',
        readings.map((reading, index) => foundOther(reading, index === 0)),
      ),
    ),
    ...sharedIds.map(({ id, readings, counts }) =>
      conflict(
        'event',
        id,
        readings.map((reading) =>
          isTransaction(reading)
            ? foundTransaction(reading, reading === counts)
            : foundOther(reading, reading === counts),
        ),
      ),
    ),
  ];
}

const foundTransaction = (reading: Reading, counts: boolean): FoundReading => ({
  eventId: reading.eventId,
  transactionId: reading.transactionId,
  tillId: reading.tillId,
  occurredAtMs: reading.occurredAtMs,
  what: reading.training ? `training, ${reading.status}` : reading.status,
  grossMinor: reading.grossMinor,
  currency: reading.currency,
  counts,
});

/** The amount of a drawer movement is what it moves; a shift has several. */
function foundOther(
  { eventId, tillId, occurredAtMs, what, event }: OtherReading,
  counts: boolean,
): FoundReading {
  const moved = event?.kind === 'drawer' ? event : undefined;
  return {
    eventId,
    transactionId: undefined,
    tillId,
    occurredAtMs,
    what,
    grossMinor: moved?.amountMinor,
    currency: moved?.currency,
    counts,
  };
}

function conflict(
  of: 'event' | 'transaction',
  id: string,
  readings: readonly FoundReading[],
): QualityFinding {
  const currency = readings.find((one) => one.currency !== undefined)?.currency;
  const heldMinor = readings
    .filter((one) => !one.counts && one.currency === currency)
    .reduce((sum, one) => sum + BigInt(one.grossMinor ?? 0), 0n);
  return {
    kind: 'identity-conflict',
    of,
    id,
    readings: readings.slice(0, KEPT_IDS),
    count: readings.length,
    heldMinor,
    currency,
  };
}

function sortKeyOf(finding: QualityFinding): string {
  switch (finding.kind) {
    case 'unknown-store':
      return finding.kind;
    case 'unbalanced-transaction':
      return JSON.stringify([finding.kind, finding.transactionId, finding.eventId]);
    case 'identity-conflict':
      return JSON.stringify([finding.kind, finding.of, finding.id, finding.readings[0]?.eventId]);
    default:
      return JSON.stringify([finding.kind, finding.code]);
  }
}

function note<T>(map: Map<string, Set<T>>, code: string, one: T): void {
  const known = map.get(code);
  if (known) known.add(one);
  else map.set(code, new Set([one]));
}
