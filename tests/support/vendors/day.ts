import fc from 'fast-check';
import type { FakeVendor, FakeVendorOptions } from './fake-vendor.ts';

/** A day at a vendor: what changes there, and the webhook that it sends of each change. */
export interface VendorDay {
  readonly source: string;
  /** The vendor's own id of the place that is listed. */
  readonly location: string;
  readonly changes: readonly VendorChange[];
  start(options?: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number }): Promise<FakeVendor>;
}
export interface VendorChange {
  readonly atMs: number;
  /** Makes it so at the vendor. */
  readonly happen: () => void;
  readonly webhook: unknown;
  /** Headers that the vendor sends beside the signature. */
  readonly contentType?: string;
}

/** 2 March in Berlin, whose date changes at four in the morning. */
export const DAY = {
  businessDate: '2026-03-02',
  fromMs: Date.parse('2026-03-02T03:00:00Z'),
  toMs: Date.parse('2026-03-03T03:00:00Z'),
};

/** One sale: when, for how much, and what becomes of it. Equal amounts and equal minutes are wanted. */
export const sale = fc.record({
  minute: fc.integer({ min: 0, max: 23 * 60 }),
  cents: fc.constantFrom(119, 119, 1, 250, 99_999),
  text: fc.constantFrom('Milk', 'Milch 🥛', 'a\u0301e\u200d', '牛乳'),
  fate: fc.constantFrom('sold', 'sold', 'refunded', 'open', 'cancelled', 'touched'),
});
export type Sale = typeof sale extends fc.Arbitrary<infer T> ? T : never;

export const msOf = ({ minute }: Sale, later = 0): number => DAY.fromMs + (minute + later) * 60_000;
export const at = (one: Sale, later = 0): string => new Date(msOf(one, later)).toISOString();
export const byTime = (changes: VendorChange[]): VendorChange[] =>
  changes.sort((left, right) => left.atMs - right.atMs);
export const replace = <T extends { id: unknown }>(list: T[], one: T): void => {
  const found = list.findIndex(({ id }) => id === one.id);
  if (found >= 0) list.splice(found, 1);
  list.push(one);
};
