import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { exceptionOfFinding } from '../../shared/reconciliation/data-exceptions.ts';
import type { QualityFinding } from '../../shared/reconciliation/quality-findings.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { DATE, PROFILE, sale } from '../support/ledger-fixtures.ts';

const payment = sale('PAY1', 1_000, { quality: ['payment-without-order', 'unknown-product'] });

function findingsOf(...events: TransactionEvent[]): readonly QualityFinding[] {
  const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => Number.MAX_VALUE });
  for (const event of events) book.add(event);
  return book.close().flatMap(({ findings }) => findings);
}

test('finance is told of a payment without an order in a way of its own, with its amount', () => {
  const [finding, ...others] = findingsOf(payment);
  expect(others).toEqual([]);
  if (finding?.kind !== 'payment-without-order') throw new Error('it is not told');
  expect(exceptionOfFinding(finding, payment.storeId, DATE)).toMatchObject({
    category: 'payment-without-order',
    owner: 'Finance',
    subject: 'PAY1',
    amountMinor: 1_190,
    currency: 'EUR',
    detail: expect.stringContaining('11.90 EUR') as unknown,
  });
});

test('once its order has taken it back, nothing is left to tell', () => {
  const takenBack = { ...payment, version: 10 ** 15, status: 'cancelled' as const, lines: [] };
  expect(findingsOf(payment, { ...takenBack, eventId: sale('other', 1).eventId })).toEqual([]);
});
