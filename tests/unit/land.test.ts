import { eventId, storeId } from '../../shared/ids.ts';
import type { DayBlob, Days } from '../../shared/azure/days/days.ts';
import type { HubEvent } from '../../shared/pos/landing-line.ts';
import type { HubReader } from '../../shared/azure/landing/landing-reader.ts';
import type { Logger } from '../../shared/azure/log.ts';
import type { RawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { createLand } from '../../functions/reconcile/landing/land.ts';
import { sale } from '../support/ledger-fixtures.ts';

const log: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/** A hub and a storage account in memory. Every write may fail before or after it takes effect. */
function world() {
  const events: HubEvent[] = [];
  const blobs = new Map<string, string[]>();
  const days = new Map<string, DayBlob>();
  const dirty = new Set<string>();
  const letters = new Map<string, DeadLetter>();
  let mark: { next: number; version: number } | undefined;
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
    range: () => Promise.resolve({ firstSequenceNumber: 0, lastSequenceNumber: events.length - 1 }),
    async *read(_partition, first, last) {
      for (let at = first; at <= last; at += 4) {
        await Promise.resolve();
        yield events.slice(at, Math.min(at + 4, last + 1));
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
  const dayTable: Pick<Days, 'landingMark' | 'moveLandingMark' | 'addBlob' | 'markDirty'> = {
    landingMark: () =>
      Promise.resolve(
        mark && {
          partition: '0',
          nextSequenceNumber: mark.next,
          lastEnqueued: 0,
          etag: String(mark.version),
        },
      ),
    moveLandingMark: (moved) =>
      write(() => {
        if (moved.etag !== (mark && String(mark.version))) return undefined;
        mark = { next: moved.nextSequenceNumber, version: (mark?.version ?? 0) + 1 };
        return String(mark.version);
      }),
    addBlob: (date, blob) => write(() => void days.set(`${date} ${blob.name}`, blob)),
    markDirty: (dates) => write(() => dates.forEach((date) => dirty.add(date))),
  };
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
    publish(count: number): void {
      for (let index = 0; index < count; index += 1) {
        const sequenceNumber = events.length;
        const event = sale(`X${sequenceNumber}`, 100, {
          storeId: storeId(`S${sequenceNumber % 2}`),
          eventId: eventId(`tillstream:${sequenceNumber}`),
        });
        const body = sequenceNumber % 7 === 3 ? 'no json' : JSON.stringify(event);
        events.push({ sequenceNumber, enqueuedAt: '2026-03-02T10:00:00.000Z', body: Buffer.from(body) });
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
    check(): void {
      const landed = [...blobs]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .flatMap(([, lines]) => lines)
        .map((line) => (JSON.parse(line) as { hubSequenceNumber: number }).hubSequenceNumber);
      expect(landed).toEqual(events.map((event) => event.sequenceNumber));
      const unreadable = events.filter((event) => event.body.toString('utf8') === 'no json').length;
      expect(letters.size).toBe(unreadable);
      const noted = [...days.values()].reduce((sum, blob) => sum + blob.events, 0);
      expect(noted).toBe(events.length - unreadable);
      expect(dirty).toEqual(new Set(['2026-03-02']));
      expect(mark?.next).toBe(events.length);
    },
  };
}

test('P8 killed anywhere: landing goes on after a cut at any of its writes, also when more has come meanwhile', async () => {
  const unkilled = world();
  unkilled.publish(13);
  await unkilled.land();
  unkilled.check();
  const { writes } = unkilled;
  expect(writes).toBeGreaterThan(10);
  for (let cut = 0; cut < writes; cut += 1) {
    for (const when of ['before', 'after'] as const) {
      const killed = world();
      killed.publish(13);
      killed.failAt({ write: cut, when });
      await expect(killed.land()).rejects.toThrow('killed');
      killed.failAt(undefined);
      killed.publish(9);
      await killed.land();
      killed.check();
    }
  }
});

test('two runs at once land everything once', async () => {
  const both = world();
  both.publish(23);
  await Promise.all([both.land(), both.land()]);
  await both.land();
  both.check();
});
