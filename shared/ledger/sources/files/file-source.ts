import { createHash } from 'node:crypto';
import type { Instant } from '../../../time.ts';
import type { LedgerRow } from '../../ledger-row.ts';
import type { LedgerPart, LedgerSource } from '../../ledger-source.ts';
import { mappingFor, type LedgerMapping } from './mapping.ts';
import { readLedgerFile } from './read-file.ts';

/** The files of the container `ledger`. */
export interface LedgerFileStore {
  /** @throws TransientError */
  list(): Promise<StoredFile[]>;
  /** Undefined when the file is gone. @throws TransientError, also while it is read */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export interface StoredFile {
  readonly name: string;
  readonly etag: string;
  readonly bytes: number;
  /** Of its content, in hexadecimal; undefined where the storage has none. */
  readonly md5: string | undefined;
  readonly modifiedAt: Instant | undefined;
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
      const files = (await store.list()).filter(isLedgerFile);
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

/** Placeholders of folders and what programs hide are no files of anyone's ledger. */
function isLedgerFile({ name, bytes }: StoredFile): boolean {
  const last = name.split('/').at(-1) ?? '';
  return last !== '' && !/^[._]/.test(last) && (bytes > 0 || last.includes('.'));
}

/** Of files with one content all but the oldest, with the name of the oldest. */
function copiesAmong(files: readonly StoredFile[]): Map<string, string> {
  const order = ({ modifiedAt = '~', name }: StoredFile): string => `${modifiedAt} ${name}`;
  const oldestFirst = [...files].sort((one, other) => (order(one) < order(other) ? -1 : 1));
  const originals = new Map<string, string>();
  const found = new Map<string, string>();
  for (const { name, md5, bytes } of oldestFirst) {
    if (md5 === undefined || bytes === 0) continue;
    const content = `${bytes} ${md5}`;
    const original = originals.get(content);
    if (original === undefined) originals.set(content, name);
    else found.set(name, original);
  }
  return found;
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
