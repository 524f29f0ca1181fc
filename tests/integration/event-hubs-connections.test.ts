/** Lost connections, restarts, killed clients and hostile ones. */
import { connect } from 'node:net';
import { earliestEventPosition } from '@azure/event-hubs';
import { startEventHubsServer } from '../../infra/local/event-hubs/server.ts';
import { attachRawReceiver, connectRaw } from '../support/raw-amqp-client.ts';
import {
  CuttingProxy,
  FEW_RETRIES,
  HUB,
  Opened,
  PARTITIONS,
  read,
  subscribe,
  throughPort,
  until,
} from '../support/event-hubs-endpoint.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const READER = `${HUB}/ConsumerGroups/$Default/Partitions/0`;

test('after lost connections senders and readers go on: nothing is lost, order is kept', async () => {
  const { connectionString, port } = await opened.server();
  const proxy = opened.add(new CuttingProxy(port));
  const cutting = throughPort(connectionString, await proxy.listen());
  const received = subscribe(opened.consumer(cutting, FEW_RETRIES), '0', earliestEventPosition, {
    ownerLevel: 3,
  });
  const producer = opened.producer(cutting, FEW_RETRIES);
  const COUNT = 60;
  for (let i = 0; i < COUNT; i++) {
    if (i % 20 === 10) proxy.cut();
    await producer.sendBatch([{ body: i }], { partitionId: '0' });
  }
  await until('every event', () => new Set(received.events.map(({ body }): unknown => body)).size === COUNT);
  // A retry may store an event twice, as in Azure; sequence numbers tell the reader, who sees each of them once.
  const sequence = received.events.map(({ sequenceNumber }) => sequenceNumber);
  expect(sequence).toEqual(sequence.map((_, i) => i));
  const firsts = [...new Set(received.events.map(({ body }) => body as number))];
  expect(firsts).toEqual(Array.from({ length: COUNT }, (_, i) => i));
});

test('a restart of the endpoint keeps events, sequence numbers and offsets', async () => {
  const dataDir = await opened.folder();
  const hubs = [{ name: HUB, partitionCount: PARTITIONS, consumerGroups: [] }];
  const first = await startEventHubsServer({ dataDir, port: 0, hubs });
  const producer = opened.producer(first.connectionString, FEW_RETRIES);
  await producer.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '0' });
  const before = await read(opened.consumer(first.connectionString), '0', 2);
  const reading = subscribe(opened.consumer(first.connectionString, FEW_RETRIES), '0');
  await until('the reader has both', () => reading.events.length === 2);
  await first.stop();
  const second = await startEventHubsServer({ dataDir, port: first.port, hubs });
  opened.defer(() => second.stop());
  await producer.sendBatch([{ body: 3 }], { partitionId: '0' });
  await until('the reader goes on', () => reading.events.length === 3);
  const after = await read(opened.consumer(second.connectionString), '0', 3);
  expect(after.map(({ body, sequenceNumber }): unknown => [body, sequenceNumber])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ]);
  expect(after.slice(0, 2).map(({ offset }) => offset)).toEqual(before.map(({ offset }) => offset));
});

test('a second endpoint in the same folder, or on the same port, is refused', async () => {
  const dataDir = await opened.folder();
  const { port } = await opened.server({ dataDir });
  const hubs = [{ name: HUB, partitionCount: 1, consumerGroups: [] }];
  await expect(startEventHubsServer({ dataDir, port: 0, hubs })).rejects.toThrow(
    `in use by process ${process.pid}`,
  );
  const other = await opened.folder();
  await expect(startEventHubsServer({ dataDir: other, port, hubs })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  // The failed start has let go of its folder.
  const third = await startEventHubsServer({ dataDir: other, port: 0, hubs });
  await third.stop();
});

test('a client that dies without closing frees its place', async () => {
  const server = await opened.server();
  await opened.producer(server.connectionString).sendBatch([{ body: 1 }], { partitionId: '0' });
  const properties = { 'com.microsoft:epoch': 7 };
  const connection = await connectRaw(opened, server);
  await attachRawReceiver(connection, READER, { properties });
  const blocked = subscribe(opened.consumer(server.connectionString), '0');
  await until('the owner keeps others out', () => blocked.errors.length > 0);
  (connection as unknown as { socket: { destroy(): void } }).socket.destroy();
  await read(opened.consumer(server.connectionString, FEW_RETRIES), '0', 1);
});

test('a reader that never takes what it asked for does not hold up others', async () => {
  const server = await opened.server();
  const producer = opened.producer(server.connectionString);
  const body = Buffer.alloc(200_000);
  for (let i = 0; i < 100; i++) await producer.sendBatch([{ body }, { body }], { partitionId: '0' });
  const connection = await connectRaw(opened, server);
  const receiver = await attachRawReceiver(connection, READER);
  receiver.add_credit(10_000);
  const { socket } = connection as unknown as { socket: { pause(): void } };
  socket.pause();
  const before = process.memoryUsage();
  const events = await read(opened.consumer(server.connectionString), '0', 200);
  expect(events).toHaveLength(200);
  // 40 MB wait for the slow reader; the endpoint may hold a few of them in buffers, not all.
  events.length = 0;
  expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(200_000_000);
});

test('garbage, half frames and giant frames end their own connection only', async () => {
  const server = await opened.server();
  const header = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 0]);
  const open = Buffer.from('0000002002000000005310c01302a1096d616c6963696f75734070000001f4', 'hex');
  const hostile = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x41, 0x4d]),
    Buffer.concat([header, Buffer.from([0, 0, 0, 9, 2, 0, 0, 0, 0xff])]),
    Buffer.concat([header, Buffer.from([0x7f, 0xff, 0xff, 0xff, 2, 0, 0, 0])]),
    Buffer.concat([header, Buffer.from([0, 0, 0, 8, 1, 0, 0, 0])]),
    Buffer.concat([header, open, Buffer.alloc(64, 0x53)]),
    Buffer.concat([header, Buffer.alloc(4_096, 0xff)]),
  ];
  for (const bytes of hostile) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => {
      socket.once('connect', resolve);
    });
    socket.end(bytes);
    await new Promise((resolve) => {
      socket.once('close', resolve);
      socket.resume();
    });
  }
  const connection = await connectRaw(opened, server);
  // A flow for a link, number 99, that was never attached.
  const { socket } = connection as unknown as { socket: { write(bytes: Buffer): void } };
  socket.write(Buffer.from('0000001402000000005313c00705434343435263', 'hex'));
  await until('the connection is closed', () => !connection.is_open() || connection.is_closed());
  await opened.producer(server.connectionString).sendBatch([{ body: 'still here' }]);
});
