import type { Days } from '../../../shared/azure/days/days.ts';
import { parseReport, REPORT_JSON, type Reports } from '../../../shared/azure/days/reports.ts';
import type { PlacedItem, StoredDay, WorkflowStore } from '../../../shared/azure/workflow/workflow-store.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import { addDays, toInstant, type Clock } from '../../../shared/time.ts';
import { blockersOf, type Blocker } from '../../../shared/workflow/blockers.ts';
import type { DecideContext } from '../../../shared/workflow/decide.ts';
import { matches, type ItemFilter } from '../../../shared/workflow/filter.ts';
import type { HistoryEntry } from '../../../shared/workflow/history.ts';
import type { ClosePolicy } from '../../../shared/workflow/policy.ts';
import type { Phase, StoreDay } from '../../../shared/workflow/store-day.ts';
import { endsEverywhereMs, type StoreLookup } from '../matching/store-lookup.ts';
import { storesOf } from '../matching/day-state.ts';
import type { FoundLetters } from '../pages/letters-of-day.ts';
import { act, type Act, type ActResult } from './act.ts';
import { bulk, type Bulk, type BulkResult } from './bulk.ts';
import { followReport } from './follow-day.ts';
import { liveFacts } from './live-facts.ts';

export interface ClosingParts {
  readonly workflow: WorkflowStore;
  readonly days: Pick<Days, 'inputsOf' | 'outcomeOf' | 'outcomes' | 'dirtyDates'>;
  readonly reports: Pick<Reports, 'etagOf' | 'file'>;
  readonly policy: () => Promise<ClosePolicy>;
  readonly stores: () => Promise<StoreLookup>;
  readonly letters: () => Promise<FoundLetters>;
  readonly clock: Clock;
}

/** A store's day as a list shows it; `day` is undefined while there is no report. */
export interface ListedDay {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  readonly phase: Phase;
  readonly day: StoreDay | undefined;
}

/** Longest span of dates that a list or a command for many looks at. */
const MAX_DATES = 31;
const MAX_HISTORY = 100_000;

/** What people do to close days, for the pages and the API alike. */
export class Closing {
  readonly #parts: ClosingParts;
  /** Reports that are known to have been followed, by date. */
  readonly #followed = new Map<BusinessDate, string>();

  constructor(parts: ClosingParts) {
    this.#parts = parts;
  }

