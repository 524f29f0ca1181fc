import type { EventPosition } from '@azure/event-hubs';
import { earliestEventPosition, latestEventPosition } from '@azure/event-hubs';
import { attachRawReceiver, connectRaw } from '../support/raw-amqp-client.ts';
import type { Received } from '../support/event-hubs-endpoint.ts';
import { HUB, NO_RETRIES, Opened, read, subscribe, until } from '../support/event-hubs-endpoint.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const bodies = ({ events }: Pick<Received, 'events'>): unknown[] => events.map(({ body }): unknown => body);

describe('positions', () => {
  // Three batches of three events, a second apart: 0-2, 3-5, 6-8.
  async function withNineEvents() {
    const startMs = Date.now() - 60_000;
    let nowMs = startMs;
    const { connectionString } = await opened.server({ clock: () => nowMs });
    const producer = opened.producer(connectionString);
    for (let batch = 0; batch < 3; batch++) {
      nowMs = startMs + batch * 1_000;
      await producer.sendBatch(
        [0, 1, 2].map((i) => ({ body: batch * 3 + i })),
        { partitionId: '0' },
      );
    }
    const consumer = opened.consumer(connectionString);
    const all = await read(consumer, '0', 9);
    nowMs = startMs + 3_000;
    return { startMs, connectionString, consumer, producer, offsets: all.map(({ offset }) => offset) };
  }

  test('each finds exactly its events', async () => {
    const { startMs, consumer, offsets } = await withNineEvents();
    const offset = (i: number): string => offsets[i] ?? '';
    const cases: [string, EventPosition, number][] = [
      ['earliest', earliestEventPosition, 0],
      ['offset -1', { offset: '-1' }, 0],
      ['after an offset', { offset: offset(3) }, 4],
      ['at an offset', { offset: offset(3), isInclusive: true }, 3],
      ['after the last offset of a batch', { offset: offset(5) }, 6],
      ['after an offset inside an event', { offset: String(Number(offset(4)) + 1) }, 5],
      ['after a sequence number', { sequenceNumber: 4 }, 5],
      ['at a sequence number', { sequenceNumber: 4, isInclusive: true }, 4],
      ['at the first sequence number', { sequenceNumber: 0, isInclusive: true }, 0],
      ['after sequence number -1', { sequenceNumber: -1 }, 0],
      ['after a time between batches', { enqueuedOn: startMs + 500 }, 3],
      ['after the time of a batch', { enqueuedOn: new Date(startMs + 1_000) }, 6],
      ['after a time before everything', { enqueuedOn: 1 }, 0],
    ];
    for (const [what, position, first] of cases) {
      const events = await read(consumer, '0', 9 - first, position);
      expect([what, events.map(({ body }): unknown => body)]).toEqual([
        what,
        Array.from({ length: 9 - first }, (_, i) => first + i),
      ]);
    }
  });

  test('latest, the last offset, the last sequence number and a time to come bring only what is new', async () => {
    const { startMs, connectionString, producer, offsets } = await withNineEvents();
    const positions: EventPosition[] = [
      latestEventPosition,
      { offset: offsets.at(-1) ?? '' },
      { sequenceNumber: 8 },
      { sequenceNumber: 9, isInclusive: true },
      { enqueuedOn: startMs + 2_000 },
    ];
    const received = positions.map((position) =>
      // A client reads a partition once at a time.
      subscribe(opened.consumer(connectionString), '0', position),
    );
    // A receiver that starts at the end is attached once its link is open, of which the SDK tells nothing: so the
    // sender goes on until all have something, and what they have must be without a gap.
    let sent = 100;
    await until('all have received', async () => {
      await producer.sendBatch([{ body: sent++ }], { partitionId: '0' });
      return received.every(({ events }) => events.length > 0);
    });
    for (const one of received) {
      const [first] = bodies(one) as number[];
      expect(first).toBeGreaterThanOrEqual(100);
      expect(bodies(one)).toEqual(one.events.map((_, i) => (first ?? 0) + i));
    }
    for (const one of received.slice(1)) expect(bodies(one)[0]).toBe(100);
  });

  test('a position beyond the end is an error, as a checkpoint is that outlived its data', async () => {
    const { consumer } = await withNineEvents();
    for (const position of [{ offset: '99999999' }, { sequenceNumber: 1_000 }]) {
      const received = subscribe(consumer, '0', position);
      await until('an error', () => received.errors.length > 0);
      expect(received.errors[0]?.message).toMatch(/is invalid. The last .* in the system is/);
      await received.close();
    }
  });

  test('an unknown filter is refused and never ignored', async () => {
    const server = await opened.server();
    const connection = await connectRaw(opened, server);
    const { types } = (await import('rhea')).default;
    const receiver = await attachRawReceiver(connection, `${HUB}/ConsumerGroups/$Default/Partitions/0`, {
      source: {
        address: `${HUB}/ConsumerGroups/$Default/Partitions/0`,
        filter: {
          'apache.org:selector-filter:string': types.wrap_described("colour = 'red'", 0x468c00000004),
        },
      },
    });
    await until('the receiver is closed', () => receiver.is_closed());
    expect(receiver.error).toMatchObject({ condition: 'com.microsoft:argument-error' });
  });
});

