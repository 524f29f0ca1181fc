import type { StockHistory } from '../../shared/azure/stock-history.ts';
import { NEW_WATCH, storedWatch, watchOfStored } from '../../shared/stock/silent/shelf-watch.ts';
import { hoursOfStored, NO_HOURS, storedHours } from '../../shared/stock/silent/store-hours.ts';

/** Files in memory, guarded by ETags as in a container. `fault` may throw before or after one is written. */
export interface MemoryStockHistory extends StockHistory {
  readonly files: Map<string, { readonly text: string; readonly etag: string }>;
  fault: ((when: 'before' | 'after', name: string) => void) | undefined;
}

export function memoryStockHistory(): MemoryStockHistory {
  const files: MemoryStockHistory['files'] = new Map();
  let etags = 0;
  const read = <T>(name: string, whenAbsent: T, parse: (stored: unknown) => T) => {
    const held = files.get(name);
    return Promise.resolve({
      value: held ? parse(JSON.parse(held.text)) : whenAbsent,
      etag: held?.etag,
    });
  };
  const write = async (name: string, stored: unknown, etag: string | undefined) => {
    await Promise.resolve();
    history.fault?.('before', name);
    if (files.get(name)?.etag !== etag) return undefined;
    const next = `"${(etags += 1)}"`;
    files.set(name, { text: JSON.stringify(stored), etag: next });
    history.fault?.('after', name);
    return next;
  };
  const history: MemoryStockHistory = {
    files,
    fault: undefined,
    hours: (storeId) => read(`hours/${storeId}`, NO_HOURS, hoursOfStored),
    watch: (storeId) => read(`watch/${storeId}`, NEW_WATCH, watchOfStored),
    putHours: (storeId, hours, etag) => write(`hours/${storeId}`, storedHours(hours), etag),
    putWatch: (storeId, watch, etag) => write(`watch/${storeId}`, storedWatch(watch), etag),
  };
  return history;
}
