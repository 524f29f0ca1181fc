import { PermanentError } from '../../shared/errors.ts';
import { signStandardWebhook, STANDARD_WEBHOOK_HEADERS } from '../../shared/standard-webhooks.ts';
import { SECOND_MS, toInstant, type Clock } from '../../shared/time.ts';

/** The smoke test's dependencies. */
export interface SmokeParts {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** A currently valid secret of the source `tillstream`. */
  readonly secret: string;
  readonly clock: Clock;
  readonly pause: (durationMs: number) => Promise<void>;
  /** Names of the raw blobs that hold events of a business date. */
  readonly blobsOf: (businessDate: string) => Promise<readonly string[]>;
  /** Lines of a raw blob, streamed. */
  readonly lines: (name: string) => AsyncIterable<string[]>;
  readonly say: (line: string) => void;
}

export interface SmokeOptions {
  /** Address of the ingest app, without a trailing slash. */
  readonly url: string;
  readonly storeId: string;
  /** Event id; different for every run. */
  readonly id: string;
  readonly timeoutMs: number;
}

const POLL_MS = 10 * SECOND_MS;

/**
 * Sends one signed event and waits until it is in the raw landing. It is a training event, so it counts neither in
 * stock, nor at a till, nor in the ledger.
 * @returns the name of the raw blob that holds it.
 * @throws PermanentError `not-healthy`, `not-accepted` or `not-landed`, saying where to look.
 */
export async function smoke(parts: SmokeParts, options: SmokeOptions): Promise<string> {
  const { clock, say } = parts;
  const startedMs = clock();
  await checkHealth(parts, options.url);
  const businessDate = toInstant(startedMs).slice(0, 10);
  await send(parts, options, businessDate);
  say(`acknowledged after ${clock() - startedMs} ms; waiting for it to land`);
  const known = new Set<string>();
  for (;;) {
    for (const name of await parts.blobsOf(businessDate)) {
      // A raw blob never changes, so it is enough to read each one once.
      if (known.has(name)) continue;
      known.add(name);
      if (await holds(parts, name, `tillstream:${options.id}`)) {
        say(`landed in ${name} after ${Math.round((clock() - startedMs) / SECOND_MS)} s`);
        return name;
      }
    }
    if (clock() - startedMs > options.timeoutMs) {
      throw new PermanentError(
        'not-landed',
        `Event ${options.id} was acknowledged but is not in the raw landing: see docs/runbooks/lag.md`,
      );
    }
    await parts.pause(POLL_MS);
  }
}

async function checkHealth({ fetch, say }: SmokeParts, url: string): Promise<void> {
  const answer = await fetch(`${url}/health`);
  const text = await answer.text();
  say(`health: ${answer.status} ${text}`);
  if (answer.status !== 200) {
    throw new PermanentError(
      'not-healthy',
      `${url}/health answers ${answer.status}: see docs/runbooks/hub-down.md`,
    );
  }
}

async function send(
  { fetch, secret, clock }: SmokeParts,
  { url, id, storeId }: SmokeOptions,
  businessDate: string,
): Promise<void> {
  const body = JSON.stringify({
    id,
    kind: 'drawer',
    action: 'noSale',
    storeId,
    tillId: 'smoke-test',
    occurredAt: toInstant(clock()),
    businessDate,
    training: true,
    currency: 'EUR',
    amountMinor: 0,
    reason: 'smoke test',
  });
  const timestampS = Math.floor(clock() / SECOND_MS);
  const answer = await fetch(`${url}/webhooks/tillstream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [STANDARD_WEBHOOK_HEADERS.id]: id,
      [STANDARD_WEBHOOK_HEADERS.timestamp]: String(timestampS),
      [STANDARD_WEBHOOK_HEADERS.signature]: signStandardWebhook({ secret, id, timestampS, body }),
    },
    body,
  });
  const text = await answer.text();
  const { accepted } = (answer.ok ? JSON.parse(text) : {}) as { accepted?: number };
  if (accepted !== 1) {
    throw new PermanentError('not-accepted', `The webhook answers ${answer.status}: ${text}`);
  }
}

async function holds({ lines }: SmokeParts, name: string, eventId: string): Promise<boolean> {
  for await (const part of lines(name)) {
    if (part.some((line) => line.includes(`"eventId":${JSON.stringify(eventId)}`))) return true;
  }
  return false;
}
