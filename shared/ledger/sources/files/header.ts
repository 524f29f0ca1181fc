import { LEDGER_COLUMNS, type ColumnName, type Layout, type LedgerColumn } from './layout.ts';

/** Where each column is in a row, from 0. */
export interface Header {
  readonly at: Readonly<Partial<Record<LedgerColumn, number>>>;
  /** Columns of `skipRows`, in their order. */
  readonly skipAt: readonly number[];
  /** Cells of a row. */
  readonly width: number;
}

interface HeaderFault {
  readonly column: LedgerColumn | '';
  readonly reason: string;
  /** The columns are not there, in contrast to more than one of a name. */
  readonly isMissing: boolean;
  /** Columns that were found: of several rows the one with the most is taken for the header. */
  readonly found: number;
}

/** Finds the layout's columns among the cells of a row. */
export function headerOf(cells: readonly string[], layout: Layout): Header | HeaderFault {
  const names = cells.map((name) => name.trim().toLowerCase());
  const at: Partial<Record<LedgerColumn, number>> = {};
  const missing: LedgerColumn[] = [];
  let found = 0;
  for (const column of LEDGER_COLUMNS) {
    const name = layout.columns[column] === undefined ? column : layout.columns[column];
    if (name === null) continue;
    const places = placesOf(name, names);
    if (places.length > 1) {
      const reason = `The header has ${name} ${places.length} times, in columns ${places.map((place) => place + 1).join(' and ')}; a mapping says by number which one to use`;
      return { column, reason, isMissing: false, found: LEDGER_COLUMNS.length };
    }
    const [place] = places;
    if (place === undefined) {
      if (isNeeded(column, layout)) missing.push(column);
    } else {
      at[column] = place;
      found += 1;
    }
  }
  const amountFault = amountColumns(at, layout);
  if (amountFault.length > 0) missing.push(...amountFault);
  const [first] = missing;
  if (first !== undefined) {
    const wanted = missing.map((column) => `${layout.columns[column] ?? column}`).join(', ');
    return { column: first, reason: `The header lacks ${wanted}`, isMissing: true, found };
  }
  const skipAt = layout.skipRows.map(({ column }) => placesOf(column, names)[0] ?? -1);
  if (skipAt.includes(-1))
    return { column: '', reason: 'The header lacks a column of skipRows', isMissing: false, found };
  return { at, skipAt, width: cells.length };
}

/** A signed amount, or debit and credit. */
function amountColumns(at: Header['at'], layout: Layout): LedgerColumn[] {
  const has = (column: LedgerColumn): boolean => at[column] !== undefined;
  if (has('TransactionCurrencyAmount')) return [];
  if (has('DebitAmount') && has('CreditAmount')) return [];
  if (has('DebitAmount')) return ['CreditAmount'];
  if (has('CreditAmount')) return ['DebitAmount'];
  return [layout.columns.TransactionCurrencyAmount === null ? 'DebitAmount' : 'TransactionCurrencyAmount'];
}

function isNeeded(column: LedgerColumn, { constants, account, columns }: Layout): boolean {
  switch (column) {
    case 'TransactionCurrencyAmount':
    case 'DebitAmount':
    case 'CreditAmount':
      return false;
    case 'RecId':
    case 'LineNumber':
      // Where a mapping names it, a file without it would be read with less than it was meant to have.
      return (columns[column] ?? null) !== null;
    case 'TransactionCurrencyCode':
      return constants.currency === undefined;
    case 'JournalNumber':
      return constants.journalNumber === undefined;
    case 'StoreDimension':
      return (
        constants.storeDimension === undefined &&
        !(account.kind === 'dimensions' && account.segments.includes('Store'))
      );
    default:
      return true;
  }
}

function placesOf(name: ColumnName, names: readonly string[]): number[] {
  if (typeof name === 'number') return name <= names.length ? [name - 1] : [];
  const wanted = name.toLowerCase();
  return names.flatMap((other, place) => (other === wanted ? [place] : []));
}
