import { messageOf } from '../../../shared/errors.ts';
import type { StoreId } from '../../../shared/ids.ts';
import type { UncoveredKind, UncoveredPart } from '../../../shared/reconciliation/uncovered.ts';

const NAMED_DATES = 5;

/** Gathers, while a shard is read, which stores its result must leave out, and what it must say of them. */
export class LeftOut {
  readonly #parts: UncoveredPart[] = [];
  readonly #stores = new Set<string>();
  #isEverything = false;

  /** Whether a store's books would be wrong, as a part of its data is missing. */
  has(storeId: string): boolean {
    return this.#isEverything || this.#stores.has(storeId);
  }

  /** @param storeIds undefined where the part may hold any store of the shard. */
  part(kind: UncoveredKind, storeIds: readonly string[] | undefined, subject: string, reason: string): void {
    if (storeIds) for (const storeId of storeIds) this.#stores.add(storeId);
    else this.#isEverything = true;
    this.#parts.push({ kind, storeIds: (storeIds ?? []) as readonly StoreId[], subject, reason });
  }

  /** What is missing changes how open items are explained, and no total. */
  note(kind: UncoveredKind, storeIds: readonly string[] | undefined, subject: string, reason: string): void {
    const parts = { kind, storeIds: (storeIds ?? []) as readonly StoreId[], subject, reason };
    this.#parts.push({ ...parts, searchOnly: true });
  }

  /** Something that failed for one store alone; of several faults of one store the first is kept. */
  store(storeId: StoreId, thrown: unknown): void {
    if (!this.has(storeId)) this.part('store', [storeId], storeId, messageOf(thrown));
  }

  /** Events that are in no day's books; the books of the store's other events stand. */
  quarantined(storeId: StoreId, dates: ReadonlyMap<string, ReadonlySet<string>>): void {
    const sorted = [...dates.keys()].sort();
    const events = [...dates.values()].reduce((sum, ids) => sum + ids.size, 0);
    const more = sorted.length > NAMED_DATES ? ` and ${sorted.length - NAMED_DATES} more dates` : '';
    const [example = ''] = [...(dates.get(sorted[0] ?? '') ?? [])].sort();
    this.#parts.push({
      kind: 'implausible-date',
      storeIds: [storeId],
      subject: `${sorted.slice(0, NAMED_DATES).join(', ')}${more}`,
      reason:
        `${events} events of store ${storeId} arrived on this date with a business date that cannot be right, such as ${example}. ` +
        "They are in no day's books: set the till's clock, and send them again with their right date",
      events,
    });
  }

  gap(subject: string, reason: string, events: number): void {
    this.#parts.push({ kind: 'hub-gap', storeIds: [], subject, reason, events });
  }

  /** The books of what came stand. */
  unfetched(storeIds: readonly StoreId[], subject: string, reason: string): void {
    this.#parts.push({ kind: 'unfetched', storeIds, subject, reason });
  }

  /** Where every store of the shard is left out, each part names them. */
  uncovered(ours: readonly StoreId[]): UncoveredPart[] {
    return this.#parts.map((part) =>
      part.storeIds.length === 0 && part.kind !== 'hub-gap' && part.kind !== 'unfetched'
        ? { ...part, storeIds: ours }
        : part,
    );
  }
}
