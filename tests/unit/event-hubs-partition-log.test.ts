import { mkdtemp, readFile, readdir, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { PartitionLogOptions } from '../../infra/local/event-hubs/partition-log.ts';
import {
  LogFailedError,
  PartitionLog,
  PositionBeyondEndError,
} from '../../infra/local/event-hubs/partition-log.ts';
import { CorruptLogError } from '../../infra/local/event-hubs/segment.ts';
import { writeAt } from '../../infra/local/event-hubs/segment-store.ts';
import { append, eventOf, readBodies, readEvents, readRecords } from '../support/partition-log.ts';

let root: string;
let open: PartitionLog[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'partition-log-'));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((log) => log.close()));
  await rm(root, { recursive: true, force: true });
});

async function openLog(options: Partial<PartitionLogOptions> = {}): Promise<PartitionLog> {
  const log = await PartitionLog.open({
    folder: join(root, 'p'),
    durability: 'process',
    clock: () => 1_000,
    log: () => {},
    ...options,
  });
  open.push(log);
  return log;
}

async function reopen(log: PartitionLog, options: Partial<PartitionLogOptions> = {}): Promise<PartitionLog> {
  await log.close();
  open = open.filter((one) => one !== log);
  return openLog(options);
}

const files = async (suffix: string): Promise<string[]> =>
  (await readdir(join(root, 'p'))).filter((name) => name.endsWith(suffix)).sort();
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `event ${i}`);

describe.each(['process', 'machine'] as const)('with durability of the %s', (durability) => {
  test('what was accepted is there after opening again, in order', async () => {
    const log = await openLog({ durability });
    await Promise.all(numbered(100).map((body) => append(log, body, `${body}!`)));
    const before = await readEvents(log);
    expect(before.map(({ body }) => body)).toEqual(numbered(100).flatMap((body) => [body, `${body}!`]));
    expect(before.map(({ sequence }) => sequence)).toEqual(before.map((_, i) => i));
    const again = await reopen(log, { durability });
    expect(await readEvents(again)).toEqual(before);
    expect(again.properties).toMatchObject({
      beginSequence: 0,
      lastSequence: 199,
      lastOffset: before.at(-1)?.offset,
      isEmpty: false,
    });
    await append(again, 'next');
    expect((await readEvents(again)).at(-1)).toMatchObject({ body: 'next', sequence: 200 });
  });
});

test('offsets grow, and time never runs backwards', async () => {
  let nowMs = 5_000;
  const log = await openLog({ clock: () => nowMs });
  for (const at of [5_000, 4_000, 6_000]) {
    nowMs = at;
    await append(log, 'x', 'y');
  }
  const events = await readEvents(log);
  expect(events.map(({ timeMs }) => timeMs)).toEqual([5_000, 5_000, 5_000, 5_000, 6_000, 6_000]);
  const offsets = events.map(({ offset }) => Number(offset));
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  expect(new Set(offsets).size).toBe(6);
});

