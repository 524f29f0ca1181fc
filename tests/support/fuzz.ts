import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { SOURCES } from '../../shared/pos/sources/registry.ts';
import type { WebhookSource } from '../../shared/pos/sources/source.ts';
import { NOW_MS, SECRET, webhookFixture } from './webhook-fixture.ts';

/** What became of fuzzed bodies: how many were answered with each status. */
export interface Fuzzed {
  readonly statuses: Map<number, number>;
  /** `<source>: <what happened>` of what must never happen. */
  readonly faults: string[];
}

/** Names that the sources look for, so that a body gets past the first check. */
const NAMES =
  `id type kind data object event_id order_id orders events version updated_at created payment refund
  order_updated inventory_counts quantity state location_id line_items livemode notificationItems
  NotificationRequestItem additionalData eventCode success pspReference amount value currency merchants
  objectId ts payload timestamp storeId tillId lines tenders totals occurredAt businessDate guid details
  checks payments __proto__ constructor toString`.split(/\s+/);

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1e308,
    -0,
    2 ** 53,
    4111111111111111,
    '',
    '2026-03-02T11:00:00Z',
    'EUR',
    'COMPLETED',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\ud800',
    'a\u0000b',
    '💶'.repeat(50),
    '9'.repeat(400),
    'inventory.count.updated',
    'payment_intent.succeeded',
  ),
  fc.double(),
  fc.integer(),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: false },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 8 })), tie('value'), {
      maxKeys: 6,
    }),
  ),
})).value;

const xml = fc
  .array(
    fc.constantFrom(
      '<POSLog>',
      '</POSLog>',
      '<Transaction>',
      '</Transaction>',
      '<A b="1"/>',
      '&amp;',
      '&x;',
      '<!DOCTYPE a>',
      '<![CDATA[',
      ']]>',
      '1.00',
      '\u0000',
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.join(''));

/** Whole JSON, JSON that was cut or changed on the way, XML, bytes; some of it compressed, some of that broken. */
const body = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: json.map((value) => Buffer.from(JSON.stringify(value) ?? '')) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(json, fc.nat(200))
        .map(([value, at]) => Buffer.from((JSON.stringify(value) ?? '').slice(0, at))),
    },
    { weight: 2, arbitrary: xml.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 5_000 }).map((depth) => Buffer.from('['.repeat(depth))),
    },
  ),
  fc.constantFrom('plain', 'plain', 'plain', 'gzip', 'broken gzip'),
);

/** In the forms that the schemes take: `whsec_`, text, or hex. */
const SECRETS = [SECRET, 'a secret of the tests', 'ab'.repeat(32)];

function signedBy(
  source: WebhookSource,
  bytes: Buffer,
): { secret: string; headers: Readonly<Record<string, string>> } | undefined {
  const notificationUrl = `https://till.example/webhooks/${source.source}`;
  for (const secret of SECRETS) {
    try {
      return { secret, headers: source.sign({ body: bytes, secret, notificationUrl, nowMs: NOW_MS }) };
    } catch {
      // Another form, or a body that this scheme cannot sign: then it is sent unsigned.
    }
  }
  return undefined;
}

const PER_FIXTURE = 500;

/** Posts so many bodies, spread over all sources, each rightly signed where that is possible. */
export async function fuzz(bodies: number, seed: number): Promise<Fuzzed> {
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  for (let from = 0; from < bodies; from += PER_FIXTURE) {
    const count = Math.min(PER_FIXTURE, bodies - from);
    const secrets = Object.fromEntries(
      SOURCES.map(({ source }) => [`webhook-${source}`, [...SECRETS] as [string, ...string[]]]),
    );
    const till = webhookFixture({ secrets, addressBurst: 1e9, ratePerSecond: 1e9 });
    for (const [index, [bytes, form]] of fc.sample(body, { numRuns: count, seed: seed + from }).entries()) {
      const source = SOURCES[index % SOURCES.length] as WebhookSource;
      const packed = form === 'plain' ? bytes : gzipSync(bytes);
      const sent = form === 'broken gzip' ? packed.subarray(0, -5) : packed;
      const headers = {
        ...signedBy(source, sent)?.headers,
        ...(form === 'plain' ? {} : { 'content-encoding': 'gzip' }),
      };
      try {
        const contentType = source.contentTypes[index % source.contentTypes.length] ?? '';
        const { status } = await till.post(sent, {
          source: source.source,
          unsigned: true,
          contentType,
          headers,
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500)
          faults.push(`${source.source}: ${status} for ${sent.toString('base64').slice(0, 2_000)}`);
      } catch (thrown) {
        faults.push(`${source.source}: threw ${String(thrown)}`);
      }
    }
  }
  return { statuses, faults };
}
