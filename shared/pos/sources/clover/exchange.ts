import { timeOf, type FoundOrder } from './head.ts';
import type { CloverLine, CloverRefund } from './order-schema.ts';

/**
 * Items that were taken back for others within one order. Clover marks an item that was taken back as `exchanged` and
 * links the two; which of them holds the link is not documented, so both directions are read.
 */
export interface Exchange {
  readonly atMs: number;
  readonly takenBack: readonly CloverLine[];
  readonly handedOut: readonly CloverLine[];
  /** What was paid back, where the items handed out cost less. */
  readonly refund?: CloverRefund;
}

/** Money that was paid back is recorded up to so long before the item that it was paid back for. */
const SLACK_MS = 10 * 60_000;

/** @returns undefined where nothing was exchanged, or Clover does not say for what. */
export function exchangeOf({ order, items }: FoundOrder): Exchange | undefined {
  const takenBack = items.filter(({ exchanged }) => exchanged === true);
  const taken = new Set(takenBack.map(({ id }) => id));
  const linked = new Set(takenBack.flatMap(({ exchangedLineItem }) => exchangedLineItem?.id ?? []));
  const handedOut = items.filter(
    (item) => item.exchanged !== true && (linked.has(item.id) || taken.has(item.exchangedLineItem?.id ?? '')),
  );
  const times = handedOut.flatMap(({ createdTime }) => createdTime ?? []);
  if (takenBack.length === 0 || times.length === 0) return undefined;
  const atMs = Math.min(...times);
  const refund = order.refunds.find(
    (one) => one.lineItems.length === 0 && timeOf(one) >= atMs - SLACK_MS && one.status !== 'FAIL',
  );
  return { atMs, takenBack, handedOut, ...(refund === undefined ? {} : { refund }) };
}
