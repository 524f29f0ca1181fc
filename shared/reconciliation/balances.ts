import { toTotal, type TotalMinor } from '../money.ts';
import { groupBy } from './group-by.ts';

/** A cell as the balances need it: both sides, and what the exceptions say of it. */
interface BalancedCell {
  readonly account: string;
  readonly currency: string;
  readonly posMinor: TotalMinor;
  readonly ledgerMinor: TotalMinor;
  readonly explainedMinor: TotalMinor;
}

/**
 * The head of a report: all cells of one currency on one side of the books. Every cell is in exactly one balance, and
 * differences of opposite sign never cancel each other out, so no difference is left out of the head:
 * POS - ledger = above + below + unexplained.
 */
export interface Balance {
  readonly currency: string;
  readonly side: 'debit' | 'credit';
  readonly cells: number;
  /** Cells in which POS and ledger differ. */
  readonly differingCells: number;
  readonly posMinor: TotalMinor;
  readonly ledgerMinor: TotalMinor;
  /** What the exceptions explain in the cells where POS is above the ledger (0 or more). */
  readonly aboveMinor: TotalMinor;
  /** The same where POS is below the ledger (0 or less). */
  readonly belowMinor: TotalMinor;
  /** Proved to be 0. */
  readonly unexplainedMinor: TotalMinor;
}

/**
 * An account is on the side on which it stands over all stores, so one store's cash does not leave the debits
 * because more was dropped than sold. Both sides are needed: over all accounts together balanced books come to 0, and
 * that would say nothing.
 */
export function balancesOf(cells: readonly BalancedCell[]): Balance[] {
  const accounts = groupBy(cells, ({ account, currency }) => JSON.stringify([account, currency]));
  const sides = groupBy([...accounts.values()], (members) =>
    JSON.stringify([members[0]?.currency, sideOf(members)]),
  );
  return [...sides.values()]
    .map((members) => balanceOf(members.flat(), sideOf(members[0] ?? [])))
    .sort((left, right) =>
      left.currency === right.currency
        ? left.side === 'debit'
          ? -1
          : 1
        : left.currency < right.currency
          ? -1
          : 1,
    );
}

function sideOf(cells: readonly BalancedCell[]): Balance['side'] {
  const pos = sumOf(cells, (cell) => cell.posMinor);
  const stands = pos === 0n ? sumOf(cells, (cell) => cell.ledgerMinor) : pos;
  return stands < 0n ? 'credit' : 'debit';
}

function balanceOf(cells: readonly BalancedCell[], side: Balance['side']): Balance {
  const pos = sumOf(cells, (cell) => cell.posMinor);
  const ledger = sumOf(cells, (cell) => cell.ledgerMinor);
  const above = sumOf(cells, (cell) => (BigInt(cell.explainedMinor) > 0n ? cell.explainedMinor : 0));
  const below = sumOf(cells, (cell) => (BigInt(cell.explainedMinor) < 0n ? cell.explainedMinor : 0));
  return {
    currency: cells[0]?.currency ?? '',
    side,
    cells: cells.length,
    differingCells: cells.filter((cell) => cell.posMinor !== cell.ledgerMinor).length,
    posMinor: toTotal(pos),
    ledgerMinor: toTotal(ledger),
    aboveMinor: toTotal(above),
    belowMinor: toTotal(below),
    unexplainedMinor: toTotal(pos - ledger - above - below),
  };
}

function sumOf(cells: readonly BalancedCell[], of: (cell: BalancedCell) => TotalMinor): bigint {
  return cells.reduce((sum, cell) => sum + BigInt(of(cell)), 0n);
}
