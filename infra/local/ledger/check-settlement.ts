import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { SettlementMapping } from '../../../shared/ledger/settlement/mapped/settlement-mapping.ts';
import { payoutsOf, type Payout } from '../../../shared/ledger/settlement/payout.ts';
import { readSettlement } from '../../../shared/ledger/settlement/read-settlement.ts';
import type { SettlementEntry } from '../../../shared/ledger/settlement/settlement-entry.ts';
import { uniqueSettlement } from '../../../shared/ledger/settlement/unique-settlement.ts';
import { formatAmount, type TotalMinor } from '../../../shared/money.ts';
import { errorLines, type LedgerCheck } from './check.ts';
import { section, table } from './table.ts';

/**
 * Reads a settlement report and shows the result: its first rows, what it has of each kind, its payouts with what they
 * are made of, and each row that could not be read.
 * @param maxRows how many of the first rows, and of the bad rows, to show
 */
export async function checkSettlementFile(
  file: string,
  content: AsyncIterable<Uint8Array>,
  mapping: SettlementMapping | undefined,
  maxRows: number,
): Promise<LedgerCheck> {
  const read: SettlementEntry[] = [];
  const errors: LedgerRowError[] = [];
  for await (const row of readSettlement(file, content, mapping)) {
    if (row.ok) read.push(row.entry);
    else errors.push(row.error);
  }
  const { counted, repeats, errors: conflicts } = uniqueSettlement(read);
  const bad = [...errors, ...conflicts];
  const payouts = payoutsOf(counted);
  const loose = counted.filter(({ payoutId, kind }) => payoutId === '' && kind !== 'bank').length;
  const faults = payouts.filter(
    ({ paidOutMinor, netMinor }) => paidOutMinor !== undefined && paidOutMinor !== netMinor,
  );
  const lines = [
    `${file}, read ${mapping ? `by the mapping "${mapping.name}"` : 'without a mapping'}: ${read.length} rows read, ${bad.length} not`,
    ...section('First rows as read', firstRows(counted.slice(0, maxRows))),
    ...section('By kind', byKind(counted)),
    ...section('Payouts', table([PAYOUT_HEAD, ...payouts.map(payoutRow)])),
    ...section(
      'Payouts that differ from their rows',
      faults.map(
        ({ payoutId, paidOutMinor = 0, netMinor, currency }) =>
          `${payoutId}: paid out ${formatAmount(BigInt(paidOutMinor), currency)} ${currency}, its rows add up to ${formatAmount(BigInt(netMinor), currency)}`,
      ),
    ),
    ...section('Rows of no payout', loose === 0 ? [] : [`${loose} rows name no payout`]),
    ...section(
      'Rows that repeat others',
      repeats.length === 0 ? [] : [`${repeats.length} rows count once with those that they repeat`],
    ),
    ...section('Rows that were not read', errorLines(bad.slice(0, maxRows), bad.length)),
  ];
  return { lines, isClean: bad.length === 0 && faults.length === 0 && read.length > 0 };
}

function firstRows(entries: readonly SettlementEntry[]): string[] {
  return table([
    ['line', 'kind', 'date', 'payout', 'reference', 'ours', 'gross', 'fee', 'net', 'currency'],
    ...entries.map((entry) => [
      `${entry.readAt.row}`,
      entry.kind,
      entry.occurredOn ?? '',
      entry.payoutId,
      entry.reference,
      entry.merchantReference,
      formatAmount(entry.grossMinor, entry.currency),
      formatAmount(entry.feeMinor, entry.netCurrency),
      formatAmount(entry.netMinor, entry.netCurrency),
      entry.currency === entry.netCurrency ? entry.currency : `${entry.currency}/${entry.netCurrency}`,
    ]),
  ]);
}

/** Kinds by the acquirer's own names, so a name that was taken for an adjustment is seen. */
function byKind(entries: readonly SettlementEntry[]): string[] {
  const kinds = new Map<string, { entry: SettlementEntry; rows: number; net: bigint }>();
  for (const entry of entries) {
    const key = `${entry.kind}\t${entry.kind === 'bank' ? '' : entry.text}\t${entry.netCurrency}`;
    const sum = kinds.get(key) ?? { entry, rows: 0, net: 0n };
    kinds.set(key, sum);
    sum.rows += 1;
    sum.net += BigInt(entry.netMinor);
  }
  return table([
    ['kind', 'name', 'currency', 'rows', 'net'],
    ...[...kinds]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, { entry, rows, net }]) => [
        ...key.split('\t'),
        `${rows}`,
        formatAmount(net, entry.netCurrency),
      ]),
  ]);
}

const PAYOUT_HEAD = [
  'payout',
  'date',
  'currency',
  'captures',
  'refunds',
  'chargebacks',
  'reserve',
  'adjustments',
  'fees',
  'net',
  'paid out',
];

function payoutRow(payout: Payout): string[] {
  const amount = (minor: TotalMinor | undefined): string =>
    minor === undefined ? '' : formatAmount(BigInt(minor), payout.currency);
  return [
    payout.payoutId,
    payout.payoutDate ?? '',
    payout.currency,
    ...[
      payout.captureMinor,
      payout.refundMinor,
      payout.chargebackMinor,
      payout.reserveMinor,
      payout.adjustmentMinor,
      payout.feeMinor,
      payout.netMinor,
      payout.paidOutMinor,
    ].map(amount),
  ];
}
