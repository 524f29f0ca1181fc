import { z } from 'zod';
import { storeIdSchema, type StoreId } from '../ids.ts';
import { posSourceSchema, type PosSource } from './event.ts';
import { sourceNamed, unknownSourceMessage } from './sources/registry.ts';

/** Part of an address and of a secret's name. No double hyphen, as one separates source and sender there. */
const senderName = z
  .string()
  .max(60)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens');

/**
 * `senders.json` of the master data: merchants, or single terminals, that have their own secret and may write only
 * their own stores. A sender posts to `/webhooks/{source}/{sender}` and signs with `webhook-{source}--{sender}`.
 */
export const sendersFileSchema = z.strictObject({
  senders: z
    .array(
      z.strictObject({
        source: posSourceSchema.describe('The source in its address, such as tillstream.'),
        sender: senderName.describe(
          'Its name in the address `/webhooks/{source}/{sender}` and in its secret `webhook-{source}--{sender}`.',
        ),
        stores: z
          .array(storeIdSchema)
          .min(1)
          .max(10_000)
          .describe('The only stores whose events it may send.'),
        requestsPerSecond: z
          .number()
          .min(0.1)
          .max(10_000)
          .optional()
          .describe(
            'Requests a second that each instance of the app takes of it, on average; a body counts once for each 64 KiB begun. Beyond that it is told when to come back. The default is 2,000.',
          ),
      }),
    )
    .max(50_000)
    .describe('All senders with their own secrets.')
    .superRefine((senders, context) => {
      const seen = new Set<string>();
      for (const [index, { source, sender }] of senders.entries()) {
        if (!sourceNamed(source)) {
          const message = unknownSourceMessage(source);
          context.addIssue({ code: 'custom', path: [index, 'source'], message });
        }
        const key = `${source}/${sender}`;
        if (seen.has(key)) {
          context.addIssue({ code: 'custom', path: [index, 'sender'], message: `${key} is a duplicate` });
        }
        seen.add(key);
      }
    }),
});

/** Which stores each sender may write. */
export interface Senders {
  /** The stores of a sender; undefined where there is no such sender. */
  storesOf(source: PosSource, sender: string): ReadonlySet<StoreId> | undefined;
  /** What a sender may send on average, where it has a limit of its own. */
  requestsPerSecondOf(source: PosSource, sender: string): number | undefined;
  /** The senders of a source. */
  of(source: PosSource): ReadonlyArray<{ readonly sender: string; readonly stores: readonly StoreId[] }>;
}

export const NO_SENDERS: Senders = {
  storesOf: () => undefined,
  requestsPerSecondOf: () => undefined,
  of: () => [],
};

export function indexSenders({ senders }: z.infer<typeof sendersFileSchema>): Senders {
  const byName = new Map(
    senders.map(({ source, sender, stores, requestsPerSecond }) => [
      `${source}/${sender}`,
      { stores: new Set(stores), requestsPerSecond },
    ]),
  );
  return {
    storesOf: (source, sender) => byName.get(`${source}/${sender}`)?.stores,
    requestsPerSecondOf: (source, sender) => byName.get(`${source}/${sender}`)?.requestsPerSecond,
    of: (source) => senders.filter((one) => one.source === source),
  };
}
