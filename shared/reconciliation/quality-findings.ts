import type { Currency } from '../money.ts';
import type { IdentityConflict } from './identity.ts';
import type { OtherConflict, OtherReading } from './other-reading.ts';
import type { Reading } from './reading.ts';
import { isTransaction, type SharedEventId } from './shared-event-ids.ts';
import { isAboutMoney, type TillDoubt } from './till-doubts.ts';

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
      /** Events of one till with the same mark. */
      readonly kind: 'till-doubt';
      readonly doubt: TillDoubt;
      readonly tillId: string | undefined;
      readonly transactionIds: readonly string[];
      readonly eventIds: readonly string[];
      readonly events: number;
      /** `1001: counted as net ...`, of the first events. */
      readonly readings: readonly string[];
      readonly gross: ReadonlyMap<Currency, bigint>;
    }
  | {
      readonly kind: 'counted-by-decision';
      readonly reading: FoundReading;
      /** False where a later version of the transaction supersedes it. */
      readonly counts: boolean;
    }
  | {
      readonly kind: 'payment-without-order';
      readonly transactionId: string;
      readonly eventId: string;
      readonly grossMinor: number;
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
      /** Nothing is held: several receipts have one number. */
      readonly allCount: boolean;
      /** Gross of all but the first that came: what would be lost if the number stood for one receipt. */
      readonly beyondFirstMinor: bigint;
      readonly currency: Currency | undefined;
    };

/** One of several contents of an id. */
export interface FoundReading {
  readonly eventId: string;
  /** Undefined for anything but a transaction. */
  readonly transactionId: string | undefined;
  readonly tillId: string | undefined;
  readonly occurredAtMs: number;
  readonly what: string;
  readonly grossMinor: number | undefined;
  readonly currency: Currency | undefined;
  readonly counts: boolean;
  /** It counts since a person has decided so. */
  readonly decided: boolean;
}

export interface FoundIn {
  /** Versions and repeats that another one supersedes. */
  readonly superseded?: readonly Reading[];
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
const KEPT_READINGS = 2;

export function findingsOf(found: FoundIn): QualityFinding[] {
  const { eventsOfUnknownStore } = found;
  const findings: QualityFinding[] = [
    ...unknownCodes(found),
    ...conflictsOf(found),
    ...tillDoubts(found),
    ...decisionsOf(found),
  ];
  if (eventsOfUnknownStore)
    findings.push({
      kind: 'unknown-store',
      eventIds: [...eventsOfUnknownStore].sort().slice(0, KEPT_IDS),
      events: eventsOfUnknownStore.length,
    });
  for (const reading of found.transactions) {
    const { transactionId, eventId, imbalanceMinor, grossMinor, currency } = reading;
    if (reading.lacksOrder)
      findings.push({ kind: 'payment-without-order', transactionId, eventId, grossMinor, currency });
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
        readings.map((reading, index) => foundOther(reading, index === 0 || reading.decided)),
      ),
    ),
    ...sharedIds.map(({ id, readings, counts }) =>
      conflict(
        'event',
        id,
        readings.map((reading) =>
          isTransaction(reading)
            ? foundTransaction(reading, reading === counts || reading.decided)
            : foundOther(reading, reading === counts || reading.decided),
        ),
      ),
    ),
  ];
}

function foundTransaction(reading: Reading, counts: boolean): FoundReading {
  const { eventId, transactionId, tillId, occurredAtMs, grossMinor, currency, decided } = reading;
  const what = reading.training ? `training, ${reading.status}` : reading.status;
  return { eventId, transactionId, tillId, occurredAtMs, what, grossMinor, currency, counts, decided };
}

/** The amount of a drawer movement is what it moves; a shift has several. */
function foundOther(reading: OtherReading, counts: boolean): FoundReading {
  const { eventId, tillId, occurredAtMs, what, event, decided } = reading;
  const moved = event?.kind === 'drawer' ? event : undefined;
  const { amountMinor: grossMinor, currency } = moved ?? { amountMinor: undefined, currency: undefined };
  return {
    eventId,
    transactionId: undefined,
    tillId,
    occurredAtMs,
    what,
    grossMinor,
    currency,
    counts,
    decided,
  };
}

