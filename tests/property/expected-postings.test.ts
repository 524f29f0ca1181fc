import fc from 'fast-check';
import { postingsOfDrawer, postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { postingProfileSchema } from '../../shared/ledger/posting-profile.ts';
import type { Posting } from '../../shared/ledger/posting.ts';
import { EMPTY_SHIFT, postingsOfShiftClose, withOpening, withTaken } from '../../shared/ledger/shift-cash.ts';
import { eventId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import { takenIn } from '../../shared/pos/drawer-cash.ts';
import {
  TENDER_TYPES,
  type DrawerEvent,
  type ShiftEvent,
  type TenderType,
  type TransactionEvent,
} from '../../shared/pos/event.ts';
import { PROFILE, sale } from '../support/ledger-fixtures.ts';

const profile = postingProfileSchema.parse({
  accounts: {
    ...PROFILE.accounts,
    tax: { default: '261100', reduced: '261101', marketplace: '110901' },
    tender: { ...PROFILE.accounts.tender, voucher: '261900', storeCredit: '261950', other: '110901' },
    donations: '270300',
    breakage: '480100',
    byProduct: { DONATION: '270100', BOTTLE: '270200' },
    paidInByReason: { rent: '450100' },
    paidOutByReason: { window: '630100' },
  },
});

type Line = TransactionEvent['lines'][number];
/** What is sold, by which account it belongs to and which tax is on it. */
const SOLD: readonly [Pick<Line, 'type' | 'productCode'>, account: string, taxes: readonly string[]][] = [
  [{ type: 'sale', productCode: '1' }, '401000', ['standard']],
  [{ type: 'sale', productCode: '1' }, '401000', ['reduced', 'standard']],
  [{ type: 'sale', productCode: 'exempt' }, '401000', []],
  [{ type: 'sale', productCode: 'market' }, '401000', ['marketplace']],
  [{ type: 'return', productCode: '1' }, '401000', ['standard']],
  [{ type: 'giftCard', productCode: 'GC' }, '261500', []],
  [{ type: 'deposit', productCode: 'prepaid' }, '261600', []],
  [{ type: 'fee', productCode: 'service' }, '401900', ['standard']],
  [{ type: 'sale', productCode: 'DONATION' }, '270100', []],
  [{ type: 'donation', productCode: 'charity' }, '270300', []],
  [{ type: 'breakage', productCode: 'expired' }, '480100', []],
  [{ type: 'sale', productCode: 'BOTTLE' }, '270200', ['standard']],
];
const TAX_ACCOUNTS: Readonly<Record<string, string>> = {
  standard: '261100',
  reduced: '261101',
  marketplace: '110901',
};
const TENDER_ACCOUNTS: Partial<Record<TenderType, string>> = {
  cash: '110100',
  card: '110200',
  giftCard: '261500',
  voucher: '261900',
  storeCredit: '261950',
  other: '110901',
};

const wanted = fc.record({
  code: fc.constantFrom('EUR', 'JPY', 'KWD').map(currency),
  taxIncluded: fc.boolean(),
  tipMinor: fc.constantFrom(0, 0, 1, 350),
  roundingMinor: fc.constantFrom(0, 0, 2, -2, 4, -4),
  lines: fc.array(
    fc.record({
      kind: fc.nat({ max: SOLD.length - 1 }),
      netMinor: fc.oneof(fc.constantFrom(0, 1, 100, 100, 1_000), fc.integer({ min: 0, max: 500_000 })),
      taxMinor: fc.constantFrom(0, 1, 19, 190),
      negative: fc.boolean(),
      voided: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  tenders: fc.array(
    fc.record({
      type: fc.constantFrom(...TENDER_TYPES),
      share: fc.integer({ min: -500, max: 5_000 }),
      changeMinor: fc.constantFrom(0, 0, 1, 550),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
type Wanted = typeof wanted extends fc.Arbitrary<infer T> ? T : never;

/** A transaction that balances, and what the ledger should hold for it, worked out line by line and tender by tender. */
function built({ code, taxIncluded, tipMinor, roundingMinor, lines, tenders }: Wanted, at: number) {
  const expected = new Map<string, number>();
  const add = (account: string, minor: number): void =>
    void expected.set(account, (expected.get(account) ?? 0) + minor);
  let [netSum, taxSum] = [0, 0];
  const made = lines.map(({ kind, netMinor, taxMinor, negative, voided }, index): Line => {
    const [what, account, codes] = SOLD[kind] ?? SOLD[0]!;
    const sign = what.type === 'return' || negative ? -1 : 1;
    const taxes = codes.map((taxCode) => ({
      code: taxCode,
      taxableMinor: sign * netMinor,
      amountMinor: sign * taxMinor,
    }));
    const lineTax = taxes.length * sign * taxMinor;
    if (!voided) {
      add(account, -sign * netMinor);
      for (const tax of taxes) add(TAX_ACCOUNTS[tax.code] ?? '', -tax.amountMinor);
      netSum += sign * netMinor;
      taxSum += lineTax;
    }
    return {
      ...what,
      lineNumber: index + 1,
      quantityMilli: sign * 1000,
      unit: 'each',
      regularUnitPriceMinor: netMinor,
      actualUnitPriceMinor: netMinor,
      extendedAmountMinor: sign * netMinor + (taxIncluded ? lineTax : 0),
      ...(taxes.length > 0 && { taxes }),
      ...(voided && { voided }),
    };
  });
  const owed = netSum + taxSum + tipMinor + roundingMinor;
  add('261700', -tipMinor);
  add('690100', -roundingMinor);
  let left = owed;
  const paid = tenders.map(({ type, share, changeMinor }, index) => {
    const amountMinor = index === tenders.length - 1 ? left + changeMinor : share;
    left -= amountMinor - changeMinor;
    add(TENDER_ACCOUNTS[type] ?? '110900', amountMinor);
    add('110100', -changeMinor);
    return { type, amountMinor, ...(changeMinor > 0 && { changeMinor }) };
  });
  const transaction = sale(`T${at}`, 1, {
    currency: code,
    taxIncluded,
    lines: made,
    tenders: paid,
    totals: { netMinor: netSum, taxMinor: taxSum, grossMinor: netSum + taxSum, tipMinor, roundingMinor },
  });
  return { transaction, expected: new Map([...expected].filter(([, minor]) => minor !== 0)) };
}

const amounts = (postings: readonly Posting[]) =>
  new Map(postings.map(({ account, amountMinor }) => [account, amountMinor]));
const balanceOf = (postings: readonly Posting[]) =>
  postings.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

test('whatever is sold, returned, given, tipped and paid with is posted as worked out line by line, and balances', () => {
  fc.assert(
    fc.property(fc.array(wanted, { minLength: 1, maxLength: 5 }), (all) => {
      const balances = new Map<string, number>();
      all.forEach((one, at) => {
        const { transaction, expected } = built(one, at);
        const { postings, imbalanceMinor } = postingsOfTransaction(transaction, profile);
        expect(imbalanceMinor).toBe(0);
        expect(amounts(postings)).toEqual(expected);
        // Zero per currency at every prefix of the day.
        const { currency: code } = transaction;
        balances.set(code, (balances.get(code) ?? 0) + balanceOf(postings));
        expect([...balances.values()].every((balance) => balance === 0)).toBe(true);
      });
    }),
    { numRuns: 300 },
  );
});

test('a sale and its return, line for line and tender for tender, leave nothing in the ledger', () => {
  fc.assert(
    fc.property(wanted, (one) => {
      const { transaction } = built(one, 0);
      const turned = (minor: number): number => (minor === 0 ? 0 : -minor);
      const { totals } = transaction;
      const back: TransactionEvent = {
        ...transaction,
        lines: transaction.lines.map((line) => ({
          ...line,
          extendedAmountMinor: turned(line.extendedAmountMinor),
          ...(line.taxes && {
            taxes: line.taxes.map((tax) => ({ ...tax, amountMinor: turned(tax.amountMinor) })),
          }),
        })),
        tenders: takenIn(transaction).map(([type, amountMinor]) => ({
          type,
          amountMinor: turned(amountMinor),
        })),
        totals: {
          netMinor: turned(totals.netMinor),
          taxMinor: turned(totals.taxMinor),
          grossMinor: turned(totals.grossMinor),
          tipMinor: turned(totals.tipMinor ?? 0),
          roundingMinor: turned(totals.roundingMinor ?? 0),
        },
      };
      const sums = new Map<string, number>();
      for (const event of [transaction, back])
        for (const { account, amountMinor } of postingsOfTransaction(event, profile).postings)
          sums.set(account, (sums.get(account) ?? 0) + amountMinor);
      expect([...sums.values()].filter((minor) => minor !== 0)).toEqual([]);
    }),
  );
});

test('what a till added wrongly is the imbalance to the last unit, and is posted to no account', () => {
  fc.assert(
    fc.property(wanted, fc.integer({ min: -500, max: 500 }), (one, wrongMinor) => {
      const { transaction } = built(one, 0);
      const [first, ...rest] = transaction.tenders;
      if (!first) throw new Error('there is one');
      const wrong = {
        ...transaction,
        tenders: [{ ...first, amountMinor: first.amountMinor + wrongMinor }, ...rest],
      };
      const { postings, imbalanceMinor } = postingsOfTransaction(wrong, profile);
      expect(imbalanceMinor).toBe(wrongMinor);
      expect(balanceOf(postings)).toBe(wrongMinor);
    }),
  );
});

const { schemaVersion, source, storeId, tillId, occurredAt, businessDate, receivedAt, traceparent } = sale(
  '1',
  1,
);
const envelope = {
  schemaVersion,
  eventId: eventId('tillstream:x'),
  source,
  storeId,
  tillId,
  occurredAt,
  businessDate,
  receivedAt,
  traceparent,
  offline: false,
  training: false,
  version: 1,
  shiftId: 'SH1',
  currency: currency('EUR'),
};

test('drawer movements and counts balance, with the account of their reason', () => {
  const drawer = fc.record({
    action: fc.constantFrom<DrawerEvent['action']>('noSale', 'paidIn', 'paidOut', 'drop', 'float'),
    amountMinor: fc.nat({ max: 100_000 }),
    reason: fc.constantFrom(undefined, 'rent', 'window', 'other', '__proto__'),
  });
  fc.assert(
    fc.property(drawer, ({ action, amountMinor, reason }) => {
      const event: DrawerEvent = {
        ...envelope,
        kind: 'drawer',
        action,
        amountMinor,
        ...(reason && { reason }),
      };
      const postings = postingsOfDrawer(event, profile);
      expect(balanceOf(postings)).toBe(0);
      const other = postings.find(({ account }) => account !== '110100')?.account;
      if (amountMinor === 0 || action === 'noSale') expect(postings).toEqual([]);
      else if (action === 'paidIn') expect(other).toBe(reason === 'rent' ? '450100' : '690300');
      else if (action === 'paidOut') expect(other).toBe(reason === 'window' ? '630100' : '690400');
      else expect(other).toBe('110300');
    }),
  );
  const count = fc.record({
    tender: fc.constantFrom(...TENDER_TYPES),
    countedMinor: fc.integer({ min: -1_000, max: 100_000 }),
    tillExpectedMinor: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(count, { maxLength: 6 }),
      fc.boolean(),
      fc.nat({ max: 50_000 }),
      (counts, isOpened, takenMinor) => {
        const shiftEvent = (action: ShiftEvent['action'], changes: Partial<ShiftEvent>): ShiftEvent => ({
          ...envelope,
          kind: 'shift',
          action,
          ...changes,
        });
        const taken = withTaken(withTaken(EMPTY_SHIFT, 'cash', takenMinor), 'card', takenMinor);
        const shift = isOpened
          ? withOpening(taken, shiftEvent('opened', { openingFloatMinor: 10_000 }))
          : taken;
        const closing = shiftEvent('closed', {
          openingFloatMinor: 10_000,
          counts: counts.map(({ tillExpectedMinor, ...rest }) => ({
            ...rest,
            ...(tillExpectedMinor !== undefined && { tillExpectedMinor }),
          })),
        });
        const postings = postingsOfShiftClose(closing, shift, profile).map(({ account, amountMinor }) => ({
          account,
          amountMinor: Number(amountMinor),
        }));
        expect(balanceOf(postings)).toBe(0);
        const overShort = counts.reduce((sum, { tender, countedMinor, tillExpectedMinor }) => {
          const ownMinor = { cash: 10_000 + takenMinor, card: takenMinor }[tender as string] ?? 0;
          const expectedMinor = tillExpectedMinor ?? (isOpened ? ownMinor : countedMinor);
          return sum + countedMinor - expectedMinor;
        }, 0);
        expect(-(amounts(postings).get('690200') ?? 0) + 0).toBe(overShort + 0);
      },
    ),
  );
});
