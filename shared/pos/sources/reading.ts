import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PermanentError, messageOf } from '../../errors.ts';
import type { Quality } from '../enrich.ts';
import type { PosEvent, TransactionEvent } from '../event.ts';
import type { Catalog } from '../master-data.ts';
import { emptyResult, type HydrateRequest, type ReadResult, type Rejection, type Warning } from './source.ts';
import { senderIdOf, warningsOf } from './warnings.ts';

interface MappedEvent {
  readonly outcome: 'event';
  readonly event: PosEvent;
  /** What else the sender should know of it. */
  readonly warnings?: readonly Warning[];
  /** Where the source noted the places of what it could not settle. */
  readonly quality?: Quality;
}

/** What a source's mapping makes of one record. */
export type MappedRecord =
  | MappedEvent
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'hydrate'; readonly request: HydrateRequest };

/** So many contents of one id are compared with; more would make a hostile body quadratic. */
const MAX_VARIANTS = 4;

/** Why a record could not be mapped. */
export interface RecordFault {
  readonly code: string;
  readonly where: string;
  readonly message: string;
  readonly cause: unknown;
}

/** What of a rejected record is kept: its id, and its payload without card or personal data. */
export type KeptRecord = Pick<Rejection, 'id' | 'payload' | 'replayable' | 'ask'>;

/**
 * Reads the records of one body: each is mapped by itself, and one that cannot be mapped costs itself alone, whatever the
 * error. Repeats within the body are counted once; the same id with other content is a conflict that no code can
 * decide, so both events go on and the sender is warned.
 */
export class Reading {
  readonly result: ReadResult;
  readonly #catalog: Catalog;
  readonly #byId = new Map<string, PosEvent[]>();
  readonly #transactions = new Set<string>();
  #received = 0;

  constructor(catalog: Catalog, options: Pick<ReadResult, 'acceptRejected'> = {}) {
    this.#catalog = catalog;
    this.result = { ...emptyResult(0), ...options };
  }

  /** How many records were read; the index of the next one. */
  get received(): number {
    return this.#received;
  }

  record(map: () => MappedRecord, keep: (fault: RecordFault) => KeptRecord): void {
    const index = this.#received;
    this.#received += 1;
    this.result.received = this.#received;
    try {
      const mapped = map();
      if (mapped.outcome === 'event') this.#add(mapped, index);
      else if (mapped.outcome === 'hydrate') this.result.hydrate.push(mapped.request);
      else this.result.ignored.push({ index, reason: mapped.reason });
    } catch (thrown) {
      const fault = faultOf(thrown);
      const { code, where, message } = fault;
      this.result.rejected.push({ index, code, where, message, ...keptAnyhow(keep, fault) });
    }
  }

  /** Counts a record that could not even be separated from its neighbours. */
  reject(fault: PermanentError, kept: KeptRecord): void {
    this.record(
      () => {
        throw fault;
      },
      () => kept,
    );
  }

  #add({ event, warnings: ofMapping = [], quality }: MappedEvent, index: number): void {
    const { result } = this;
    const warnings = [...warningsOf(event, this.#catalog, quality), ...ofMapping];
    const former = this.#byId.get(event.eventId) ?? [];
    if (former.some((one) => isDeepStrictEqual(one, event))) {
      result.duplicates += 1;
      return;
    }
    if (former.length === 0) this.#byId.set(event.eventId, [event]);
    else {
      result.warnings.push({ id: senderIdOf(event), code: 'id-conflict' });
      if (former.length < MAX_VARIANTS) former.push(event);
    }
    if (event.kind === 'transaction' && former.length === 0) this.#noteTransaction(event);
    result.events.push(event);
    result.positions.push(index);
    result.warnings.push(...warnings);
  }

  /** One number for two transactions is a contradiction as well. */
  #noteTransaction(event: TransactionEvent): void {
    const { storeId, transactionId, version, status } = event;
    // The id comes last, as it alone may hold a line feed.
    const key = `${storeId}\n${version}\n${status}\n${transactionId}`;
    if (this.#transactions.has(key)) {
      this.result.warnings.push({ id: senderIdOf(event), code: 'transaction-id-conflict' });
    }
    this.#transactions.add(key);
  }
}

/** A reading of what a vendor answered. There is no record to keep beside the notice: a fault is the notice's. */
export function readingOf(records: readonly MappedRecord[], catalog: Catalog): ReadResult {
  const reading = new Reading(catalog);
  for (const mapped of records) {
    reading.record(
      () => mapped,
      ({ cause }) => {
        throw cause;
      },
    );
  }
  return reading.result;
}

/** What cannot even be kept must not hold up its neighbours, or be sent again for ever: its reason at least is kept. */
function keptAnyhow(keep: (fault: RecordFault) => KeptRecord, fault: RecordFault): KeptRecord {
  try {
    return keep(fault);
  } catch (thrown) {
    // A source that gives a fault back has no dead letters of its own.
    if (thrown === fault.cause) throw thrown;
    return { payload: '', replayable: false };
  }
}

/** Mapping is pure, so an unforeseen error is a fault of the record as well: retrying changes nothing. */
function faultOf(cause: unknown): RecordFault {
  if (cause instanceof PermanentError) {
    return { code: cause.code, where: cause.where ?? '', message: messageOf(cause), cause };
  }
  if (cause instanceof z.ZodError) {
    const [issue] = cause.issues;
    const where = (issue?.path ?? []).map((part) => `/${String(part)}`).join('');
    return { code: 'schema', where, message: issue?.message ?? 'does not validate', cause };
  }
  if (cause instanceof RangeError) {
    return { code: 'amount-too-large', where: '', message: 'Its amounts cannot be added up', cause };
  }
  const name = cause instanceof Error ? cause.name : 'Error';
  return { code: 'mapping-failed', where: '', message: `The mapping failed (${name}): report it`, cause };
}
