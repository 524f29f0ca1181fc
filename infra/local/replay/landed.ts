import type { PosEvent } from '../../../shared/pos/event.ts';

/** This replay's events in the raw landing. */
export interface Landed {
  /** Deliveries; a second replay of the same file lands again but has no effect. */
  deliveries: number;
  /** Rows or transactions of the file that they contain. */
  records: number;
  grossMinor: number;
  /** Events by kind, such as `transaction, completed`. */
  readonly byKind: Map<string, number>;
  /** Lines of transactions by type: sale, return, giftCard and so on. */
  readonly byLine: Map<string, number>;
  /** Mapping doubts: events and the affected lines. */
  readonly byQuality: Map<string, number>;
}

export const nothingLanded = (): Landed => ({
  deliveries: 0,
  records: 0,
  grossMinor: 0,
  byKind: new Map(),
  byLine: new Map(),
  byQuality: new Map(),
});

/** @param countsRows whether a record of the file is a line of an event, rather than an event. */
export function noteLanded(landed: Landed, event: PosEvent, countsRows: boolean): void {
  landed.deliveries += 1;
  landed.records += countsRows ? rowsIn(event) : 1;
  add(landed.byKind, kindOf(event));
  for (const issue of event.quality ?? []) add(landed.byQuality, issue);
  if (event.kind !== 'transaction') return;
  landed.grossMinor += event.totals.grossMinor;
  for (const { type, voided } of event.lines) add(landed.byLine, voided === true ? `${type}, voided` : type);
}

function rowsIn(event: PosEvent): number {
  if (event.kind === 'transaction') return event.lines.length;
  return event.kind === 'stock' || event.kind === 'price' ? event.items.length : 1;
}

function kindOf(event: PosEvent): string {
  switch (event.kind) {
    case 'transaction': {
      const isReturn = event.lines.length > 0 && event.lines.every(({ quantityMilli }) => quantityMilli < 0);
      return `transaction, ${event.status}${isReturn ? ', return' : ''}`;
    }
    case 'price':
      return 'price';
    default:
      return `${event.kind}, ${event.action}`;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
