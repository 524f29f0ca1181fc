import { messageOf, PermanentError } from '../../../shared/errors.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { SettlementEntry } from '../../../shared/ledger/settlement/settlement-entry.ts';
import type { SettlementSource } from '../../../shared/ledger/settlement/settlement-source.ts';
import { uniqueSettlement } from '../../../shared/ledger/settlement/unique-settlement.ts';
import { isSettlementFile } from '../../../shared/ledger/sources/files/file-copies.ts';
import type { DayState } from './day-state.ts';

export interface SettlementParts {
  /** Undefined where acquirers are not compared. */
  readonly settlementFiles?: SettlementSource;
}

export interface SettlementOfDay {
  readonly entries: readonly SettlementEntry[];
  readonly errors: readonly LedgerRowError[];
  /** By what the rows name payments. */
  readonly references: ReadonlySet<string>;
}

/**
 * The rows of every settlement report that concerns the date or one around it: a payout's rows are of other dates than the
 * payout. Undefined where there is no report.
 */
export async function readSettlementFiles(
  { settlementFiles }: SettlementParts,
  { inputs, neighbours }: DayState,
): Promise<SettlementOfDay | undefined> {
  if (!settlementFiles) return undefined;
  const own = new Set(inputs.ledgerFiles.map(({ name }) => name).filter(isSettlementFile));
  const around = neighbours.flatMap(({ ledgerFiles }) => ledgerFiles.map(({ name }) => name));
  const names = [...new Set([...own, ...around.filter(isSettlementFile)])].sort();
  if (names.length === 0) return undefined;
  const read: SettlementEntry[] = [];
  const errors: LedgerRowError[] = [];
  for (const name of names) {
    try {
      for await (const row of settlementFiles.rows(name)) {
        if (row.ok) read.push(row.entry);
        else if (own.has(name)) errors.push(row.error);
      }
    } catch (thrown) {
      if (!(thrown instanceof PermanentError)) throw thrown;
      errors.push({ file: name, line: 1, column: '', reason: messageOf(thrown) });
    }
  }
  const { counted, errors: conflicts } = uniqueSettlement(read);
  const references = new Set(
    counted.flatMap(({ reference, merchantReference }) => [reference, merchantReference]),
  );
  references.delete('');
  return { entries: counted, errors: [...errors, ...conflicts], references };
}
