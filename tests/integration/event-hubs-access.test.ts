/** `$cbs`, `$management` and what an address may name. */
import { attachRawReceiver, attachRawSender, connectRaw } from '../support/raw-amqp-client.ts';
import { HUB, NO_RETRIES, Opened, PARTITIONS, subscribe, until } from '../support/event-hubs-endpoint.ts';
import { createSasToken, signSas } from '../support/sas.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const REFUSED = { code: 'UnauthorizedError' };

describe('tokens', () => {
  test('a wrong key is UnauthorizedError, for sending, managing and receiving', async () => {
    const { connectionString } = await opened.server();
    const wrong = connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
    const producer = opened.producer(wrong);
    await expect(producer.sendBatch([{ body: 1 }])).rejects.toMatchObject(REFUSED);
    await expect(producer.getEventHubProperties()).rejects.toMatchObject(REFUSED);
    const received = subscribe(opened.consumer(wrong), '0');
    await until('the receiver is refused', () => received.errors.length > 0);
    expect(received.errors[0]).toMatchObject(REFUSED);
  });

  test('$management also checks the token in a request, so a rotated key takes effect immediately', async () => {
    const { connectionString } = await opened.server();
    const producer = opened.producer(connectionString);
    await producer.getEventHubProperties();
    const { tokenCredential } = (
      producer as unknown as { _context: { tokenCredential: { getToken(audience: string): object } } }
    )._context;
    const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
    const rotated = jest.spyOn(tokenCredential, 'getToken').mockReturnValue({
      token: signSas(`sb://localhost/${HUB}`, inAnHour, 'RootManageSharedAccessKey', 'cm90YXRlZA=='),
      expiresOnTimestamp: inAnHour * 1_000,
    });
    await expect(producer.getEventHubProperties()).rejects.toMatchObject(REFUSED);
    rotated.mockRestore();
    await producer.getEventHubProperties();
  });

  test('an unknown policy is UnauthorizedError', async () => {
    const { connectionString } = await opened.server();
    const producer = opened.producer(connectionString.replace('RootManageSharedAccessKey', 'Nobody'));
    await expect(producer.sendBatch([{ body: 1 }])).rejects.toMatchObject(REFUSED);
  });

  test('a key of one’s own is honoured', async () => {
    const sharedAccessKey = { name: 'mine', key: 'c2VjcmV0IGtleQ==' };
    const { connectionString } = await opened.server({ sharedAccessKey });
    expect(connectionString).toContain('SharedAccessKeyName=mine;SharedAccessKey=c2VjcmV0IGtleQ==');
    await opened.producer(connectionString).sendBatch([{ body: 1 }]);
  });

  test.each([
    ['expired', 'sb://localhost/', -1_000, false],
    ['for another hub', 'sb://localhost/other-hub', 60_000, false],
    ['for a hub whose name only begins alike', `sb://localhost/${HUB.slice(0, -1)}`, 60_000, false],
    ['for this hub', `sb://localhost/${HUB}`, 60_000, true],
    ['for the whole namespace', 'sb://localhost/', 60_000, true],
  ])('a shared access signature %s', async (_, resource, lifeMs, isGood) => {
    const { connectionString } = await opened.server();
    const token = createSasToken(connectionString, resource, Date.now() + lifeMs);
    const producer = opened.producer(
      connectionString.replace(
        /SharedAccessKeyName=.*?SharedAccessKey=[^;]+/,
        `SharedAccessSignature=${token}`,
      ),
    );
    const sending = producer.sendBatch([{ body: 1 }]);
    if (isGood) await sending;
    else await expect(sending).rejects.toMatchObject(REFUSED);
  });

  test('a token that expires ends what it allowed', async () => {
    let nowMs = Date.now();
    const server = await opened.server({ clock: () => nowMs });
    const producer = opened.producer(server.connectionString);
    await producer.sendBatch([{ body: 1 }]);
    nowMs += 2 * 3_600_000;
    await expect(producer.sendBatch([{ body: 2 }])).rejects.toMatchObject(REFUSED);
  });

  test('nothing can be attached without a token', async () => {
    const server = await opened.server();
    const connection = await connectRaw(opened, {
      ...server,
      connectionString: server.connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc='),
    });
    const receiver = await attachRawReceiver(connection, `${HUB}/ConsumerGroups/$Default/Partitions/0`);
    await until('the receiver is closed', () => receiver.is_closed());
    expect(receiver.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });
});

describe('management', () => {
  test('tells of the hub', async () => {
    const before = Date.now();
    const { connectionString } = await opened.server();
    const properties = await opened.producer(connectionString).getEventHubProperties();
    expect(properties).toMatchObject({
      name: HUB,
      partitionIds: ['0', '1', '2', '3'],
      isGeoDrEnabled: false,
    });
    expect(properties.createdOn.getTime()).toBeGreaterThanOrEqual(before - 1);
  });

  test('tells of a partition, empty and filled', async () => {
    const nowMs = Date.parse('2026-03-02T08:15:00.000Z');
    const { connectionString } = await opened.server({ clock: () => nowMs });
    // The endpoint's clock stands still in the past, where the SDK's tokens are valid as well.
    const producer = opened.producer(connectionString);
    expect(await producer.getPartitionProperties('1')).toMatchObject({
      eventHubName: HUB,
      partitionId: '1',
      isEmpty: true,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: '-1',
    });
    await producer.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
    const filled = await producer.getPartitionProperties('1');
    expect(filled).toMatchObject({
      isEmpty: false,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 1,
    });
    expect(filled.lastEnqueuedOnUtc).toEqual(new Date(nowMs));
    expect(filled.lastEnqueuedOffset).toMatch(/^\d+$/);
  });

  test('errors are those of Azure', async () => {
    const { connectionString } = await opened.server();
    const producer = opened.producer(connectionString);
    for (const partition of ['4', '-1', 'x', '00004'])
      await expect(producer.getPartitionProperties(partition)).rejects.toMatchObject({
        code: 'ArgumentOutOfRangeError',
      });
    const missing = opened.producer(connectionString, NO_RETRIES, 'no-such-hub');
    await expect(missing.getEventHubProperties()).rejects.toMatchObject({
      code: 'MessagingEntityNotFoundError',
    });
  });
});

describe('addresses', () => {
  test('a hub that is missing cannot be sent to', async () => {
    const { connectionString } = await opened.server();
    const producer = opened.producer(connectionString, NO_RETRIES, 'no-such-hub');
    await expect(producer.sendBatch([{ body: 1 }])).rejects.toMatchObject({
      code: 'MessagingEntityNotFoundError',
    });
  });

  test('a partition that is missing cannot be sent to', async () => {
    const { connectionString } = await opened.server();
    await expect(
      opened.producer(connectionString).sendBatch([{ body: 1 }], { partitionId: String(PARTITIONS) }),
    ).rejects.toMatchObject({
      code: 'ArgumentOutOfRangeError',
      // Clients recognize the words of the service.
      message: expect.stringContaining(
        'The specified partition is invalid for an EventHub partition sender or receiver',
      ) as string,
    });
  });

  test('a link that its client closes as redirected is gone, its connection serves on', async () => {
    const server = await opened.server();
    const { connection, sender } = await attachRawSender(opened, server, HUB);
    sender.close({ condition: 'amqp:link:redirect', description: 'elsewhere' });
    await until('the endpoint detaches too', () => sender.is_closed());
    const receiver = await attachRawReceiver(connection, `${HUB}/ConsumerGroups/$Default/Partitions/0`);
    expect(receiver.is_open()).toBe(true);
  });

  test('a consumer group that is missing cannot be read', async () => {
    const { connectionString } = await opened.server();
    const received = subscribe(opened.consumer(connectionString, NO_RETRIES, 'nobody'), '0');
    await until('the receiver is refused', () => received.errors.length > 0);
    expect(received.errors[0]).toMatchObject({ code: 'MessagingEntityNotFoundError' });
  });

  test('letter case does not matter, and a full URI is an address', async () => {
    const server = await opened.server();
    const { sender } = await attachRawSender(
      opened,
      server,
      `sb://localhost/${HUB.toUpperCase()}/partitions/1`,
    );
    expect(sender.is_open()).toBe(true);
    const connection = await connectRaw(opened, server);
    const receiver = await attachRawReceiver(connection, `${HUB}/consumergroups/$default/PARTITIONS/1`);
    expect(receiver.is_open()).toBe(true);
  });

  test('several hubs stand side by side', async () => {
    const { connectionString } = await opened.server({
      hubs: [
        { name: 'one', partitionCount: 1, consumerGroups: [] },
        { name: 'two', partitionCount: 2, consumerGroups: ['g'] },
      ],
    });
    await opened.producer(connectionString, NO_RETRIES, 'one').sendBatch([{ body: 1 }]);
    const two = opened.producer(connectionString, NO_RETRIES, 'two');
    expect(await two.getPartitionIds()).toEqual(['0', '1']);
    expect((await two.getPartitionProperties('0')).isEmpty).toBe(true);
  });

  test('a wish for link redirects is passed over, as no redirect is ever needed', async () => {
    const server = await opened.server();
    const { sender } = await attachRawSender(opened, server, HUB, {
      desired_capabilities: ['com.microsoft:link-redirect'],
    });
    expect(sender.is_open()).toBe(true);
    expect(sender.offered_capabilities ?? []).toEqual([]);
  });
});