test('groups read independently, and the default group has both spellings', async () => {
  const { connectionString } = await opened.server();
  await opened.producer(connectionString).sendBatch([{ body: 'a' }, { body: 'b' }], { partitionId: '0' });
  for (const group of ['$Default', '$default', 'other']) {
    const events = await read(opened.consumer(connectionString, NO_RETRIES, group), '0', 2);
    expect(events.map(({ body }): unknown => body)).toEqual(['a', 'b']);
  }
});

test('runtime metrics tell of the end of the partition with every event', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  await producer.sendBatch([{ body: 1 }, { body: 2 }, { body: 3 }], { partitionId: '0' });
  const last = await producer.getPartitionProperties('0');
  const seen: unknown[] = [];
  const subscription = opened.consumer(connectionString).subscribe(
    '0',
    {
      processEvents: async (events, context) =>
        void (events.length > 0 && seen.push(context.lastEnqueuedEventProperties)),
      processError: async () => {},
    },
    { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
  );
  await until('an event', () => seen.length > 0);
  await subscription.close();
  expect(seen[0]).toMatchObject({
    sequenceNumber: 2,
    offset: last.lastEnqueuedOffset,
    enqueuedOn: last.lastEnqueuedOnUtc,
    retrievedOn: expect.any(Date) as Date,
  });
});

test('a batch waits no longer than asked for', async () => {
  const { connectionString } = await opened.server();
  const batches: number[] = [];
  const subscription = opened
    .consumer(connectionString)
    .subscribe(
      '0',
      { processEvents: async (events) => void batches.push(events.length), processError: async () => {} },
      { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
    );
  await until('an empty batch', () => batches.length > 0);
  await subscription.close();
  expect(batches[0]).toBe(0);
});

test('a client that settles by itself gets every event, within a window', async () => {
  const server = await opened.server();
  const producer = opened.producer(server.connectionString);
  for (let i = 0; i < 30; i++)
    await producer.sendBatch(
      Array.from({ length: 100 }, (_, j) => ({ body: i * 100 + j })),
      { partitionId: '0' },
    );
  const connection = await connectRaw(opened, server);
  const receiver = await attachRawReceiver(connection, `${HUB}/ConsumerGroups/$Default/Partitions/0`, {
    snd_settle_mode: 0,
  });
  const sequence: number[] = [];
  receiver.on('message', ({ message, delivery }) => {
    sequence.push(
      (message as { message_annotations: Record<string, number> }).message_annotations[
        'x-opt-sequence-number'
      ] ?? -1,
    );
    delivery?.accept();
  });
  receiver.add_credit(10_000);
  await until('3000 events', () => sequence.length === 3_000);
  expect(sequence).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
});

test('nothing is sent beyond the credit, and a drain gives back what is left', async () => {
  const server = await opened.server();
  await opened.producer(server.connectionString).sendBatch(
    Array.from({ length: 50 }, (_, i) => ({ body: i })),
    { partitionId: '0' },
  );
  const connection = await connectRaw(opened, server);
  const receiver = await attachRawReceiver(connection, `${HUB}/ConsumerGroups/$Default/Partitions/0`);
  let count = 0;
  receiver.on('message', () => void count++);
  receiver.add_credit(7);
  await until('7 events', () => count >= 7);
  receiver.add_credit(100);
  const drained = new Promise((resolve) => {
    receiver.once('receiver_drained', resolve);
  });
  receiver.drain_credit();
  await drained;
  expect(count).toBe(50);
});

test('a client with small frames gets large events in parts, and whole', async () => {
  const server = await opened.server();
  const producer = opened.producer(server.connectionString);
  const large = Buffer.alloc(300_000, 7);
  for (let i = 0; i < 20; i++) await producer.sendBatch([{ body: large }, { body: i }], { partitionId: '0' });
  // An event takes 74 frames, and the client's window is 100: it never holds two, and often less than one.
  const connection = await connectRaw(opened, server, { max_frame_size: 4_096, session_buffer_size: 100 });
  const receiver = await attachRawReceiver(connection, `${HUB}/ConsumerGroups/$Default/Partitions/0`);
  const received: unknown[] = [];
  receiver.on('message', ({ message, delivery }) => {
    delivery?.accept();
    const { content } = (message as { body: { content: Buffer } }).body;
    received.push(content.length === large.length ? content.equals(large) : Number(content.toString()));
  });
  receiver.add_credit(50);
  await until('all events', () => received.length === 40);
  expect(received).toEqual(Array.from({ length: 20 }, (_, i) => [true, i]).flat());
});
