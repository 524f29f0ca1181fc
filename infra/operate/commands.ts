import { createFoldStores, type Fold } from '../../functions/stream/fold-stores.ts';
import {
  concernsStock,
  concernsTills,
  stockFold,
  stockShape,
  tillFold,
  tillShape,
} from '../../functions/stream/folds.ts';
import { rebuild } from '../../functions/stream/rebuild.ts';
import { alertLimitsFile } from '../../shared/azure/alert-limits-file.ts';
import { catalogFile } from '../../shared/azure/catalog-file.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import type { Logger } from '../../shared/log.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { readRaw } from '../../shared/azure/landing/raw-reader.ts';
import type { BookShape } from '../../shared/azure/state/store-rows.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { letterOfEvent } from '../../functions/stream/read-batch.ts';
import { needsDecision } from '../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { messageOf, PermanentError } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';

export interface OperateParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly say: (line: string) => void;
}

/** Lists dead letters, newest first, with reason and name. */
export async function listLetters(
  { settings, say }: OperateParts,
  options: { stage?: string; limit: number },
): Promise<void> {
  const store = blobDeadLetterStore(containerClient(settings.state, CONTAINERS.deadLetters));
  const counts = await store.countByStage();
  const { stage: wanted } = options;
  if (counts.size === 0) say('There are no dead letters.');
  else if (wanted !== undefined && !counts.has(wanted))
    say(
      `There are no dead letters of stage "${wanted}". Stages that have some: ${[...counts.keys()].join(', ')}.`,
    );
  for (const [stage, count] of counts) say(`${String(count).padStart(8)}  ${stage}`);
  const found = (await store.newest(Number.MAX_SAFE_INTEGER)).filter(
    ({ stage }) => wanted === undefined || stage === wanted,
  );
  for (const { name } of found.slice(0, options.limit)) {
    const letter = await store.read(name);
    if (letter)
      say(`${letter.diedAt}  ${letter.code}  to ${letter.replay.to}  ${name}\n          ${letter.message}`);
  }
}

/**
 * Replays dead letters, one after the other. Of a whole stage, those that a person must decide are left out: naming
 * one is the decision that it counts. One that cannot be replayed is reported and stays; the others continue.
 * @returns how many were replayed and how many were not.
 */
export async function replayLetters(
  { settings, say }: OperateParts,
  replay: (name: string) => Promise<boolean>,
  options: { names: readonly string[]; stage?: string; found?: readonly string[] },
): Promise<{ replayed: number; left: number }> {
  const store = blobDeadLetterStore(containerClient(settings.state, CONTAINERS.deadLetters));
  const listed =
    options.stage === undefined
      ? []
      : (await store.newest(Number.MAX_SAFE_INTEGER))
          .filter(({ stage }) => stage === options.stage)
          .reverse();
  if (options.stage !== undefined && listed.length === 0)
    say(`There are no dead letters of stage "${options.stage}".`);
  const result = { replayed: 0, left: 0 };
  const found = options.found ?? listed.map((one) => one.name);
  for (const name of [...options.names, ...found]) {
    try {
      const letter = options.names.includes(name) ? undefined : await store.read(name);
      if (letter && needsDecision(letter.code)) {
        result.left += 1;
        say(`left      ${name}: ${letter.code} is for a person to decide. Name it to count it`);
      } else if (await replay(name)) {
        result.replayed += 1;
        say(`replayed  ${name}`);
      } else {
        result.left += 1;
        say(`missing   ${name}`);
      }
    } catch (thrown) {
      result.left += 1;
      say(`left      ${name}: ${messageOf(thrown)}`);
    }
  }
  return result;
}

export const REBUILDABLE = ['stock', 'tills'] as const;
export type Rebuildable = (typeof REBUILDABLE)[number];

/**
 * Rebuilds the table `stock` or `tills` from the raw landing. Past alerts are not sent again.
 * @returns the number of events read.
 * @throws PermanentError `table-not-empty`: existing rows would be counted twice.
 */
export async function rebuildTable(parts: OperateParts, name: Rebuildable): Promise<number> {
  const container = containerClient(parts.settings.state, CONTAINERS.masterData);
  const options = { ...parts, container, refreshMs: MINUTE_MS };
  const [catalog, limits] = await Promise.all([catalogFile(options).get(), alertLimitsFile(options).get()]);
  if (name === 'tills')
    return rebuildAs(parts, name, {
      shape: tillShape,
      concerns: concernsTills,
      fold: tillFold({ catalog, limits }),
    });
  return rebuildAs(parts, name, {
    shape: stockShape,
    concerns: concernsStock,
    fold: stockFold(catalog, limits),
  });
}

async function rebuildAs<Item, Effect, Header>(
  { settings, clock, log }: OperateParts,
  name: Rebuildable,
  consumer: {
    readonly shape: BookShape<Item, Effect, Header>;
    readonly concerns: (event: PosEvent) => boolean;
    readonly fold: Fold<Item, Effect, Header>;
  },
): Promise<number> {
  const table = tableClient(settings.state, TABLES[name]);
  for await (const { partitionKey } of table.listEntities()) {
    throw new PermanentError(
      'table-not-empty',
      `The table ${name} holds rows (of ${partitionKey}): see docs/runbooks/restore-from-raw.md`,
    );
  }
  const deadLetters = blobDeadLetters(containerClient(settings.state, CONTAINERS.deadLetters));
  const foldStores = createFoldStores({
    states: storeStates(table, consumer.shape),
    concerns: consumer.concerns,
    deliver: async (storeId, { rowKey }) => void (await table.deleteEntity(storeId, rowKey)),
    // Under the names that the stream gave them, so what it buried is not buried a second time.
    bury: (event, reason) => deadLetters.bury(letterOfEvent(name, event, reason, clock())),
    log,
  });
  return rebuild(readRaw(containerClient(settings.raw, CONTAINERS.raw)), foldStores, consumer.fold);
}
