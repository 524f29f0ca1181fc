import { placeText } from '../posting.ts';
import type { LedgerRowError } from '../ledger-row.ts';
import type { SettlementEntry } from './settlement-entry.ts';

/**
 * Rows that several files have count once, whatever the files are called: a report that is made again overlaps with the
 * one before.
 *
 * - Rows with the acquirer's own id are one row, in one file too.
 * - Rows without an id are equal only if everything in them is. Two of them in one file are two, as two fees of one amount
 *   are; so a row counts as often as the file has it that has it most often.
 */
export function uniqueSettlement(entries: readonly SettlementEntry[]): UniqueSettlement {
  const groups = new Map<string, SettlementEntry[]>();
  for (const entry of entries) {
    const key = JSON.stringify(entry.rowId === '' ? contentOf(entry) : [entry.acquirer, entry.rowId]);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const counted: SettlementEntry[] = [];
  const repeats: SettlementEntry[] = [];
  const errors: LedgerRowError[] = [];
  for (const group of groups.values()) {
    const kept = keptOf(group);
    counted.push(...kept);
    const [first] = kept;
    for (const entry of group) {
      if (!first || kept.includes(entry)) continue;
      if (isEqual(entry, first)) repeats.push(entry);
      else errors.push(conflictError(entry, first));
    }
  }
  return { counted, repeats, errors };
}

interface UniqueSettlement {
  readonly counted: readonly SettlementEntry[];
  /** Rows that did not count, as an equal one does. */
  readonly repeats: readonly SettlementEntry[];
  /** Rows with the id of another one, and other content: the first counts. */
  readonly errors: readonly LedgerRowError[];
}

function keptOf(group: readonly SettlementEntry[]): readonly SettlementEntry[] {
  const [first] = group;
  if (group.length === 1 || first === undefined) return group;
  const sorted = [...group].sort((one, other) => (placeOrder(one) < placeOrder(other) ? -1 : 1));
  if (first.rowId !== '') return sorted.slice(0, 1);
  const byFile = new Map<string, SettlementEntry[]>();
  for (const entry of sorted)
    byFile.set(entry.readAt.part, [...(byFile.get(entry.readAt.part) ?? []), entry]);
  return [...byFile.values()].reduce((most, one) => (one.length > most.length ? one : most));
}

const placeOrder = ({ readAt }: SettlementEntry): string =>
  `${readAt.part} ${String(readAt.row).padStart(12, '0')}`;

function contentOf({ readAt: _place, ...content }: SettlementEntry): unknown[] {
  return Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1));
}

const isEqual = (one: SettlementEntry, other: SettlementEntry): boolean =>
  JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other));

const conflictError = ({ readAt, rowId }: SettlementEntry, first: SettlementEntry): LedgerRowError => ({
  file: readAt.part,
  line: Number(readAt.row),
  column: '',
  reason: `has the id ${rowId} of ${placeText(first.readAt)} with other content; the first counts, and this row does not`,
});
