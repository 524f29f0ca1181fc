import fc from 'fast-check';
import { posEventSchema } from '../../shared/pos/event.ts';
import { TransientError } from '../../shared/errors.ts';
import { digitsOf, writtenCardNumber } from '../support/card-numbers.ts';
import { anyWireEvent, wireTransaction } from '../support/wire-events.ts';
import { webhookFixture } from '../support/webhook-fixture.ts';

interface Counted {
  received: number;
  published: number;
  spilled: number;
  deadLetters: number;
  ignored: number;
  duplicates: number;
}
const lastCount = (lines: readonly string[]) => JSON.parse(lines.at(-1) ?? '{}') as Counted;

test('every event that the wire format allows becomes an event that the canonical schema allows', async () => {
  await fc.assert(
    fc.asyncProperty(anyWireEvent, async (wire) => {
      const till = webhookFixture();
      const answer = await till.post(JSON.stringify(wire));
      expect([answer.status, answer.body.slice(0, 200)]).toEqual([200, expect.anything()]);
      const [event] = till.events();
      expect(posEventSchema.parse(event)).toEqual(event);
      expect(JSON.stringify(event)).not.toContain('customerId');
    }),
    { numRuns: 500 },
  );
});

test('P3 nothing vanishes: received = published + spilled + dead letters + duplicates, whatever is sent', async () => {
  const broken = anyWireEvent.chain((wire) =>
    fc.constantFrom(...Object.keys(wire)).chain((field) =>
      fc.oneof(
        fc.constant({ ...wire, [field]: { not: 'this' } }),
        fc.constant({ ...wire, [`${field}2`]: 1 }),
        fc.anything().map((value) => ({ ...wire, [field]: value })),
      ),
    ),
  );
  const records = fc.array(fc.oneof(anyWireEvent, broken, fc.jsonValue()), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(records, fc.boolean(), fc.boolean(), async (events, hubIsDown, repeat) => {
      const till = webhookFixture();
      if (hubIsDown) till.faults.hub = new TransientError('hub-unavailable', 'down');
      const sent = repeat ? [...events, ...events] : events;
      const answer = await till.post(JSON.stringify({ events: sent }));
      expect([200, 422]).toContain(answer.status);
      const count = lastCount(till.logLines);
      expect(count.received).toBe(sent.length);
      expect(count.published + count.spilled + count.deadLetters + count.duplicates).toBe(sent.length);
      expect([till.hub.length, till.spilled.length]).toEqual([count.published, count.spilled]);
      // The same bad record twice in a body is one letter by its id, written twice.
      expect(till.letters).toHaveLength(count.deadLetters);
    }),
    { numRuns: 300 },
  );
});

test('P6 no card data, no names: planted anywhere, none is stored, sent on or logged', async () => {
  const name = 'Mustermann';
  const personalField = fc.constantFrom(
    'customerName',
    'first_name',
    'cardholder',
    'email',
    'phone',
    'address',
    'customer',
  );
  const place = fc.constantFrom(
    'receiptNumber',
    'description',
    'label',
    'id',
    'transactionId',
    'shiftId',
    'key',
    'number',
    'unknown',
  );
  await fc.assert(
    fc.asyncProperty(
      wireTransaction,
      writtenCardNumber,
      place,
      personalField,
      fc.boolean(),
      fc.boolean(),
      async (wire, card, where, field, isBad, hubIsDown) => {
        const till = webhookFixture();
        if (hubIsDown) till.faults.hub = new TransientError('hub-unavailable', 'down');
        const event = planted(wire, where, card.text, Number(card.digits));
        const body = {
          ...event,
          [field]: { any: name },
          note: name,
          customerId: name,
          ...(isBad ? { currency: 'nope' } : {}),
        };
        const answer = await till.post(JSON.stringify(body));
        const everything = [
          ...till.hub.map((message) => message.body.toString('utf8') + message.eventId),
          ...till.spilled.map((message) => message.body.toString('utf8') + message.eventId),
          ...till.letters.map((letter) => JSON.stringify(letter)),
          ...till.logLines,
          answer.body,
        ];
        expect(till.hub.length + till.spilled.length + till.letters.length).toBe(1);
        for (const text of everything) {
          expect(text).not.toContain(name);
          expect(text).not.toContain(card.text);
          expect(digitsOf(text).includes(card.digits)).toBe(false);
        }
      },
    ),
    { numRuns: 500 },
  );
});

function planted(wire: Record<string, unknown>, where: string, text: string, asNumber: number) {
  const first = (field: string) => (wire[field] as object[])[0] ?? {};
  switch (where) {
    case 'description':
      return { ...wire, lines: [{ ...first('lines'), description: `x${text}x` }] };
    case 'label':
      return { ...wire, tenders: [{ type: 'card', amountMinor: 1, label: text }] };
    case 'key':
      return { ...wire, [`f ${text}`]: 1 };
    case 'number':
      return { ...wire, sequenceNumber: asNumber };
    case 'unknown':
      return { ...wire, memo: { deep: [text] } };
    default:
      return { ...wire, [where]: text };
  }
}
