import { commerceHeader, commerceLine, commercePayment } from '../dynamics-commerce-rows.ts';
import { startFakeCommerce, type CommerceWorld } from './commerce-vendor.ts';
import { byTime, msOf, type Sale, type VendorChange, type VendorDay } from './day.ts';

/** Transactions come whole, and are never changed; what is refunded is one of its own. Berlin is an hour ahead in March. */
export function commerceDay(sales: readonly Sale[]): VendorDay {
  const world: CommerceWorld = { headers: [], lines: [], payments: [], taxes: [] };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const transaction = (later: number, direction: 1 | -1, more: object = {}): VendorChange => {
      const localMs = msOf(one, later) + 3_600_000;
      const number = `N-${index}${direction < 0 ? '-back' : ''}`;
      const key = { TransactionNumber: number };
      const day = `${new Date(localMs).toISOString().slice(0, 10)}T12:00:00Z`;
      const amount = ((direction * one.cents) / 100).toFixed(10);
      const below = ((-direction * one.cents) / 100).toFixed(10);
      return {
        atMs: msOf(one, later),
        happen: () => {
          world.headers.push(
            commerceHeader({
              ...key,
              TransactionDate: day,
              TransactionTime: Math.floor((localMs % 86_400_000) / 1_000),
              GrossAmount: below,
              PaymentAmount: amount,
              SaleIsReturnSale: direction < 0 ? 'Yes' : 'No',
              ...more,
            }),
          );
          world.lines.push(
            commerceLine({
              ...key,
              Quantity: `${-direction}.0000000000`,
              Price: (one.cents / 100).toFixed(10),
              NetAmount: below,
              NetAmountInclusiveTax: below,
            }),
          );
          if (!('TransactionStatus' in more)) world.payments.push(commercePayment(amount, key));
          else world.headers[world.headers.length - 1] = { ...world.headers.at(-1), NumberOfPaymentLines: 0 };
        },
        webhook: {
          BusinessEventId: 'RetailTransactionPosted',
          BusinessEventLegalEntity: 'usrt',
          ControlNumber: 5_637_144_576 + index,
          EventId: `event-${number}`,
          EventTime: `/Date(${msOf(one, later) + 60_000})/`,
          dataAreaId: 'usrt',
          OperatingUnitNumber: 'HOUSTON',
          Terminal: 'HOUSTON-3',
          ...key,
        },
      };
    };
    if (one.fate === 'open') return [];
    if (one.fate === 'cancelled') return [transaction(2, 1, { TransactionStatus: 'Voided' })];
    if (one.fate === 'refunded') return [transaction(2, 1), transaction(20, -1)];
    return [transaction(2, 1)];
  });
  return {
    source: 'dynamics-commerce',
    location: 'HOUSTON',
    changes: byTime(changes),
    start: (options) => startFakeCommerce(world, options),
  };
}
