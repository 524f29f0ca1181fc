import type { ContainerClient } from '@azure/storage-blob';
import type { PositionedEvent } from '../../pos/event.ts';
import { parseRawLine } from '../../pos/landing-line.ts';
import { generationOfRawBlob, rawBlobs } from './raw-blobs.ts';

/**
 * Every landed event, partition by partition and in the order of the hub, each once: what state and reports are
 * rebuilt from. Unreadable bodies are left out; they are dead letters.
 */
export async function* readRaw(
  container: ContainerClient,
  { partition }: { partition?: string } = {},
): AsyncGenerator<PositionedEvent[]> {
  const blobs = rawBlobs(container);
  const last = new Map<string, number>();
  for await (const name of blobs.names(partition === undefined ? '' : `${partition}/`)) {
    const generation = generationOfRawBlob(name) ?? '';
    for await (const lines of blobs.lines(name)) {
      const events: PositionedEvent[] = [];
      for (const line of lines) {
        const { hubPartition, hubSequenceNumber, enqueuedAt, event } = parseRawLine(line);
        // A number names an event within one hub only: its successor counts from 0 again.
        const counter = `${hubPartition}/${generation}`;
        if (hubSequenceNumber <= (last.get(counter) ?? -1)) continue;
        last.set(counter, hubSequenceNumber);
        if (event)
          events.push({ event, hubPartition, hubSequenceNumber, enqueuedAtMs: Date.parse(enqueuedAt) });
      }
      if (events.length > 0) yield events;
    }
  }
}
