import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { WebhookSource } from '../../shared/pos/sources/source.ts';
import { NOW_MS, webhookFixture, type Fixture } from './webhook-fixture.ts';

/** One sale, as the vendor sends it. */
export interface SourceExample {
  /** Two secrets of the vendor's form; the webhook knows both, the newer first. */
  readonly secrets: readonly [string, string];
  /** A third one, which it does not know. */
  readonly wrongSecret: string;
  /** A body with one record. `text` stands in a field of free text, `id` is the vendor's id of the record. */
  readonly body: (id: string, text: string) => string;
  /** The body with a field that the vendor may add one day. */
  readonly withUnknownField: (text: string) => string;
  /** False for vendors who send a fixed token, or sign a part of the body only. */
  readonly signsBody: boolean;
  /** For vendors whose signatures stand in the body: the body with them. They pack no bodies. */
  readonly signedWithin?: (body: Buffer, secret: string) => Buffer;
  /** False for vendors who sign what is in a body and not its bytes, and never pack one. */
  readonly packs?: boolean;
  /** For how long a recorded request may be sent again, where the scheme signs a time. */
  readonly replayWindowMs?: number;
}

const CARD_NUMBER = '4111 1111 1111 1111';
const PERSON = 'erika.mustermann@example.org';
const STATUSES = [200, 400, 401, 413, 422];

