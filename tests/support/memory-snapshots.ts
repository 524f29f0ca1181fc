import type { BusinessDate } from '../../shared/ids.ts';
import type { LedgerSnapshots, SnapshotInfo } from '../../shared/ledger/sources/dynamics-finance/snapshot.ts';

export interface MemorySnapshots extends LedgerSnapshots {
  readonly held: Map<BusinessDate, { info: SnapshotInfo; lines: string[] }>;
}

export function memorySnapshots(): MemorySnapshots {
  const held: MemorySnapshots['held'] = new Map();
  return {
    held,
    list: () => Promise.resolve([...held.values()].map(({ info }) => info)),
    async *lines(date) {
      await Promise.resolve();
      const found = held.get(date);
      if (found) yield found.lines;
    },
    begin(date) {
      const lines: string[] = [];
      return {
        add: (some) => Promise.resolve(void lines.push(...some)),
        commit: (info) => Promise.resolve(void held.set(date, { info, lines })),
      };
    },
    touch: (info) =>
      Promise.resolve(void held.set(info.date, { info, lines: held.get(info.date)?.lines ?? [] })),
  };
}
