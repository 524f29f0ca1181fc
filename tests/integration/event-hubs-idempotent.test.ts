/** Producers that number their events, so a retry is stored once. */
import type { EventHubClientOptions, EventHubProducerClient } from '@azure/event-hubs';
import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import type { Delivery } from 'rhea';
import rhea from 'rhea';
import { dataSection, dataSections, encodeMessage } from '../support/amqp-message.ts';
import { attachRawSender } from '../support/raw-amqp-client.ts';
import {
  CuttingProxy,
  FEW_RETRIES,
  HUB,
  NO_RETRIES,
  Opened,
  PARTITIONS,
  read,
  throughPort,
} from '../support/event-hubs-endpoint.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const CAPABILITY = 'com.microsoft:idempotent-producer';
const { types } = rhea;

interface Publishing {
  readonly producerGroupId: number;
  readonly ownerLevel: number;
  readonly lastPublishedSequenceNumber: number;
}

/** The SDK's producer with idempotent retries, which only its buffered producer switches on, by this very field. */
function idempotent(
  connectionString: string,
  partitionOptions?: Record<string, object>,
  options: EventHubClientOptions = FEW_RETRIES,
): EventHubProducerClient {
  const producer = opened.producer(connectionString, options);
  return Object.assign(producer, { _enableIdempotentRetries: true, _partitionOptions: partitionOptions });
}

const publishingOf = (producer: EventHubProducerClient, partitionId: string): Promise<Publishing> =>
  (
    producer as unknown as {
      getPartitionPublishingProperties(id: string): Promise<Publishing>;
    }
  ).getPartitionPublishingProperties(partitionId);

test('a producer is given an id, and numbers its events', async () => {
  const { connectionString } = await opened.server();
  const producer = idempotent(connectionString);
  const before = await publishingOf(producer, '0');
  expect(before).toMatchObject({ ownerLevel: 0, lastPublishedSequenceNumber: 0 });
  expect(before.producerGroupId).toBeGreaterThan(0);
  await producer.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '0' });
  await producer.sendBatch([{ body: 3 }], { partitionId: '0' });
  expect(await publishingOf(producer, '0')).toMatchObject({ lastPublishedSequenceNumber: 3 });
  expect((await read(opened.consumer(connectionString), '0', 3)).map(({ body }): unknown => body)).toEqual([
    1, 2, 3,
  ]);
});

test('retries over lost connections store each event once', async () => {
  const { connectionString, port } = await opened.server();
  const proxy = opened.add(new CuttingProxy(port));
  const producer = idempotent(throughPort(connectionString, await proxy.listen()));
  for (let i = 0; i < 30; i++) {
    const sending = producer.sendBatch([{ body: i }], { partitionId: '0' });
    // Cut while it is under way: before it came in, or before its acknowledgement came back.
    if (i % 10 === 5) setImmediate(() => proxy.cut());
    await sending;
  }
  const events = await read(opened.consumer(connectionString), '0', 30);
  expect(events.map(({ body }): unknown => body)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  expect((await producer.getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(29);
});

test('the buffered producer may use it', async () => {
  const { connectionString } = await opened.server();
  const errors: unknown[] = [];
  const producer = new EventHubBufferedProducerClient(connectionString, HUB, {
    enableIdempotentRetries: true,
    onSendEventsErrorHandler: ({ error }) => {
      errors.push(error);
    },
  });
  for (let i = 0; i < 40; i++) await producer.enqueueEvent({ body: i });
  await producer.close({ flush: true });
  expect(errors).toEqual([]);
  const check = opened.producer(connectionString);
  let total = 0;
  for (let id = 0; id < PARTITIONS; id++)
    total += (await check.getPartitionProperties(String(id))).lastEnqueuedSequenceNumber + 1;
  expect(total).toBe(40);
});

test('a higher level takes over; the older producer gets an error', async () => {
  const { connectionString } = await opened.server();
  const first = idempotent(connectionString, undefined, NO_RETRIES);
  await first.sendBatch([{ body: 1 }], { partitionId: '0' });
  const { producerGroupId } = await publishingOf(first, '0');
  const second = idempotent(
    connectionString,
    { 0: { producerGroupId, ownerLevel: 3, startingSequenceNumber: 100 } },
    NO_RETRIES,
  );
  await second.sendBatch([{ body: 2 }], { partitionId: '0' });
  expect(await publishingOf(second, '0')).toMatchObject({
    producerGroupId,
    ownerLevel: 3,
    lastPublishedSequenceNumber: 101,
  });
  await expect(first.sendBatch([{ body: 'late' }], { partitionId: '0' })).rejects.toMatchObject({
    code: 'ProducerDisconnectedError',
  });
  expect((await read(opened.consumer(connectionString), '0', 2)).map(({ body }): unknown => body)).toEqual([
    1, 2,
  ]);
});

test('a producer with an impossible state gets an error', async () => {
  const { connectionString } = await opened.server();
  const send = (options: object): Promise<void> =>
    idempotent(connectionString, { 0: options }, NO_RETRIES).sendBatch([{ body: 'x' }], { partitionId: '0' });
  await expect(send({ ownerLevel: -1 })).rejects.toMatchObject({ code: 'ArgumentOutOfRangeError' });
  const first = idempotent(connectionString);
  await first.sendBatch([{ body: 1 }, { body: 2 }, { body: 3 }], { partitionId: '0' });
  const { producerGroupId } = await publishingOf(first, '0');
  // Its numbers are used up by other events: accepting these as a repeat would lose them.
  await expect(send({ producerGroupId, startingSequenceNumber: 1 })).rejects.toMatchObject({
    code: 'SequenceOutOfOrderError',
  });
});

test('a repeated batch is accepted and stored once, a gap is refused', async () => {
  const server = await opened.server();
  const { sender, settle } = await attachRawSender(opened, server, `${HUB}/Partitions/1`, {
    desired_capabilities: [CAPABILITY],
    properties: {},
  });
  const properties = sender.properties as Record<string, number>;
  const producerId = Number(properties['com.microsoft:producer-id']);
  expect(sender.offered_capabilities).toEqual([CAPABILITY]);
  const send = (sequence: number, body: string): Delivery => {
    const event = encodeMessage({
      message_annotations: {
        'com.microsoft:producer-id': types.wrap_long(producerId),
        'com.microsoft:producer-epoch': types.wrap_short(0),
        'com.microsoft:producer-sequence-number': types.wrap_int(sequence),
      },
      body: dataSection(Buffer.from(JSON.stringify(body))),
    });
    return sender.send(encodeMessage({ body: dataSections([event]) }), undefined, 0x80013700);
  };
  expect(await settle(send(1, 'a'))).toEqual({ outcome: 'accepted' });
  expect(await settle(send(1, 'a'))).toEqual({ outcome: 'accepted' });
  expect(await settle(send(3, 'c'))).toEqual({
    outcome: 'rejected',
    condition: 'com.microsoft:out-of-order-sequence',
  });
  expect(await settle(send(2, 'b'))).toEqual({ outcome: 'accepted' });
  const events = await read(opened.consumer(server.connectionString), '1', 2);
  expect(events.map(({ body }): unknown => body)).toEqual(['a', 'b']);
});

test('it needs a partition', async () => {
  const server = await opened.server();
  const attached = attachRawSender(opened, server, HUB, { desired_capabilities: [CAPABILITY] });
  await expect(attached).rejects.toMatchObject({ condition: 'amqp:not-allowed' });
});
