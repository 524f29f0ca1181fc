import {
  CASH,
  MERCHANT,
  cloverLine,
  cloverOrder,
  cloverPayment,
  type CloverFixture,
} from '../clover-server.ts';
import { startFakeClover, type CloverWorld } from './clover-vendor.ts';
import { byTime, msOf, type Sale, type VendorChange, type VendorDay } from './day.ts';

export function cloverDay(sales: readonly Sale[]): VendorDay {
  const world: CloverWorld = { orders: new Map(), cash: [] };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const id = `ORDER${index}`;
    const ms = (later: number): number => msOf(one, later) + index;
    const line = cloverLine(`L${index}`, one.cents, { name: one.text, createdTime: ms(0) });
    const paid = (more: object = {}) =>
      cloverPayment(`P${index}`, one.cents, 0, {
        order: { id },
        tender: CASH,
        createdTime: ms(2),
        clientCreatedTime: ms(2),
        modifiedTime: ms(2),
        ...more,
      });
    const change = (
      later: number,
      fixture: Omit<CloverFixture, 'order' | 'lineItems'>,
      more: object = {},
      notice: { objectId?: string; isOrderTouched?: boolean } = {},
    ): VendorChange => ({
      atMs: ms(later),
      happen: () => {
        const former = world.orders.get(id);
        const modifiedTime = notice.isOrderTouched === false ? former?.order['modifiedTime'] : ms(later);
        const order = cloverOrder({ id, createdTime: ms(0), ...former?.order, ...more, modifiedTime });
        world.orders.set(id, { ...former, ...fixture, lineItems: [line], order });
      },
      webhook: noticeOf(notice.objectId ?? `O:${id}`, ms(later)),
    });
    const open = change(0, {}, { state: 'open', paymentState: 'OPEN' });
    const sold = change(2, { payments: [paid()] }, { state: 'locked', paymentState: 'PAID' });
    const drawer: VendorChange = {
      atMs: ms(1),
      happen: () =>
        void world.cash.push({
          type: 'LOAD',
          amountChange: one.cents,
          timestamp: ms(1),
          device: { id: 'D' },
        }),
      webhook: noticeOf(`CA:C${index}`, ms(1)),
    };
    if (one.fate === 'open') return [open, drawer];
    if (one.fate === 'cancelled')
      return [open, sold, change(4, { payments: [], voids: [paid({ result: 'VOIDED' })] })];
    if (one.fate === 'touched') {
      // The tip is adjusted in the payment, and the order stays as it was.
      const tipped = paid({ tipAmount: 100, modifiedTime: ms(6) });
      return [
        open,
        sold,
        change(6, { payments: [tipped] }, {}, { objectId: `P:P${index}`, isOrderTouched: false }),
      ];
    }
    if (one.fate !== 'refunded') return [open, sold];
    const refund = { id: `R${index}`, amount: one.cents, createdTime: ms(20), payment: { id: `P${index}` } };
    return [
      open,
      sold,
      change(
        20,
        { refunds: [{ ...refund, orderRef: { id } }] },
        { paymentState: 'REFUNDED' },
        { isOrderTouched: false },
      ),
    ];
  });
  return {
    source: 'clover',
    location: MERCHANT,
    changes: byTime(changes),
    start: (options) => startFakeClover(world, options),
  };
}

const noticeOf = (objectId: string, ts: number): unknown => ({
  appId: 'APP',
  merchants: { [MERCHANT]: [{ objectId, type: 'UPDATE', ts }] },
});
