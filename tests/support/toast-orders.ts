/** Messages of Toast, as small as a case allows. */
type Json = Readonly<Record<string, unknown>>;

export const toastOrder = (more: Json = {}, check: Json = {}): Json & { guid: string } => ({
  guid: 'order-1',
  businessDate: 20260302,
  openedDate: '2026-03-02T11:00:00.000+0000',
  modifiedDate: '2026-03-02T11:30:00.456+0000',
  checks: [
    {
      guid: 'check-1',
      displayNumber: '12',
      openedDate: '2026-03-02T11:00:00.000+0000',
      paidDate: '2026-03-02T11:30:00.000+0000',
      paymentStatus: 'CLOSED',
      amount: 1.19,
      taxAmount: 0,
      totalAmount: 1.19,
      selections: [{ guid: 's1', displayName: 'Milk', plu: '4006381333931', quantity: 1, price: 1.19 }],
      payments: [
        {
          guid: 'p1',
          type: 'CASH',
          amount: 1.19,
          paidDate: '2026-03-02T11:30:00.000+0000',
          paidBusinessDate: 20260302,
        },
      ],
      ...check,
    },
  ],
  ...more,
});

export const toastMessage = (details: Json, more: Json = {}): Json => ({
  timestamp: '2026-03-02T11:30:01.000Z',
  eventCategory: 'order_updated',
  eventType: 'order_updated',
  guid: 'event-1',
  details: { restaurantGuid: 'rest-1', ...details },
  ...more,
});
