import type { Chain, GapState } from '../../../shared/azure/gaps.ts';
import type { Days } from '../../../shared/azure/days/days.ts';
import type { Logger } from '../../../shared/log.ts';
import type { RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { messageOf, PermanentError, TransientError } from '../../../shared/errors.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { ListedObject, WebhookSource } from '../../../shared/pos/sources/source.ts';
import { traceparentOf, type RandomHex } from '../../../shared/pos/traceparent.ts';
import { addDays, HOUR_MS, MINUTE_MS, toInstant } from '../../../shared/time.ts';
import { askingAs } from '../fetch-object.ts';
import { askerOf, askOf, hasCome, heal, lookAgain, type Comparing, type HealParts } from './heal.ts';
import { landedTransactions, type Landed } from './landed.ts';
import { isOfPlace, nameOfPlace, placesOf, type Place } from './places.ts';
import { lookAtTills } from './till-findings.ts';

export interface BackFillParts extends HealParts {
  readonly sources: readonly WebhookSource[];
  readonly days: Days;
  readonly blobs: Pick<RawBlobs, 'lines'>;
  /** Whether all that the hub took before this instant has landed; without that everything would seem to be missing. */
  readonly isLandedUntil: (epochMs: number) => Promise<boolean>;
  /** How many dates are looked at, today's with them. */
  readonly dates: number;
  /** So long one run goes on; the next one goes on behind it. */
  readonly budgetMs: number;
  readonly randomHex: RandomHex;
}

/** Compares what vendors hold with what landed. @param byHand one date, however old. */
export type BackFill = (log: Logger, byHand?: BusinessDate) => Promise<BackFillCount>;

export interface BackFillCount {
  chains: number;
  listed: number;
  healed: number;
  failed: number;
}

/** So long after its end a date is looked at first: webhooks that a vendor repeats come within it as a rule. */
const SETTLE_MS = HOUR_MS;
/** Places with tokens of their own that are asked at the same time. */
const TOKENS_AT_ONCE = 4;
const MAX_PAGES = 5_000;
const FIRST_WAIT_MS = MINUTE_MS;
const MAX_WAIT_MS = HOUR_MS;
/** After so many tries, which take about a day, the day's report says that it was not compared. It is tried on. */
const TRIES_UNTIL_TOLD = 30;

/**
 * The nightly comparison, for every date that has ended and every place that has a list: pages of the list are worked off
 * one by one, and where a run ends the next one goes on. Runs may be killed anywhere and may overlap.
 */
export function createBackFill(parts: BackFillParts): BackFill {
  return async (log, byHand) => {
    const startedMs = parts.clock();
    const run: Run = {
      parts,
      log,
      untilMs: startedMs + parts.budgetMs,
      total: { chains: 0, listed: 0, healed: 0, failed: 0 },
    };
    const today = toInstant(startedMs).slice(0, 10) as BusinessDate;
    const dates =
      byHand === undefined
        ? Array.from({ length: parts.dates }, (_, index) => addDays(today, -index))
        : [byHand];
    for (const businessDate of dates) await compareDate(run, businessDate, byHand !== undefined);
    log.info('back-filled', { ...run.total });
    return run.total;
  };
}

interface Run {
  readonly parts: BackFillParts;
  readonly log: Logger;
  readonly untilMs: number;
  readonly total: BackFillCount;
}

const isOver = ({ parts, untilMs }: Run): boolean => parts.clock() >= untilMs;

async function compareDate(run: Run, businessDate: BusinessDate, isByHand: boolean): Promise<void> {
  const { parts, log } = run;
  const [catalog, senders] = await Promise.all([parts.catalog(), parts.senders()]);
  const nowMs = parts.clock();
  const ended = placesOf(parts.sources, catalog, senders, businessDate).filter(
    ({ toMs, fromMs, list }) => nowMs >= toMs + SETTLE_MS && nowMs - fromMs < list.reachMs,
  );
  const chains = await parts.gaps.chains(businessDate);
  const landed = landedTransactions(parts, new Set(ended.map(({ source }) => source)), log);
  const due = ended.flatMap((place) => {
    const found = chains.find((one) => isOfPlace(one, place));
    const fresh = newChain(businessDate, place);
    // Whoever asks by hand has the date compared again from its first page.
    if (isByHand) return [{ place, chain: { ...fresh, ...(found ? { etag: found.etag } : {}) } }];
    const chain = found ?? fresh;
    return chain.state !== 'done' && chain.notBeforeMs <= nowMs ? [{ place, chain }] : [];
  });
  const latestMs = Math.max(0, ...due.map(({ place }) => place.toMs + SETTLE_MS));
  if (due.length > 0 && !(await parts.isLandedUntil(latestMs))) {
    log.warn('Not compared yet: landing is behind', { businessDate });
    return;
  }
  await forEachBounded(byToken(due), TOKENS_AT_ONCE, async (ofToken) => {
    for (const { place, chain } of ofToken) {
      if (isOver(run)) return;
      await workOff(run, place, chain, landed);
    }
  });
  await lookAtOpen(run, businessDate, ended, landed);
  if (!isOver(run)) await lookAtTills(parts, businessDate, catalog, log);
}

const newChain = (businessDate: BusinessDate, { source, sender, location, fromMs, toMs }: Place): Chain => ({
  businessDate,
  source,
  ...(sender === undefined ? {} : { sender }),
  ...(location === undefined ? {} : { location }),
  state: 'open',
  fromMs,
  toMs,
  pages: 0,
  listed: 0,
  received: 0,
  attempts: 0,
  notBeforeMs: 0,
});

/** Places with one token share its limit, so they are asked one after the other. */
function byToken<T extends { readonly place: Place }>(due: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of due) {
    const key = `${one.place.source}\n${one.place.sender ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

async function workOff(run: Run, place: Place, first: Chain, landed: Landed): Promise<void> {
  const { parts, log } = run;
  const asker = askerOf(place, parts.clock(), traceparentOf(undefined, parts.randomHex));
  const now: Comparing = { businessDate: first.businessDate, place, asker, landed };
  let chain: Chain | undefined = first;
  run.total.chains += 1;
  try {
    while (chain && chain.state !== 'done' && !isOver(run)) chain = await workOffPage(run, now, chain);
  } catch (thrown) {
    if (!(thrown instanceof TransientError) && !(thrown instanceof PermanentError)) throw thrown;
    log.warn('A list could not be compared', {
      source: place.source,
      businessDate: first.businessDate,
      reason: thrown.code,
    });
    await postpone(parts, place, chain ?? first, thrown);
  }
}

/** @returns where the chain is then; undefined where another run has moved it, or the time is over. */
async function workOffPage(run: Run, now: Comparing, chain: Chain): Promise<Chain | undefined> {
  const { parts } = run;
  const { place, asker, businessDate } = now;
  if (chain.pages >= MAX_PAGES) {
    throw new PermanentError('list-too-long', `The list has more than ${MAX_PAGES} pages`);
  }
  await parts.pause(place.list.pauseMs);
  const { api, context } = await askingAs(parts, place.list.access, asker, accountOf(place));
  const { sender, location, fromMs, toMs } = place;
  const page = await place.list.page(
    {
      businessDate,
      ...(sender === undefined ? {} : { sender }),
      ...(location === undefined ? {} : { location }),
      fromMs,
      toMs,
      ...(chain.cursor === undefined ? {} : { cursor: chain.cursor }),
    },
    api,
    context,
  );
  let received = 0;
  for (const listed of page.objects) {
    if (isOver(run)) return undefined;
    if (await hasCome(now, listed)) received += isOurs(now, listed) ? 0 : 1;
    else count(run, await heal(parts, now, listed));
  }
  const moved = noticed(place, movedOn(chain, page.objects.length, received, page.next));
  const etag = await parts.gaps.putChain(moved);
  if (etag === undefined) return undefined;
  run.total.listed += page.objects.length;
  // What could not be compared before is, by now.
  if (moved.state === 'done') await forgetRefusal(parts, moved);
  return { ...moved, etag };
}

/** Listed again after it was fetched. */
const isOurs = ({ place, landed }: Comparing, { transactions }: ListedObject): boolean =>
  transactions.some((transaction) => landed.isNoted(place.source, transaction));

/** So many objects of a date, and none by webhook, is no accident. */
const LOST_AT_LEAST = 5;

/** What a list that was compared whole says of the merchant: whether it still sends, and whether it is the right one. */
function noticed({ isOpen }: Place, chain: Chain): Chain {
  if (chain.state !== 'done') return chain;
  if (chain.listed >= LOST_AT_LEAST && chain.received === 0) {
    const reason = `None of these came by webhook: see whether the vendor still sends (subscription, address, secret)`;
    return { ...chain, reason };
  }
  if (chain.listed > 0 || !isOpen) return chain;
  const reason =
    'The vendor lists nothing, though a store was open: see whether sourceLocations names the right place, and the token may read it';
  return { ...chain, reason };
}

/** As `accountOf` of a hydration would name it. */
const accountOf = ({ location }: Place): string | undefined => location?.toLowerCase();

function count({ total }: Run, state: GapState): void {
  if (state === 'healed' || state === 'failed') total[state] += 1;
}

function movedOn(
  { cursor: _cursor, reason: _reason, ...chain }: Chain,
  listed: number,
  received: number,
  next: string | undefined,
): Chain {
  return {
    ...chain,
    state: next === undefined ? 'done' : 'open',
    ...(next === undefined ? {} : { cursor: next }),
    pages: chain.pages + 1,
    listed: chain.listed + listed,
    received: chain.received + received,
    attempts: 0,
    notBeforeMs: 0,
  };
}

const refusalKey = ({ source, sender = '', location = '' }: Chain): string =>
  `list ${JSON.stringify([source, sender, location])}`;

async function postpone(
  parts: BackFillParts,
  place: Place,
  chain: Chain,
  fault: TransientError | PermanentError,
): Promise<void> {
  const attempts = chain.attempts + 1;
  const ownMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(chain.attempts, 10), MAX_WAIT_MS);
  const askedMs = fault instanceof TransientError ? (fault.retryAfterMs ?? 0) : MAX_WAIT_MS;
  const isToken = fault.code === 'secret-missing';
  const isTold = fault instanceof PermanentError || (attempts >= TRIES_UNTIL_TOLD && !isToken);
  if (isTold) {
    await parts.days.addUnfetched(chain.businessDate, {
      key: refusalKey(chain),
      stores: place.location === undefined ? [] : place.stores,
      subject: nameOfPlace(place),
      reason: `What the vendor holds of this date could not be compared: ${messageOf(fault)}`,
    });
    await parts.days.markDirty([chain.businessDate]);
  }
  await parts.gaps.putChain({
    ...chain,
    attempts,
    state: isToken ? 'no-token' : isTold ? 'refused' : 'open',
    reason: messageOf(fault),
    notBeforeMs: parts.clock() + Math.max(ownMs, askedMs),
  });
}

async function forgetRefusal({ days }: BackFillParts, chain: Chain): Promise<void> {
  const key = refusalKey(chain);
  const { unfetched } = await days.inputsOf(chain.businessDate);
  if (!unfetched.some((one) => one.key === key)) return;
  await days.removeUnfetched(chain.businessDate, key);
  await days.markDirty([chain.businessDate]);
}

/** What waits for the vendor is asked for again, and what failed may have come meanwhile. */
async function lookAtOpen(
  run: Run,
  businessDate: BusinessDate,
  places: readonly Place[],
  landed: Landed,
): Promise<void> {
  const { parts } = run;
  for (const row of await parts.gaps.objects(businessDate)) {
    if (isOver(run)) return;
    const ask = askOf(row);
    const place = places.find((one) => isOfPlace(row, one));
    if (!ask || !place || (row.state !== 'waiting' && row.state !== 'failed')) continue;
    const asker = askerOf(place, parts.clock(), traceparentOf(undefined, parts.randomHex));
    const now: Comparing = { businessDate, place, asker, landed };
    try {
      if (row.state === 'failed') await lookAgain(parts, now, row);
      else if (row.notBeforeMs <= parts.clock()) count(run, await heal(parts, now, ask));
    } catch (thrown) {
      if (!(thrown instanceof TransientError)) throw thrown;
      run.log.warn('An object waits on', { source: row.source, businessDate, reason: thrown.code });
    }
  }
}
