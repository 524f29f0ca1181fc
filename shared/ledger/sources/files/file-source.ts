import { createHash } from 'node:crypto';
import type { LedgerRow } from '../../ledger-row.ts';
import type { LedgerPart, LedgerSource } from '../../ledger-source.ts';
import { copiesAmong, isRealFile, isSettlementFile, type StoredFile } from './file-copies.ts';
import { mappingFor, type LedgerMapping } from './mapping.ts';
import { readLedgerFile } from './read-file.ts';

/** The files of the container `ledger`. */
export interface LedgerFileStore {
  /** @throws TransientError */
  list(): Promise<StoredFile[]>;
  /** Undefined when the file is gone. @throws TransientError, also while it is read */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/**
 * Ledger files, each read by its mapping. A file whose content another one has too counts once: the one that was there
 * first.
 */
export function fileSource(
  store: LedgerFileStore,
  mappings: () => Promise<readonly LedgerMapping[]>,
): LedgerSource {
  /** What the last listing has found, by name. */
  let copies = new Map<string, string>();
  return {
    async list() {
      const files = (await store.list()).filter((file) => isRealFile(file) && !isSettlementFile(file.name));
      copies = copiesAmong(files);
      const known = await mappings();
      return files.map((file): LedgerPart => ({
        name: file.name,
        etag: versionOf(file, copies.get(file.name), known),
        modifiedAt: file.modifiedAt,
      }));
    },
    async *rows(name) {
      const original = copies.get(name);
      if (original !== undefined) {
        yield copyOf(name, original);
        return;
      }
      const mapping = mappingFor(name, await mappings());
      const content = await store.open(name);
      if (content) yield* readLedgerFile(name, content, mapping);
    },
  };
}

/** The mapping changes how a file is read, and a copy counts again when its original goes. */
function versionOf(
  file: StoredFile,
  original: string | undefined,
  mappings: readonly LedgerMapping[],
): string {
  if (original !== undefined) return `${file.etag} copy of ${original}`;
  const mapping = mappingFor(file.name, mappings);
  if (!mapping) return file.etag;
  return `${file.etag} ${createHash('sha256').update(JSON.stringify(mapping)).digest('hex').slice(0, 16)}`;
}

function copyOf(file: string, original: string): LedgerRow {
  const reason = `has the same content as ${original}, which counts; this copy does not`;
  return { ok: false, error: { file, line: 1, column: '', reason: `The file ${reason}` } };
}
