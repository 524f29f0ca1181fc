import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayDeadLetter, type ReplayWays } from '../../functions/reconcile/letters/replay-dead-letter.ts';
import { startAzurite, type Azurite } from '../../infra/local/azurite/azurite.ts';
import { containerClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { blobDeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { CONTAINERS } from '../../shared/azure/names.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';

const letter: DeadLetter = {
  deadLetterId: 'alert_1-all',
  stage: 'notify',
  code: 'webhook-refused',
  message: 'x',
  diedAt: '2026-03-02T10:00:00.000Z',
  replay: { to: 'queue', queue: 'alerts' },
  payload: '{}',
};
const NAME = 'notify/alert_1-all.json';

let folder: string;
let azurite: Azurite;
const container = () =>
  containerClient(
    { kind: 'connection-string', connectionString: azurite.connectionString },
    CONTAINERS.deadLetters,
  );
const waysThat = (onQueue: () => Promise<void>): ReplayWays => ({
  toHub: () => Promise.resolve(),
  toQueue: onQueue,
  toWebhook: () => Promise.resolve(),
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillstream-letters-'));
  azurite = await startAzurite({ dataDir: join(folder, 'azurite') });
  await container().create();
});
afterAll(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('P3 nothing vanishes: a letter that dies again while it is brought back stays', async () => {
  const letters = blobDeadLetters(container());
  const store = blobDeadLetterStore(container());
  await letters.bury(letter);
  // The queue's function is quick: it has given up again before the letter was put away.
  const diesAgain = waysThat(() => letters.bury({ ...letter, diedAt: '2026-03-03T10:00:00.000Z' }));
  expect(await replayDeadLetter(store, diesAgain, NAME)).toBe(true);
  expect(await store.read(NAME)).toEqual(letter);

  const working = waysThat(() => Promise.resolve());
  expect(await replayDeadLetter(store, working, NAME)).toBe(true);
  expect(await store.read(NAME)).toBeUndefined();
  expect(await store.read(`replayed/${NAME}`)).toEqual(letter);
  expect(await replayDeadLetter(store, working, NAME)).toBe(false);

  await letters.bury(letter);
  expect(await store.read(NAME)).toEqual(letter);
});
