import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { creationTimeMs } from '../../infra/local/event-hubs/creation-time.ts';

test('a hub keeps its time of creation over restarts; one whose data was deleted is another hub', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'creation-'));
  try {
    const hub = join(folder, 'pos-events');
    expect(await creationTimeMs(hub, () => 1_000)).toBe(1_000);
    expect(await creationTimeMs(hub, () => 2_000)).toBe(1_000);
    await rm(hub, { recursive: true });
    expect(await creationTimeMs(hub, () => 3_000)).toBe(3_000);

    // Data of a version that did not note the time: constant from the first look on.
    const older = join(folder, 'older');
    await mkdir(join(older, '0'), { recursive: true });
    const found = await creationTimeMs(older, () => 4_000);
    expect(found).toBeGreaterThan(4_000);
    expect(await creationTimeMs(older, () => 5_000)).toBe(found);
  } finally {
    await rm(folder, { recursive: true });
  }
});
