import { isAscii, isUtf8 } from 'node:buffer';
import { PermanentError, messageOf } from '../../errors.ts';
import { shapeOf } from '../../privacy/scrub.ts';

const BYTE_ORDER_MARK = '\ufeff';
const MAX_KEPT_LENGTH = 16 * 1024;

/**
 * A body that cannot be split into records. Only its shape is kept, because nothing in it can be distinguished from card or personal
 * data.
 */
export class UnreadableBody extends PermanentError {
  readonly shape: string;

  constructor(code: string, message: string, body: Buffer, where = '') {
    super(code, message, { where });
    this.shape = shapeOf(body.toString('utf8'), MAX_KEPT_LENGTH);
  }
}

/** @throws UnreadableBody */
export function parseJsonBody(body: Buffer): { text: string; value: unknown } {
  const text = textOf(body);
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new UnreadableBody('bad-json', `The body is not JSON${placeOf(cause)}`, body);
  }
}

/** V8 quotes the input in its message; only the position is safe to pass on. */
function placeOf(cause: unknown): string {
  const message = messageOf(cause);
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return `: it breaks at character ${position}`;
  return message.startsWith('Unexpected end') ? ': it ends too early' : '';
}

/** @throws UnreadableBody */
function textOf(body: Buffer): string {
  // The same text, and there is nothing to decode.
  if (isAscii(body)) return body.toString('latin1');
  if (!isUtf8(body)) {
    throw new UnreadableBody('bad-encoding', 'The body is not UTF-8, in which JSON is sent', body);
  }
  const text = body.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** Enough for a declaration, in which the encoding stands in ASCII. */
const DECLARATION_BYTES = 200;
const UTF_16_STARTS: readonly (readonly [start: readonly number[], label: string])[] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
  // Without a mark the first character tells, which is `<` in XML.
  [[0x3c, 0x00], 'utf-16le'],
  [[0x00, 0x3c], 'utf-16be'],
];

/**
 * The text of an XML body, where its encoding is certain: UTF-16 by its first bytes; UTF-8 where all of it is UTF-8,
 * whatever it declares, as a single letter beyond ASCII in another encoding would break that; else what the declaration
 * names.
 * @throws UnreadableBody `bad-encoding` for bytes that are not of the encoding, and where none is declared.
 */
export function xmlTextOf(body: Buffer): string {
  const utf16 = UTF_16_STARTS.find(([[first, second]]) => body[0] === first && body[1] === second);
  if (utf16) return decoded(body, utf16[1]);
  if (isUtf8(body)) return textOf(body);
  const start = body.toString('latin1', 0, DECLARATION_BYTES);
  const label = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(start)?.[1];
  if (label === undefined || /^utf-?(?:8|16)/i.test(label)) {
    const declared = label === undefined ? 'declares no other encoding' : `is not ${label} either`;
    const message = `The body is not UTF-8 and ${declared}: name its encoding in the XML declaration, such as encoding="windows-1252"`;
    throw new UnreadableBody('bad-encoding', message, body);
  }
  return decoded(body, label);
}

function decoded(body: Buffer, label: string): string {
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    return decoder.encoding === 'windows-1252'
      ? windows1252Of(body.toString('latin1'))
      : decoder.decode(body);
  } catch (thrown) {
    const isUnknown = (thrown as NodeJS.ErrnoException).code === 'ERR_ENCODING_NOT_SUPPORTED';
    const message = isUnknown ? `The encoding ${label} is not known` : `The body is not ${label}, as it says`;
    throw new UnreadableBody('bad-encoding', `${message}: send UTF-8`, body);
  }
}

/** What Windows-1252 has where Latin-1 has control characters. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/**
 * A text of Windows-1252 that was decoded as Latin-1: some releases of Node.js 20 and 22 take the one for the other
 * (nodejs/node#56542), and a euro sign for a control character.
 */
export function windows1252Of(latin1: string): string {
  return latin1.replace(
    /[\u0080-\u009f]/g,
    (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character,
  );
}
