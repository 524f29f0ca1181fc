import { EventHubListener } from './event-hubs/listener.ts';
import { ofKind, type HostedFunction } from './functions.ts';
import type { HostConfig } from './host-json.ts';
import type { Invoker } from './invoker.ts';
import type { Listener } from './listener.ts';
import type { Log } from './log.ts';
import { QueueListener } from './queues/listener.ts';
import { connectionString, type Settings } from './settings.ts';
import { TimerListener } from './timers/listener.ts';

export interface ListenerContext {
  config: HostConfig;
  settings: Settings;
  hostId: string;
  keepEmpty: boolean;
  queueLeaseMs: number;
  invoker: Invoker;
  log: Log;
  clock: () => number;
}

/** One listener for each function that is not triggered by HTTP. Throws if a connection is missing. */
export function makeListeners(functions: HostedFunction[], context: ListenerContext): Listener[] {
  const { config, settings, hostId, keepEmpty, queueLeaseMs, invoker, log, clock } = context;
  const hubs = ofKind(functions, 'eventHub');
  refuseSharedGroups(hubs);
  const storage = (): string => connectionString(settings, 'AzureWebJobsStorage');
  return [
    ...hubs.map((fn) => {
      const hub = connectionString(settings, fn.trigger.connection);
      const options = config.eventHubs;
      return new EventHubListener({ fn, hub, storage: storage(), options, keepEmpty, invoker, log, clock });
    }),
    ...ofKind(functions, 'queue').map((fn) => {
      const account = connectionString(settings, fn.trigger.connection);
      return new QueueListener({
        fn,
        storage: account,
        options: config.queues,
        leaseMs: queueLeaseMs,
        invoker,
        log,
      });
    }),
    ...ofKind(functions, 'timer').map(
      (fn) => new TimerListener({ fn, storage: storage(), hostId, invoker, log, clock }),
    ),
  ];
}

/** Two functions on one consumer group would share a checkpoint, and each would see only some of the events. */
function refuseSharedGroups(functions: ReturnType<typeof ofKind<'eventHub'>>): void {
  const seen = new Map<string, string>();
  for (const { name, trigger } of functions) {
    const group = `${trigger.eventHubName}/${trigger.consumerGroup}`.toLowerCase();
    const other = seen.get(group);
    if (other !== undefined)
      throw new Error(`Functions '${other}' and '${name}' share the consumer group ${group}.`);
    seen.set(group, name);
  }
}
