import type { TotalMinor } from '../../money.ts';
import type { Claim } from '../claim.ts';
import type { ReconciliationException } from '../exception.ts';
import type { SettlementSides } from './settlement-day.ts';

/**
 * Checks what each exception of the third side claims against till and acquirer again, by plain sums over all rows. It
 * shares nothing with the matcher but the data.
 * @returns a sentence for each claim that does not hold
 */
export function checkSettlementClaims(
  exceptions: readonly ReconciliationException[],
  sides: SettlementSides,
): string[] {
  return exceptions.flatMap((exception) => {
    const { claim, storeId, category, subject } = exception;
    const fault =
      claim.kind === 'card'
        ? cardFault(exception, claim, sides)
        : claim.kind === 'settlement-row'
          ? rowFault(claim, sides)
          : claim.kind === 'payout'
            ? payoutFault(claim, sides)
            : claim.kind === 'fees'
              ? feeFault(exception, claim, sides)
              : undefined;
    return fault === undefined ? [] : [`${storeId} ${category} ${subject}: ${fault}`];
  });
}

type Kind<K extends Claim['kind']> = Extract<Claim, { kind: K }>;

function cardFault(
  { businessDate, storeId, currency }: ReconciliationException,
  claim: Kind<'card'>,
  { payments, entries }: SettlementSides,
): string | undefined {
  const wanted = new Set(claim.transactionIds);
  const own = new Set(
    payments.filter(
      (payment) =>
        payment.businessDate === businessDate &&
        payment.storeId === storeId &&
        payment.currency === currency &&
        wanted.has(payment.transactionId),
    ),
  );
  let [till, acquirer] = [0n, 0n];
  for (const payment of own) till += BigInt(payment.amountMinor);
  // A number that other payments have too says nothing about these.
  const shared = new Set(payments.filter((one) => !own.has(one)).flatMap(({ references }) => references));
  for (const kind of ['capture', 'refund']) {
    const names = new Set(
      [...own]
        .filter(({ amountMinor }) => amountMinor > 0 === (kind === 'capture'))
        .flatMap(({ references }) => references)
        .filter((reference) => !shared.has(reference)),
    );
    for (const row of entries)
      if (
        row.kind === kind &&
        row.currency === currency &&
        (names.has(row.reference) || names.has(row.merchantReference))
      )
        acquirer += BigInt(row.grossMinor);
  }
  return differ('the till', claim.tillMinor, till) ?? differ('the acquirer', claim.acquirerMinor, acquirer);
}

function rowFault(claim: Kind<'settlement-row'>, { entries }: SettlementSides): string | undefined {
  const isThere = entries.some(
    ({ readAt, grossMinor }) =>
      readAt.part === claim.file && readAt.row === claim.row && grossMinor === claim.grossMinor,
  );
  return isThere ? undefined : 'no report has this row';
}

function payoutFault(claim: Kind<'payout'>, { entries }: SettlementSides): string | undefined {
  let [net, paid] = [0n, 0n];
  for (const { acquirer, payoutId, netCurrency, kind, netMinor } of entries) {
    if (acquirer !== claim.acquirer || payoutId !== claim.payoutId || netCurrency !== claim.currency)
      continue;
    if (kind === 'payout') paid -= BigInt(netMinor);
    else if (kind !== 'bank') net += BigInt(netMinor);
  }
  return differ('its rows', claim.netMinor, net) ?? differ('its payout', claim.paidOutMinor ?? 0, paid);
}

/** By exact fractions, where the comparison itself rounds. */
function feeFault(
  { businessDate }: ReconciliationException,
  claim: Kind<'fees'>,
  { entries, agreedFees = [] }: SettlementSides,
): string | undefined {
  let [payments, fee, agreed] = [0, 0n, 0n];
  for (const one of entries) {
    if (one.kind !== 'capture' || one.grossMinor <= 0 || one.occurredOn !== businessDate) continue;
    if (
      one.acquirer !== claim.acquirer ||
      one.currency !== claim.currency ||
      one.netCurrency !== one.currency
    )
      continue;
    const rate = agreedFees.find((two) => two.acquirer === one.acquirer && two.currency === one.currency);
    if (!rate) continue;
    const millionths = BigInt(one.grossMinor) * BigInt(rate.ratePpm);
    const due = (millionths + 500_000n) / 1_000_000n + BigInt(rate.fixedMinor);
    if (Math.abs(Number(BigInt(one.feeMinor) - due)) <= rate.toleranceMinor) continue;
    payments += 1;
    fee += BigInt(one.feeMinor);
    agreed += due;
  }
  return (
    differ('the payments', claim.payments, BigInt(payments)) ??
    differ('the fees', claim.feeMinor, fee) ??
    differ('what is agreed', claim.agreedMinor, agreed)
  );
}

const differ = (who: string, claimed: TotalMinor, found: bigint): string | undefined =>
  BigInt(claimed) === found ? undefined : `it says ${claimed} of ${who}, the data says ${found}`;
