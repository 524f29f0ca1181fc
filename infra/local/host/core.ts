import Module from 'node:module';

import type { FunctionCallback, FunctionMetadata, LogLevel, ProgrammingModel } from './core-types.ts';

/** The worker and host versions reported to the app; the host version supports every feature we offer. */
const WORKER_VERSION = '3.12.0';
const HOST_VERSION = '4.1045.0';

type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation';
export type HookCallback = (context: object) => unknown;

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

class Disposable {
  readonly #onDispose: () => void;

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose;
  }

  static from(...parts: { dispose(): void }[]): Disposable {
    return new Disposable(() => parts.forEach((part) => part.dispose()));
  }

  dispose(): void {
    this.#onDispose();
  }
}

/** An app's registrations with the host, and the module that it uses for them. */
export class FunctionsCore {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly hooks: Record<HookName, HookCallback[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
  };
  /** Shared by all hooks of the app; the library documents it as the place to share data across scopes. */
  readonly appHookData: Record<string, unknown> = {};
  readonly #log: (level: LogLevel, category: string, message: string) => void;
  #model: ProgrammingModel | undefined;
  #locked = false;

  constructor(log: (level: LogLevel, category: string, message: string) => void) {
    this.#log = log;
  }

  /** The app's programming model; throws if the app loaded without `@azure/functions`. */
  get model(): ProgrammingModel {
    if (this.#model === undefined)
      throw new Error('The app registered no programming model: does it import @azure/functions?');
    return this.#model;
  }

  /** Ends registration, as the host does once it has indexed the functions. */
  lock(): void {
    this.#locked = true;
  }

  /** Calls the hooks of one kind in registration order; an exception stops the rest. */
  async runHooks(name: HookName, context: object): Promise<void> {
    for (const hook of this.hooks[name]) await hook(context);
  }

  /** The object that `require('@azure/functions-core')` returns. */
  moduleExports(): Record<string, unknown> {
    return {
      version: WORKER_VERSION,
      hostVersion: HOST_VERSION,
      Disposable,
      registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
        this.#register(metadata, callback),
      registerHook: (name: string, callback: HookCallback) => this.#registerHook(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: this.#log,
    };
  }

  #register(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#locked) throw new Error('A function can only be registered during app startup.');
    const id = metadata.functionId ?? metadata.name;
    if (this.functions.has(id)) throw new Error(`A function with id "${id}" has already been registered.`);
    this.functions.set(id, { metadata, callback });
    return new Disposable(() => {
      if (this.#locked) throw new Error('A function can only be disposed during app startup.');
      this.functions.delete(id);
    });
  }

  #registerHook(name: string, callback: HookCallback): Disposable {
    const hooks = this.hooks[name as HookName] as HookCallback[] | undefined;
    if (hooks === undefined) throw new RangeError(`Unrecognized hook "${name}"`);
    hooks.push(callback);
    return new Disposable(() => {
      const at = hooks.indexOf(callback);
      if (at >= 0) hooks.splice(at, 1);
    });
  }
}

type Load = (request: string, ...rest: unknown[]) => unknown;

/**
 * Provides `require('@azure/functions-core')` from now on. The module is not on any registry and the library loads it at its first
 * registration, so this must come before the app is imported; an ESM app reaches the library's CommonJS through the same
 * loader.
 */
export function provideCore(core: FunctionsCore): void {
  const loader = Module as unknown as { _load: Load };
  const load = loader._load;
  const exports = core.moduleExports();
  loader._load = function (request, ...rest) {
    return request === '@azure/functions-core' ? exports : load.call(this, request, ...rest);
  };
}
