import type { EventData } from '@azure/event-hubs';
import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import { partitionOfKey } from '../../infra/local/event-hubs/partition-hash.ts';
import { dataSection, dataSections, encodeMessage } from '../support/amqp-message.ts';
import { HUB, NO_RETRIES, Opened, PARTITIONS, read } from '../support/event-hubs-endpoint.ts';
import { attachRawSender } from '../support/raw-amqp-client.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const counts = async (producer: {
  getPartitionProperties: (id: string) => Promise<{ lastEnqueuedSequenceNumber: number }>;
}) =>
  Promise.all(
    Array.from(
      { length: PARTITIONS },
      async (_, id) => (await producer.getPartitionProperties(String(id))).lastEnqueuedSequenceNumber + 1,
    ),
  );

test('bodies, properties and message ids come out as they went in', async () => {
  const { connectionString } = await opened.server();
  const sent: EventData[] = [
    {
      body: { text: 'Grüße', list: [1, 2.5, null, true] },
      properties: { kind: 'json', count: 3, big: 2 ** 40 },
    },
    { body: 'plain text', contentType: 'text/plain', messageId: 'm-1', correlationId: 'c-1' },
    { body: Buffer.from([0, 1, 2, 255]), properties: {} },
    { body: '' },
    { body: 'x'.repeat(300_000) },
  ];
  await opened.producer(connectionString).sendBatch(sent, { partitionId: '1' });
  const received = await read(opened.consumer(connectionString), '1', sent.length);
  expect(received.map(({ body }): unknown => body)).toEqual(sent.map(({ body }): unknown => body));
  expect(received[0]?.properties).toEqual({ kind: 'json', count: 3, big: 2 ** 40 });
  expect(received[1]).toMatchObject({ contentType: 'text/plain', messageId: 'm-1', correlationId: 'c-1' });
  expect(received.map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 1, 2, 3, 4]);
  const offsets = received.map(({ offset }) => Number(offset));
  expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
});

test('AMQP values, sequences and data bodies pass through', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  const batch = await producer.createBatch({ partitionId: '0' });
  batch.tryAdd({ body: { a: 1 }, bodyType: 'value' });
  batch.tryAdd({ body: [[1, 2], ['x']], bodyType: 'sequence' });
  batch.tryAdd({ body: Buffer.from('data'), bodyType: 'data' });
  await producer.sendBatch(batch);
  const received = await read(opened.consumer(connectionString), '0', 3);
  expect(received.map((event): unknown => event.getRawAmqpMessage().bodyType)).toEqual([
    'value',
    'sequence',
    'data',
  ]);
  expect(received[1]?.body).toEqual([[1, 2], ['x']]);
});

test('a partition key chooses the partition that the SDK would choose, and reaches the consumer', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  const expected = Array.from({ length: PARTITIONS }, () => 0);
  for (let store = 0; store < 20; store++) {
    const partitionKey = `store-${store}`;
    await producer.sendBatch([{ body: store }], { partitionKey });
    const partition = partitionOfKey(partitionKey, PARTITIONS);
    expected[partition] = (expected[partition] ?? 0) + 1;
  }
  expect(await counts(producer)).toEqual(expected);
  const partition = partitionOfKey('store-7', PARTITIONS);
  const events = await read(opened.consumer(connectionString), String(partition), expected[partition] ?? 0);
  expect(events.find(({ body }) => body === 7)?.partitionKey).toBe('store-7');
});

test('without a key batches go round the partitions', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  for (let i = 0; i < PARTITIONS * 2; i++) await producer.sendBatch([{ body: i }]);
  expect(await counts(producer)).toEqual([2, 2, 2, 2]);
});

test('the buffered producer agrees on partitions', async () => {
  const { connectionString } = await opened.server();
  const errors: unknown[] = [];
  const producer = new EventHubBufferedProducerClient(connectionString, HUB, {
    onSendEventsErrorHandler: ({ error }) => {
      errors.push(error);
    },
  });
  for (let i = 0; i < 50; i++) await producer.enqueueEvent({ body: i }, { partitionKey: `key-${i}` });
  await producer.close({ flush: true });
  expect(errors).toEqual([]);
  const expected = Array.from(
    { length: PARTITIONS },
    (_, id) =>
      Array.from({ length: 50 }, (__, i) => partitionOfKey(`key-${i}`, PARTITIONS)).filter((p) => p === id)
        .length,
  );
  expect(await counts(opened.producer(connectionString))).toEqual(expected);
});

