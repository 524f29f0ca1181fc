import type { PositionedEvent } from '../../shared/pos/event.ts';
import type { Fold, FoldStores } from './fold-stores.ts';

/**
 * Builds the state of all stores again from what was landed, with the code of every day. The tables must be empty, and
 * the batches in the hub's order within each partition; how they are cut does not matter.
 * @returns how many events were read.
 */
export async function rebuild<Item, Effect, Header>(
  batches: AsyncIterable<readonly PositionedEvent[]>,
  foldStores: FoldStores<Item, Effect, Header>,
  fold: Fold<Item, Effect, Header>,
): Promise<number> {
  let events = 0;
  for await (const batch of batches) {
    await foldStores(batch, fold);
    events += batch.length;
  }
  return events;
}
