import { SetWork } from '../../../shared/azure/duckdb/set-work.ts';
import { forecastOf, mergeForecasts } from '../../../shared/forecast/forecast.ts';
import type { DynamicsSetup } from '../../../shared/forecast/setup.ts';
import type { StoreId } from '../../../shared/ids.ts';
import { accountRoles } from '../../../shared/ledger/account-roles.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { isSettlementFile } from '../../../shared/ledger/sources/files/file-copies.ts';
import { giftCardsOf } from '../../../shared/reconciliation/gift-cards.ts';
import { OtherDates } from '../../../shared/reconciliation/other-dates.ts';
import type { Reconciled, ShardResult, StoreInput } from '../../../shared/reconciliation/reconcile-shard.ts';
import type { DayState } from '../matching/day-state.ts';
import { isFirst, isOfShard, storesOf } from '../matching/day-state.ts';
import { LeftOut } from '../matching/left-out.ts';
import { noteMissing, unreadOf, type LoadParts, type Shard } from '../matching/load-shard.ts';
import { isReadThere } from '../matching/read-headquarters.ts';
import { quarantinedEvents } from '../matching/read-events.ts';
import type { LedgerScope } from '../matching/read-ledger.ts';
import { storesToSearch } from '../matching/search-window.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import { inScratch, type Lake } from './lake.ts';
import { currentManifest, fetchDate, fetchLedger } from './fetch-lake.ts';
import { fillOtherDates } from './lake-other-dates.ts';
import { reconcileCompacted } from './reconcile-compacted.ts';

/** What a shard is reconciled with. */
export interface ShardSetup {
  readonly stores: StoreLookup;
  readonly profile: PostingProfile;
  readonly setup: DynamicsSetup;
  /** Changes with all of these. */
  readonly masterData: string;
}

/**
 * Reconciles a shard by set work on the lake: the same result as reading everything raw.
 * @returns undefined where the date is not compacted as it is now, or where a comparison with acquirers or
 * headquarters, or a search by amount and date, needs each payment, receipt or voucher.
 * @throws TransientError, PermanentError
 */
export async function reconcileCompactedShard(
  parts: LoadParts,
  lake: Lake,
  { businessDate, shard, shards }: Shard,
  state: DayState,
  { stores, profile, setup, masterData }: ShardSetup,
): Promise<ShardResult | undefined> {
  if (isSettlementConcerned(state) || isReadThere(parts, state)) return undefined;
  const manifest = await currentManifest(lake, businessDate, state.inputs, masterData);
  if (!manifest) return undefined;
  const isOurs = isOfShard(shard, shards);
  const accounts = accountRoles(profile);
  const scope: LedgerScope = { state, shard, stores, isOurs };
  const options = {
    businessDate,
    profile,
    dayEndMsOf: (storeId: StoreId) => stores.dayEndMs(storeId, businessDate),
  };
  return inScratch(lake, async (db, scratch) => {
    const date = await fetchDate(lake, manifest, isOurs, scratch);
    const ledger = await fetchLedger(lake, parts.ledgerFiles, scope, db, scratch);
    if (!ledger) return undefined;
    const dimensions = (await SetWork.dimensionsIn(db, ledger.all)).flatMap((dimension) => {
      const { storeId } = stores.ofDimension(dimension);
      return isOurs(storeId) ? [[dimension, storeId] as const] : [];
    });
    const work = await SetWork.open(db, {
      businessDate,
      ...date.files,
      ledger: ledger.own,
      documentCount: [...date.stores.values()].reduce((sum, { documents }) => sum + documents, 0),
      dimensions,
      stores: [...date.stores.keys()],
    });
    const leftOut = new LeftOut();
    await quarantinedEvents(parts, state.inputs.quarantined, businessDate, isOurs, leftOut);
    const otherDates = new OtherDates(options);
    const other = { lake, db, scratch, work, ledger, masterData };
    await fillOtherDates(parts, other, scope, otherDates, leftOut);
    const gathered = new GatheredStores(setup, profile);
    for (const { storeId, failure } of date.stores.values())
      if (failure !== undefined) leftOut.store(storeId, new Error(failure));
    const judged = reconcileCompacted(
      work,
      date.stores,
      businessDate,
      otherDates,
      (input) => ({ ...input, accounts, unread: unreadOf(ledger, input.day.storeId, stores) }),
      (storeId) => stores.dayEndMs(storeId, businessDate) !== undefined,
      (storeId, thrown) => leftOut.store(storeId, thrown),
      (storeId) => leftOut.has(storeId),
    );
    for await (const { input, reconciled } of judged) {
      // The pass by amount and date compares every voucher and document of the dates around: they are read raw.
      if (state.neighbours.length > 0 && storesToSearch([input], reconciled.exceptions).size > 0)
        return undefined;
      gathered.add(input, reconciled);
    }
    noteMissing(scope, leftOut);
    const covered = [...date.stores.values()];
    return {
      businessDate,
      ...gathered.reconciled(),
      events: covered.reduce((sum, one) => sum + (leftOut.has(one.storeId) ? 0 : one.events), 0),
      ledgerRowErrors: [...ledger.errors],
      ledgerRowErrorsOmitted: isFirst(shard) ? ledger.errorsOmitted : 0,
      ledgerFiles: state.inputs.ledgerFiles.map((file) => file.name).sort(),
      dataAsOf:
        covered
          .map((store) => store.dataAsOf)
          .sort()
          .at(-1) ?? '',
      uncovered: leftOut.uncovered([...storesOf(state.inputs, stores)].filter(isOurs).sort() as StoreId[]),
    };
  });
}

