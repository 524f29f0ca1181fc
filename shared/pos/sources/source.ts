import type { z } from 'zod';
import type { PosEvent, PosSource } from '../event.ts';
import type { Catalog } from '../master-data.ts';
import type { Pseudonymise } from '../../privacy/pseudonym.ts';

/**
 * What a POS source is to Tillstream. A source is one folder, and one line in registry.ts; docs/adding-a-source.md
 * tells how to write one.
 */
export interface WebhookSource {
  /** Its name in the address `/webhooks/{source}`, in event ids and in the names of its secrets. */
  readonly source: PosSource;
  readonly contentTypes: readonly string[];
  /** Largest body, after decompression. */
  readonly maxBodyBytes: number;
  /** How long the vendor may go on sending the same event; for so long a store remembers the ids it has seen. */
  readonly retryWindowMs: number;
  /** @throws PermanentError `signature` when no secret fits or the time is outside of the window. */
  verify(request: SignedRequest): void;
  /** The headers that the vendor would send with a body: replay signs dead letters with it. */
  sign(request: RequestToSign): Readonly<Record<string, string>>;
  /**
   * Scrubs, maps and validates a body of which the signature is right. A fault of one record is a rejection among
   * the result, never an exception.
   * @throws UnreadableBody for a body that holds no records at all.
   */
  read(body: Buffer, context: ReadContext): ReadResult;
  /** For vendors who confirm an address before they send events, possibly unsigned. Undefined: this is no handshake. */
  handshake?(request: UnverifiedRequest): Handshake | undefined;
  /** What a vendor wants to read in a 2xx answer, where it does not ignore it. */
  readonly acknowledgement?: Acknowledgement;
  /** For vendors whose webhooks are thin: how to ask for the rest. */
  readonly hydration?: Hydration;
  readonly openApi: SourceOpenApi;
}

interface UnverifiedRequest {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

export interface SignedRequest extends UnverifiedRequest {
  /** The newest first; any of them may fit, so secrets can be rotated. */
  readonly secrets: readonly string[];
  /** The address that the sender called, as we publish it. */
  readonly notificationUrl: string;
  readonly nowMs: number;
}

export interface RequestToSign {
  readonly body: Buffer;
  readonly secret: string;
  readonly notificationUrl: string;
  readonly nowMs: number;
}

/** A vendor's confirmation of an address, answered before any signature is checked: it must have no effect. */
interface Handshake {
  readonly acknowledgement: Acknowledgement;
  /** What the operator needs to finish the subscription, such as a verification code. It is logged. */
  readonly note: string;
}

interface Acknowledgement {
  readonly contentType: string;
  readonly body: string;
}

/** How to ask a vendor for what a thin webhook names. */
export interface Hydration {
  /** Base address of the vendor's API; the setting `<Source>__apiUrl` replaces it. Empty where each merchant has its own. */
  readonly apiUrl: string;
  /** The address of a sender's own API, for vendors whose merchants each have one; undefined where the sender names none. */
  apiUrlOf?(sender: string | undefined): string | undefined;
  /** Key Vault secret with the access token. A sender of its own has the secret `<tokenSecret>-<sender>`. */
  readonly tokenSecret: string;
  /** Headers of every call. */
  headers(token: string): Readonly<Record<string, string>>;
  /**
   * The vendor's own delay ladder: when to ask again while the vendor does not know the object yet. After the last
   * delay the notice becomes a dead letter.
   */
  readonly notFoundDelaysMs: readonly number[];
  /**
   * Asks for the object and maps it. Further requests among the result are queued, so one object may lead to another.
   * @throws TransientError for what may pass, PermanentError for what will not.
   */
  hydrate(request: HydrateRequest, api: VendorApi, context: HydrateContext): Promise<ReadResult>;
}

/** A vendor's API, called with the headers of `Hydration.headers`. */
export interface VendorApi {
  /**
   * `GET` of a path below the base address. Path segments that come from a sender are encoded by the caller.
   * @throws TransientError `vendor-not-found` for 404, which passes where a webhook is faster than the API;
   * `vendor-unauthorized`, `vendor-throttled`, `vendor-unavailable`; PermanentError `vendor-refused`.
   */
  get(path: string): Promise<unknown>;
  /**
   * `POST` of a JSON query, for vendors whose searches take no `GET`. It must change nothing at the vendor.
   * Left out by a stand-in that cannot search.
   * @throws as `get` does.
   */
  post?(path: string, query: unknown): Promise<unknown>;
}

export const VENDOR_NOT_FOUND = 'vendor-not-found';

/** A source's part of /openapi.json. */
export interface SourceOpenApi {
  readonly summary: string;
  /** `content` of the request body. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Name of the security scheme, and the scheme. Sources with one scheme share a name. */
  readonly security: { readonly name: string; readonly scheme: Readonly<Record<string, unknown>> };
  /** Further header parameters that a signature needs. */
  readonly headers?: ReadonlyArray<{ readonly name: string; readonly description: string }>;
  /** Schemas that `content` refers to, by name. */
  readonly schemas?: Readonly<Record<string, z.ZodType>>;
}

export interface ReadContext {
  readonly catalog: Catalog;
  readonly pseudonymise: Pseudonymise;
  /** Who signed, where senders have secrets of their own. */
  readonly sender?: string;
  readonly receivedAt: string;
  readonly traceparent: string;
}

export interface HydrateContext extends ReadContext {
  readonly nowMs: number;
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
  /** Whether the payload can be mapped again after the cause is fixed. */
  readonly replayable: boolean;
  /** What a replay asks the vendor for, instead of mapping the payload again. */
  readonly ask?: HydrateRequest;
}

/** A record that is no event and needs none, such as a sign-on: counted, and done with. */
interface Ignored {
  readonly index: number;
  readonly reason: string;
}

/** A notice that something changed at the vendor, who has to be asked for it. */
export interface HydrateRequest {
  readonly source: PosSource;
  /** What kind of object it is, in the vendor's terms. */
  readonly object: string;
  readonly id: string;
  /** The version that the notice announced, 0 where it named none. */
  readonly version: number;
  /** The sender whose token is to be used, where senders have secrets of their own. */
  readonly sender?: string;
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

/** What became of a body's records. Build it with `Reading` (reading.ts), which gives each record its own fate. */
export interface ReadResult {
  /** Records in the body; each of them is in exactly one of the lists below. */
  received: number;
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
