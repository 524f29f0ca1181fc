import type { BusinessDate } from '../../ids.ts';
import type { LedgerRowError } from '../../ledger/ledger-row.ts';
import { toTotal, type Currency } from '../../money.ts';
import type { ReconciliationException } from '../exception.ts';
import { groupBy } from '../group-by.ts';
import { checkSettlementClaims } from './check-settlement.ts';
import { matchCards, type CardMatch } from './match-cards.ts';
import { matchPayouts } from './match-payouts.ts';
import { settlementExceptions } from './settlement-exceptions.ts';
import type { CardTotals, SettlementDay, SettlementSides } from './settlement-day.ts';

const MAX_ROW_ERRORS = 200;

/** Compares the card payments of a business date with the acquirers' reports, and their payouts with ledger and bank. */
export function settleDay(
  businessDate: BusinessDate,
  sides: SettlementSides,
  rowErrors: readonly LedgerRowError[],
): { day: SettlementDay; exceptions: ReconciliationException[]; violations: string[] } {
  const match = matchCards(businessDate, sides.payments, sides.entries);
  const payouts = matchPayouts(businessDate, sides, match);
  const exceptions = settlementExceptions(businessDate, sides, match, payouts);
  return {
    day: {
      cards: cardTotals(businessDate, sides, match),
      payouts,
      rowErrors: rowErrors.slice(0, MAX_ROW_ERRORS),
      rowErrorsOmitted: Math.max(0, rowErrors.length - MAX_ROW_ERRORS),
    },
    exceptions,
    violations: checkSettlementClaims(exceptions, sides),
  };
}

function cardTotals(
  businessDate: BusinessDate,
  { payments }: SettlementSides,
  match: CardMatch,
): CardTotals[] {
  const own = payments.filter((payment) => payment.businessDate === businessDate);
  const settled = new Set(match.pairs.map(({ payment }) => payment));
  return [...groupBy(own, ({ currency }) => currency)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([currency, members]: [Currency, typeof own]) => {
      const sum = (of: typeof own) =>
        toTotal(of.reduce((total, { amountMinor }) => total + BigInt(amountMinor), 0n));
      const found = members.filter((payment) => settled.has(payment));
      return {
        currency,
        tillMinor: sum(members),
        settledMinor: sum(found),
        payments: members.length,
        settled: found.length,
        matchedBy: match.matchedBy,
      };
    });
}
