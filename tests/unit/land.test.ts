import { rawBlobName } from '../../shared/azure/landing/raw-blobs.ts';
import { landingWorld, type LandingWorld } from '../support/landing-world.ts';

/** Cuts a run at each of its writes, before and after, and lets `check` see what a later run makes of it. */
async function killEverywhere(
  prepare: (world: LandingWorld) => Promise<void>,
  after: (world: LandingWorld) => Promise<void>,
) {
  const unkilled = landingWorld();
  await prepare(unkilled);
  unkilled.failAt(undefined);
  await unkilled.land();
  const { writes } = unkilled;
  await after(unkilled);
  for (let cut = 0; cut < writes; cut += 1) {
    for (const when of ['before', 'after'] as const) {
      const killed = landingWorld();
      await prepare(killed);
      killed.failAt({ write: cut, when });
      await expect(killed.land()).rejects.toThrow('killed');
      killed.failAt(undefined);
      await after(killed);
    }
  }
  return writes;
}

test('P8 killed anywhere: landing goes on after a cut at any of its writes, also when more has come meanwhile', async () => {
  const writes = await killEverywhere(
    (world) => Promise.resolve(world.publish(13)),
    async (world) => {
      world.publish(9);
      await world.land();
      world.check();
    },
  );
  expect(writes).toBeGreaterThan(10);
});

test('two runs at once land everything once', async () => {
  const both = landingWorld();
  both.publish(23);
  await Promise.all([both.land(), both.land()]);
  await both.land();
  both.check();
});

test('P3 nothing vanishes: a recreated hub is landed from its first event, wherever the run is killed', async () => {
  const seen = { recreated: 0 };
  await killEverywhere(
    async (world) => {
      world.publish(10);
      await world.land();
      world.createHubAnew();
      // More than the mark: numbers alone cannot tell that this is another hub.
      world.publish(15);
    },
    async (world) => {
      await world.land();
      expect(new Set(world.landedIds())).toEqual(new Set(world.readableIds()));
      expect(world.landedIds()).toHaveLength(world.readableIds().length);
      expect(world.errors).toContain('The hub was recreated; landing starts at its first event');
      seen.recreated += 1;
    },
  );
  expect(seen.recreated).toBeGreaterThan(10);
});

test('what the old hub still held is a gap: a dead letter, and on the days it may belong to', async () => {
  const world = landingWorld();
  world.publish(10);
  await world.land();
  const stored = world.mark;
  if (stored) world.mark = { ...stored, lastEnqueued: 14 };
  world.createHubAnew();
  world.publish(3);
  await world.land();
  expect([...world.gaps.values()]).toContainEqual(
    expect.objectContaining({ firstSequenceNumber: 10, lastSequenceNumber: 14 }),
  );
  expect([...world.gaps.keys()]).toEqual(['2026-03-01 10', '2026-03-02 10']);
  expect([...world.letters.values()].filter(({ code }) => code === 'dropped-by-hub')).toHaveLength(1);
  expect(world.dirty).toContain('2026-03-01');
});

test('a mark without generation counts where it was written after the hub was created, and only there', async () => {
  for (const [createdAt, landsAgain] of [
    ['20260301T120000000Z', false],
    ['20260302T120000000Z', true],
  ] as const) {
    const world = landingWorld();
    world.createHubAnew(createdAt);
    world.publish(15);
    world.mark = {
      partition: '0',
      generation: undefined,
      nextSequenceNumber: 10,
      lastEnqueued: 9,
      writtenAtMs: Date.parse('2026-03-02T10:30:00Z'),
      etag: '7',
    };
    await world.land().catch(() => undefined);
    expect(world.blobs.has(rawBlobName('0', createdAt, 0))).toBe(landsAgain);
    expect(world.blobs.has(rawBlobName('0', createdAt, 10))).toBe(true);
  }
});

test('events that expired before landing are reported, even if the partition is empty', async () => {
  for (const left of [0, 4]) {
    const world = landingWorld();
    world.publish(5);
    await world.land();
    world.publish(20);
    world.expireBefore(25 - left);
    await world.land();
    const letters = [...world.letters.values()].filter(({ code }) => code === 'dropped-by-hub');
    expect(letters).toMatchObject([
      {
        payload: JSON.stringify({
          partition: '0',
          generation: '20260301T000000000Z',
          firstSequenceNumber: 5,
          lastSequenceNumber: 24 - left,
        }),
      },
    ]);
    expect(world.mark?.nextSequenceNumber).toBe(25);
    await world.land();
    expect(world.letters.size).toBe(letters.length + (left === 0 ? 1 : 2));
  }
});

test('a landing mark that is gone is found again in the raw blobs: nothing is lost, and nothing is taken from another hub', async () => {
  const world = landingWorld();
  world.publish(13);
  await world.land();
  world.mark = undefined;
  world.publish(4);
  await world.land();
  world.check();

  world.mark = undefined;
  world.createHubAnew();
  world.publish(6);
  await world.land();
  expect(new Set(world.landedIds())).toEqual(new Set(world.readableIds()));
});

test('numbers that a hub gives out a second time do not hide the events that bear them now', async () => {
  const world = landingWorld();
  world.publish(12);
  await world.land();
  world.goBackTo(6);
  world.publish(4);
  await world.land();
  world.publish(9);
  await world.land();
  expect(new Set(world.landedIds())).toEqual(new Set(world.readableIds()));
  expect(world.errors).toContain(
    'The hub is behind the landing mark; landing starts at its first event again',
  );
});

test('an event of no plausible business date is noted under the day it came, and opens no date of its own', async () => {
  const world = landingWorld();
  world.publish(3);
  world.publish(2, '2199-01-01');
  world.publish(1, '1970-01-01');
  world.publish(1, '2026-03-04');
  await world.land();
  expect([...world.dirty].sort()).toEqual(['2026-03-02', '2026-03-04']);
  expect([...world.quarantined.keys()].map((key) => key.slice(0, 10))).toContain('2026-03-02');
  expect([...world.quarantined.values()].reduce((sum, blob) => sum + blob.events, 0)).toBe(2);
});
