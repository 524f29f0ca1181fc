import type { SettlementMapping } from '../../shared/ledger/settlement/mapped/settlement-mapping.ts';
import { readSettlement } from '../../shared/ledger/settlement/read-settlement.ts';
import type { SettlementEntry } from '../../shared/ledger/settlement/settlement-entry.ts';
import type { LedgerRowError } from '../../shared/ledger/ledger-row.ts';
import { chunksOf } from './file-bytes.ts';

export interface ReadSettlement {
  readonly entries: SettlementEntry[];
  readonly errors: LedgerRowError[];
}

/** Reads a settlement report from a text. */
export async function settlementOf(
  file: string,
  text: string | Uint8Array,
  { mapping, chunkBytes }: { mapping?: SettlementMapping; chunkBytes?: number } = {},
): Promise<ReadSettlement> {
  const [entries, errors]: [SettlementEntry[], LedgerRowError[]] = [[], []];
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for await (const row of readSettlement(file, chunksOf(bytes, chunkBytes), mapping)) {
    if (row.ok) entries.push(row.entry);
    else errors.push(row.error);
  }
  return { entries, errors };
}

const ADYEN_COLUMNS = [
  'Company Account',
  'Merchant Account',
  'Psp Reference',
  'Merchant Reference',
  'Payment Method',
  'Creation Date',
  'TimeZone',
  'Type',
  'Modification Reference',
  'Gross Currency',
  'Gross Debit (GC)',
  'Gross Credit (GC)',
  'Exchange Rate',
  'Net Currency',
  'Net Debit (NC)',
  'Net Credit (NC)',
  'Commission (NC)',
  'Markup (NC)',
  'Scheme Fees (NC)',
  'Interchange (NC)',
  'Payment Method Variant',
  'Modification Merchant Reference',
  'Batch Number',
] as const;
type AdyenRow = Partial<Record<(typeof ADYEN_COLUMNS)[number], string>>;

/** A settlement details report; what a row leaves out has a usual value. */
export function adyenReport(rows: readonly AdyenRow[]): string {
  const lines = rows.map((row) => {
    const full: AdyenRow = {
      'Company Account': 'Chain',
      'Merchant Account': 'ChainPOS',
      'Creation Date': '2026-03-02 10:15:00',
      TimeZone: 'CET',
      'Gross Currency': 'EUR',
      'Exchange Rate': '1',
      'Net Currency': 'EUR',
      'Batch Number': '42',
      ...row,
    };
    return ADYEN_COLUMNS.map((column) => full[column] ?? '').join(',');
  });
  return [ADYEN_COLUMNS.join(','), ...lines].join('\n');
}
