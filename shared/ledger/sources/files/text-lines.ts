import { windows1252Of } from '../../../pos/sources/body-text.ts';
import type { Layout } from './layout.ts';

const CHUNK_CHARACTERS = 64 * 1024;
/** A longer line is not a ledger row; this keeps a broken file from filling the memory. */
export const MAX_LINE_CHARACTERS = 16 * 1024;

/** A line without its end; undefined for one that is too long to be a row. */
export type Line = string | undefined;

/** The lines of a file, many at once, in bounded memory. Lines end with CR LF, LF or CR. */
export async function* linesOf(
  content: AsyncIterable<Uint8Array>,
  encoding: Layout['encoding'],
): AsyncGenerator<Line[]> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let rest = '';
  let isTooLong = false;
  let lines: Line[] = [];
  let held = 0;
  const take = (text: string, isLast: boolean): void => {
    const pieces = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = isLast ? '' : (pieces.pop() ?? '');
    for (const piece of pieces) {
      lines.push(isTooLong || piece.length > MAX_LINE_CHARACTERS ? undefined : piece);
      held += piece.length;
      isTooLong = false;
    }
    if (rest.length > MAX_LINE_CHARACTERS) {
      isTooLong = true;
      // A carriage return at the end may be half of a line end.
      rest = rest.endsWith('\r') ? '\r' : '';
    }
  };
  for await (const bytes of content) {
    decoder ??= new TextDecoder(encoding === 'auto' ? encodingOf(bytes) : encoding);
    const text = decoder.decode(bytes, { stream: true });
    take(encoding === 'windows-1252' ? windows1252Of(text) : text, false);
    if (held < CHUNK_CHARACTERS) continue;
    yield lines;
    lines = [];
    held = 0;
  }
  take(decoder?.decode() ?? '', true);
  yield lines;
}

/** By the byte order mark or, without one, by the zeros that UTF-16 has in every letter of a header. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const head = bytes.subarray(0, 64);
  const zeros = (parity: number): number => head.filter((byte, at) => byte === 0 && at % 2 === parity).length;
  if (zeros(1) > head.length / 4) return 'utf-16le';
  return zeros(0) > head.length / 4 ? 'utf-16be' : 'utf-8';
}
