import type { PartitionContext, ReceivedEventData } from '@azure/event-hubs';

import type { RetryOptions } from '../../infra/local/host/core-types.ts';
import { Batcher } from '../../infra/local/host/event-hubs/batcher.ts';
import { foreignCheckpoints } from '../../infra/local/host/event-hubs/progress.ts';
import { eventHubInput, toLong } from '../../infra/local/host/event-hubs/trigger-input.ts';
import { serializeCookie } from '../../infra/local/host/http/response.ts';
import { createLog, type LogEntry } from '../../infra/local/host/log.ts';
import { retryDelayMs, withRetry } from '../../infra/local/host/retry.ts';
import { parseSchedule } from '../../infra/local/host/timers/schedule.ts';
import { timerStatus } from '../../infra/local/host/timers/status.ts';

describe('retry policies', () => {
  const fixed = (maxRetryCount: number): RetryOptions => ({
    retryStrategy: 'fixedDelay',
    maxRetryCount,
    delayInterval: { seconds: 0 },
  });
  const failing = async (
    options: RetryOptions | undefined,
    failures: number,
    signal = new AbortController().signal,
  ) => {
    const counts: (number | undefined)[] = [];
    const succeeded = await withRetry(options, signal, async (context) => {
      counts.push(context?.retryCount);
      if (counts.length <= failures) throw new Error('no');
    });
    return { succeeded, counts };
  };

  test('without a policy there is one try', async () => {
    expect(await failing(undefined, 1)).toEqual({ succeeded: false, counts: [undefined] });
  });

  test('a policy is spent after maxRetryCount retries; -1 never is', async () => {
    expect(await failing(fixed(2), 9)).toEqual({ succeeded: false, counts: [undefined, 1, 2] });
    expect(await failing(fixed(2), 2)).toEqual({ succeeded: true, counts: [undefined, 1, 2] });
    expect((await failing(fixed(-1), 40)).counts).toHaveLength(41);
  });

  test('an endless policy ends when the host stops', async () => {
    const stopping = new AbortController();
    let tries = 0;
    const succeeded = await withRetry(fixed(-1), stopping.signal, async () => {
      if (++tries === 3) stopping.abort();
      throw new Error('no');
    });
    expect([succeeded, tries]).toEqual([false, 3]);
  });

  test('a pause ends when the host stops', async () => {
    const stopping = new AbortController();
    const hourly = {
      retryStrategy: 'fixedDelay',
      maxRetryCount: -1,
      delayInterval: { seconds: 3_600 },
    } as const;
    const done = withRetry(hourly, stopping.signal, async () => Promise.reject(new Error('no')));
    setImmediate(() => stopping.abort());
    expect(await done).toBe(false);
  });

  test('exponential pauses start at the minimum, grow and stay below the maximum', () => {
    const options = {
      retryStrategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 60 },
    } as const;
    const delays = [1, 2, 3, 4, 20, 2_000].map((attempt) => retryDelayMs(options, attempt, () => 0.5));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 60_000, 60_000]);
    expect(retryDelayMs(options, 3, () => 0)).toBeLessThan(retryDelayMs(options, 3, () => 0.99));
  });
});

