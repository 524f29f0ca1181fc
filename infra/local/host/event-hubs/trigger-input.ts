import type { PartitionContext, ReceivedEventData } from '@azure/event-hubs';

import type { Long, TypedData } from '../core-types.ts';
import type { EventHubTrigger } from '../functions.ts';
import type { TriggerInput } from '../invoker.ts';

export interface BatchSource {
  triggerName: string;
  dataType: EventHubTrigger['dataType'];
  /** Whether string arrays keep empty strings: the capability `IncludeEmptyEntriesInMessagePayload`. */
  keepEmpty: boolean;
}

/**
 * A batch in the shape the host gives it: the bodies by the trigger's data type, the rest as parallel arrays. Without the
 * capability, string arrays drop empty strings and no longer line up; offsets are strings that the
 * library will parse into numbers; times have no zone. Throws, before any of the app's code runs, if the trigger has no
 * data type and a body is not JSON.
 */
export function eventHubInput(
  source: BatchSource,
  partition: PartitionContext,
  events: ReceivedEventData[],
): TriggerInput {
  const times = events.map((event) => zonelessTime(event.enqueuedTimeUtc));
  return {
    inputData: [{ name: source.triggerName, data: bodies(source, events) }],
    triggerMetadata: {
      PartitionContext: {
        json: JSON.stringify({
          FullyQualifiedNamespace: partition.fullyQualifiedNamespace,
          EventHubName: partition.eventHubName,
          ConsumerGroup: partition.consumerGroup,
          PartitionId: partition.partitionId,
        }),
      },
      PartitionKeyArray: strings(
        source,
        events.map((event) => event.partitionKey ?? ''),
      ),
      OffsetArray: strings(
        source,
        events.map((event) => event.offset),
      ),
      SequenceNumberArray: {
        collectionSint64: { sint64: events.map((event) => toLong(event.sequenceNumber)) },
      },
      EnqueuedTimeUtcArray: { json: JSON.stringify(times) },
      PropertiesArray: { json: JSON.stringify(events.map((event) => event.properties ?? {})) },
      SystemPropertiesArray: {
        json: JSON.stringify(events.map((event, at) => systemProperties(event, times[at]))),
      },
    },
  };
}

function bodies(source: BatchSource, events: ReceivedEventData[]): TypedData {
  if (source.dataType === 'binary') return { collectionBytes: { bytes: events.map(bytesOf) } };
  const texts = events.map((event) => bytesOf(event).toString());
  if (source.dataType === 'string') return strings(source, texts);
  for (const text of texts) JSON.parse(text);
  return { json: `[${texts.join(',')}]` };
}

function strings({ keepEmpty }: BatchSource, values: string[]): TypedData {
  return { collectionString: { string: keepEmpty ? values : values.filter((value) => value !== '') } };
}

/** Events are read without parsing, so a data section arrives as its bytes; any other AMQP body as its value. */
function bytesOf(event: ReceivedEventData): Buffer {
  const body: unknown = event.body;
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null));
}

function systemProperties(event: ReceivedEventData, time: string | undefined): Record<string, unknown> {
  return {
    ...event.systemProperties,
    SequenceNumber: event.sequenceNumber,
    Offset: event.offset,
    PartitionKey: event.partitionKey ?? null,
    EnqueuedTimeUtc: time,
  };
}

/** A .NET DateTime without a kind, as JSON writes it: `2026-01-31T10:00:00.123`, and no zone. */
function zonelessTime(time: Date): string {
  const text = time.toISOString();
  return text.endsWith('.000Z') ? text.slice(0, -5) : text.slice(0, -1).replace(/0+$/, '');
}

/** A sequence number as the worker's protobuf reader gives it. */
export function toLong(value: number): Long {
  return { low: value | 0, high: Math.floor(value / 2 ** 32) | 0, unsigned: false };
}