/** Everything that counts, or would, by a person's decision. */
function decisionsOf({ transactions, others, superseded = [] }: FoundIn): QualityFinding[] {
  const finding = (reading: FoundReading): QualityFinding => ({
    kind: 'counted-by-decision',
    reading,
    counts: reading.counts,
  });
  return [
    ...transactions.filter(({ decided }) => decided).map((one) => finding(foundTransaction(one, true))),
    ...superseded.filter(({ decided }) => decided).map((one) => finding(foundTransaction(one, false))),
    ...others.filter(({ decided }) => decided).map((one) => finding(foundOther(one, true))),
  ];
}

type DoubtFinding = QualityFinding & { kind: 'till-doubt' };

/** A till that speaks a dialect has the same doubt about every sale: one finding for each mark and till. */
function tillDoubts({ transactions, others }: FoundIn): QualityFinding[] {
  const byDoubt = new Map<string, { doubt: TillDoubt; of: (Reading | OtherReading)[] }>();
  for (const reading of [...transactions, ...others]) {
    for (const doubt of reading.doubts) {
      if (!concernsFinance(doubt, reading)) continue;
      const key = JSON.stringify([doubt, reading.tillId]);
      const found = byDoubt.get(key) ?? { doubt, of: [] };
      byDoubt.set(key, found);
      found.of.push(reading);
    }
  }
  return [...byDoubt.values()].map(({ doubt, of }) => doubtFinding(doubt, of));
}

/** A transaction that is not posted has no amount to doubt; one that does not balance is reported with its difference. */
function concernsFinance(doubt: TillDoubt, reading: Reading | OtherReading): boolean {
  if (!('amounts' in reading)) return true;
  if (doubt === 'totals-unbalanced') return reading.amounts.size > 0 && reading.imbalanceMinor === 0;
  return reading.amounts.size > 0 || doubt === 'content-not-read';
}

function doubtFinding(doubt: TillDoubt, of: readonly (Reading | OtherReading)[]): DoubtFinding {
  const transactions = of.filter((one) => 'amounts' in one);
  const gross = new Map<Currency, bigint>();
  for (const { currency, grossMinor } of transactions)
    gross.set(currency, (gross.get(currency) ?? 0n) + BigInt(grossMinor));
  const stated = isAboutMoney(doubt)
    ? transactions.flatMap((one) => (one.stated === undefined ? [] : [`${one.transactionId}: ${one.stated}`]))
    : [];
  return {
    kind: 'till-doubt',
    doubt,
    tillId: of[0]?.tillId,
    transactionIds: transactions.slice(0, KEPT_IDS).map((one) => one.transactionId),
    eventIds: of.slice(0, KEPT_IDS).map((one) => one.eventId),
    events: of.length,
    readings: stated.slice(0, KEPT_READINGS),
    gross,
  };
}

function conflict(
  of: 'event' | 'transaction',
  id: string,
  readings: readonly FoundReading[],
): QualityFinding {
  const currency = readings.find((one) => one.currency !== undefined)?.currency;
  const grossOf = (some: readonly FoundReading[]): bigint =>
    some
      .filter((one) => one.currency === currency)
      .reduce((sum, one) => sum + BigInt(one.grossMinor ?? 0), 0n);
  return {
    kind: 'identity-conflict',
    of,
    id,
    readings: readings.slice(0, KEPT_IDS),
    count: readings.length,
    heldMinor: grossOf(readings.filter((one) => !one.counts)),
    allCount: readings.every((one) => one.counts),
    beyondFirstMinor: grossOf(readings.slice(1)),
    currency,
  };
}

function sortKeyOf(finding: QualityFinding): string {
  switch (finding.kind) {
    case 'unknown-store':
      return finding.kind;
    case 'unbalanced-transaction':
    case 'payment-without-order':
      return JSON.stringify([finding.kind, finding.transactionId, finding.eventId]);
    case 'identity-conflict':
      return JSON.stringify([finding.kind, finding.of, finding.id, finding.readings[0]?.eventId]);
    case 'till-doubt':
      return JSON.stringify([finding.kind, finding.doubt, finding.tillId ?? '']);
    case 'counted-by-decision':
      return JSON.stringify([finding.kind, finding.reading.eventId, finding.reading.occurredAtMs]);
    default:
      return JSON.stringify([finding.kind, finding.code]);
  }
}

function note<T>(map: Map<string, Set<T>>, code: string, one: T): void {
  const known = map.get(code);
  if (known) known.add(one);
  else map.set(code, new Set([one]));
}
