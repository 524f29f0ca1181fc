import { eventId, storeId } from '../../shared/ids.ts';
import type { DayBlob, Days, LandingGap, LandingMark } from '../../shared/azure/days/days.ts';
import type { HubReader } from '../../shared/azure/landing/landing-reader.ts';
import type { RawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import type { Logger } from '../../shared/log.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { HubEvent } from '../../shared/pos/landing-line.ts';
import { createLand } from '../../functions/reconcile/landing/land.ts';
import { sale } from './ledger-fixtures.ts';

const NO_JSON = 'no json';
const FIRST_HUB = '20260301T000000000Z';

/**
 * A hub of one partition and a storage account in memory. Every write may fail before or after it takes effect, and
 * the hub may expire events, go back, or be recreated.
 */
export function landingWorld() {
  let hubEvents: HubEvent[] = [];
  let generation = FIRST_HUB;
  let expired = 0;
  let ids = 0;
  const published: HubEvent[] = [];
  const blobs = new Map<string, string[]>();
  const days = new Map<string, DayBlob>();
  const quarantined = new Map<string, DayBlob>();
  const gaps = new Map<string, LandingGap>();
  const dirty = new Set<string>();
  const letters = new Map<string, DeadLetter>();
  const errors: string[] = [];
  let mark: LandingMark | undefined;
  let version = 0;
  let writes = 0;
  let failAt: { write: number; when: 'before' | 'after' } | undefined;

  async function write<T>(effect: () => T): Promise<T> {
    await Promise.resolve();
    const fails = failAt?.write === writes;
    writes += 1;
    if (fails && failAt?.when === 'before') throw new Error('killed');
    const result = effect();
    if (fails) throw new Error('killed');
    return result;
  }

  const hub: HubReader = {
    partitions: () => Promise.resolve(['0']),
    generation: () => Promise.resolve(generation),
    range: () =>
      Promise.resolve({
        firstSequenceNumber: expired,
        lastSequenceNumber: hubEvents.at(-1)?.sequenceNumber ?? -1,
      }),
    async *read(_partition, first, last) {
      for (let at = Math.max(first, expired); at <= last; at += 4) {
        await Promise.resolve();
        yield hubEvents.slice(at, Math.min(at + 4, last + 1));
      }
    },
    close: () => Promise.resolve(),
  };
  const rawBlobs: RawBlobs = {
    create: (name, lines) =>
      write(() => {
        if (blobs.has(name)) return false;
        blobs.set(
          name,
          lines.map((line) => line.toString('utf8').trimEnd()),
        );
        return true;
      }),
    async *lines(name) {
      await Promise.resolve();
      yield blobs.get(name) ?? [];
    },
    async *names() {
      await Promise.resolve();
      yield* [...blobs.keys()].sort();
    },
  };
  const dayTable: Partial<Days> = {
    landingMark: () => Promise.resolve(mark),
    moveLandingMark: (moved) =>
      write(() => {
        if (moved.etag !== mark?.etag) return undefined;
        version += 1;
        mark = { ...moved, etag: String(version), writtenAtMs: Date.parse('2026-03-02T10:30:00Z') };
        return mark.etag;
      }),
    addBlob: (date, blob) => write(() => void days.set(`${date} ${blob.name}`, blob)),
    addQuarantined: (date, blob) => write(() => void quarantined.set(`${date} ${blob.name}`, blob)),
    addGap: (date, gap) => write(() => void gaps.set(`${date} ${gap.firstSequenceNumber}`, gap)),
    markDirty: (dates) => write(() => dates.forEach((date) => dirty.add(date))),
  };
  const log: Logger = { info: () => {}, warn: () => {}, error: (message) => void errors.push(message) };
  const land = createLand({
    hub,
    blobs: rawBlobs,
    days: dayTable as Days,
    deadLetters: { bury: (letter) => write(() => void letters.set(letter.deadLetterId, letter)) },
    maxBlobBytes: 1_000_000,
    maxBlobEvents: 5,
    concurrency: 1,
  });

  return {
    blobs,
    days,
    quarantined,
    gaps,
    dirty,
    letters,
    errors,
    published,
    publish(count: number, date = '2026-03-02'): void {
      for (let index = 0; index < count; index += 1) {
        const sequenceNumber = hubEvents.length;
        ids += 1;
        const event = sale(`X${ids}`, 100, {
          storeId: storeId(`S${sequenceNumber % 2}`),
          eventId: eventId(`tillstream:${ids}`),
          businessDate: date as never,
        });
        const body = sequenceNumber % 7 === 3 ? NO_JSON : JSON.stringify(event);
        const one = {
          sequenceNumber,
          enqueuedAt: new Date(Date.parse('2026-03-02T10:00:00Z') + ids).toISOString(),
          body: Buffer.from(body),
        };
        hubEvents.push(one);
        published.push(one);
      }
    },
    land: () => land(log),
    failAt(at: typeof failAt): void {
      writes = 0;
      failAt = at;
    },
    get writes() {
      return writes;
    },
    get mark() {
      return mark;
    },
    set mark(stored: LandingMark | undefined) {
      mark = stored;
    },
    createHubAnew(at = '20260302T103500000Z'): void {
      hubEvents = [];
      expired = 0;
      generation = at;
    },
    expireBefore(sequenceNumber: number): void {
      expired = sequenceNumber;
    },
    /** As after a failover that lost the newest events. */
    goBackTo(count: number): void {
      hubEvents = hubEvents.slice(0, count);
    },
    /** The ids of all events that were landed, repeats included, unreadable ones left out. */
    landedIds(): string[] {
      return [...blobs.values()].flat().flatMap((line) => {
        const { event } = JSON.parse(line) as { event?: { eventId: string } };
        return event ? [event.eventId] : [];
      });
    },
    readableIds(): string[] {
      return published
        .map((one) => one.body.toString('utf8'))
        .filter((body) => body !== NO_JSON)
        .map((body) => (JSON.parse(body) as { eventId: string }).eventId);
    },
    check(): void {
      const landed = [...blobs]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .flatMap(([, lines]) => lines)
        .map((line) => (JSON.parse(line) as { hubSequenceNumber: number }).hubSequenceNumber);
      expect(landed).toEqual(published.map((event) => event.sequenceNumber));
      const unreadable = published.filter((event) => event.body.toString('utf8') === NO_JSON).length;
      expect(letters.size).toBe(unreadable);
      const noted = [...days.values()].reduce((sum, blob) => sum + blob.events, 0);
      expect(noted).toBe(published.length - unreadable);
      expect(dirty).toEqual(new Set(['2026-03-02']));
      expect(mark?.nextSequenceNumber).toBe(hubEvents.length);
      expect(gaps.size).toBe(0);
    },
  };
}
export type LandingWorld = ReturnType<typeof landingWorld>;
