import type { InvocationContext } from '@azure/functions';
import { jsonLogger, type Logger } from '../shared/azure/log.ts';

/** What every folder of functions takes from the Functions worker that runs them. */

/** Logs of what belongs to no invocation. */
export const processLog: Logger = jsonLogger((_level, line) => {
  process.stdout.write(`${line}\n`);
});

/** Logs under the invocation, so that the platform shows the lines with it. */
export function invocationLog(context: InvocationContext): Logger {
  return jsonLogger((level, line) => {
    context[level](line);
  });
}

/** A queue message as it was put: the library parses one that is JSON. */
export function queueText(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
