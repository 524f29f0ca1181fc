import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { serveAdmin } from './admin.ts';
import { FunctionsCore, provideCore } from './core.ts';
import { describeFunction, ofKind, type HostedFunction } from './functions.ts';
import { parseHostJson } from './host-json.ts';
import { EasyAuth } from './http/easy-auth.ts';
import { loadKeys } from './http/keys.ts';
import { BODY_LIMIT_SETTING, DEFAULT_BODY_LIMIT_BYTES } from './http/request.ts';
import { startHttp } from './http/server.ts';
import { Invoker } from './invoker.ts';
import { makeListeners } from './listeners.ts';
import { createLog, type Log } from './log.ts';
import { connectionString, isDisabled, type Settings } from './settings.ts';

/** The worker's own capabilities; the library adds those that the app set up. */
const CAPABILITIES = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
};
const HOST_ID_SETTING = 'AzureFunctionsWebHost__hostid';

export interface HostOptions {
  /** The built app: an ESM file that registers its functions when it is imported. */
  appPath: string;
  /** The text of host.json. */
  hostJson: string;
  /** 0 picks a free port. */
  port: number;
  /** Functions to run; empty for all. */
  only: readonly string[];
  /** Roles that the local sign-in offers. */
  roles: readonly string[];
  settings: Settings;
  queueLeaseMs: number;
  /** Signs sessions; processes that share it share their sign-ins. */
  signInKey?: Buffer;
  write: (line: string) => void;
  clock: () => number;
}

export interface RunningHost {
  port: number;
  functions: string[];
  log: Log;
  /** Stops the listeners, gives running work `graceMs`, and abandons the rest. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a functions host in this process, with the app of `appPath`. One process can hold one host, because an app's
 * registrations are module state. Rejects on anything that it cannot run faithfully.
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { settings, clock } = options;
  const config = parseHostJson(options.hostJson, settings);
  const log = createLog(config.logLevels, options.write, clock);
  const core = new FunctionsCore((level, category, message) =>
    log({ level, category: category === 'user' ? 'Host.App' : 'Host.Worker', message }),
  );
  provideCore(core);
  const capabilities = await loadApp(core, options.appPath);
  const functions = selectFunctions(core, options);
  const invoker = new Invoker(core, log, config.functionTimeout);
  const hostId = settings[HOST_ID_SETTING] ?? 'local';
  const http = ofKind(functions, 'http');
  const locked = http.filter((fn) => fn.trigger.authLevel !== 'anonymous').map((fn) => fn.name);
  const storage = (): string => connectionString(settings, 'AzureWebJobsStorage');
  const keys = locked.length === 0 ? undefined : await loadKeys(storage(), hostId, locked);
  const keepEmpty = (capabilities['IncludeEmptyEntriesInMessagePayload'] ?? '').trim() !== '';
  const listeners = makeListeners(functions, {
    config,
    settings,
    hostId,
    keepEmpty,
    queueLeaseMs: options.queueLeaseMs,
    invoker,
    log,
    clock,
  });

  const admin = { functions, listeners, invoker, keys };
  const server = await startHttp({
    port: options.port,
    functions: http,
    options: config.http,
    bodyLimitBytes: Number(settings[BODY_LIMIT_SETTING] ?? DEFAULT_BODY_LIMIT_BYTES),
    httpUri: capabilities['HttpUri'],
    invoker,
    keys,
    easyAuth: new EasyAuth(options.signInKey ?? randomBytes(32), options.roles, clock),
    admin: async (request, response, url) => serveAdmin(admin, request, response, url),
    log,
  });
  await Promise.all(listeners.map(async (listener) => listener.start()));
  const names = functions.map((fn) => fn.name);
  log({
    level: 'information',
    category: 'Host.Startup',
    message: `Host started on port ${server.port}: ${names.join(', ')}`,
  });

  const stop = async (graceMs: number): Promise<void> => {
    server.stop();
    const drained = Promise.all([...listeners.map(async (listener) => listener.stop()), invoker.whenIdle()]);
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([drained, grace]);
    clearTimeout(timer);
    await core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData });
    server.destroy();
  };
  return { port: server.port, functions: names, log, stop };
}

async function loadApp(core: FunctionsCore, appPath: string): Promise<Record<string, string>> {
  await import(pathToFileURL(appPath).href);
  if (core.functions.size === 0) throw new Error(`No job functions found in ${appPath}.`);
  const functionAppDirectory = dirname(appPath);
  await core.runHooks('appStart', { hookData: {}, appHookData: core.appHookData, functionAppDirectory });
  const capabilities = (await core.model.getCapabilities?.({ ...CAPABILITIES })) ?? CAPABILITIES;
  core.lock();
  return capabilities;
}

function selectFunctions(core: FunctionsCore, { only, settings }: HostOptions): HostedFunction[] {
  const all = [...core.functions.values()].map((registered) => describeFunction(registered, settings));
  const unknown = only.filter((name) => !all.some((fn) => fn.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `--only: no function ${unknown.join(', ')}. There are: ${all.map((fn) => fn.name).join(', ')}.`,
    );
  }
  return all.filter((fn) => (only.length === 0 || only.includes(fn.name)) && !isDisabled(settings, fn.name));
}
