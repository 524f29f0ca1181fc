import { FunctionsCore } from '../../infra/local/host/core.ts';
import type { BindingInfo, RetryOptions } from '../../infra/local/host/core-types.ts';
import { describeFunction, type HostedFunction, type HttpTrigger } from '../../infra/local/host/functions.ts';
import { Gate } from '../../infra/local/host/http/gate.ts';
import { Router } from '../../infra/local/host/http/routes.ts';

type Bindings = Record<string, Record<string, unknown> & { type: string }>;
const HTTP = { type: 'httpTrigger', methods: ['GET'], authLevel: 'anonymous' };

function describeWith(bindings: Bindings, settings = {}, retryOptions?: RetryOptions): HostedFunction {
  const withDirection = Object.entries(bindings).map(([name, binding]) => [
    name,
    { direction: binding.type.endsWith('Trigger') ? 'in' : 'out', ...binding },
  ]);
  const metadata = { name: 'fn', bindings: Object.fromEntries(withDirection) as Record<string, BindingInfo> };
  const registered = {
    metadata: { ...metadata, ...(retryOptions && { retryOptions }) },
    callback: () => undefined,
  };
  return describeFunction(registered, settings);
}

describe('what an app registers', () => {
  test('each kind of trigger is understood, with settings put into its expressions', () => {
    expect(describeWith({ t: HTTP, $return: { type: 'http' } }).trigger).toMatchObject({
      kind: 'http',
      route: 'fn',
    });
    const hub = {
      type: 'eventHubTrigger',
      connection: 'PosEvents',
      eventHubName: '%HUB%',
      cardinality: 'many',
    };
    expect(describeWith({ t: hub }, { HUB: 'pos' }).trigger).toEqual({
      kind: 'eventHub',
      connection: 'PosEvents',
      eventHubName: 'pos',
      consumerGroup: '$Default',
      dataType: 'json',
    });
    expect(
      describeWith({ t: { type: 'queueTrigger', queueName: 'Work', connection: 'State' } }).trigger,
    ).toMatchObject({ queueName: 'work' });
    expect(describeWith({ t: { type: 'timerTrigger', schedule: '0 * * * * *' } }).trigger).toMatchObject({
      useMonitor: true,
      runOnStartup: false,
    });
  });

  test.each<[string, Bindings, RetryOptions | undefined, RegExp]>([
    ['an unknown trigger', { t: { type: 'blobTrigger' } }, undefined, /'blobTrigger' is not supported/],
    [
      'single events',
      { t: { type: 'eventHubTrigger', cardinality: 'one' } },
      undefined,
      /cardinality 'many'/,
    ],
    ['an output binding', { t: HTTP, o: { type: 'queue' } }, undefined, /binding 'queue' is not supported/],
    ['two triggers', { t: HTTP, u: HTTP }, undefined, /two triggers/],
    ['no trigger', { $return: { type: 'http' } }, undefined, /no trigger/],
    ['a strange auth level', { t: { ...HTTP, authLevel: 'user' } }, undefined, /authLevel 'user'/],
    [
      'a retry policy on a queue',
      { t: { type: 'queueTrigger', queueName: 'q', connection: 'State' } },
      { retryStrategy: 'fixedDelay', maxRetryCount: 1 },
      /does not apply to a queue trigger/,
    ],
  ])('%s is refused', (_, bindings, retry, why) => {
    expect(() => describeWith(bindings, {}, retry)).toThrow(why);
  });

  test('an id can be registered once, and nothing after start-up', () => {
    const core = new FunctionsCore(() => undefined);
    const register = core.moduleExports()['registerFunction'] as (
      metadata: object,
      callback: () => void,
    ) => { dispose(): void };
    const registration = register({ name: 'a', bindings: {} }, () => undefined);
    expect(() => register({ name: 'a', bindings: {} }, () => undefined)).toThrow(
      '"a" has already been registered',
    );
    registration.dispose();
    register({ name: 'a', bindings: {} }, () => undefined);
    core.lock();
    expect(() => register({ name: 'b', bindings: {} }, () => undefined)).toThrow('during app startup');
    expect([...core.functions.keys()]).toEqual(['a']);
  });

  test('an unknown hook is refused as by the worker', () => {
    const core = new FunctionsCore(() => undefined);
    const registerHook = core.moduleExports()['registerHook'] as (
      name: string,
      callback: () => void,
    ) => unknown;
    expect(() => registerHook('log', () => undefined)).toThrow(RangeError);
  });
});

describe('routes', () => {
  const fn = (name: string, route: string, methods = ['GET']): HostedFunction<HttpTrigger> =>
    ({ ...describeWith({ t: { ...HTTP, route, methods } }), name }) as HostedFunction<HttpTrigger>;
  const router = new Router(
    [
      fn('any', '{*path}'),
      fn('one', 'stores/{id}'),
      fn('fixed', 'stores/all'),
      fn('optional', 'days/{date?}'),
      fn('post', 'stores/{id}', ['POST']),
      fn('dotted', 'openapi.json'),
    ],
    'v1',
  );
  const find = (path: string, method = 'GET'): [string, Record<string, string>] | undefined => {
    const match = router.match(method, path);
    return match && [match.fn.name, match.params];
  };

  test('literals come before parameters, parameters before catch-alls', () => {
    expect(find('/v1/stores/all')).toEqual(['fixed', {}]);
    expect(find('/v1/stores/7')).toEqual(['one', { id: '7' }]);
    expect(find('/v1/stores/7/x')).toEqual(['any', { path: 'stores/7/x' }]);
    expect(find('/v1/stores/7', 'POST')).toEqual(['post', { id: '7' }]);
  });

  test('the prefix counts, case does not, and a dot is a dot', () => {
    expect(find('/stores/all')).toBeUndefined();
    expect(find('/V1/STORES/ALL')).toEqual(['fixed', {}]);
    expect(find('/v1/openapi.json')).toEqual(['dotted', {}]);
    expect(find('/v1/openapixjson')?.[0]).toBe('any');
  });

  test('an optional parameter may be absent, and values are decoded where they can be', () => {
    expect(find('/v1/days')).toEqual(['optional', {}]);
    expect(find('/v1/days/2026-01-31')).toEqual(['optional', { date: '2026-01-31' }]);
    expect(find('/v1/stores/a%20b')).toEqual(['one', { id: 'a b' }]);
    expect(find('/v1/stores/a%2')).toEqual(['one', { id: 'a%2' }]);
  });

  test.each(['stores/{id:int}', 'stores/{id=1}', 'a-{b}'])('%s is refused', (route) => {
    expect(() => new Router([fn('x', route)], '')).toThrow(/is not supported/);
  });
});

test('the gate lets so many through, lets so many wait, and turns the rest away', async () => {
  const gate = new Gate(1, 2);
  expect(await gate.enter()).toBe(true);
  const waiting = gate.enter();
  expect(await gate.enter()).toBe(false);
  gate.leave();
  expect(await waiting).toBe(true);
  gate.leave();
  expect(await gate.enter()).toBe(true);
});
