import type { HistoryEntry } from './history.ts';
import { isUnanswered, ITEM_STATUSES, type Item, type ItemStatus } from './item.ts';
import type { DayRecord, DayStep, StoreDay } from './store-day.ts';

/** One transaction of a table takes 100 rows: the day, what it is known by, and the rest for these. */
export const MAX_STEP_ROWS = 96;

type NewEntry = Omit<HistoryEntry, 'sequence'>;

/** Numbers what happens and cuts it into steps, each of which is whole in itself. */
export class StepWriter {
  readonly items: Map<string, Item>;
  #day: StoreDay;
  #changed: Item[] = [];
  #history: HistoryEntry[] = [];
  readonly #steps: DayStep[] = [];

  constructor({ day, items }: DayRecord) {
    this.#day = day;
    this.items = new Map(items);
  }

  get day(): StoreDay {
    return this.#day;
  }

  setDay(changes: Partial<StoreDay>): void {
    this.#day = { ...this.#day, ...changes };
  }

  /** Something about the day as a whole. */
  note(entry: Omit<NewEntry, 'itemId'>): void {
    this.#enter(entry);
  }

  /** An item as it is now; without entries nothing has happened that anybody needs to know. */
  put(item: Omit<Item, 'version'>, version: number, entries: readonly Omit<NewEntry, 'itemId'>[]): void {
    if (this.#changed.length + this.#history.length + 1 + entries.length > MAX_STEP_ROWS) this.cut();
    for (const entry of entries) this.#enter({ ...entry, itemId: item.itemId });
    const put: Item = { ...item, version: entries.length > 0 ? this.#day.version : version };
    this.items.set(item.itemId, put);
    this.#changed.push(put);
  }

  #enter(entry: NewEntry): void {
    const sequence = this.#day.version + 1;
    this.#history.push({ sequence, ...entry });
    this.#day = { ...this.#day, version: sequence };
  }

  /** Ends a step. */
  cut(): void {
    this.#day = { ...this.#day, ...countsOf(this.items.values()) };
    this.#steps.push({ day: this.#day, items: this.#changed, history: this.#history });
    this.#changed = [];
    this.#history = [];
  }

  get steps(): readonly DayStep[] {
    return this.#steps;
  }
}

export function countsOf(items: Iterable<Item>): Pick<StoreDay, 'counts' | 'unanswered'> {
  const counts = Object.fromEntries(ITEM_STATUSES.map((status) => [status, 0])) as Record<ItemStatus, number>;
  let unanswered = 0;
  for (const item of items) {
    counts[item.status] += 1;
    if (isUnanswered(item)) unanswered += 1;
  }
  return { counts, unanswered };
}