  get today(): BusinessDate {
    return toInstant(this.#parts.clock()).slice(0, 10) as BusinessDate;
  }

  policy = (): Promise<ClosePolicy> => this.#parts.policy();

  /** Every business date with data, newest first. */
  async dates(): Promise<BusinessDate[]> {
    const [outcomes, dirty] = await Promise.all([this.#parts.days.outcomes(), this.#parts.days.dirtyDates()]);
    // A till with a wrong clock sends dates that nobody can close.
    const newest = addDays(this.today, 1);
    const all = [...outcomes, ...dirty].map(({ businessDate }) => businessDate);
    return [...new Set(all)]
      .filter((date) => date <= newest)
      .sort()
      .reverse();
  }

  /** The stores of a date, by id. */
  async storesOf(businessDate: BusinessDate): Promise<ListedDay[]> {
    const { workflow, days, stores, clock } = this.#parts;
    await this.#follow(businessDate);
    const known = await workflow.daysOf(businessDate);
    const listed = known.map((day): ListedDay => ({
      businessDate,
      storeId: day.storeId,
      phase: day.phase,
      day,
    }));
    const names = new Set<string>(known.map(({ storeId }) => storeId));
    const lookup = await stores();
    for (const storeId of storesOf(await days.inputsOf(businessDate), lookup)) {
      if (names.has(storeId)) continue;
      const endMs = lookup.dayEndMs(storeId, businessDate) ?? endsEverywhereMs(businessDate);
      const phase = clock() < endMs ? 'collecting' : 'ready';
      listed.push({ businessDate, storeId: storeId as StoreId, phase, day: undefined });
    }
    return listed.sort((one, other) => (one.storeId < other.storeId ? -1 : 1));
  }

  /** One store's day; undefined where there is no report of it. */
  async storeDay(businessDate: BusinessDate, storeId: StoreId): Promise<StoredDay | undefined> {
    await this.#follow(businessDate);
    return this.#parts.workflow.load(businessDate, storeId);
  }

  /** What stands in the way of preparing it or signing it off. */
  async blockers(record: StoredDay): Promise<Blocker[]> {
    return blockersOf(record, await this.policy(), await liveFacts(this.#parts, record));
  }

  async history(businessDate: BusinessDate, storeId: StoreId, itemId?: string): Promise<HistoryEntry[]> {
    const all = await this.#parts.workflow.history(businessDate, storeId, 0, MAX_HISTORY);
    return itemId === undefined ? all : all.filter((entry) => entry.itemId === itemId);
  }

  /** The dates of a filter: those it names, or the newest week that has any. */
  async datesOf({ from, to }: ItemFilter): Promise<BusinessDate[]> {
    const all = await this.dates();
    if (from === undefined && to === undefined) return all.slice(0, 7);
    const last = to ?? addDays(from ?? this.today, MAX_DATES - 1);
    const first = from ?? addDays(last, 1 - MAX_DATES);
    return all.filter((date) => date >= first && date <= last).slice(0, MAX_DATES);
  }

  /** Oldest date first, then by store. @param isSeen whose exceptions the reader may see */
  async exceptions(filter: ItemFilter, isSeen: (storeId: string) => boolean): Promise<PlacedItem[]> {
    const found: PlacedItem[] = [];
    for (const date of (await this.datesOf(filter)).reverse()) {
      await this.#follow(date);
      for (const placed of await this.#parts.workflow.itemsOf(date, filter.store))
        if (isSeen(placed.storeId) && matches(filter, placed, this.today)) found.push(placed);
    }
    return found;
  }

  /** Every item of a date. */
  itemsOf = (businessDate: BusinessDate): Promise<PlacedItem[]> => this.#parts.workflow.itemsOf(businessDate);

  async act(asked: Act, who: Pick<DecideContext, 'by' | 'mayApprove'>): Promise<ActResult> {
    await this.#follow(asked.businessDate);
    const { workflow } = this.#parts;
    const live = (record: StoredDay) => liveFacts(this.#parts, record);
    return act({ workflow, live }, asked, await this.#context(who));
  }

  async bulk(asked: Bulk, who: Pick<DecideContext, 'by' | 'mayApprove'>): Promise<BulkResult> {
    const find = (filter: ItemFilter) => this.exceptions(filter, () => true);
    return bulk({ workflow: this.#parts.workflow, find }, asked, await this.#context(who));
  }

  async report(businessDate: BusinessDate): Promise<DayReport | undefined> {
    const content = await this.#parts.reports.file(businessDate, REPORT_JSON);
    return content && parseReport(content);
  }

  async #context(who: Pick<DecideContext, 'by' | 'mayApprove'>): Promise<DecideContext> {
    return { ...who, at: toInstant(this.#parts.clock()), policy: await this.policy() };
  }

  /**
   * A report that nobody has followed yet is followed now: a version before this one wrote it, or its run was killed.
   */
  async #follow(businessDate: BusinessDate): Promise<void> {
    const { reports, workflow } = this.#parts;
    const reportId = await reports.etagOf(businessDate);
    if (reportId === undefined || this.#followed.get(businessDate) === reportId) return;
    const known = await workflow.daysOf(businessDate);
    if (known.length === 0 || known.some(({ report }) => report.reportId !== reportId)) {
      const report = await this.report(businessDate);
      if (report) await followReport(this.#parts, report, reportId);
    }
    this.#followed.set(businessDate, reportId);
  }
}
