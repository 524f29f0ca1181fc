import type { LandingGap, LandingMark } from '../../../shared/azure/days/days.ts';
import { hubGenerationOf, type HubGeneration } from '../../../shared/azure/hub/hub-generation.ts';
import type { Chunk } from './chunks.ts';
import type { PartitionRange } from '../../../shared/azure/landing/landing-reader.ts';

/** Where a run begins in a partition. */
export interface LandingStart {
  /** Names the blobs of this run. */
  readonly generation: HubGeneration;
  readonly nextSequenceNumber: number;
  /** Events that were in the hub and can never be landed, as far as the numbers show. */
  readonly gaps: readonly LandingGap[];
  /** Why landing does not just go on behind the mark. */
  readonly news: 'hub-created-anew' | 'hub-went-back' | 'mark-missing' | undefined;
}

/**
 * Compares the mark with the hub. A mark counts only within the hub that it was written for:
 *
 * - The hub was recreated: landing starts at its first event, with separate blob names. What the old hub still held
 *   is a gap.
 * - The hub is behind the mark, as after a failover that lost its latest events: it assigns numbers a second
 *   time. Landing starts at the first event again, as a generation of its own. Events that were landed before are there twice,
 *   but count once by their event ids.
 * - There is no mark: landing starts at the first event. Blobs that an earlier run has written are taken as they are.
 */
export function landingStart(
  partition: string,
  mark: LandingMark | undefined,
  hub: HubGeneration,
  range: PartitionRange,
): LandingStart {
  const { firstSequenceNumber: first, lastSequenceNumber: last } = range;
  if (!mark) {
    const gaps = first > 0 ? [gapOf(partition, hub, 0, first - 1)] : [];
    return { generation: hub, nextSequenceNumber: first, gaps, news: first > 0 ? 'mark-missing' : undefined };
  }
  const { nextSequenceNumber: next, lastEnqueued } = mark;
  if (!isOfHub(mark, hub)) {
    const gaps = [
      ...(lastEnqueued >= next ? [gapOf(partition, mark.generation ?? '', next, lastEnqueued)] : []),
      ...(first > 0 ? [gapOf(partition, hub, 0, first - 1)] : []),
    ];
    return { generation: hub, nextSequenceNumber: first, gaps, news: 'hub-created-anew' };
  }
  const generation = mark.generation ?? hub;
  if (last < next - 1)
    return {
      generation: afterGoingBack(generation),
      nextSequenceNumber: first,
      gaps: [],
      news: 'hub-went-back',
    };
  const gaps = first > next ? [gapOf(partition, generation, next, first - 1)] : [];
  return { generation, nextSequenceNumber: Math.max(next, first), gaps, news: undefined };
}

/** A mark without a generation is of this hub if it was written after the hub was created. */
function isOfHub({ generation, writtenAtMs }: LandingMark, hub: HubGeneration): boolean {
  if (generation !== undefined) return generation === hub || generation.startsWith(`${hub}.`);
  return writtenAtMs === undefined || hubGenerationOf(new Date(writtenAtMs)) >= hub;
}

/** `20261125T134005123Z`, `20261125T134005123Z.1`, `20261125T134005123Z.2` */
export function afterGoingBack(generation: HubGeneration): HubGeneration {
  const [hub = '', times = '0'] = generation.split('.');
  return `${hub}.${Number(times) + 1}`;
}

/** Events that expired while they were being read: numbers between `next` and the chunk, or within it, that are not there. */
export function missingBefore(
  partition: string,
  generation: HubGeneration,
  next: number,
  { positions }: Pick<Chunk, 'positions'>,
): LandingGap[] {
  const gaps: LandingGap[] = [];
  let expected = next;
  for (const { sequenceNumber } of positions) {
    if (sequenceNumber > expected) gaps.push(gapOf(partition, generation, expected, sequenceNumber - 1));
    expected = sequenceNumber + 1;
  }
  return gaps;
}

const gapOf = (
  partition: string,
  generation: HubGeneration,
  firstSequenceNumber: number,
  lastSequenceNumber: number,
): LandingGap => ({ partition, generation, firstSequenceNumber, lastSequenceNumber });
