/** The smaller parts of the endpoint: configuration, selectors, addresses, tokens and the folder's lock. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '../../infra/local/event-hubs/address.ts';
import { ConfigError, checkHubs, parseConfig } from '../../infra/local/event-hubs/config.ts';
import { lockDirectory } from '../../infra/kit/directory-lock.ts';
import { covers, verifySasToken } from '../../infra/local/event-hubs/sas-token.ts';
import { SelectorError, parseSelector } from '../../infra/local/event-hubs/selector.ts';
import { signSas } from '../support/sas.ts';

describe('a configuration in the shape of the emulator’s', () => {
  const withEntities = (...entities: object[]): string =>
    JSON.stringify({
      UserConfig: { NamespaceConfig: [{ Type: 'EventHub', Name: 'emulatorNs1', Entities: entities }] },
    });

  test('names hubs, partitions, groups and retention', () => {
    const hubs = parseConfig(
      withEntities(
        { Name: 'eh1', PartitionCount: '2', ConsumerGroups: [{ Name: 'cg1' }, { Name: 'cg2' }] },
        { Name: 'eh2', PartitionCount: 3, MessageRetentionInDays: 2, RetentionBytes: 1_000 },
      ),
    );
    expect(hubs).toEqual([
      { name: 'eh1', partitionCount: 2, consumerGroups: ['cg1', 'cg2'] },
      { name: 'eh2', partitionCount: 3, consumerGroups: [], retentionMs: 172_800_000, retentionBytes: 1_000 },
    ]);
  });

  test.each([
    ['no JSON', '{', 'The file is no JSON'],
    ['no hub', '{}', 'names no event hub'],
    ['a bad name', withEntities({ Name: '-x' }), 'is no event hub name'],
    ['no partitions', withEntities({ Name: 'x', PartitionCount: 0 }), '1 to 100 partitions'],
    [
      'a text for partitions',
      withEntities({ Name: 'x', PartitionCount: 'two' }),
      'PartitionCount of "x" must be a number',
    ],
    ['one name twice', withEntities({ Name: 'x' }, { Name: 'X' }), 'two event hubs named'],
    ['a group without a name', withEntities({ Name: 'x', ConsumerGroups: [{}] }), 'has no Name'],
    [
      'a bad group name',
      withEntities({ Name: 'x', ConsumerGroups: [{ Name: 'a/b' }] }),
      'is no consumer group name',
    ],
  ])('with %s is an error that says so', (_, text, reason) => {
    expect(() => parseConfig(text)).toThrow(ConfigError);
    expect(() => parseConfig(text)).toThrow(reason);
  });

  test('needs a retention above 0', () => {
    expect(() => checkHubs([{ name: 'x', partitionCount: 1, consumerGroups: [], retentionMs: 0 }])).toThrow(
      'above 0',
    );
  });
});

test.each([
  [undefined, { kind: 'earliest' }],
  ["amqp.annotation.x-opt-offset > '-1'", { kind: 'earliest' }],
  ["amqp.annotation.x-opt-offset > '@latest'", { kind: 'latest' }],
  ["amqp.annotation.x-opt-offset > '42'", { kind: 'offset', value: 42, isInclusive: false }],
  ["amqp.annotation.x-opt-offset >= '42'", { kind: 'offset', value: 42, isInclusive: true }],
  ["amqp.annotation.x-opt-sequence-number >='7'", { kind: 'sequence', value: 7, isInclusive: true }],
  [
    "amqp.annotation.x-opt-enqueued-time > '1700000000000'",
    { kind: 'time', value: 1_700_000_000_000, isInclusive: false },
  ],
])('the selector %s', (selector, expected) => {
  expect(parseSelector(selector)).toEqual(expected);
});

test.each([
  "amqp.annotation.x-opt-offset < '1'",
  "colour = 'red'",
  "amqp.annotation.x-opt-offset > 'abc'",
  '',
])('the selector "%s" is refused', (selector) => {
  expect(() => parseSelector(selector)).toThrow(SelectorError);
});

test.each([
  ['$cbs', { kind: 'cbs' }],
  ['$management', { kind: 'management' }],
  ['hub/$management', { kind: 'management' }],
  ['hub', { kind: 'hub', hub: 'hub', partition: undefined }],
  ['hub/Partitions/3', { kind: 'hub', hub: 'hub', partition: '3' }],
  [
    'amqps://ns:5671/hub/ConsumerGroups/$Default/Partitions/0',
    { kind: 'group', hub: 'hub', group: '$Default', partition: '0' },
  ],
  ['hub/Publishers/p', { kind: 'unknown' }],
  ['', { kind: 'unknown' }],
])('the address "%s"', (address, expected) => {
  expect(parseAddress(address)).toEqual(expected);
});

describe('a shared access signature', () => {
  const policy = { name: 'p', key: 'secret' };
  const sign = (resource: string, seconds: number, name = 'p', key = 'secret'): string =>
    signSas(resource, seconds, name, key);

  test('is good until it expires', () => {
    const token = sign('sb://localhost:1/Hub/', 100);
    expect(verifySasToken(token, policy, 99_999)).toEqual({
      ok: true,
      audience: 'hub',
      expiresAtMs: 100_000,
    });
    expect(verifySasToken(token, policy, 100_000)).toEqual({ ok: false, reason: 'the token has expired' });
  });

  test.each([
    ['of another key', sign('sb://x', 100, 'p', 'other')],
    ['of another policy', sign('sb://x', 100, 'q')],
    ['that was altered', sign('sb://x/hub', 100).replace('hub', 'other')],
    ['with an extended life', sign('sb://x', 100).replace('se=100', 'se=900')],
    ['without a signature', 'SharedAccessSignature sr=sb%3A%2F%2Fx&se=100&skn=p'],
    ['with broken escapes', 'SharedAccessSignature sr=%zz&sig=%zz&se=100&skn=%zz'],
    ['that is none', 'Bearer abc'],
    ['that is empty', ''],
  ])('%s is refused', (_, token) => {
    expect(verifySasToken(token, policy, 0).ok).toBe(false);
  });

  test('covers its resource and what lies below', () => {
    expect(covers('hub', 'hub')).toBe(true);
    expect(covers('hub', 'hub/partitions/0')).toBe(true);
    expect(covers('', 'anything')).toBe(true);
    expect(covers('hub', 'hub2')).toBe(false);
    expect(covers('hub/partitions/0', 'hub')).toBe(false);
  });
});

describe('the lock of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('is held once, says by whom, and can be had again after release', async () => {
    const lock = await lockDirectory(folder);
    await expect(lockDirectory(folder)).rejects.toThrow(`in use by process ${process.pid}`);
    await lock.release();
    await (await lockDirectory(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('of many who want it at once exactly one has it, also where a dead one held it', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: dead.pid }));
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(folder)));
    const locks = results.filter(({ status }) => status === 'fulfilled');
    expect(locks).toHaveLength(1);
    expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    for (const result of results) if (result.status === 'fulfilled') await result.value.release();
  });

  test('of a living process is respected', async () => {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.ppid }));
    await expect(lockDirectory(folder)).rejects.toThrow(`in use by process ${process.ppid}`);
  });

  test('of an earlier process with our id is stale', async () => {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 'an earlier boot:1' }));
    await (await lockDirectory(folder)).release();
  });
});