/** What every source has to pass, whoever the vendor is: see docs/adding-a-source.md. */
export function describeSource(source: WebhookSource, example: SourceExample): void {
  const name = source.source;
  const fixture = (): Fixture =>
    webhookFixture({
      secrets: { [`webhook-${name}`]: [...example.secrets] },
      sourceNamed: (asked) => (asked === name ? source : undefined),
    });
  const signed = (body: Buffer, secret: string = example.secrets[0], nowMs = NOW_MS) =>
    example.signedWithin
      ? {}
      : source.sign({ body, secret, notificationUrl: `https://till.example/webhooks/${name}`, nowMs });
  const sealed = (body: Buffer, secret: string = example.secrets[0]): Buffer =>
    example.signedWithin?.(body, secret) ?? body;
  const post = (till: Fixture, body: Buffer, headers: Readonly<Record<string, string>>) =>
    till.post(body, { source: name, unsigned: true, contentType: source.contentTypes[0] ?? '', headers });
  const packs = example.packs !== false && example.signedWithin === undefined;
  const plain = (id = 'one', text = 'two lemons') => Buffer.from(example.body(id, text));
  const body = (id?: string, text?: string) => sealed(plain(id, text));
  /** What a delivery leads to: events, or questions to the vendor. */
  const effects = (till: Fixture): string[] => [
    ...till.hub.map(({ eventId }) => eventId),
    ...till.hydrations.map(({ object, id, version }) => `${object} ${id} ${version}`),
  ];
  const everything = (till: Fixture): string =>
    JSON.stringify([till.events(), till.letters, till.logLines, till.hydrations]);

  describe(`the source ${name} as every source`, () => {
    test('signature: both secrets of a rotation fit, another does not, and none does not', async () => {
      for (const secret of example.secrets) {
        const till = fixture();
        expect((await post(till, sealed(plain(), secret), signed(body(), secret))).status).toBe(200);
        expect(effects(till)).toHaveLength(1);
      }
      const till = fixture();
      const { wrongSecret } = example;
      const wrong = await post(till, sealed(plain(), wrongSecret), signed(body(), wrongSecret));
      expect(wrong.status).toBe(401);
      expect((await post(till, plain(), {})).status).toBe(401);
      expect([...effects(till), ...till.letters]).toEqual([]);
    });

    test('tampering: no byte of a signed body can be changed, and no header taken from another', async () => {
      if (!example.signsBody) return;
      const original = body();
      const headers = signed(original);
      await fc.assert(
        fc.asyncProperty(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
          const changed = Buffer.from(original);
          changed[at] = (changed[at] ?? 0) ^ by;
          const till = fixture();
          expect((await post(till, changed, headers)).status).toBe(401);
          expect([...effects(till), ...till.letters]).toEqual([]);
        }),
        { numRuns: 50 },
      );
    });

    test('replay: a recorded request leads to the same effect, or is too old', async () => {
      const till = fixture();
      const headers = signed(body());
      await post(till, body(), headers);
      await post(till, body(), headers);
      expect(new Set(effects(till)).size).toBe(1);
      till.clock.nowMs += (example.replayWindowMs ?? 24 * 3_600_000) + 1_000;
      const { status } = await post(till, body(), headers);
      expect(status).toBe(example.replayWindowMs === undefined ? 200 : 401);
      expect(new Set(effects(till)).size).toBe(1);
    });

    test('duplicates and twins: one id, however often and at once it comes; two ids are two', async () => {
      const till = fixture();
      await Promise.all(Array.from({ length: 5 }, () => post(till, body('one'), signed(body('one')))));
      till.clock.nowMs += 60_000;
      await post(till, body('one'), signed(body('one'), example.secrets[0], till.clock.nowMs));
      await post(till, body('two'), signed(body('two'), example.secrets[0], till.clock.nowMs));
      expect(new Set(effects(till)).size).toBe(2);
      for (const { eventId } of till.hub) expect(eventId.startsWith(`${name}:`)).toBe(true);
    });

    test('unknown fields: whatever becomes of the record, what they hold is kept nowhere', async () => {
      const till = fixture();
      const unknown = sealed(Buffer.from(example.withUnknownField(`${PERSON} ${CARD_NUMBER}`)));
      expect(STATUSES).toContain((await post(till, unknown, signed(unknown))).status);
      expect(effects(till).length + till.letters.length).toBe(1);
      expect(everything(till)).not.toMatch(/mustermann|4111.?1111.?1111/i);
    });

    test('scrub: card numbers and addresses in free text go no further', async () => {
      const till = fixture();
      const scrubbed = body('one', `paid with ${CARD_NUMBER}, mail ${PERSON}`);
      await post(till, scrubbed, signed(scrubbed));
      expect(effects(till).length + till.letters.length).toBe(1);
      expect(everything(till)).not.toMatch(/mustermann|4111.?1111.?1111/i);
    });

    test('size: what is larger than the limit is not taken, packed or not', async () => {
      const till = fixture();
      const large = Buffer.alloc(source.maxBodyBytes + 1, ' ');
      expect((await post(till, large, signed(large))).status).toBe(413);
      if (!packs) return;
      const packed = gzipSync(large);
      const headers = { ...signed(packed), 'content-encoding': 'gzip' };
      expect((await post(till, packed, headers)).status).toBe(413);
      expect(effects(till)).toEqual([]);
    });

    test('encoding: a packed body is read as it was; what is not UTF-8 is refused', async () => {
      const till = fixture();
      const packed = packs ? gzipSync(body()) : body();
      const headers = { ...signed(packed), ...(packs ? { 'content-encoding': 'gzip' } : {}) };
      expect((await post(till, packed, headers)).status).toBe(200);
      expect(effects(till)).toHaveLength(1);
      const latin1 = sealed(Buffer.from(example.body('two', 'caf\u00e9'), 'latin1'));
      const { status } = await post(till, latin1, signed(latin1));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(effects(till)).toHaveLength(1);
    });

    test('anything signed is answered, and all that was received is accounted for', async () => {
      const original = body();
      const mutated = fc
        .array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
        .map((changes) => {
          const bytes = Buffer.from(original);
          for (const [at, to] of changes) bytes[at] = to;
          return bytes;
        });
      const any = fc.oneof(
        mutated,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json().map((json) => Buffer.from(json)),
        fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(example.body('x', text))),
      );
      await fc.assert(
        fc.asyncProperty(any, async (bytes) => {
          const till = fixture();
          const { status } = await post(till, bytes, {
            ...signed(bytes),
            'content-length': String(bytes.length),
          });
          expect(STATUSES).toContain(status);
          const line = JSON.parse(till.logLines[0] ?? '{}') as Record<string, number | undefined>;
          const {
            received = 0,
            published = 0,
            hydrating = 0,
            deadLetters = 0,
            ignored = 0,
            duplicates = 0,
          } = line;
          expect(received).toBe(published + hydrating + deadLetters + ignored + duplicates);
        }),
        { numRuns: 200 },
      );
    });

    test('it says how long it repeats itself, and how its address is described', () => {
      expect(source.retryWindowMs).toBeGreaterThanOrEqual(3_600_000);
      expect(source.contentTypes.length).toBeGreaterThan(0);
      expect(source.openApi.summary).not.toBe('');
      expect(Object.keys(source.openApi.content)[0]).toBe(source.contentTypes[0]);
    });
  });
}
