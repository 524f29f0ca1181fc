/** Batches for a partition log, and what it holds. */
import rhea from 'rhea';
import type { EncodedEvent } from '../../infra/local/event-hubs/batch-codec.ts';
import { readBatch } from '../../infra/local/event-hubs/batch-codec.ts';
import type { Cursor, PartitionLog } from '../../infra/local/event-hubs/partition-log.ts';
import { eventsOf, positionAfter } from '../../infra/local/event-hubs/record.ts';

export interface StoredEvent {
  readonly sequence: number;
  readonly offset: string;
  readonly timeMs: number;
  readonly body: string;
}

export function eventOf(body: string): EncodedEvent {
  const [event] = readBatch(rhea.message.encode({ body }), 0).events;
  if (!event) throw new Error('no event');
  return event;
}

export const append = (log: PartitionLog, ...bodies: string[]): Promise<void> =>
  log.append(bodies.map(eventOf), undefined, bodies.join('').length);

/** Every event from a cursor on, record by record. */
export async function readRecords(log: PartitionLog, cursor?: Cursor): Promise<StoredEvent[][]> {
  let at = cursor ?? (await log.locate({ kind: 'earliest' }));
  const found: StoredEvent[][] = [];
  for (;;) {
    const records = await log.read(at);
    if (records.length === 0) return found;
    for (const record of records) {
      found.push(eventsOf(record, at.sequence).map(decodeEvent));
      at = { position: positionAfter(record), sequence: record.firstSequence + record.count };
    }
  }
}

export const readEvents = async (log: PartitionLog, cursor?: Cursor): Promise<StoredEvent[]> =>
  (await readRecords(log, cursor)).flat();

export const readBodies = async (log: PartitionLog, cursor?: Cursor): Promise<string[]> =>
  (await readEvents(log, cursor)).map(({ body }) => body);

function decodeEvent(bytes: Buffer): StoredEvent {
  const { message_annotations: annotations = {}, body } = rhea.message.decode(bytes) as unknown as {
    message_annotations?: Record<string, unknown>;
    body: string;
  };
  return {
    sequence: Number(annotations['x-opt-sequence-number']),
    offset: String(annotations['x-opt-offset']),
    timeMs: Number(annotations['x-opt-enqueued-time']),
    body,
  };
}
