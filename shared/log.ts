import { messageOf } from './errors.ts';

/**
 * Structured logs: one JSON object a line, which Application Insights and the local host both read. Fields never
 * contain payloads, card data or names; `traceparent` carries the event's correlation id.
 */
export type LogLevel = 'info' | 'warn' | 'error';
type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields, thrown?: unknown): void;
}

export function jsonLogger(write: (level: LogLevel, line: string) => void): Logger {
  const line = (level: LogLevel, message: string, fields: LogFields | undefined, thrown?: unknown) =>
    write(
      level,
      JSON.stringify({
        level,
        message,
        ...fields,
        ...(thrown === undefined ? {} : { error: messageOf(thrown) }),
      }),
    );
  return {
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields, thrown) => line('error', message, fields, thrown),
  };
}
