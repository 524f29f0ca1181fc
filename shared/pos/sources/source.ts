import { isDeepStrictEqual } from 'node:util';
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
  /** The event's own id; empty where a warning is about the whole body. */
  readonly id: string;
  readonly code: string;
  /** The element or field concerned; never a value. */
  readonly where?: string;
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

/** Events of a body by their id and version, and by their transaction. */
export type SeenEvents = Map<string, PosEvent>;

/**
 * Adds an event, unless the body held the very same one before. An event that has the id, or the transaction's number,
 * of another one with other content is no repeat: it is kept, so that what follows can tell that they contradict each
 * other, and the sender is warned.
 */
export function addEvent(result: ReadResult, seen: SeenEvents, event: PosEvent, index: number): void {
  const key = JSON.stringify([event.eventId, event.version]);
  const former = seen.get(key);
  if (former && isDeepStrictEqual(former, event)) {
    result.duplicates += 1;
    return;
  }
  const id = event.eventId.slice(event.source.length + 1);
  if (former) result.warnings.push({ id, code: 'id-conflict' });
  else seen.set(key, event);
  if (event.kind === 'transaction' && !former) {
    const { storeId, transactionId, version, status } = event;
    const transactionKey = JSON.stringify([storeId, transactionId, version, status]);
    if (seen.has(transactionKey)) result.warnings.push({ id, code: 'transaction-id-conflict' });
    else seen.set(transactionKey, event);
  }
  result.events.push(event);
  result.positions.push(index);
}
