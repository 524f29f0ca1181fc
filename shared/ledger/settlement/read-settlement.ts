import { isMatchedBy } from '../sources/files/mapping.ts';
import { adyenSettlement } from './adyen/adyen.ts';
import { camt053 } from './camt053/camt053.ts';
import { mappedSettlement } from './mapped/mapped-settlement.ts';
import type { SettlementMapping } from './mapped/settlement-mapping.ts';
import type { SettlementRow } from './settlement-entry.ts';
import type { SettlementFormat } from './settlement-format.ts';
import { errorRow } from './settlement-table.ts';
import { stripeCsv } from './stripe/stripe-csv.ts';
import { stripeJson } from './stripe/stripe-json.ts';

/** The formats that a file shows by itself. Add new ones here. */
const FORMATS: readonly SettlementFormat[] = [adyenSettlement, stripeCsv, stripeJson, camt053];

const HEAD_BYTES = 8 * 1024;

/**
 * Reads a settlement report: by its mapping, where there is one, otherwise in the format that it shows by itself.
 * @throws what `content` throws, such as a TransientError
 */
export async function* readSettlement(
  file: string,
  content: AsyncIterable<Uint8Array>,
  mapping: SettlementMapping | undefined,
): AsyncGenerator<SettlementRow> {
  if (mapping) {
    yield* mappedSettlement(mapping).rows(file, content);
    return;
  }
  const { head, whole } = await peek(content);
  const format = FORMATS.find((one) => one.recognises(head));
  if (format) yield* format.rows(file, whole);
  else {
    const known = FORMATS.map(({ name }) => name).join(', ');
    yield errorRow(
      file,
      1,
      '',
      `The file is none of: ${known}. Another layout needs an entry in settlement-mappings.json`,
    );
  }
}

/** The first mapping for a file's name. */
export function settlementMappingFor(
  file: string,
  mappings: readonly SettlementMapping[],
): SettlementMapping | undefined {
  return mappings.find(({ files }) => isMatchedBy(file, files));
}

/** The beginning of a file, and the file as if nothing had been read. */
async function peek(
  content: AsyncIterable<Uint8Array>,
): Promise<{ head: string; whole: AsyncIterable<Uint8Array> }> {
  const iterator = content[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  const start = Buffer.concat(first).subarray(0, HEAD_BYTES);
  const isWide = (start[0] === 0xff && start[1] === 0xfe) || start[1] === 0;
  return { head: new TextDecoder(isWide ? 'utf-16le' : 'utf-8').decode(start), whole: whole() };
}
