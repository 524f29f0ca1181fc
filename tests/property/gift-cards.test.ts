import fc from 'fast-check';
import { giftCardMovementOf } from '../../shared/ledger/gift-cards.ts';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { LINE_TYPES, TENDER_TYPES, type TransactionEvent } from '../../shared/pos/event.ts';
import { PROFILE, sale } from '../support/ledger-fixtures.ts';

test('sold less redeemed less expired is what the liability changes by, whatever a transaction holds', () => {
  const amount = fc.constantFrom(-5_000, -1, 0, 1, 1, 5_000, 5_000);
  const line = fc.record({ type: fc.constantFrom(...LINE_TYPES), amountMinor: amount, voided: fc.boolean() });
  const tender = fc.record({
    type: fc.constantFrom(...TENDER_TYPES),
    amountMinor: amount,
    changeMinor: fc.constantFrom(0, 0, 100),
  });
  const expiry = fc.constantFrom(0, 0, 700);
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 6 }),
      fc.array(tender, { maxLength: 4 }),
      expiry,
      (lines, tenders, expiredMinor) => {
        const all = [
          ...lines.filter(({ type }) => type !== 'breakage'),
          ...(expiredMinor === 0
            ? []
            : [
                { type: 'giftCard' as const, amountMinor: -expiredMinor, voided: false },
                { type: 'breakage' as const, amountMinor: expiredMinor, voided: false },
              ]),
        ];
        const counted = all.filter(({ voided }) => !voided);
        const netMinor = counted.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
        const transaction: TransactionEvent = sale('1', 0, {
          lines: all.map(({ type, amountMinor, voided }, index) => ({
            lineNumber: index + 1,
            type,
            productCode: 'X',
            quantityMilli: 1000,
            unit: 'each',
            regularUnitPriceMinor: 0,
            actualUnitPriceMinor: 0,
            extendedAmountMinor: amountMinor,
            voided,
          })),
          tenders,
          totals: { netMinor, taxMinor: 0, grossMinor: netMinor },
        });
        const movement = giftCardMovementOf(transaction, PROFILE);
        const { soldMinor = 0, redeemedMinor = 0 } = movement ?? {};
        const { postings } = postingsOfTransaction(transaction, PROFILE);
        const liability = postings.find(({ account }) => account === PROFILE.accounts.giftCardLiability);
        expect(soldMinor - redeemedMinor - expiredMinor).toBe(0 - (liability?.amountMinor ?? 0));
        expect(movement?.expiredMinor ?? 0).toBe(expiredMinor);
      },
    ),
  );
});
