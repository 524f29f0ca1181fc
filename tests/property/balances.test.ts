import fc from 'fast-check';
import type { TotalMinor } from '../../shared/money.ts';
import { balancesOf } from '../../shared/reconciliation/balances.ts';

const cell = (storeId: string, account: string, posMinor: number, ledgerMinor: number, currency = 'USD') => ({
  storeId,
  account,
  currency,
  posMinor,
  ledgerMinor,
  explainedMinor: posMinor - ledgerMinor,
});

test('a missing cash sale shows although the store dropped more cash than it took', () => {
  const cells = [
    cell('BOS01', '110100', -5_090, -12_783),
    cell('BOS01', '401000', -7_000, 0),
    cell('BOS01', '220100', -693, 0),
    cell('BOS01', '110900', 12_783, 12_783),
    cell('NYC01', '110100', 50_000, 50_000),
    cell('NYC01', '401000', -50_000, -50_000),
  ];
  expect(balancesOf(cells)).toEqual([
    {
      currency: 'USD',
      side: 'debit',
      cells: 3,
      differingCells: 1,
      posMinor: 57_693,
      ledgerMinor: 50_000,
      aboveMinor: 7_693,
      belowMinor: 0,
      unexplainedMinor: 0,
    },
    {
      currency: 'USD',
      side: 'credit',
      cells: 3,
      differingCells: 2,
      posMinor: -57_693,
      ledgerMinor: -50_000,
      aboveMinor: 0,
      belowMinor: -7_693,
      unexplainedMinor: 0,
    },
  ]);
});

// Equal and opposite amounts are frequent, as those are what cancels out.
const amount = fc.oneof(
  fc.constantFrom(-500, -100, 0, 100, 500),
  fc.integer({ min: -(10 ** 11), max: 10 ** 11 }),
);
const cells = fc.array(
  fc
    .tuple(
      fc.constantFrom('S1', 'S2'),
      fc.constantFrom('cash', 'card', 'revenue', 'tax'),
      amount,
      amount,
      fc.constantFrom('EUR', 'USD'),
    )
    .map(([storeId, account, pos, ledger, currency]) => cell(storeId, account, pos, ledger, currency)),
  { maxLength: 30 },
);

test('no difference is left out of the head, and the head adds up', () => {
  fc.assert(
    fc.property(cells, (all) => {
      const balances = balancesOf(all);
      const total = (of: (balance: (typeof balances)[number]) => TotalMinor): number =>
        balances.reduce((sum, balance) => sum + Number(of(balance)), 0);
      const differences = all.map((one) => one.posMinor - one.ledgerMinor);
      expect(total((one) => one.cells)).toBe(all.length);
      expect(total((one) => one.differingCells)).toBe(differences.filter((one) => one !== 0).length);
      expect(total((one) => one.aboveMinor)).toBe(
        differences.reduce((sum, one) => sum + Math.max(0, one), 0),
      );
      expect(total((one) => one.belowMinor)).toBe(
        differences.reduce((sum, one) => sum + Math.min(0, one), 0),
      );
      for (const one of balances) {
        expect(one.unexplainedMinor).toBe(0);
        expect(Number(one.posMinor) - Number(one.ledgerMinor)).toBe(
          Number(one.aboveMinor) + Number(one.belowMinor),
        );
      }
    }),
  );
});

test('what no exception explains shows as unexplained', () => {
  fc.assert(
    fc.property(amount, (missing) => {
      const [balance] = balancesOf([{ ...cell('S1', 'cash', 1_000, 200), explainedMinor: 800 - missing }]);
      expect(balance?.unexplainedMinor).toBe(missing);
    }),
  );
});
