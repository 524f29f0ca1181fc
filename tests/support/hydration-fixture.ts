import { createHydrate } from '../../functions/webhooks/hydrate.ts';
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { vendorTokens } from '../../functions/webhooks/vendor-token.ts';
import { jsonLogger } from '../../shared/log.ts';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent, TransactionEvent } from '../../shared/pos/event.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { NO_SENDERS } from '../../shared/pos/senders.ts';
import type { HydrateRequest, WebhookSource } from '../../shared/pos/sources/source.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { PROFILE } from './ledger-fixtures.ts';
import { PSEUDONYM_KEYS, secretsOf } from './secrets.ts';
import { NOW_MS } from './webhook-fixture.ts';
import { tokenParts } from './token-parts.ts';

export interface Hydrated {
  readonly events: PosEvent[];
  readonly letters: DeadLetter[];
  /** After how long something was to be asked for again. */
  readonly delaysMs: number[];
  readonly logLines: string[];
}

/** Takes notices the whole way of the queue `hydrate`, at once whatever the delays, against a vendor's API. */
export async function hydrateAll(
  source: WebhookSource,
  requests: readonly HydrateRequest[],
  options: {
    readonly apiUrl: string;
    readonly catalog: Catalog;
    readonly secrets: Readonly<Record<string, [string, ...string[]]>>;
    readonly nowMs?: number;
  },
): Promise<Hydrated> {
  const events: PosEvent[] = [];
  const letters: DeadLetter[] = [];
  const delaysMs: number[] = [];
  const logLines: string[] = [];
  const queue = requests.map((request) => JSON.stringify({ attempt: 0, ...request }));
  const hydrate = createHydrate({
    tokens: vendorTokens(
      tokenParts(() => options.nowMs ?? NOW_MS, {
        tokenUrls: { [source.source]: `${options.apiUrl}/token` },
      }),
    ),
    sourceNamed: (name) => (name === source.source ? source : undefined),
    senders: () => Promise.resolve(NO_SENDERS),
    vendorApi: (name, hydration, token, sender) =>
      vendorApi({ source: name, access: hydration, token, sender, apiUrl: options.apiUrl, fetchFrom: fetch }),
    queue: {
      put(request, tries = { attempt: 0, notFound: 0 }, delayMs = 0) {
        if (delayMs > 0) delaysMs.push(delayMs);
        queue.push(JSON.stringify({ ...tries, ...request }));
        return Promise.resolve();
      },
    },
    catalog: () => Promise.resolve(options.catalog),
    secrets: secretsOf({ ...PSEUDONYM_KEYS, ...options.secrets }),
    publisher: {
      publish(published) {
        events.push(...published.map(({ body }) => JSON.parse(body.toString('utf8')) as PosEvent));
        return Promise.resolve({ published: published.length, spilled: 0, tooLarge: [] });
      },
    },
    deadLetters: {
      bury(letter) {
        letters.push(letter);
        return Promise.resolve();
      },
    },
    clock: () => options.nowMs ?? NOW_MS,
  });
  const log = jsonLogger((_level, line) => void logLines.push(line));
  for (let message = queue.shift(); message !== undefined; message = queue.shift())
    await hydrate(message, log);
  return { events, letters, delaysMs, logLines };
}

const NAMES: Readonly<Record<string, string>> = {
  '110100': 'cash',
  '110200': 'card',
  '110900': 'other',
  '261500': 'gift cards',
  '261600': 'deposits',
  '401000': 'revenue',
  '401900': 'fees',
  '261100': 'tax',
  '261101': 'tax reduced',
  '261700': 'tips',
  '690100': 'rounding',
};

/**
 * What the books should hold, by the name of the account, and that it balances. A transaction that is not in force is
 * posted nowhere.
 */
export function booksOf(event: PosEvent | undefined): Record<string, number> {
  if (event?.kind !== 'transaction') throw new Error('no transaction');
  if (!isInForce(event)) return {};
  const { postings } = postingsOfTransaction(event, PROFILE);
  expect(imbalanceOf(postings)).toBe(0);
  return Object.fromEntries(
    postings.map(({ account, amountMinor }) => [NAMES[account] ?? account, amountMinor]),
  );
}

export const transactionsOf = (events: readonly PosEvent[]): TransactionEvent[] =>
  events.filter((event) => event.kind === 'transaction');
