import { toastMessage, toastOrder } from '../toast-orders.ts';
import { at, byTime, msOf, type Sale, type VendorChange, type VendorDay } from './day.ts';
import { startFakeToast, type ToastWorld } from './toast-vendor.ts';

const time = (one: Sale, later = 0): string => at(one, later).replace('Z', '+0000');

export function toastDay(sales: readonly Sale[]): VendorDay {
  const world: ToastWorld = { orders: [] };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const guid = `order-${index}`;
    const amount = one.cents / 100;
    const paid = (more: object = {}) => ({
      guid: `p-${index}`,
      type: 'CASH',
      amount,
      paymentStatus: 'CAPTURED',
      paidDate: time(one, 2),
      paidBusinessDate: 20_260_302,
      ...more,
    });
    const change = (later: number, check: object, more: object = {}): VendorChange => {
      const order = {
        ...toastOrder(
          { openedDate: time(one), modifiedDate: time(one, later), ...more },
          {
            guid: `check-${index}`,
            openedDate: time(one),
            selections: [{ guid: `s-${index}`, displayName: one.text, quantity: 1, price: amount }],
            amount,
            totalAmount: amount,
            paidDate: undefined,
            ...check,
          },
        ),
        guid,
        modifiedDate: time(one, later),
      };
      return {
        atMs: msOf(one, later),
        happen: () => {
          const others = world.orders.filter((former) => former.guid !== guid);
          world.orders.splice(0, world.orders.length, ...others, order);
        },
        webhook: toastMessage({ order }, { guid: `m-${index}-${later}`, timestamp: at(one, later) }),
      };
    };
    const open = change(0, { paymentStatus: 'OPEN', payments: [] });
    const closed = { paymentStatus: 'CLOSED', paidDate: time(one, 2), payments: [paid()] };
    const voided = { voided: true, paymentStatus: 'CLOSED', payments: [paid({ paymentStatus: 'VOIDED' })] };
    if (one.fate === 'open') return [open];
    if (one.fate === 'cancelled') return [open, change(3, voided, { voided: true })];
    if (one.fate === 'touched') return [open, change(2, closed), change(6, closed)];
    if (one.fate !== 'refunded') return [open, change(2, closed)];
    const refund = { refundAmount: amount, refundDate: time(one, 20), refundBusinessDate: 20_260_302 };
    return [
      open,
      change(2, closed),
      change(20, { ...closed, payments: [paid({ refundStatus: 'FULL', refund })] }),
    ];
  });
  return {
    source: 'toast',
    location: 'rest-1',
    changes: byTime(changes),
    start: (options) => startFakeToast(world, options),
  };
}
