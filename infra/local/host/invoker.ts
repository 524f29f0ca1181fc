import { randomUUID } from 'node:crypto';

import type { FunctionsCore } from './core.ts';
import type {
  CoreInvocationContext,
  InvocationRequest,
  InvocationResponse,
  LogLevel,
  TraceContext,
} from './core-types.ts';
import type { HostedFunction } from './functions.ts';
import type { Log } from './log.ts';

/** Beyond this, setTimeout fires immediately. No invocation lasts 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A trigger's input; the invoker adds the id and the rest that each invocation needs. */
export type TriggerInput = Pick<InvocationRequest, 'inputData' | 'triggerMetadata'> &
  Partial<Pick<InvocationRequest, 'retryContext' | 'traceContext'>>;

export interface FunctionCounters {
  invocations: number;
  failures: number;
  inFlight: number;
  totalMs: number;
}

/** An invocation that ran longer than host.json's `functionTimeout`. */
class FunctionTimeoutError extends Error {
  constructor(name: string, timeoutMs: number) {
    super(`Timeout value of ${timeoutMs} ms was exceeded by function: Functions.${name}`);
    this.name = 'FunctionTimeoutError';
  }
}

/** Runs functions through the library's invocation model, including hooks, like the Node.js worker. */
export class Invoker {
  readonly counters = new Map<string, FunctionCounters>();
  readonly #core: FunctionsCore;
  readonly #log: Log;
  readonly #timeoutMs: number;
  readonly #idle = new Set<() => void>();
  #inFlight = 0;

  constructor(core: FunctionsCore, log: Log, timeoutMs: number) {
    this.#core = core;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when nothing is running. */
  async whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /**
   * One invocation. `bind` creates the input; if it throws, the invocation fails before the function's code runs.
   * Rejects with the function's exception, or with FunctionTimeoutError.
   */
  async invoke(
    fn: HostedFunction,
    bind: () => TriggerInput,
    invocationId: string = randomUUID(),
  ): Promise<InvocationResponse> {
    const counters = this.#countersOf(fn.name);
    const say = (level: LogLevel, message: string): void =>
      this.#log({ level, category: `Function.${fn.name}`, message, functionName: fn.name, invocationId });
    say('information', `Executing 'Functions.${fn.name}' (Id=${invocationId})`);
    const startedAt = performance.now();
    counters.invocations++;
    counters.inFlight++;
    this.#inFlight++;
    try {
      const request: InvocationRequest = { traceContext: newTrace(), ...bind(), invocationId };
      const response = await this.#withTimeout(fn.name, this.#run(fn, request));
      const ms = performance.now() - startedAt;
      say(
        'information',
        `Executed 'Functions.${fn.name}' (Succeeded, Id=${invocationId}, Duration=${Math.round(ms)}ms)`,
      );
      return response;
    } catch (thrown) {
      counters.failures++;
      const ms = Math.round(performance.now() - startedAt);
      const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      say(
        'error',
        `Executed 'Functions.${fn.name}' (Failed, Id=${invocationId}, Duration=${ms}ms): ${detail}`,
      );
      throw thrown;
    } finally {
      counters.totalMs += performance.now() - startedAt;
      counters.inFlight--;
      this.#inFlight--;
      if (this.#inFlight === 0) {
        for (const resolve of this.#idle) resolve();
        this.#idle.clear();
      }
    }
  }

  async #run(fn: HostedFunction, request: InvocationRequest): Promise<InvocationResponse> {
    const category = `Function.${fn.name}`;
    const coreContext: CoreInvocationContext = {
      invocationId: request.invocationId,
      request,
      metadata: fn.metadata,
      state: undefined,
      log: (level, kind, message) =>
        this.#log({
          level,
          category: kind === 'user' ? `${category}.User` : category,
          message,
          functionName: fn.name,
          invocationId: request.invocationId,
        }),
    };
    const model = await this.#core.model.getInvocationModel(coreContext);
    const { context, inputs } = await model.getArguments();
    const shared = { hookData: {}, appHookData: this.#core.appHookData, invocationContext: context };
    const before = { ...shared, inputs, functionCallback: fn.callback };
    coreContext.state = 'preInvocationHooks';
    await this.#core.runHooks('preInvocation', before);

    const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
    coreContext.state = 'invocation';
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (thrown) {
      after.error = thrown;
    }
    coreContext.state = 'postInvocationHooks';
    await this.#core.runHooks('postInvocation', after);
    coreContext.state = undefined;
    // The worker fails an invocation only for real errors: `throw 'text'` counts as success there, and so it does here.
    if (after.error instanceof Error || Object.prototype.toString.call(after.error) === '[object Error]')
      throw after.error;
    return model.getResponse(context, after.result);
  }

  async #withTimeout<T>(name: string, running: Promise<T>): Promise<T> {
    if (this.#timeoutMs > LONGEST_TIMER_MS) return running;
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new FunctionTimeoutError(name, this.#timeoutMs)), this.#timeoutMs);
    });
    try {
      return await Promise.race([running, expired]);
    } finally {
      clearTimeout(timer);
    }
  }

  #countersOf(name: string): FunctionCounters {
    let counters = this.counters.get(name);
    if (counters === undefined) {
      counters = { invocations: 0, failures: 0, inFlight: 0, totalMs: 0 };
      this.counters.set(name, counters);
    }
    return counters;
  }
}

/** A new trace (W3C Trace Context), or the caller's trace with a new span. */
export function newTrace(parent?: string, state?: string): TraceContext {
  const span = randomHex().slice(0, 16);
  const continued = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(parent ?? '');
  const traceId = continued?.[1] ?? randomHex();
  return {
    traceParent: `00-${traceId}-${span}-${continued?.[2] ?? '00'}`,
    ...(state === undefined ? {} : { traceState: state }),
    attributes: {},
  };
}

/** 32 hexadecimal digits. Node caches random bytes for UUIDs only, which makes them five times cheaper. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