test('many batches at once keep their order in the partition', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  await producer.getEventHubProperties();
  await Promise.all(
    Array.from({ length: 50 }, (_, batch) =>
      producer.sendBatch(
        Array.from({ length: 20 }, (__, i) => ({ body: { batch, i } })),
        { partitionId: '2' },
      ),
    ),
  );
  const events = await read(opened.consumer(connectionString), '2', 1_000);
  const bodies = events.map(({ body }) => body as { batch: number; i: number });
  expect(bodies.map(({ batch, i }) => batch * 20 + i)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
});

test('a batch holds at most 1 MiB, and the SDK knows', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  const batch = await producer.createBatch();
  expect(batch.maxSizeInBytes).toBe(1_048_576);
  expect(batch.tryAdd({ body: Buffer.alloc(1_048_000) })).toBe(true);
  expect(batch.tryAdd({ body: Buffer.alloc(1_000) })).toBe(false);
  await producer.sendBatch(batch);
});

test('the SDK gets the error text of the service for an oversize event', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  await expect(producer.sendBatch([{ body: Buffer.alloc(1_300_000) }])).rejects.toMatchObject({
    code: 'MessageTooLargeError',
    message: expect.stringMatching(
      /The received message \(delivery-id:\d+, size:\d+ bytes\) exceeds the limit \(1048576 bytes\)/,
    ) as string,
  });
  await producer.sendBatch([{ body: 'small' }]);
});

test('a message that is too large anyway is rejected, and the link lives on', async () => {
  const server = await opened.server();
  const { sender, settle } = await attachRawSender(opened, server, HUB);
  const large = encodeMessage({ body: dataSection(Buffer.alloc(1_500_000)) });
  const rejected = await settle(sender.send(large, undefined, 0));
  expect(rejected).toMatchObject({ outcome: 'rejected', condition: 'amqp:link:message-size-exceeded' });
  const small = encodeMessage({ body: dataSection(Buffer.from('ok')) });
  expect(await settle(sender.send(small, undefined, 0))).toMatchObject({ outcome: 'accepted' });
});

test('a single event that is no batch is stored, system annotations of the sender are not', async () => {
  const server = await opened.server();
  const { sender, settle } = await attachRawSender(opened, server, `${HUB}/Partitions/3`);
  const message = encodeMessage({
    message_annotations: {
      'x-opt-partition-key': 'k',
      'x-opt-offset': 'forged',
      'x-opt-sequence-number': 99,
      'x-opt-custom': 'kept',
    },
    body: dataSection(Buffer.from('"single"')),
  });
  expect(await settle(sender.send(message, undefined, 0))).toMatchObject({ outcome: 'accepted' });
  const [event] = await read(opened.consumer(server.connectionString), '3', 1);
  expect(event).toMatchObject({
    body: 'single',
    sequenceNumber: 0,
    partitionKey: 'k',
    systemProperties: { 'x-opt-custom': 'kept' },
  });
  expect(event?.offset).not.toBe('forged');
});

test('bytes that are no message are rejected and harm nobody', async () => {
  const server = await opened.server();
  const { sender, settle } = await attachRawSender(opened, server, `${HUB}/Partitions/0`);
  expect(await settle(sender.send(Buffer.from('no AMQP at all'), undefined, 0x80013700))).toMatchObject({
    outcome: 'rejected',
    condition: 'amqp:decode-error',
  });
  const envelope = encodeMessage({ body: dataSections([Buffer.from('junk')]) });
  expect(await settle(sender.send(envelope, undefined, 0x80013700))).toMatchObject({
    condition: 'amqp:decode-error',
  });
  const producer = opened.producer(server.connectionString);
  await producer.sendBatch([{ body: 'fine' }], { partitionId: '0' });
  expect(await counts(producer)).toEqual([1, 0, 0, 0]);
});

test('throttling is ServerBusy at the client, and passes', async () => {
  let nowMs = Date.now();
  const { connectionString } = await opened.server({ throughputUnits: 1, clock: () => nowMs });
  const producer = opened.producer(connectionString, NO_RETRIES);
  await producer.sendBatch(Array.from({ length: 1_000 }, (_, i) => ({ body: i })));
  await expect(producer.sendBatch([{ body: 'too much' }])).rejects.toMatchObject({
    code: 'ServerBusyError',
    retryable: true,
  });
  nowMs += 1_000;
  await producer.sendBatch([{ body: 'later' }]);
});
