import { pageAt, startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

type Json = Readonly<Record<string, unknown>>;
export interface StripeWorld {
  readonly payments: Array<Json & { id: string; created: number }>;
  readonly refunds: Array<Json & { id: string; payment_intent: string; created: number }>;
  /** Newest first, as Stripe lists them. */
  readonly events: Array<Json & { id: string; type: string; created: number }>;
}

export const startFakeStripe = (
  world: StripeWorld,
  options: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number } = {},
): Promise<FakeVendor> =>
  startFakeVendor({ ...options, answer: ({ url }) => answer(world, url, options.maxPage) });

function answer(world: StripeWorld, url: URL, maxPage = 100): unknown {
  const [, , list, id] = url.pathname.split('/').map(decodeURIComponent);
  if (list === 'payment_intents') return world.payments.find((one) => one.id === id);
  const payment = url.searchParams.get('payment_intent');
  const types = url.searchParams.getAll('types[]');
  const [from, to] = [url.searchParams.get('created[gte]'), url.searchParams.get('created[lt]')];
  const found = (list === 'events' ? world.events : world.refunds)
    .filter((one: Json) => payment === null || one['payment_intent'] === payment)
    .filter((one: Json) => types.length === 0 || types.includes(String(one['type'])))
    .filter(({ created }) => from === null || created >= Number(from))
    .filter(({ created }) => to === null || created < Number(to))
    .sort((left, right) => right.created - left.created);
  const after = url.searchParams.get('starting_after');
  const start = after === null ? 0 : found.findIndex((one) => one.id === after) + 1;
  const limit = Math.min(Number(url.searchParams.get('limit') ?? 10), 100, maxPage);
  const { items, next } = pageAt(found, String(start), limit);
  return { object: 'list', data: items, has_more: next !== undefined };
}
