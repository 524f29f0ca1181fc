import { messageOf } from '../../../errors.ts';
import type { LedgerRow } from '../../ledger-row.ts';
import type { Layout } from './layout.ts';
import { layoutOf, type LedgerMapping } from './mapping.ts';
import { readLedgerCsv } from './read-csv.ts';
import { filesOfPackage } from './read-package.ts';
import { readLedgerXlsx } from './read-xlsx.ts';
import { UnreadableFile } from './unreadable-file.ts';
import { MAX_ZIP_BYTES } from './zip-file.ts';

/**
 * Reads a file of the ledger by its mapping. A file that cannot be read as a whole is one error.
 * @throws what `content` throws, such as a TransientError
 */
export async function* readLedgerFile(
  file: string,
  content: AsyncIterable<Uint8Array>,
  mapping: LedgerMapping | undefined,
): AsyncGenerator<LedgerRow> {
  const layout = { ...layoutOf(mapping), sheet: mapping?.sheet };
  try {
    const kind = kindOf(file, mapping !== undefined);
    if (kind !== 'zip') yield* rowsOf(kind, file, content, layout);
    else
      for (const packaged of await filesOfPackage(await wholeOf(content), mapping?.entity)) {
        const name = `${file}/${packaged.name}`;
        yield* readPackaged(name, packaged.content(), layout);
      }
  } catch (thrown) {
    if (!(thrown instanceof UnreadableFile)) throw thrown;
    yield { ok: false, error: { file, line: 1, column: '', reason: `The file ${messageOf(thrown)}` } };
  }
}

/** An unreadable file of a package does not affect the others. */
async function* readPackaged(
  file: string,
  content: AsyncIterable<Uint8Array>,
  layout: Layout & { readonly sheet: string | undefined },
): AsyncGenerator<LedgerRow> {
  try {
    const kind = kindOf(file, false);
    if (kind === 'zip') throw new UnreadableFile('is a package within a package, which is not read');
    yield* rowsOf(kind, file, content, layout);
  } catch (thrown) {
    if (!(thrown instanceof UnreadableFile)) throw thrown;
    yield { ok: false, error: { file, line: 1, column: '', reason: `The file ${messageOf(thrown)}` } };
  }
}

async function* rowsOf(
  kind: 'text' | 'xlsx',
  file: string,
  content: AsyncIterable<Uint8Array>,
  layout: Layout & { readonly sheet: string | undefined },
): AsyncGenerator<LedgerRow> {
  if (kind === 'text') yield* readLedgerCsv(file, content, layout);
  else yield* readLedgerXlsx(file, await wholeOf(content), layout);
}

/** A mapping may name text files of any extension. */
function kindOf(file: string, isMapped: boolean): 'text' | 'xlsx' | 'zip' {
  const extension = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase();
  if (extension === 'zip') return 'zip';
  if (extension === 'xlsx' || extension === 'xlsm') return 'xlsx';
  if (extension === 'csv' || extension === 'tsv') return 'text';
  if (extension === 'xls')
    throw new UnreadableFile('is an Excel workbook from before 2007; save it as .xlsx');
  if (isMapped) return 'text';
  throw new UnreadableFile('is not a .csv, .tsv, .xlsx or .zip file; a mapping can include it');
}

async function wholeOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > MAX_ZIP_BYTES)
      throw new UnreadableFile(`has more than ${MAX_ZIP_BYTES} bytes; export it in parts, or as .csv`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
