import { formatAmount } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import { readDate } from '../../sources/files/date-text.ts';
import { mappingDelimiter } from '../../sources/files/mapping.ts';
import type { SettlementEntry } from '../settlement-entry.ts';
import { SettlementFault, type SettlementFormat } from '../settlement-format.ts';
import { tableRows, type SettlementTableRow } from '../settlement-table.ts';
import type { SETTLEMENT_COLUMNS, SettlementMapping } from './settlement-mapping.ts';

/** A delimited file of any acquirer, by its mapping document. */
export function mappedSettlement(mapping: SettlementMapping): SettlementFormat {
  const needed = Object.values(mapping.columns);
  const layout = {
    encoding: mapping.encoding,
    delimiter: mappingDelimiter(mapping.delimiter),
    needed,
    hasNoHeader: !mapping.hasHeader,
  };
  return {
    name: mapping.name,
    recognises: () => true,
    rows: (file, content) => tableRows(file, content, layout, (row) => entryOf(file, row, mapping)),
  };
}

type Name = (typeof SETTLEMENT_COLUMNS)[number];

function entryOf(file: string, row: SettlementTableRow, mapping: SettlementMapping): SettlementEntry {
  const { columns, kinds, unsigned, decimalMark } = mapping;
  const textOf = (name: Name): string => (columns[name] === undefined ? '' : row.text(columns[name]));
  const text = textOf('Kind');
  const kind = columns.Kind === undefined ? 'capture' : (ownValue(kinds, text) ?? 'adjustment');
  const currency = mapping.currency ?? row.currency(columns.Currency ?? 'Currency');
  const isUnsigned = unsigned.includes(kind);
  const amount = (name: Name): number | undefined => {
    const place = columns[name];
    if (place === undefined || row.text(place) === '') return undefined;
    const minor = row.amount(place, currency, decimalMark);
    if (!isUnsigned || name === 'FeeAmount') return minor;
    if (minor < 0)
      throw new SettlementFault(
        `${place}`,
        `is negative, though the mapping says that amounts of ${kind} have no sign`,
      );
    return 0 - minor;
  };
  const gross = amount('GrossAmount');
  if (gross === undefined) throw new SettlementFault(`${columns.GrossAmount}`, 'is empty');
  const fee = amount('FeeAmount');
  const net = amount('NetAmount');
  const feeMinor = fee ?? (net === undefined ? 0 : gross - net);
  if (net !== undefined && gross - feeMinor !== net)
    throw new SettlementFault(
      `${columns.NetAmount}`,
      `is ${formatAmount(net, currency)}, but gross less fee is ${formatAmount(gross - feeMinor, currency)}`,
    );
  const dateOf = (name: Name) => {
    const written = textOf(name);
    if (written === '') return undefined;
    const read = readDate(written, mapping.date);
    if (!read.ok) throw new SettlementFault(`${columns[name]}`, read.reason);
    return read.date;
  };
  const occurredOn = dateOf('TransactionDate');
  if (occurredOn === undefined) throw new SettlementFault(`${columns.TransactionDate}`, 'is empty');
  return {
    kind,
    acquirer: mapping.acquirer,
    payoutId: textOf('PayoutId'),
    reference: textOf('Reference'),
    merchantReference: textOf('MerchantReference'),
    occurredOn,
    payoutDate: dateOf('PayoutDate') ?? (kind === 'payout' || kind === 'bank' ? occurredOn : undefined),
    currency,
    grossMinor: gross,
    netCurrency: currency,
    feeMinor,
    netMinor: gross - feeMinor,
    rowId: textOf('RowId'),
    text: text === '' ? kind : text,
    readAt: { part: file, row: row.line },
  };
}
