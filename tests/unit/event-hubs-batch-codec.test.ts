import * as fc from 'fast-check';
import type { Message } from 'rhea';
import rhea from 'rhea';
import { MalformedMessageError } from '../../infra/local/event-hubs/amqp-walk.ts';
import {
  BATCH_FORMAT,
  annotatedSize,
  encodeRuntimeMetrics,
  readBatch,
  withDeliveryAnnotations,
  writeAnnotated,
} from '../../infra/local/event-hubs/batch-codec.ts';
import { dataSection, dataSections, encodeMessage } from '../support/amqp-message.ts';

const PLACE = { sequenceNumber: 2 ** 40 + 7, offset: '123456789', enqueuedTimeMs: 1_772_438_400_123 };
const SINGLE = 0;

function annotate(encoded: Buffer): Buffer {
  const [event] = readBatch(encoded, SINGLE).events;
  if (!event) throw new Error('no event');
  const bytes = Buffer.alloc(annotatedSize(event, PLACE.offset));
  expect(writeAnnotated(bytes, 0, event, PLACE)).toBe(bytes.length);
  return bytes;
}

type Decoded = Message & { message_annotations: Record<string, unknown> };
const decode = (bytes: Buffer): Decoded => rhea.message.decode(bytes) as unknown as Decoded;

const plain = (decoded: object): unknown => JSON.parse(JSON.stringify(decoded));

// rhea itself cannot encode whole numbers far beyond 32 bits.
const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noInteger: true }));
const dictionary = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,30}$/), value, { maxKeys: 6 });
const anyMessage = fc.record(
  {
    durable: fc.boolean(),
    message_annotations: dictionary,
    application_properties: dictionary,
    message_id: fc.string({ minLength: 1 }),
    body: fc.oneof(
      fc.string(),
      fc.integer(),
      dictionary,
      fc.uint8Array({ maxLength: 400 }).map((b) => dataSection(Buffer.from(b))),
    ),
  },
  { requiredKeys: ['body'] },
);

test('any message keeps everything and gains its place', () => {
  fc.assert(
    fc.property(anyMessage, (given) => {
      const encoded = encodeMessage(given);
      const before = decode(encoded);
      const after = decode(annotate(encoded));
      expect(after.message_annotations).toEqual({
        ...before.message_annotations,
        'x-opt-sequence-number': PLACE.sequenceNumber,
        'x-opt-offset': PLACE.offset,
        'x-opt-enqueued-time': new Date(PLACE.enqueuedTimeMs),
      });
      expect(plain({ ...after, message_annotations: 0 })).toEqual(
        plain({ ...before, message_annotations: 0 }),
      );
    }),
  );
});

test('a batch is cut into its events, in order, with the key of the envelope', () => {
  const inner = ['a', 'b', 'c'].map((body) => encodeMessage({ body }));
  const batch = readBatch(
    encodeMessage({
      message_annotations: { 'x-opt-partition-key': 'Köln' },
      body: dataSections(inner),
    }),
    BATCH_FORMAT,
  );
  expect(batch.partitionKey).toBe('Köln');
  expect(batch.events).toHaveLength(3);
  for (const [i, event] of batch.events.entries()) {
    const bytes = Buffer.alloc(annotatedSize(event, PLACE.offset));
    writeAnnotated(bytes, 0, event, PLACE);
    const decoded = decode(bytes);
    expect(decoded.body).toBe('abc'[i]);
    expect(decoded.message_annotations['x-opt-partition-key']).toBe('Köln');
  }
});

test('the numbers of an idempotent producer are read from the first event', () => {
  const { types } = rhea;
  const stamped = encodeMessage({
    message_annotations: {
      'com.microsoft:producer-id': types.wrap_long(77),
      'com.microsoft:producer-epoch': types.wrap_short(2),
      'com.microsoft:producer-sequence-number': types.wrap_int(-5),
    },
    body: 'x',
  });
  const batch = readBatch(encodeMessage({ body: dataSections([stamped]) }), BATCH_FORMAT);
  expect(batch.stamp).toEqual({ producerId: 77, epoch: 2, sequence: -5 });
});

test('runtime metrics go between header and annotations', () => {
  const section = encodeRuntimeMetrics({
    lastSequenceNumber: 9,
    lastOffset: '99',
    lastEnqueuedTimeMs: 5,
    retrievedAtMs: 6,
  });
  for (const durable of [true, undefined]) {
    const event = annotate(encodeMessage({ ...(durable ? { durable } : {}), body: 'x' }));
    expect(decode(withDeliveryAnnotations(event, section))).toMatchObject({
      ...(durable ? { durable } : {}),
      delivery_annotations: {
        last_enqueued_sequence_number: 9,
        last_enqueued_offset: '99',
        runtime_info_retrieval_time_utc: new Date(6),
      },
      message_annotations: { 'x-opt-offset': PLACE.offset },
      body: 'x',
    });
  }
});

describe('bytes that are no message', () => {
  const readsOrRefuses = (bytes: Buffer, format: number): void => {
    try {
      readBatch(bytes, format);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedMessageError);
    }
  };

  test('are refused as malformed, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(SINGLE, BATCH_FORMAT), (bytes, format) =>
        readsOrRefuses(Buffer.from(bytes), format),
      ),
      { numRuns: 2_000 },
    );
  });

  test('are refused as malformed when a good message is damaged', () => {
    const good = encodeMessage({
      durable: true,
      message_annotations: { 'x-opt-partition-key': 'k', other: 5 },
      application_properties: { a: 'b' },
      body: dataSections([encodeMessage({ body: 'x' }), encodeMessage({ body: 'y' })]),
    });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const damaged = Buffer.from(good);
        damaged[at] = byte;
        readsOrRefuses(damaged, BATCH_FORMAT);
        readsOrRefuses(good.subarray(0, length), BATCH_FORMAT);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are refused when there is no event', () => {
    expect(() => readBatch(Buffer.alloc(0), BATCH_FORMAT)).toThrow(MalformedMessageError);
    expect(() => readBatch(Buffer.alloc(0), SINGLE)).toThrow('no body');
  });
});
