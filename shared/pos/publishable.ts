import type { PosEvent } from './event.ts';

/** An event as it travels: its body is the JSON of the canonical event, byte for byte as it will be landed. */
export interface PublishableEvent {
  readonly storeId: string;
  readonly eventId: string;
  readonly kind: string;
  readonly traceparent: string;
  readonly body: Buffer;
}

export function publishable(event: PosEvent): PublishableEvent {
  const { storeId, eventId, kind, traceparent } = event;
  return { storeId, eventId, kind, traceparent, body: Buffer.from(JSON.stringify(event)) };
}
