import type { DequeuedMessageItem } from '@azure/storage-queue';

import type { TypedData } from '../core-types.ts';
import type { TriggerInput } from '../invoker.ts';

/**
 * A queue message in the host's format. The top-level properties of a JSON object message are merged into the
 * metadata and overwrite it, regardless of case: a message with `id` hides the message's own id. Arrays and nulls are left
 * out, scalars become strings (as .NET writes them), objects stay JSON.
 */
export function queueInput(triggerName: string, message: DequeuedMessageItem, text: string): TriggerInput {
  const metadata: Record<string, TypedData> = {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    ExpirationTime: { json: time(message.expiresOn) },
    Id: { string: message.messageId },
    InsertionTime: { json: time(message.insertedOn) },
    NextVisibleTime: { json: time(message.nextVisibleOn) },
    PopReceipt: { string: message.popReceipt },
  };
  for (const [name, value] of Object.entries(jsonObject(text))) {
    if (value === null || Array.isArray(value)) continue;
    const key = Object.keys(metadata).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    metadata[key] =
      typeof value === 'object' ? { json: JSON.stringify(value) } : { string: dotNetText(value) };
  }
  return { inputData: [{ name: triggerName, data: { string: text } }], triggerMetadata: metadata };
}

function jsonObject(text: string): object {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(text)) return {};
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

/** JSON scalars; .NET capitalises booleans. */
function dotNetText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

/** A .NET DateTimeOffset as JSON. */
function time(date: Date): string {
  return JSON.stringify(date.toISOString().replace(/(?:\.000)?Z$/, '+00:00'));
}
