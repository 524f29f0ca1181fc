import { createHash } from 'node:crypto';
import { idWithoutCardNumbers } from '../../privacy/card-ids.ts';
import type { Pseudonymise } from '../../privacy/pseudonym.ts';
import { scrubFreeText } from '../../privacy/scrub.ts';
import type { LedgerPart } from '../ledger-source.ts';
import { copiesAmong, isRealFile, isSettlementFile, nameInSettlement } from '../sources/files/file-copies.ts';
import type { LedgerFileStore } from '../sources/files/file-source.ts';
import type { SettlementMapping } from './mapped/settlement-mapping.ts';
import { readSettlement, settlementMappingFor } from './read-settlement.ts';
import type { SettlementRow } from './settlement-entry.ts';
import { errorRow } from './settlement-table.ts';

/** Where settlement reports come from. */
export interface SettlementSource {
  /** Every report that there is now. @throws TransientError */
  list(): Promise<LedgerPart[]>;
  /** Rows and row errors as they come; nothing when the report is gone. @throws TransientError */
  rows(name: string): AsyncIterable<SettlementRow>;
}

/** The files of the folder `settlement`. One whose content another one has too counts once: the one that was there first. */
export function settlementSource(
  store: LedgerFileStore,
  mappings: () => Promise<readonly SettlementMapping[]>,
  pseudonyms: () => Promise<Pseudonymise>,
): SettlementSource {
  let copies = new Map<string, string>();
  return {
    async list() {
      const files = (await store.list()).filter((file) => isSettlementFile(file.name) && isRealFile(file));
      copies = copiesAmong(files);
      const known = await mappings();
      return files.map(({ name, etag, modifiedAt }) => ({
        name,
        etag: versionOf(name, etag, copies.get(name), known),
        modifiedAt,
      }));
    },
    async *rows(name) {
      const original = copies.get(name);
      if (original !== undefined) {
        yield errorRow(
          name,
          1,
          '',
          `The file has the same content as ${original}, which counts; this copy does not`,
        );
        return;
      }
      const content = await store.open(name);
      if (!content) return;
      const pseudonymise = await pseudonyms();
      const mapping = settlementMappingFor(nameInSettlement(name), await mappings());
      for await (const row of readSettlement(name, content, mapping)) yield privateRow(row, pseudonymise);
    },
  };
}

function versionOf(
  name: string,
  etag: string,
  original: string | undefined,
  mappings: readonly SettlementMapping[],
): string {
  if (original !== undefined) return `${etag} copy of ${original}`;
  const mapping = settlementMappingFor(nameInSettlement(name), mappings);
  if (!mapping) return etag;
  return `${etag} ${createHash('sha256').update(JSON.stringify(mapping)).digest('hex').slice(0, 16)}`;
}

/** References go through the same function as those of events, so both sides still match. */
function privateRow(row: SettlementRow, pseudonymise: Pseudonymise): SettlementRow {
  if (!row.ok) return { ok: false, error: { ...row.error, reason: scrubFreeText(row.error.reason) } };
  const clean = (id: string): string => idWithoutCardNumbers(id, pseudonymise);
  const { entry } = row;
  return {
    ok: true,
    entry: {
      ...entry,
      payoutId: clean(entry.payoutId),
      reference: clean(entry.reference),
      merchantReference: clean(entry.merchantReference),
      rowId: clean(entry.rowId),
      text: scrubFreeText(entry.text),
    },
  };
}
