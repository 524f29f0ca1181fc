import type { Currency } from '../money.ts';

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
    };

/** What the checks need to know of a transaction. */
interface CheckedTransaction {
  readonly transactionId: string;
  readonly eventId: string;
  readonly currency: Currency;
  readonly imbalanceMinor: number;
  readonly unknownCodes: readonly string[];
  readonly unknownTenders: readonly string[];
}

/** How many ids a finding names; its counts are complete. */
const KEPT_IDS = 20;

/**
 * @param otherUnknownCodes product codes of deliveries, counts and prices that master data lacks, with their events.
 * @param eventsOfUnknownStore the store's events where master data lacks the store itself.
 */
export function findingsOf(
  transactions: readonly CheckedTransaction[],
  otherUnknownCodes: ReadonlyMap<string, readonly string[]>,
  eventsOfUnknownStore: ReadonlySet<string> | undefined,
): QualityFinding[] {
  const findings: QualityFinding[] = [];
  if (eventsOfUnknownStore)
    findings.push({
      kind: 'unknown-store',
      eventIds: [...eventsOfUnknownStore].sort().slice(0, KEPT_IDS),
      events: eventsOfUnknownStore.size,
    });
  const products = new Map<string, Set<CheckedTransaction>>();
  const tenders = new Map<string, Set<CheckedTransaction>>();
  for (const kept of transactions) {
    for (const code of kept.unknownCodes) noteTransaction(products, code, kept);
    for (const code of kept.unknownTenders) noteTransaction(tenders, code, kept);
    if (kept.imbalanceMinor !== 0) {
      const { transactionId, eventId, imbalanceMinor, currency } = kept;
      findings.push({ kind: 'unbalanced-transaction', transactionId, eventId, imbalanceMinor, currency });
    }
  }
  for (const code of otherUnknownCodes.keys()) {
    if (!products.has(code)) products.set(code, new Set());
  }
  for (const [kind, byCode] of [
    ['unknown-product', products],
    ['unknown-tender', tenders],
  ] as const) {
    for (const [code, withCode] of byCode) {
      const others = kind === 'unknown-product' ? (otherUnknownCodes.get(code) ?? []) : [];
      const all = [...withCode];
      findings.push({
        kind,
        code,
        transactionIds: all
          .map((one) => one.transactionId)
          .sort()
          .slice(0, KEPT_IDS),
        eventIds: [...all.map((one) => one.eventId), ...others].sort().slice(0, KEPT_IDS),
        events: all.length + others.length,
      });
    }
  }
  return findings.sort((left, right) => (sortKeyOf(left) < sortKeyOf(right) ? -1 : 1));
}

function sortKeyOf(finding: QualityFinding): string {
  if (finding.kind === 'unknown-store') return finding.kind;
  return finding.kind === 'unbalanced-transaction'
    ? `${finding.kind} ${finding.transactionId} ${finding.eventId}`
    : `${finding.kind} ${finding.code}`;
}

function noteTransaction(
  map: Map<string, Set<CheckedTransaction>>,
  code: string,
  kept: CheckedTransaction,
): void {
  const known = map.get(code);
  if (known) known.add(kept);
  else map.set(code, new Set([kept]));
}
