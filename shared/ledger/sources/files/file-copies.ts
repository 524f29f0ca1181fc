import type { Instant } from '../../../time.ts';

export interface StoredFile {
  readonly name: string;
  readonly etag: string;
  readonly bytes: number;
  /** Of its content, in hexadecimal; undefined where the storage has none. */
  readonly md5: string | undefined;
  readonly modifiedAt: Instant | undefined;
}

/** Of files with one content all but the oldest, with the name of the oldest. */
export function copiesAmong(files: readonly StoredFile[]): Map<string, string> {
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

/** Placeholders of folders and what programs hide are no files of anyone's. */
export function isRealFile({ name, bytes }: StoredFile): boolean {
  const last = name.split('/').at(-1) ?? '';
  return last !== '' && !/^[._]/.test(last) && (bytes > 0 || last.includes('.'));
}

/** Settlement reports are in the container of the ledger's files, in a folder of their own. */
const SETTLEMENT_FOLDER = 'settlement/';
export const isSettlementFile = (name: string): boolean => name.startsWith(SETTLEMENT_FOLDER);
export const nameInSettlement = (name: string): string => name.slice(SETTLEMENT_FOLDER.length);
