import type { PosEvent, PosSource } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import type { Store } from '../pos/store.ts';
import { HOUR_MS, localText } from '../time.ts';
import type { BusinessDate, StoreId, TillId } from '../ids.ts';
import { gapsOf, missingIn, newRun, noteNumber, scopeOf, type SequenceRun } from './sequence-run.ts';
import { tradingHours, type Open } from './trading-hours.ts';

/** Something about the tills of a day that a list of the vendor would not tell. */
export interface TillFinding {
  readonly kind: 'sequence' | 'silence';
  readonly storeId: string;
  readonly tillId?: string;
  readonly what: string;
}

/** So long within opening hours a store takes no break. */
const LONGEST_BREAK_MS = 4 * HOUR_MS;
const RANGES_NAMED = 10;

/** What arrived of a business date, as far as its gaps show: running numbers by till, and when each store was heard of. */
export class TillDay {
  readonly #businessDate: BusinessDate;
  readonly #runs = new Map<string, { readonly storeId: StoreId; readonly run: SequenceRun }>();
  /** Times of events by store, in minutes after the epoch, and the tills that they are of. */
  readonly #minutes = new Map<string, Set<number>>();
  readonly #tills = new Map<string, Set<string>>();
  readonly #sources = new Map<string, Set<PosSource>>();

  constructor(businessDate: BusinessDate) {
    this.#businessDate = businessDate;
  }

  add(event: PosEvent): void {
    const { storeId, source, tillId, sequenceNumber } = event;
    const atMs = eventTimeMs(event);
    const minutes = this.#minutes.get(storeId) ?? new Set();
    this.#minutes.set(storeId, minutes.add(Math.floor(atMs / 60_000)));
    this.#sources.set(storeId, (this.#sources.get(storeId) ?? new Set()).add(source));
    if (tillId === undefined) return;
    this.#tills.set(storeId, (this.#tills.get(storeId) ?? new Set()).add(tillId));
    if (sequenceNumber === undefined) return;
    const scope = scopeOf(event);
    const key = JSON.stringify([storeId, tillId, scope]);
    let found = this.#runs.get(key);
    if (!found) {
      const businessDate = this.#businessDate;
      this.#runs.set(key, (found = { storeId, run: newRun({ tillId, scope, businessDate }, atMs) }));
    }
    noteNumber(found.run, sequenceNumber, atMs);
  }

  /**
   * Sorted, so the same data gives the same rows.
   * @param unlisted sources whose vendor cannot be asked what it holds: nothing else would tell that they were silent.
   */
  findings(stores: Iterable<Store>, unlisted: ReadonlySet<PosSource>): TillFinding[] {
    const found = [...this.#missingNumbers()];
    for (const store of stores) found.push(...this.#silences(store, unlisted));
    const keyOf = ({ storeId, tillId = '', what }: TillFinding) => JSON.stringify([storeId, tillId, what]);
    return found.sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }

  *#missingNumbers(): Generator<TillFinding> {
    for (const { storeId, run } of this.#runs.values()) {
      const gaps = gapsOf(run);
      if (gaps.length === 0) continue;
      const named = gaps
        .slice(0, RANGES_NAMED)
        .map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
      const more = gaps.length > named.length ? ` and ${gaps.length - named.length} more gaps` : '';
      const what = `${missingIn(gaps)} missing in the numbers ${run.scope}: ${named.join(', ')}${more}`;
      yield { kind: 'sequence', storeId, tillId: run.tillId, what };
    }
  }

  #silences(store: Store, unlisted: ReadonlySet<PosSource>): TillFinding[] {
    const hours = tradingHours(store, this.#businessDate);
    if (hours.length === 0) return [];
    const { storeId } = store;
    const heard = this.#minutes.get(storeId);
    if (!heard) {
      return [{ kind: 'silence', storeId, what: 'The store was open and sent nothing all day' }];
    }
    const tills = this.#tills.get(storeId) ?? new Set();
    const silentTills = (store.tills ?? [])
      .filter((tillId: TillId) => !tills.has(tillId))
      .map((tillId): TillFinding => ({
        kind: 'silence',
        storeId,
        tillId,
        what: 'The till sent nothing all day, and others of its store did',
      }));
    const sources = this.#sources.get(storeId) ?? new Set();
    const silentSources = Object.entries(store.sourceLocations ?? {})
      .filter(([source, places]) => places.length > 0 && unlisted.has(source) && !sources.has(source))
      .map(([source]): TillFinding => ({
        kind: 'silence',
        storeId,
        what: `The source ${source} sent nothing all day, and others of the store did`,
      }));
    return [...silentTills, ...silentSources, ...hours.flatMap((open) => breakIn(heard, open, store))];
  }
}

/** The longest time within opening hours in which nothing came, where it is longer than a break. */
function breakIn(heard: ReadonlySet<number>, { fromMs, toMs }: Open, store: Store): TillFinding[] {
  const times = [...heard].map((minute) => minute * 60_000).filter((atMs) => atMs > fromMs && atMs < toMs);
  let longest = { fromMs, toMs: fromMs };
  let lastMs = fromMs;
  for (const atMs of [...times.sort((left, right) => left - right), toMs]) {
    if (atMs - lastMs > longest.toMs - longest.fromMs) longest = { fromMs: lastMs, toMs: atMs };
    lastMs = atMs;
  }
  if (longest.toMs - longest.fromMs < LONGEST_BREAK_MS) return [];
  const at = (ms: number): string => localText(ms, store.timeZone);
  const what = `The store was open and sent nothing from ${at(longest.fromMs)} to ${at(longest.toMs)}`;
  return [{ kind: 'silence', storeId: store.storeId, what }];
}
