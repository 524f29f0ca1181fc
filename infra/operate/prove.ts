import { concernsStock, concernsTills, stockShape, tillShape } from '../../functions/stream/folds.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { tableGaps } from '../../shared/azure/gaps.ts';
import { rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import type { BookShape } from '../../shared/azure/state/store-rows.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import {
  proveDeliveries,
  type Consumer,
  type Delivery,
  type ProofLine,
} from '../../shared/one-effect/prove.ts';
import { agree, contentFingerprint } from '../../shared/pos/event-content.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { parseRawLine } from '../../shared/pos/landing-line.ts';
import { transactionKey, transactionScope } from '../../shared/pos/transaction-versions.ts';
import { addDays, HOUR_MS, toInstant } from '../../shared/time.ts';
import type { OperateParts } from './commands.ts';

/** Beyond this the stream may have forgotten what it counted. */
export const MAX_PROVED_HOURS = 168;

/**
 * `npm run prove`: what the hub took in the last hours beside what became of it, per source and store, with what the
 * vendors' lists hold.
 * @returns whether everything is accounted for.
 */
export async function prove(parts: OperateParts, hours: number): Promise<boolean> {
  const { clock, say } = parts;
  const fromMs = clock() - hours * HOUR_MS;
  const unreadable = { count: 0 };
  const buried = await buriedIds(parts);
  const lines = await proveDeliveries(
    deliveriesSince(parts, fromMs, unreadable),
    [
      consumerOf(parts, 'tills', tillShape, concernsTills),
      consumerOf(parts, 'stock', stockShape, concernsStock),
    ],
    buried,
  );
  say('source       store                received    effects duplicates    letters    waiting       lost');
  for (const line of lines) say(rowOf(line));
  for (const { source, storeId, lost } of lines)
    for (const eventId of lost.filter((id) => id !== '')) say(`LOST  ${source}  ${storeId}  ${eventId}`);
  if (unreadable.count > 0)
    say(`${unreadable.count} bodies that are no events of ours; each is a dead letter of stage land`);
  const missing = await vendorLists(parts, fromMs);
  const lost = lines.reduce((sum, line) => sum + line.lost.length, 0);
  const received = lines.reduce((sum, line) => sum + line.received, 0);
  const waiting = lines.reduce((sum, line) => sum + line.waiting, 0);
  const holds = lost === 0 && missing === 0;
  say(
    holds
      ? `HOLDS: all ${received} deliveries since ${toInstant(fromMs)} are accounted for${waiting > 0 ? `, ${waiting} of them still on their way` : ''}`
      : `DOES NOT HOLD: ${lost} of ${received} deliveries since ${toInstant(fromMs)} have no effect and no dead letter; ${missing} objects of vendors' lists could not be fetched`,
  );
  return holds;
}

function rowOf({
  source,
  storeId,
  received,
  effects,
  duplicates,
  deadLetters,
  waiting,
  lost,
}: ProofLine): string {
  const figures = [received, effects, duplicates, deadLetters, waiting, lost.length];
  return `${source.padEnd(12)} ${storeId.padEnd(18)} ${figures.map((figure) => String(figure).padStart(10)).join(' ')}`;
}

/** From the newest blob of each partition back to the first that begins before the window. */
async function* deliveriesSince(
  { settings, say }: OperateParts,
  fromMs: number,
  unreadable: { count: number },
): AsyncGenerator<Delivery> {
  const blobs = rawBlobs(containerClient(settings.raw, CONTAINERS.raw));
  const partitions = new Map<string, string[]>();
  for await (const name of blobs.names('')) {
    const partition = name.slice(0, name.indexOf('/'));
    partitions.set(partition, [...(partitions.get(partition) ?? []), name]);
  }
  for (const [partition, names] of partitions) {
    const recent: Delivery[][] = [];
    for (const name of names.reverse()) {
      const found: Delivery[] = [];
      let firstMs = Number.POSITIVE_INFINITY;
      for await (const lines of blobs.lines(name)) {
        for (const line of lines) {
          const { hubSequenceNumber: sequenceNumber, enqueuedAt, event } = parseRawLine(line);
          const atMs = Date.parse(enqueuedAt);
          firstMs = Math.min(firstMs, atMs);
          if (atMs < fromMs) continue;
          if (event) found.push({ event, partition, sequenceNumber });
          else unreadable.count += 1;
        }
      }
      recent.push(found);
      if (firstMs < fromMs) break;
    }
    say(`partition ${partition}: ${recent.reduce((sum, found) => sum + found.length, 0)} deliveries read`);
    // In the order of the hub, so the first of several is the one that counted.
    for (const found of recent.reverse()) yield* found;
  }
}

function consumerOf<Item, Effect, Header>(
  { settings }: OperateParts,
  name: 'stock' | 'tills',
  shape: BookShape<Item, Effect, Header>,
  concerns: (event: PosEvent) => boolean,
): Consumer {
  const states = storeStates(tableClient(settings.state, TABLES[name]), shape);
  return {
    name,
    concerns,
    async bookOf(storeId) {
      const { book } = await states.load(storeId);
      return {
        contentOf: (seenId) => book.seen.contentOf(seenId),
        markOf: (partition) => book.marks.get(partition),
        countsAlready(event) {
          if (event.kind !== 'transaction') return false;
          const former = book.effects.inForce(transactionKey(event), transactionScope(event));
          return former?.content !== undefined && agree(former.content, contentFingerprint(event));
        },
      };
    },
  };
}

/** Events that wait for a decision, or were decided about: their letters are kept in either place. */
async function buriedIds({ settings }: OperateParts): Promise<Set<string>> {
  const container = containerClient(settings.state, CONTAINERS.deadLetters);
  const ids = new Set<string>();
  for (const prefix of ['stock/', 'tills/', 'replayed/stock/', 'replayed/tills/']) {
    for await (const { name } of container.listBlobsFlat({ prefix })) {
      const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
      const { eventId } = JSON.parse(text) as { eventId?: string };
      if (eventId !== undefined) ids.add(eventId);
    }
  }
  return ids;
}

/** What the nightly comparison found for the dates of the window. @returns how many objects could not be fetched. */
async function vendorLists({ settings, clock, say }: OperateParts, fromMs: number): Promise<number> {
  const gaps = tableGaps(tableClient(settings.state, TABLES.gaps));
  const last = toInstant(clock()).slice(0, 10) as BusinessDate;
  let failed = 0;
  for (let date = toInstant(fromMs).slice(0, 10) as BusinessDate; date <= last; date = addDays(date, 1)) {
    const objects = await gaps.objects(date);
    for (const { source, sender, location, state, listed, received, reason } of await gaps.chains(date)) {
      const own = objects.filter(
        (one) => one.source === source && one.sender === sender && one.location === location,
      );
      const of = (wanted: string): number => own.filter((one) => one.state === wanted).length;
      failed += of('failed');
      say(
        `${date}  ${[source, sender, location].filter((part) => part !== undefined).join(' ')}: ` +
          `the vendor lists ${listed}, ${received} had come, ${of('healed')} healed, ${of('ignored')} need no event, ` +
          `${of('waiting')} waiting, ${of('failed')} not fetched (${state}${reason === undefined ? '' : `: ${reason}`})`,
      );
    }
  }
  return failed;
}
