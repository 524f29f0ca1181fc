import { AsyncLocalStorage } from 'node:async_hooks';
import type { app as functionsApp, InvocationContext } from '@azure/functions';
import { jsonLogger, type Logger, type LogLevel } from '../shared/log.ts';
import { readSettings, type Settings } from '../shared/settings.ts';
import type { Clock } from '../shared/time.ts';

/** What every folder of functions takes from the Functions worker that runs them. */

interface Running {
  readonly context: Pick<InvocationContext, LogLevel>;
  isOver: boolean;
}
const invocations = new AsyncLocalStorage<Running>();

/** Lets `functionLog` know by which invocation it is called, in every function of the app. */
export function followInvocations(app: Pick<typeof functionsApp, 'hook'>): void {
  app.hook.preInvocation((hook) => {
    const handler = hook.functionHandler;
    hook.functionHandler = async (...given: Parameters<typeof handler>): Promise<unknown> => {
      const running: Running = { context: hook.invocationContext, isOver: false };
      try {
        return await invocations.run(running, () => handler(...given) as unknown);
      } finally {
        running.isOver = true;
      }
    };
  });
}

/**
 * The log of all functions. A line belongs to the invocation in whose course it is written, and has its level there:
 * what is written to the process's own output the platform shows as information of nobody. Only what runs on after its
 * invocation, or before any, goes there.
 */
export const functionLog: Logger = jsonLogger((level, line) => {
  const running = invocations.getStore();
  if (running && !running.isOver) running.context[level](line);
  else (level === 'info' ? process.stdout : process.stderr).write(`${line}\n`);
});

/** A queue message as it was put: the library parses one that is JSON. */
export function queueText(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** Wires a folder's functions at the first invocation, so importing the entry point stays cheap. */
export function lazily<T>(wire: (settings: Settings, clock: Clock, log: Logger) => T): () => T {
  let wired: { readonly room: T } | undefined;
  return () => (wired ??= { room: wire(readSettings(), Date.now, functionLog) }).room;
}
