import type { z } from 'zod';
import type { BusinessDate } from '../../ids.ts';
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
  /**
   * For vendors who sign each record of a body: which of them are signed, by their place. Called after `verify`, which
   * throws where none is.
   */
  signedRecords?(request: SignedRequest): (index: number) => boolean;
  /** Addresses of the key sets (JWKS) that tokens are signed with, for vendors who prove themselves with tokens. */
  keySets?(secrets: readonly string[]): string[];
  /** The headers that the vendor would send with a body: replay signs dead letters with it. */
  sign(request: RequestToSign): Readonly<Record<string, string>>;
  /**
   * Scrubs, maps and validates a body with a valid signature. A fault of one record is a rejection among
   * the result, never an exception.
   * @throws UnreadableBody for a body that holds no records at all.
   */
  read(body: Buffer, context: ReadContext): ReadResult;
  /** For vendors who confirm an address before they send events, possibly unsigned. Undefined: this is no handshake. */
  handshake?(request: UnverifiedRequest): Handshake | undefined;
  /**
   * For vendors who drop what is answered 4xx, 429 among it: they are told of a rate limit by a 503, which they retry.
   */
  readonly dropsOn4xx?: true;
  /** What a vendor wants to read in a 2xx answer, where it does not ignore it. */
  readonly acknowledgement?: Acknowledgement;
  /** For vendors whose webhooks are thin: how to ask for the rest. */
  readonly hydration?: Hydration;
  /** For vendors who can be asked what they hold: a webhook that never came is noticed and fetched by it. */
  readonly list?: ListClient;
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
  /** What `keySets` asked for, by address. */
  readonly keySets?: ReadonlyMap<string, readonly { readonly kid?: string }[]>;
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

/** Where a vendor's API is, and how to be let in. */
export interface VendorAccess {
  /** Base address of the vendor's API; the setting `<Source>__apiUrl` replaces it. Empty where each merchant has its own. */
  readonly apiUrl: string;
  /** The address of a sender's own API, for vendors whose merchants each have one; undefined where the sender names none. */
  apiUrlOf?(sender: string | undefined): string | undefined;
  /** Key Vault secret with the access token. A sender of its own has the secret `<tokenSecret>-<sender>`. */
  readonly tokenSecret: string;
  /** Whose token is to be used where one sender speaks for several accounts: `<tokenSecret>-<account>`. */
  accountOf?(request: HydrateRequest): string | undefined;
  /** For vendors who give tokens out for a while: what the secret is exchanged with for one (OAuth 2.0). */
  readonly exchange?: TokenExchange;
  /** Headers of every call. */
  headers(token: string): Readonly<Record<string, string>>;
}

interface TokenExchange {
  /** @param apiUrl address of the API, without a slash at its end; empty where nothing says it. */
  readonly url: string | ((secret: string, apiUrl: string) => string);
  /**
   * The fields that are posted; undefined for a secret that is a token itself.
   * @param refreshToken what the vendor gave for the next exchange, where it gave one.
   */
  form(secret: string, refreshToken?: string): Readonly<Record<string, string>> | undefined;
  /** Posts JSON instead of a form. */
  readonly isJson?: boolean;
  /** All instances share one token: the vendor counts logins, or takes each refresh token once. */
  readonly isShared?: boolean;
}

/** How to ask a vendor for what a thin webhook names. */
export interface Hydration extends VendorAccess {
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
   * @param headers of this call alone, for vendors who want to know which place it is about.
   */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /**
   * `POST` of a JSON query, for vendors whose searches take no `GET`. It must change nothing at the vendor.
   * Left out by a stand-in that cannot search.
   * @throws as `get` does.
   */
  post?(path: string, query: unknown): Promise<unknown>;
}

export const VENDOR_NOT_FOUND = 'vendor-not-found';

/**
 * How to list what a vendor holds of a business date, page by page. Each page stands for itself, so a run that is killed
 * goes on behind the last one that was worked off. All limits are the vendor's, not ours.
 */
export interface ListClient {
  /** The source's `hydration`, or the same for a source without one. */
  readonly access: VendorAccess;
  /** What one chain of pages is of: a store's location at the vendor, or all that a merchant (a sender) has. */
  readonly per: 'location' | 'sender';
  /** Least time between two calls with one token, well below what the vendor allows: webhooks are hydrated with it too. */
  readonly pauseMs: number;
  /** How far back the vendor tells what changed; older dates are not listed. */
  readonly reachMs: number;
  /**
   * What changed at the vendor within the window, as far as a till made it; to give more than that is harmless.
   * @throws as `VendorApi.get` does; PermanentError `schema` for an answer that is not in the vendor's form.
   */
  page(query: ListQuery, api: VendorApi, context: HydrateContext): Promise<ListPage>;
}

export interface ListQuery {
  readonly businessDate: BusinessDate;
  /** The vendor's own id of the place, where places are listed one by one. */
  readonly location?: string;
  /** Whose token is used, where senders have secrets of their own. */
  readonly sender?: string;
  /** From when (included) to when (not included) the date lasts, in the zone and cut-over of the stores. */
  readonly fromMs: number;
  readonly toMs: number;
  /** `next` of the page before; undefined for the first. */
  readonly cursor?: string;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** What to ask for next; undefined after the last page. At most 2,000 characters. */
  readonly next?: string;
}

/** One object of the vendor's, and how to tell whether its webhook came. */
export interface ListedObject {
  /** As in `HydrateRequest`. */
  readonly object: string;
  /** As the vendor has it, not scrubbed. */
  readonly id: string;
  /** As in `HydrateRequest`: rises with each change; 0 where the vendor has none. */
  readonly version: number;
  /**
   * The transactions that must have landed in this version or a later one; then it is not missing. With none it is always
   * fetched, once for each id and version.
   */
  readonly transactions: ReadonlyArray<{ readonly transactionId: string; readonly version: number }>;
  /** Ids of events that are no transactions, such as movements of cash, which must have landed as well. */
  readonly events?: readonly string[];
  /** The date that its transactions are of, where the list holds other dates than the one that was asked for. */
  readonly businessDate?: BusinessDate;
  /**
   * The object itself, read as its webhook would have been, where the list holds all of it. Without this it is asked
   * for by `hydration`.
   */
  readonly read?: ReadResult;
}

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
  /** For sources with `signedRecords`: a record that is not signed is rejected and never mapped. */
  readonly isSigned?: (index: number) => boolean;
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
