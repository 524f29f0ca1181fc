import type { LogLevel } from './core-types.ts';

export interface LogEntry {
  level: LogLevel;
  /** As in Azure: `Host.*`, `Function.<name>` for the host's lines about a function, `Function.<name>.User` for its own. */
  category: string;
  message: string;
  functionName?: string;
  invocationId?: string;
}

export type Log = (entry: LogEntry) => void;

export const LOG_LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;

/**
 * A log of JSON lines, filtered by host.json's `logging.logLevel`: the longest key that starts a category decides, and
 * `default` decides for the rest.
 */
export function createLog(
  levels: Record<string, LogLevel>,
  write: (line: string) => void,
  clock: () => number,
): Log {
  const thresholds = new Map<string, number>();
  const threshold = (category: string): number => {
    let rank = thresholds.get(category);
    if (rank === undefined) {
      rank = LOG_LEVELS.indexOf(levelOf(levels, category));
      thresholds.set(category, rank);
    }
    return rank;
  };
  return (entry) => {
    if (LOG_LEVELS.indexOf(entry.level) < threshold(entry.category)) return;
    write(JSON.stringify({ time: new Date(clock()).toISOString(), ...entry }) + '\n');
  };
}

function levelOf(levels: Record<string, LogLevel>, category: string): LogLevel {
  let best = '';
  for (const key of Object.keys(levels)) {
    if (key.length > best.length && category.toLowerCase().startsWith(key.toLowerCase())) best = key;
  }
  return levels[best] ?? levels['default'] ?? 'information';
}
