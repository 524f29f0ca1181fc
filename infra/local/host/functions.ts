import type { RegisteredFunction } from './core.ts';
import type { BindingInfo, FunctionCallback, FunctionMetadata, RetryOptions } from './core-types.ts';
import { resolveExpression, type Settings } from './settings.ts';

export type AuthLevel = 'anonymous' | 'function' | 'admin';

export interface HttpTrigger {
  kind: 'http';
  methods: string[];
  route: string;
  authLevel: AuthLevel;
}

export interface EventHubTrigger {
  kind: 'eventHub';
  connection: string;
  eventHubName: string;
  consumerGroup: string;
  dataType: 'binary' | 'string' | 'json';
}

export interface QueueTrigger {
  kind: 'queue';
  connection: string;
  queueName: string;
}

export interface TimerTrigger {
  kind: 'timer';
  schedule: string;
  runOnStartup: boolean;
  useMonitor: boolean;
}

export type Trigger = HttpTrigger | EventHubTrigger | QueueTrigger | TimerTrigger;

/** One function of the app, as needed by the host. */
export interface HostedFunction<T extends Trigger = Trigger> {
  name: string;
  trigger: T;
  triggerName: string;
  retry: RetryOptions | undefined;
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

/** Those of `functions` with one kind of trigger. */
export function ofKind<K extends Trigger['kind']>(
  functions: readonly HostedFunction[],
  kind: K,
): HostedFunction<Extract<Trigger, { kind: K }>>[] {
  return functions.filter((fn) => fn.trigger.kind === kind) as HostedFunction<
    Extract<Trigger, { kind: K }>
  >[];
}

/** Reads the app's registrations. Throws on any trigger, binding or option that this host does not support. */
export function describeFunction(
  { metadata, callback }: RegisteredFunction,
  settings: Settings,
): HostedFunction {
  const refuse = (what: string): never => {
    throw new Error(`Function '${metadata.name}': ${what}`);
  };
  let trigger: Trigger | undefined;
  let triggerName = '';
  for (const [name, binding] of Object.entries(metadata.bindings)) {
    if (/trigger$/i.test(binding.type)) {
      if (trigger !== undefined) refuse('has two triggers.');
      trigger = describeTrigger(metadata.name, binding, settings, refuse);
      triggerName = name;
    } else if (!(name === '$return' && binding.type === 'http')) {
      refuse(
        `${binding.direction}put binding '${binding.type}' is not supported by the local host; use its SDK in code.`,
      );
    }
  }
  trigger ??= refuse('has no trigger.');
  const retry = metadata.retryOptions;
  if (retry !== undefined && (trigger.kind === 'http' || trigger.kind === 'queue')) {
    refuse(`a retry policy does not apply to a ${trigger.kind} trigger.`);
  }
  return { name: metadata.name, trigger, triggerName, retry, metadata, callback };
}

type Refuse = (what: string) => never;

function describeTrigger(
  functionName: string,
  binding: BindingInfo,
  settings: Settings,
  refuse: Refuse,
): Trigger {
  const text = (key: string, fallback?: string): string => {
    const value = binding[key] ?? fallback;
    if (typeof value !== 'string' || value === '') return refuse(`its trigger lacks '${key}'.`);
    return resolveExpression(settings, value);
  };
  switch (binding.type) {
    case 'httpTrigger':
      return describeHttp(functionName, binding, refuse);
    case 'eventHubTrigger':
      if (binding['cardinality'] !== 'many') refuse("an Event Hubs trigger needs cardinality 'many' here.");
      return {
        kind: 'eventHub',
        connection: text('connection'),
        eventHubName: text('eventHubName'),
        consumerGroup: text('consumerGroup', '$Default'),
        dataType: describeDataType(binding['dataType'], refuse),
      };
    case 'queueTrigger':
      if (binding['dataType'] !== undefined) refuse('a queue trigger takes no dataType here.');
      return {
        kind: 'queue',
        connection: text('connection', 'AzureWebJobsStorage'),
        queueName: text('queueName').toLowerCase(),
      };
    case 'timerTrigger':
      return {
        kind: 'timer',
        schedule: text('schedule'),
        runOnStartup: binding['runOnStartup'] === true,
        useMonitor: binding['useMonitor'] !== false,
      };
    default:
      return refuse(`trigger '${binding.type}' is not supported by the local host.`);
  }
}

function describeHttp(functionName: string, binding: BindingInfo, refuse: Refuse): HttpTrigger {
  const authLevel = String(binding['authLevel']).toLowerCase();
  if (authLevel !== 'anonymous' && authLevel !== 'function' && authLevel !== 'admin') {
    return refuse(`unknown authLevel '${authLevel}'.`);
  }
  const methods = (binding['methods'] as string[]).map((method) => method.toUpperCase());
  const route = typeof binding['route'] === 'string' ? binding['route'] : functionName;
  return { kind: 'http', methods, route, authLevel };
}

function describeDataType(value: unknown, refuse: Refuse): EventHubTrigger['dataType'] {
  if (value === undefined) return 'json';
  if (value === 'binary' || value === 'string') return value;
  return refuse(`unknown dataType ${JSON.stringify(value)}.`);
}
