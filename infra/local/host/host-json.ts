import { z } from 'zod';

import type { LogLevel } from './core-types.ts';
import { LOG_LEVELS } from './log.ts';
import type { Settings } from './settings.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** A .NET TimeSpan (`hh:mm:ss`, `d.hh:mm:ss`, fractions allowed) in milliseconds; `-1` means without limit. */
const timeSpan = z.string().transform((text, context): number => {
  if (text === '-1') return Number.POSITIVE_INFINITY;
  const parts = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/.exec(text);
  if (parts === null) {
    context.addIssue({ code: 'custom', message: `'${text}' is not a time span like 00:00:30` });
    return z.NEVER;
  }
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
  return (
    ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * SECOND_MS
  );
});

const logLevel = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(LOG_LEVELS));

const http = z.strictObject({
  routePrefix: z.string().default('api'),
  maxOutstandingRequests: z.int().default(200),
  maxConcurrentRequests: z.int().default(100),
  dynamicThrottlesEnabled: z.literal(false).optional(),
  customHeaders: z.record(z.string(), z.string()).default({}),
  hsts: z.looseObject({ isEnabled: z.literal(false) }).optional(),
});

const eventHubs = z
  .strictObject({
    maxEventBatchSize: z.int().min(1).default(100),
    minEventBatchSize: z.int().min(1).default(1),
    maxWaitTime: timeSpan.default(MINUTE_MS),
    batchCheckpointFrequency: z.int().min(1).default(1),
    prefetchCount: z.int().min(0).default(300),
    transportType: z.literal('amqpTcp').optional(),
    initialOffsetOptions: z
      .strictObject({
        type: z.enum(['fromStart', 'fromEnd', 'fromEnqueuedTime']).default('fromStart'),
        enqueuedTimeUtc: z.iso.datetime({ offset: true }).optional(),
      })
      .default({ type: 'fromStart' }),
    // Azure's defaults are longer (10 and 30 s), but here a killed host is back at once and must not wait for
    // its own old claims; 15 s is also what a killed host's timers wait.
    loadBalancingUpdateInterval: timeSpan.default(3 * SECOND_MS),
    partitionOwnershipExpirationInterval: timeSpan.default(15 * SECOND_MS),
  })
  .refine(
    (options) => options.minEventBatchSize <= options.maxEventBatchSize,
    'minEventBatchSize > maxEventBatchSize',
  );

const queues = z
  .strictObject({
    batchSize: z.int().min(1).max(32).default(16),
    newBatchThreshold: z.int().min(0).optional(),
    maxDequeueCount: z.int().min(1).default(5),
    visibilityTimeout: timeSpan.default(0),
    maxPollingInterval: timeSpan.optional(),
    messageEncoding: z.enum(['base64', 'none']).default('base64'),
  })
  .transform((options) => ({
    ...options,
    newBatchThreshold: options.newBatchThreshold ?? Math.floor(options.batchSize / 2),
  }));

/** Every supported key. Unsupported keys that would change behaviour are rejected, not ignored. */
const hostJson = z.strictObject({
  version: z.literal('2.0'),
  functionTimeout: timeSpan.default(30 * MINUTE_MS),
  logging: z.looseObject({ logLevel: z.record(z.string(), logLevel).default({}) }).default({ logLevel: {} }),
  extensions: z
    .strictObject({ http: http.prefault({}), eventHubs: eventHubs.prefault({}), queues: queues.prefault({}) })
    .prefault({}),
  // These have no visible effect on one machine.
  extensionBundle: z.unknown().optional(),
  telemetryMode: z.unknown().optional(),
  aggregator: z.unknown().optional(),
  healthMonitor: z.unknown().optional(),
  watchDirectories: z.unknown().optional(),
  watchFiles: z.unknown().optional(),
});

export type HttpOptions = z.output<typeof http>;
export type EventHubsOptions = z.output<typeof eventHubs>;
export type QueuesOptions = z.output<typeof queues>;

export interface HostConfig {
  /** Milliseconds; `Infinity` for no timeout. */
  functionTimeout: number;
  logLevels: Record<string, LogLevel>;
  http: HttpOptions;
  eventHubs: EventHubsOptions;
  queues: QueuesOptions;
}

/**
 * Reads host.json, overridden by app settings such as `AzureFunctionsJobHost__extensions__eventHubs__prefetchCount`
 * as in Azure. Throws one error that lists all problems.
 */
export function parseHostJson(text: string, settings: Settings): HostConfig {
  const parsed = hostJson.safeParse(withOverrides(JSON.parse(text), settings));
  if (!parsed.success)
    throw new Error(`host.json is not supported by the local host:\n${z.prettifyError(parsed.error)}`);
  const { functionTimeout, logging, extensions } = parsed.data;
  return { functionTimeout, logLevels: logging.logLevel, ...extensions };
}

const OVERRIDE = 'AzureFunctionsJobHost__';

function withOverrides(file: unknown, settings: Settings): unknown {
  if (typeof file !== 'object' || file === null) return file;
  const root = structuredClone(file) as Record<string, unknown>;
  for (const [name, value] of Object.entries(settings)) {
    if (!name.toLowerCase().startsWith(OVERRIDE.toLowerCase()) || value === undefined) continue;
    const path = name.slice(OVERRIDE.length).split('__');
    const leaf = path.pop() ?? '';
    let node = root;
    for (const step of path) {
      const child = node[keyIn(node, step)];
      node = (
        typeof child === 'object' && child !== null ? child : (node[keyIn(node, step)] = {})
      ) as typeof root;
    }
    node[keyIn(node, leaf)] = scalar(value);
  }
  return root;
}

/** The key of `node` that equals `name` except for case, because configuration keys ignore case. */
function keyIn(node: Record<string, unknown>, name: string): string {
  return Object.keys(node).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

function scalar(value: string): unknown {
  if (/^-?\d+$/.test(value) && value !== '-1') return Number(value);
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return value;
}