describe('recovery', () => {
  const batches = [['a'], ['b', 'c'], ['d'.repeat(300)], ['e', 'f', 'g'], ['h']];

  test('any cut or damage of the tail leaves a prefix of whole batches, and appending goes on', async () => {
    const log = await openLog();
    for (const batch of batches) await append(log, ...batch);
    await log.close();
    open = [];
    const [name = ''] = await files('.log');
    const path = join(root, 'p', name);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.constantFrom<'cut' | 'flip' | 'zero' | 'junk'>('cut', 'flip', 'zero', 'junk'),
        fc.nat(7),
        async (at, how, bit) => {
          const damaged = Buffer.from(whole);
          if (how === 'flip') damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
          if (how === 'zero') damaged.fill(0, at);
          await writeFile(
            path,
            how === 'junk' ? Buffer.concat([whole.subarray(0, at), Buffer.alloc(at, 0x54)]) : damaged,
          );
          if (how === 'cut') await truncate(path, at);
          const recovered = await openLog();
          const kept = (await readRecords(recovered)).map((record) => record.map(({ body }) => body));
          expect(kept).toEqual(batches.slice(0, kept.length));
          await append(recovered, 'after');
          expect((await readBodies(await reopen(recovered))).at(-1)).toBe('after');
          await Promise.all(open.map((one) => one.close()));
          open = [];
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a crash between two steps of a roll loses nothing', async () => {
    const log = await openLog({ segmentBytes: 200 });
    for (const body of numbered(6)) await append(log, body);
    const again = await reopen(log, { segmentBytes: 200 });
    for (const name of await files('.index.json')) await unlink(join(root, 'p', name));
    const rebuilt = await reopen(again, { segmentBytes: 200 });
    expect(await readBodies(rebuilt)).toEqual(numbered(6));
    expect((await files('.index.json')).length).toBeGreaterThan(0);
    for (const name of await files('.index.json')) await writeFile(join(root, 'p', name), '{"torn');
    expect(await readBodies(await reopen(rebuilt, { segmentBytes: 200 }))).toEqual(numbered(6));
  });

  test('a damaged sealed segment is an error that names the file, never silence', async () => {
    const log = await openLog({ segmentBytes: 200 });
    for (const body of numbered(6)) await append(log, body);
    await log.close();
    open = [];
    const [first = ''] = await files('.log');
    await truncate(join(root, 'p', first), 100);
    await expect(openLog()).rejects.toThrow(CorruptLogError);
    await expect(openLog()).rejects.toThrow(first);
  });
});

test('reads of a backlog come from the files in bounded parts', async () => {
  const log = await openLog({ segmentBytes: 1_000_000 });
  const body = 'x'.repeat(20_000);
  for (let i = 0; i < 200; i++) await append(log, `${i}:${body}`);
  let at = await log.locate({ kind: 'earliest' });
  let count = 0;
  for (;;) {
    const records = await log.read(at);
    const last = records.at(-1);
    if (!last) break;
    const bytes = records.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    expect(bytes).toBeLessThanOrEqual(524_288 + 25_000);
    count += records.length;
    at = { position: last.position + 56 + last.bodyBytes, sequence: last.firstSequence + last.count };
  }
  expect(count).toBe(200);
  expect((await files('.log')).length).toBeGreaterThan(3);
});

test('an event larger than a read is read whole, by itself', async () => {
  const log = await openLog({ segmentBytes: 3_000_000 });
  const large = 'L'.repeat(900_000);
  for (const body of ['s', large, 't', large, large, 'u']) await append(log, body);
  expect(await readBodies(log)).toEqual(['s', large, 't', large, large, 'u']);
});

test('every event is found by its sequence number, offset and time over many segments', async () => {
  let nowMs = 0;
  const log = await openLog({ segmentBytes: 2_000, clock: () => nowMs });
  for (let i = 0; i < 100; i++) {
    nowMs = i * 10;
    await append(log, `${i}a`, `${i}b`);
  }
  const events = await readEvents(log);
  for (const [i, { sequence, offset, timeMs }] of events.entries()) {
    const from = async (start: Parameters<PartitionLog['locate']>[0]) =>
      (await readBodies(log, await log.locate(start))).length;
    if (i % 7 !== 0) continue;
    expect(await from({ kind: 'sequence', value: sequence, isInclusive: true })).toBe(200 - i);
    expect(await from({ kind: 'sequence', value: sequence, isInclusive: false })).toBe(199 - i);
    expect(await from({ kind: 'offset', value: Number(offset), isInclusive: true })).toBe(200 - i);
    expect(await from({ kind: 'offset', value: Number(offset), isInclusive: false })).toBe(199 - i);
    expect(await from({ kind: 'time', value: timeMs, isInclusive: true })).toBe(200 - (i - (i % 2)));
    expect(await from({ kind: 'time', value: timeMs, isInclusive: false })).toBe(198 - (i - (i % 2)));
  }
  await expect(log.locate({ kind: 'sequence', value: 201, isInclusive: true })).rejects.toThrow(
    PositionBeyondEndError,
  );
});

describe('retention', () => {
  test('by time: old segments go, also those of a quiet partition, and numbers go on', async () => {
    let nowMs = 0;
    const options = { clock: () => nowMs, retentionMs: 80_000 };
    const log = await openLog(options);
    for (let i = 0; i < 10; i++) {
      nowMs = i * 10_000;
      await append(log, `${i}`);
    }
    nowMs = 120_000;
    await log.maintain();
    expect(await readBodies(log)).toEqual(['5', '6', '7', '8', '9']);
    expect(log.properties).toMatchObject({ beginSequence: 5, lastSequence: 9, isEmpty: false });
    nowMs = 1_000_000;
    await log.maintain();
    expect(log.properties).toMatchObject({ beginSequence: 10, lastSequence: 9, isEmpty: true });
    expect(await readBodies(log)).toEqual([]);
    const again = await reopen(log, options);
    await append(again, 'new');
    expect(await readEvents(again)).toMatchObject([{ body: 'new', sequence: 10 }]);
    expect(await files('.log')).toHaveLength(1);
    expect(await files('.index.json')).toHaveLength(0);
  });

  test('by size: the oldest go first, and at least the newest stay', async () => {
    const log = await openLog({ retentionBytes: 20_000, segmentBytes: 2_000 });
    for (const body of numbered(300)) await append(log, body);
    await log.maintain();
    const bodies = await readBodies(log);
    expect(bodies).toEqual(numbered(300).slice(-bodies.length));
    const bytes = await Promise.all(
      (await files('.log')).map(async (name) => (await readFile(join(root, 'p', name))).length),
    );
    const total = bytes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThanOrEqual(20_000);
    expect(total).toBeGreaterThan(15_000);
  });

  test('a reader whose place has expired goes on at the oldest event', async () => {
    const log = await openLog({ retentionBytes: 5_000, segmentBytes: 1_000 });
    const start = await log.locate({ kind: 'earliest' });
    for (const body of numbered(100)) await append(log, body);
    await log.maintain();
    const [first] = await readEvents(log, start);
    expect(first?.sequence).toBe(log.properties.beginSequence);
  });
});

describe('a write error', () => {
  test('stops acceptance for good: what was acknowledged stays readable, nothing after is accepted', async () => {
    let isBroken = false;
    const log = await openLog({
      write: async (file, buffers, at) => {
        if (!isBroken) return writeAt(file, buffers, at);
        await writeAt(file, [buffers[0]?.subarray(0, 10) ?? Buffer.alloc(0)], at);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      },
    });
    await append(log, 'kept');
    isBroken = true;
    const results = await Promise.allSettled([append(log, 'lost'), append(log, 'lost as well')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    await expect(append(log, 'too late')).rejects.toThrow(LogFailedError);
    await expect(append(log, 'too late')).rejects.toThrow('no space left on device');
    expect(await readBodies(log)).toEqual(['kept']);
    const again = await reopen(log);
    await append(again, 'repaired');
    expect(await readBodies(again)).toEqual(['kept', 'repaired']);
  });
});

describe('idempotent producers', () => {
  const stamped = (log: PartitionLog, sequence: number, bodies: string[], epoch = 0): Promise<void> =>
    log.append(bodies.map(eventOf), { producerId: 7, epoch, sequence }, 10);

  test('a repeat is accepted and not stored, before and after opening again', async () => {
    let log = await openLog({ segmentBytes: 300 });
    await stamped(log, 1, ['a', 'b']);
    await stamped(log, 1, ['a', 'b']);
    await stamped(log, 3, ['c']);
    log = await reopen(log, { segmentBytes: 300 });
    await stamped(log, 3, ['c']);
    await stamped(log, 1, ['a', 'b']);
    await append(log, 'fills the segment'.repeat(20));
    await append(log, 'rolls');
    log = await reopen(log, { segmentBytes: 300 });
    await stamped(log, 3, ['c']);
    await stamped(log, 4, ['d']);
    expect((await readBodies(log)).filter((body) => body.length === 1)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a gap, an overlap, part of a batch and an older epoch are refused; a newer epoch starts over', async () => {
    const log = await openLog();
    await stamped(log, 1, ['a', 'b']);
    await expect(stamped(log, 5, ['x'])).rejects.toMatchObject({
      condition: 'com.microsoft:out-of-order-sequence',
    });
    await expect(stamped(log, 2, ['other'])).rejects.toMatchObject({
      condition: 'com.microsoft:out-of-order-sequence',
    });
    await expect(stamped(log, 2, ['b', 'c'])).rejects.toMatchObject({
      condition: 'com.microsoft:out-of-order-sequence',
    });
    await stamped(log, 1, ['n'], 1);
    await expect(stamped(log, 3, ['o'], 0)).rejects.toMatchObject({
      condition: 'com.microsoft:producer-epoch-stolen',
    });
    expect(await readBodies(log)).toEqual(['a', 'b', 'n']);
  });

  test('sequence numbers wrap at 32 bits', async () => {
    const log = await openLog();
    await stamped(log, 2 ** 31 - 1, ['last']);
    await stamped(log, -(2 ** 31), ['first']);
    await stamped(log, 2 ** 31 - 1, ['last']);
    expect(await readBodies(log)).toEqual(['last', 'first']);
  });
});
