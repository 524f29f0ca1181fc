import type { HubGeneration } from '../../../shared/azure/hub/hub-generation.ts';
import { hubGenerationOf } from '../../../shared/azure/hub/hub-generation.ts';
import { generationOfRawBlob, type RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import { landedLine, type HubEvent, type LandedLine } from '../../../shared/pos/landing-line.ts';
import type { Chunk } from './chunks.ts';

/** A blob that is there, with its name. */
export interface LandedChunk extends Chunk {
  readonly name: string;
  /** Empty for a blob from before there were any. */
  readonly generation: HubGeneration;
}

/**
 * The newest blob of a partition, if it is of this hub. A blob without a generation is of this hub where the hub took
 * its events after it was created.
 */
export async function lastLanded(
  blobs: RawBlobs,
  partition: string,
  hub: HubGeneration,
): Promise<LandedChunk | undefined> {
  let name: string | undefined;
  for await (const listed of blobs.names(`${partition}/`)) name = listed;
  if (name === undefined) return undefined;
  const generation = generationOfRawBlob(name) ?? '';
  if (generation !== '' && generation !== hub && !generation.startsWith(`${hub}.`)) return undefined;
  const first = Number(name.split('/').at(-1)?.split('.')[0]);
  const landed = await readBack(blobs, partition, name, first);
  const enqueuedAt = landed.positions[0]?.enqueuedAt ?? '';
  if (generation === '' && (enqueuedAt === '' || hubGenerationOf(new Date(enqueuedAt)) < hub))
    return undefined;
  return { ...landed, name, generation };
}

/** What a blob holds, as the run that wrote it had it. @throws PermanentError, TransientError */
export async function readBack(
  blobs: RawBlobs,
  partition: string,
  name: string,
  first: number,
): Promise<Chunk> {
  const lines: LandedLine[] = [];
  const positions: { sequenceNumber: number; enqueuedAt: string }[] = [];
  for await (const texts of blobs.lines(name)) {
    for (const text of texts) {
      const { sequenceNumber, enqueuedAt, body } = hubEventOf(text);
      lines.push(landedLine(partition, { sequenceNumber, enqueuedAt, body }));
      positions.push({ sequenceNumber, enqueuedAt });
    }
  }
  return { first, last: positions.at(-1)?.sequenceNumber ?? first, lines, positions };
}

function hubEventOf(text: string): HubEvent {
  const { hubSequenceNumber, enqueuedAt, event, raw } = JSON.parse(text) as {
    hubSequenceNumber: number;
    enqueuedAt: string;
    event?: unknown;
    raw?: string;
  };
  const body = raw === undefined ? Buffer.from(JSON.stringify(event)) : bytesOfRaw(raw);
  return { sequenceNumber: hubSequenceNumber, enqueuedAt, body };
}

function bytesOfRaw(raw: string): Buffer {
  return raw.startsWith('base64:') ? Buffer.from(raw.slice(7), 'base64') : Buffer.from(raw);
}
