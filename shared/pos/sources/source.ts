import type { PosEvent, PosSource } from '../event.ts';
import type { Catalog } from '../master-data.ts';
import type { Pseudonymise } from '../../privacy/pseudonym.ts';

/** What a POS source is to the webhook: a signature scheme, limits, and a mapping to canonical events. */
export interface WebhookSource {
  readonly source: PosSource;
  readonly contentTypes: readonly string[];
  readonly maxBodyBytes: number;
  /** @throws PermanentError `signature` when no secret fits or the time is outside of the window. */
  verify(request: SignedRequest): void;
  /**
   * Scrubs, maps and validates a body of which the signature is right. A fault of one record is a rejection among
   * the result, never an exception.
   */
  read(body: Buffer, context: ReadContext): ReadResult;
}

export interface SignedRequest {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  readonly secrets: readonly string[];
  /** The address that the sender called, as we publish it. */
  readonly notificationUrl: string;
  readonly nowMs: number;
}

export interface ReadContext {
  readonly catalog: Catalog;
  readonly pseudonymise: Pseudonymise;
  readonly receivedAt: string;
  readonly traceparent: string;
}

/** A record that could not become an event, with its payload already scrubbed. */
export interface Rejection {
  readonly index: number;
  readonly id?: string;
  readonly code: string;
  /** JSON pointer, or element path, of the fault. */
  readonly where: string;
  readonly message: string;
  readonly payload: string;
  /** Whether the payload can be mapped again once the cause is mended. */
  readonly replayable: boolean;
}

/** A record that is no event and needs none, such as a sign-on: counted, and done with. */
interface Ignored {
  readonly index: number;
  readonly reason: string;
}

/** A notice that something changed at the vendor, who has to be asked for it. */
export interface HydrateRequest {
  readonly source: PosSource;
  readonly object: 'order';
  readonly id: string;
  readonly version: number;
  readonly receivedAt: string;
  readonly traceparent: string;
}

export interface Warning {
  readonly id: string;
  readonly code: string;
}

export interface ReadResult {
  /** Records in the body; each of them is in exactly one of the lists below. */
  readonly received: number;
  readonly events: PosEvent[];
  /** The place of each event in the body. */
  readonly positions: number[];
  readonly rejected: Rejection[];
  readonly ignored: Ignored[];
  readonly hydrate: HydrateRequest[];
  readonly warnings: Warning[];
  /** Records that are in the body twice. */
  duplicates: number;
  /** A sender that would only repeat what we reject (or switch us off) is answered 2xx once it is a dead letter. */
  readonly acceptRejected?: boolean;
}

export function emptyResult(received: number): ReadResult {
  return {
    received,
    events: [],
    positions: [],
    rejected: [],
    ignored: [],
    hydrate: [],
    warnings: [],
    duplicates: 0,
  };
}

/** Adds an event, unless the body held the same version of it before. */
export function addEvent(result: ReadResult, seen: Set<string>, event: PosEvent, index: number): void {
  const key = `${event.eventId}\n${event.version}`;
  if (seen.has(key)) {
    result.duplicates += 1;
    return;
  }
  seen.add(key);
  result.events.push(event);
  result.positions.push(index);
}