describe('Event Hubs batches', () => {
  const event = (body: unknown, over: Partial<ReceivedEventData> = {}): ReceivedEventData =>
    ({
      body,
      offset: '56',
      sequenceNumber: 2 ** 32 + 5,
      enqueuedTimeUtc: new Date('2026-01-31T10:00:00.120Z'),
      partitionKey: null,
      properties: undefined,
      systemProperties: {},
      ...over,
    }) as ReceivedEventData;
  const partition = {
    fullyQualifiedNamespace: 'ns',
    eventHubName: 'h',
    consumerGroup: 'g',
    partitionId: '3',
  } as PartitionContext;
  const source = { triggerName: 't', keepEmpty: false };

  test('binary keeps every body byte for byte', () => {
    const bodies = [Buffer.from([0, 255]), Buffer.alloc(0)];
    const { inputData } = eventHubInput(
      { ...source, dataType: 'binary' },
      partition,
      bodies.map((body) => event(body)),
    );
    expect(inputData[0]?.data.collectionBytes?.bytes).toEqual(bodies);
  });

  test('times have no zone and sequence numbers are Longs', () => {
    const { triggerMetadata } = eventHubInput({ ...source, dataType: 'binary' }, partition, [
      event(Buffer.from('x')),
    ]);
    expect(triggerMetadata['EnqueuedTimeUtcArray']).toEqual({ json: '["2026-01-31T10:00:00.12"]' });
    expect(triggerMetadata['SequenceNumberArray']).toEqual({
      collectionSint64: { sint64: [{ low: 5, high: 1, unsigned: false }] },
    });
    expect(triggerMetadata['OffsetArray']).toEqual({ collectionString: { string: ['56'] } });
  });

  test('Longs carry every safe integer', () => {
    for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const { low, high } = toLong(value);
      expect(high * 2 ** 32 + (low >>> 0)).toBe(value);
    }
  });

  test('without a data type one body that is not JSON spoils the batch', () => {
    const events = [event(Buffer.from('{}')), event(Buffer.from('x'))];
    expect(() => eventHubInput({ ...source, dataType: 'json' }, partition, events)).toThrow(SyntaxError);
  });

  test('small batches wait for more, but no longer than they may', () => {
    let now = 0;
    const batcher = new Batcher<number>(3, 100, () => now);
    expect(batcher.add([1])).toEqual([]);
    expect(batcher.add([2, 3, 4])).toEqual([1, 2, 3, 4]);
    expect(batcher.add([5])).toEqual([]);
    now = 100;
    expect(batcher.add([])).toEqual([5]);
    expect(batcher.add([])).toEqual([]);
  });

  test('a checkpoint beyond the end of its partition is foreign', () => {
    const at = (checkpoint: number | null, lastEnqueued: number) => ({
      id: '0',
      checkpoint,
      lastEnqueued,
      lag: 0,
    });
    expect(foreignCheckpoints([at(null, -1), at(4, 4), at(3, 4)])).toEqual([]);
    expect(foreignCheckpoints([at(5, 4)])).toHaveLength(1);
  });
});

describe('timer schedules', () => {
  const at = (text: string): number => Date.parse(text);
  const next = (expression: string, after: string): string =>
    new Date(parseSchedule(expression, 0).next(at(after)) ?? NaN).toISOString();

  test('are six-field NCRONTAB in UTC, with both day fields applied', () => {
    expect(next('0 30 2 * * *', '2026-03-29T00:00:00Z')).toBe('2026-03-29T02:30:00.000Z');
    expect(next('0 0 0 13 * 5', '2026-01-01T00:00:00Z')).toBe('2026-02-13T00:00:00.000Z');
  });

  test('other forms are refused', () => {
    expect(() => parseSchedule('*/5 * * * *', 0)).toThrow(/six-field/);
    expect(() => parseSchedule('00:05:00', 0)).toThrow(/six-field/);
    expect(() => parseSchedule('0 99 * * * *', 0)).toThrow(/Invalid value/);
  });

  test('below a minute there is no status', () => {
    expect(parseSchedule('*/30 * * * * *', 0).monitored).toBe(false);
    expect(parseSchedule('0 * * * * *', 0).monitored).toBe(true);
  });

  test('the status is what .NET writes', () => {
    const [next_, updated] = [at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00.500Z')];
    expect(timerStatus(undefined, next_, updated)).toEqual({
      Last: '0001-01-01T00:00:00',
      Next: '2026-01-02T00:00:00+00:00',
      LastUpdated: '2026-01-01T00:00:00.500+00:00',
    });
  });
});

test('the longest matching category decides what is logged', () => {
  const lines: string[] = [];
  const levels = { default: 'warning', Function: 'information', 'Function.noisy': 'error' } as const;
  const log = createLog(
    levels,
    (line) => lines.push(line),
    () => 0,
  );
  const say = (category: string, level: LogEntry['level']): void =>
    log({ category, level, message: `${category} ${level}` });
  say('Host.X', 'information');
  say('Host.X', 'warning');
  say('Function.a', 'debug');
  say('Function.a.User', 'information');
  say('Function.noisy.User', 'warning');
  say('Function.noisy', 'critical');
  expect(lines.map((line) => (JSON.parse(line) as LogEntry).message)).toEqual([
    'Host.X warning',
    'Function.a.User information',
    'Function.noisy critical',
  ]);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ time: '1970-01-01T00:00:00.000Z' });
});

test('cookies are written as RFC 6265 has them', () => {
  const expires = { value: { seconds: 0 } };
  expect(
    serializeCookie({ name: 'a', value: 'b;c', path: { value: '/' }, secure: { value: true }, expires }),
  ).toBe('a=b%3Bc; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure');
  expect(
    serializeCookie({
      name: 'a',
      value: '',
      maxAge: { value: 0 },
      domain: { value: 'x.example' },
      httpOnly: { value: true },
      sameSite: 'explicitNone',
    }),
  ).toBe('a=; Max-Age=0; Domain=x.example; HttpOnly; SameSite=None');
});
