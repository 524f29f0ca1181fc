import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { partitionOfKey } from '../../infra/local/event-hubs/partition-hash.ts';

const sdkFolder = dirname(require.resolve('@azure/event-hubs'));
const { mapPartitionKeyToId } = createRequire(__filename)(
  join(sdkFolder, 'impl/partitionKeyToIdMapper.js'),
) as {
  mapPartitionKeyToId: (key: string, partitionCount: number) => number;
};

test('agrees with the hash of the SDK’s buffered producer for any key', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.integer({ min: 1, max: 2_000 }),
      (key, count) => {
        expect(partitionOfKey(key, count)).toBe(mapPartitionKeyToId(key, count));
      },
    ),
    { numRuns: 5_000 },
  );
});

test('agrees for keys of every length, where the hash has a case of its own', () => {
  for (let length = 0; length <= 64; length++) {
    const key = 'Filiale-0815/Kasse-'.repeat(4).slice(0, length);
    for (const count of [1, 3, 4, 32, 100])
      expect(partitionOfKey(key, count)).toBe(mapPartitionKeyToId(key, count));
  }
});
