import { createBackFill, type BackFillCount } from '../../functions/webhooks/backfill/run.ts';
import { vendorTokens } from '../../functions/webhooks/vendor-token.ts';
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { tableGaps, type Gaps } from '../../shared/azure/gaps.ts';
import type { Days } from '../../shared/azure/days/days.ts';
import { jsonLogger } from '../../shared/log.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { indexCatalog, type Catalog } from '../../shared/pos/master-data.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { NO_SENDERS } from '../../shared/pos/senders.ts';
import { SOURCES, sourceNamed } from '../../shared/pos/sources/registry.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { memoryTable } from './memory-table.ts';
import { PSEUDONYM_KEYS, secretsOf } from './secrets.ts';
import { DAY } from './vendors/day.ts';
import { CATALOG } from './webhook-fixture.ts';
import { tokenParts } from './token-parts.ts';

/** The catalog of the tests, with one source alone: the back-fill asks every vendor that a store has a place at. */
function catalogOf(source: string): Catalog {
  const [berlin] = [...CATALOG.stores.values()];
  const sourceLocations = { [source]: berlin?.sourceLocations?.[source] ?? [] };
  return indexCatalog([storeSchema.parse({ ...berlin, sourceLocations })], [...CATALOG.products.values()]);
}

/** A process is ended at some write. */
export class Killed extends Error {}

/** The back-fill on fakes of its ports; a vendor over HTTP is given by its address. */
export interface BackFillWorld {
  readonly hub: PublishableEvent[];
  readonly letters: Map<string, DeadLetter>;
  readonly gaps: Gaps;
  readonly days: Days;
  readonly clock: { nowMs: number };
  readonly logLines: string[];
  isLanded: boolean;
  /** Ends the process at this write, counted from now; never where it is 0. */
  killAt: number;
  /** Moves what the hub holds into the raw landing. */
  land(): Promise<void>;
  /** Events that landed or wait in the hub, parsed. */
  events(): PosEvent[];
  run(byHand?: BusinessDate): Promise<BackFillCount>;
}

export function backFillWorld(options: {
  readonly source: string;
  readonly url: string;
  readonly catalog?: Catalog;
  readonly withoutToken?: boolean;
  /** Milliseconds by the clock that each call of a vendor takes. */
  readonly callTakesMs?: number;
  readonly budgetMs?: number;
  /** Today and yesterday where it is left out. */
  readonly dates?: number;
}): BackFillWorld {
  const hub: PublishableEvent[] = [];
  const letters = new Map<string, DeadLetter>();
  const blobs = new Map<string, string[]>();
  const clock = { nowMs: DAY.toMs + 2 * 3_600_000 };
  const logLines: string[] = [];
  const log = jsonLogger((_level, line) => void logLines.push(line));
  const [gapTable, dayTable] = [memoryTable(), memoryTable()];
  const days = tableDays(dayTable.client);
  let landed = 0;
  let writes = 0;
  const write = async <T>(work: () => Promise<T> | T): Promise<T> => {
    writes += 1;
    if (world.killAt > 0 && writes === world.killAt * 2 - 1) throw new Killed('before');
    const result = await work();
    writes += 1;
    if (world.killAt > 0 && writes === world.killAt * 2) throw new Killed('after');
    return result;
  };
  const gaps = tableGaps(gapTable.client);
  const tokenSecret = sourceNamed(options.source)?.list?.access.tokenSecret ?? '';
  const { source } = options;
  const backFill = createBackFill({
    sources: SOURCES,
    sourceNamed,
    vendorApi: (name, access, token) =>
      vendorApi({ source: name, access, apiUrl: options.url, token, fetchFrom: fetch }),
    catalog: () => Promise.resolve(options.catalog ?? catalogOf(source)),
    senders: () => Promise.resolve(NO_SENDERS),
    secrets: secretsOf({ ...PSEUDONYM_KEYS, ...(options.withoutToken ? {} : { [tokenSecret]: ['token'] }) }),
    publisher: {
      publish: (events) =>
        write(() => {
          hub.push(...events);
          return { published: events.length, spilled: 0, tooLarge: [] };
        }),
    },
    deadLetters: {
      bury: (letter) => write(() => void letters.set(`${letter.stage}/${letter.deadLetterId}`, letter)),
    },
    clock: () => clock.nowMs,
    tokens: vendorTokens(tokenParts(() => clock.nowMs, { tokenUrls: { [source]: `${options.url}/token` } })),
    gaps: {
      ...gaps,
      putChain: (chain) => write(() => gaps.putChain(chain)),
      putObject: (object) => write(() => gaps.putObject(object)),
    },
    days: {
      ...days,
      addUnfetched: (...given) => write(() => days.addUnfetched(...given)),
      removeUnfetched: (...given) => write(() => days.removeUnfetched(...given)),
      markDirty: (...given) => write(() => days.markDirty(...given)),
    },
    blobs: {
      async *lines(name) {
        await Promise.resolve();
        yield blobs.get(name) ?? [];
      },
    },
    isLandedUntil: () => Promise.resolve(world.isLanded),
    pause: (ms) => {
      clock.nowMs += options.callTakesMs ?? 0;
      return ms >= 0 ? Promise.resolve() : Promise.reject(new Error('waits for less than nothing'));
    },
    budgetMs: options.budgetMs ?? 300_000,
    dates: options.dates ?? 2,
    randomHex: (bytes) => 'cd'.repeat(bytes),
  });
  const world: BackFillWorld = {
    hub,
    letters,
    gaps,
    days,
    clock,
    logLines,
    isLanded: true,
    killAt: 0,
    async land() {
      const fresh = hub.slice(landed);
      if (fresh.length === 0) return;
      const name = `0/${landed}`;
      const enqueuedAt = new Date(clock.nowMs).toISOString();
      const lines = fresh.map(
        ({ body }, index) =>
          `{"hubPartition":"0","hubSequenceNumber":${landed + index},"enqueuedAt":"${enqueuedAt}","event":${body.toString('utf8')}}`,
      );
      blobs.set(name, lines);
      const events = fresh.map(({ body }) => JSON.parse(body.toString('utf8')) as PosEvent);
      for (const date of new Set(events.map(({ businessDate }) => businessDate))) {
        await days.addBlob(date, {
          name,
          partition: '0',
          generation: '',
          firstSequenceNumber: landed,
          events: fresh.length,
          stores: [...new Set(events.map(({ storeId }) => storeId))],
          control: [],
        });
      }
      landed = hub.length;
    },
    events: () => hub.map(({ body }) => JSON.parse(body.toString('utf8')) as PosEvent),
    run(byHand) {
      writes = 0;
      return backFill(log, byHand);
    },
  };
  return world;
}