function isSettlementConcerned({ inputs, neighbours }: DayState): boolean {
  const files = [inputs, ...neighbours].flatMap(({ ledgerFiles }) => ledgerFiles);
  return files.some(({ name }) => isSettlementFile(name));
}

type Gathered = Reconciled & Pick<ShardResult, 'forecast' | 'giftCards' | 'ledgerEntries'>;

/** Puts stores together that were reconciled one by one. */
class GatheredStores {
  readonly #setup: DynamicsSetup;
  readonly #profile: PostingProfile;
  readonly #parts: Gathered[] = [];

  constructor(setup: DynamicsSetup, profile: PostingProfile) {
    this.#setup = setup;
    this.#profile = profile;
  }

  add(input: StoreInput, reconciled: Reconciled): void {
    const counted = (input.settled?.receipts ?? []).reduce((sum, { receipts }) => sum + receipts, 0);
    this.#parts.push({
      ...reconciled,
      forecast: forecastOf([input], this.#setup, counted),
      giftCards: giftCardsOf([input], this.#profile),
      ledgerEntries: (reconciled.storeCounts ?? []).reduce((sum, store) => sum + store.ledgerEntries, 0),
    });
  }

  reconciled(): Gathered {
    const parts = this.#parts;
    const sum = (of: (part: Gathered) => number): number =>
      parts.reduce((total, part) => total + of(part), 0);
    return {
      cells: parts.flatMap(({ cells }) => cells),
      exceptions: parts.flatMap(({ exceptions }) => exceptions),
      claimViolations: parts.flatMap(({ claimViolations }) => claimViolations),
      control: {
        books: parts.flatMap(({ control }) => control.books),
        files: parts.flatMap(({ control }) => control.files),
        repeated: parts.flatMap(({ control }) => control.repeated ?? []),
      },
      documents: sum(({ documents }) => documents),
      passes: {
        cellsByTotal: sum(({ passes }) => passes.cellsByTotal),
        byReference: sum(({ passes }) => passes.byReference),
        byStatement: sum(({ passes }) => passes.byStatement),
      },
      completeness: parts.flatMap(({ completeness }) => completeness ?? []),
      storeCounts: parts.flatMap(({ storeCounts }) => storeCounts ?? []),
      forecast: this.#setup.forecast
        ? (mergeForecasts(parts.flatMap(({ forecast }) => forecast ?? [])) ?? forecastOf([], this.#setup))
        : undefined,
      giftCards: parts.flatMap(({ giftCards }) => giftCards ?? []),
      ledgerEntries: sum(({ ledgerEntries }) => ledgerEntries),
    };
  }
}
