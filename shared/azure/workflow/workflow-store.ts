import type { BusinessDate, StoreId } from '../../ids.ts';
import type { HistoryEntry } from '../../workflow/history.ts';
import type { Item } from '../../workflow/item.ts';
import type { DayRecord, DayStep, StoreDay } from '../../workflow/store-day.ts';

/** A store's day as it was read, with what a write has to name. */
export interface StoredDay extends DayRecord {
  readonly etag: string;
}

/** A command that has been carried out, by its idempotency key. */
export interface DoneCommand {
  /** Digest of the command: one key is for one command. */
  readonly digest: string;
  readonly itemId?: string | undefined;
  /** The version that it made. */
  readonly version: number;
  /** Of a part of a bulk command: how many exceptions it changed, and which it left with what reason. */
  readonly changed?: number | undefined;
  readonly skipped?: readonly SkippedTarget[] | undefined;
}

export interface SkippedTarget {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  readonly itemId: string;
  readonly code: string;
  readonly text: string;
}

/** What was asked for in one go, kept so that a repeat goes on with the same exceptions. */
export interface BulkRecord {
  readonly digest: string;
  readonly by: string;
  readonly at: string;
  readonly targets: readonly BulkTarget[];
}
export interface BulkTarget {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  readonly itemId: string;
  readonly version: number;
}

/** An exception with the day that it belongs to. */
export interface PlacedItem {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  readonly item: Item;
}

/**
 * The table `workflow`: what people and rules have said of the exceptions, and where each store's day stands. A store's
 * day is a partition, and everything that happens to it is one entity group transaction that names the day's ETag: of two
 * at once one wins. History is only ever added to, and no row is ever deleted.
 *
 * | Partition | Row | Holds |
 * |---|---|---|
 * | `<date> <store>` | `day` | the store's day |
 * | `<date> <store>` | `item <id>` | an exception over the nights |
 * | `<date> <store>` | `history <number>` | one step: who, when, before, after |
 * | `<date> <store>` | `key <digest>` | a command that has been carried out |
 * | `~bulk` | `<digest>` | a command for many exceptions |
 */
export interface WorkflowStore {
  load(businessDate: BusinessDate, storeId: StoreId): Promise<StoredDay | undefined>;
  /** Writes a step. @returns false when somebody has written since `etag`, or the command was carried out before. */
  commit(
    step: DayStep,
    etag: string | undefined,
    command?: { readonly key: string; readonly done: DoneCommand },
  ): Promise<boolean>;
  done(businessDate: BusinessDate, storeId: StoreId, key: string): Promise<DoneCommand | undefined>;
  /** Steps after a number, oldest first. */
  history(
    businessDate: BusinessDate,
    storeId: StoreId,
    after: number,
    limit: number,
  ): Promise<HistoryEntry[]>;
  daysOf(businessDate: BusinessDate): Promise<StoreDay[]>;
  itemsOf(businessDate: BusinessDate, storeId?: StoreId): Promise<PlacedItem[]>;
  bulk(key: string): Promise<BulkRecord | undefined>;
  /** @returns false where there is one of this key. */
  addBulk(key: string, bulk: BulkRecord): Promise<boolean>;
}
