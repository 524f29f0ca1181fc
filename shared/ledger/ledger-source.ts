import type { PermanentError, TransientError } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { LedgerRow } from './ledger-row.ts';

/** A file, or another separately read part of a ledger. */
export interface LedgerPart {
  readonly name: string;
  /** Changes whenever other rows, or rows read in another way, may come of it. */
  readonly etag: string;
  /** Its place in the ledger. */
  readonly modifiedAt?: Instant | undefined;
  /** It could not be looked at now. What was read of it before counts until it can be. */
  readonly failure?: PermanentError | TransientError;
}

/** Where postings come from. Each kind has its folder in `sources/`. */
export interface LedgerSource {
  /** Every part that there is now. @throws TransientError */
  list(): Promise<LedgerPart[]>;
  /** Rows and row errors as they come; nothing when the part is gone. @throws TransientError */
  rows(name: string): AsyncIterable<LedgerRow>;
}

/**
 * Several sources as one. The parts of all but the first have the source's name in front (`dynamics:2026-03-02`), which no
 * other source may begin its own names with.
 */
export function allLedgerSources(
  first: LedgerSource,
  others: Readonly<Record<string, LedgerSource>>,
): LedgerSource {
  const named = Object.entries(others).map(([kind, source]) => ({ prefix: `${kind}:`, source }));
  return {
    async list() {
      const parts = await first.list();
      for (const { prefix, source } of named)
        for (const part of await source.list()) parts.push({ ...part, name: prefix + part.name });
      return parts;
    },
    rows(name) {
      const found = named.find(({ prefix }) => name.startsWith(prefix));
      return found ? found.source.rows(name.slice(found.prefix.length)) : first.rows(name);
    },
  };
}
