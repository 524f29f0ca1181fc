import { parseHostJson } from '../../infra/local/host/host-json.ts';
import { connectionString, isDisabled, resolveExpression } from '../../infra/local/host/settings.ts';

const parse = (json: object, settings: Record<string, string> = {}): ReturnType<typeof parseHostJson> =>
  parseHostJson(JSON.stringify({ version: '2.0', ...json }), settings);

describe('host.json', () => {
  test("an empty one has Azure's defaults", () => {
    expect(parse({})).toMatchObject({
      functionTimeout: 30 * 60_000,
      http: { routePrefix: 'api', maxOutstandingRequests: 200, maxConcurrentRequests: 100 },
      eventHubs: {
        maxEventBatchSize: 100,
        minEventBatchSize: 1,
        prefetchCount: 300,
        batchCheckpointFrequency: 1,
        maxWaitTime: 60_000,
      },
      queues: {
        batchSize: 16,
        newBatchThreshold: 8,
        maxDequeueCount: 5,
        visibilityTimeout: 0,
        messageEncoding: 'base64',
      },
    });
  });

  test('time spans are .NET ones', () => {
    const timeout = (functionTimeout: string): number => parse({ functionTimeout }).functionTimeout;
    expect(['00:05:00', '1.02:00:00', '00:00:00.5', '-1'].map(timeout)).toEqual([
      300_000,
      93_600_000,
      500,
      Infinity,
    ]);
    expect(() => timeout('5 minutes')).toThrow(/not a time span/);
  });

  test('app settings override it, whatever the case of their path', () => {
    const config = parse(
      { extensions: { eventHubs: { prefetchCount: 1 } } },
      {
        AzureFunctionsJobHost__extensions__eventhubs__PREFETCHCOUNT: '7',
        AzureFunctionsJobHost__logging__logLevel__default: 'Warning',
        AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:02',
      },
    );
    expect(config.eventHubs.prefetchCount).toBe(7);
    expect(config.logLevels).toEqual({ default: 'warning' });
    expect(config.queues.visibilityTimeout).toBe(2_000);
  });

  test.each([
    [{ version: '1.0' }, /version/],
    [{ extensions: { serviceBus: {} } }, /serviceBus/],
    [
      { extensions: { eventHubs: { targetUnprocessedEventThreshold: 5 } } },
      /targetUnprocessedEventThreshold/,
    ],
    [{ extensions: { http: { dynamicThrottlesEnabled: true } } }, /dynamicThrottlesEnabled/],
    [{ extensions: { http: { hsts: { isEnabled: true } } } }, /hsts/],
    [{ extensions: { queues: { batchSize: 33 } } }, /batchSize/],
    [{ extensions: { eventHubs: { minEventBatchSize: 200 } } }, /minEventBatchSize > maxEventBatchSize/],
    [{ concurrency: { dynamicConcurrencyEnabled: true } }, /concurrency/],
    [{ retry: {} }, /retry/],
    [{ customHandler: {} }, /customHandler/],
  ])('%j is refused', (json, why) => {
    expect(() => parse(json)).toThrow(why);
  });
});

describe('app settings', () => {
  test('a binding expression takes its value from a setting', () => {
    expect(resolveExpression({ HUB: 'pos' }, 'a-%HUB%-b')).toBe('a-pos-b');
    expect(() => resolveExpression({}, '%HUB%')).toThrow('set the app setting HUB');
  });

  test('only connection strings are taken, and the error says so', () => {
    expect(connectionString({ State: 'x' }, 'State')).toBe('x');
    expect(() => connectionString({}, 'State')).toThrow('set the app setting State to a connection string');
    expect(() => connectionString({ State__blobServiceUri: 'https://x' }, 'State')).toThrow(
      'identity-based (State__blobServiceUri)',
    );
  });

  test('a function is disabled by its setting', () => {
    expect(isDisabled({ 'AzureWebJobs.land.Disabled': 'True' }, 'land')).toBe(true);
    expect(isDisabled({ AzureWebJobs_land_Disabled: '1' }, 'land')).toBe(true);
    expect(isDisabled({ 'AzureWebJobs.land.Disabled': 'false' }, 'land')).toBe(false);
    expect(isDisabled({}, 'land')).toBe(false);
  });
});
