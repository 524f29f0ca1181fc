import { isUtf8 } from 'node:buffer';
import { PermanentError, messageOf } from '../../errors.ts';
import { shapeOf } from '../../privacy/scrub.ts';

const BYTE_ORDER_MARK = '\ufeff';
const MAX_KEPT_LENGTH = 16 * 1024;

/**
 * A body that can not be taken apart into records. Its shape is kept, as nothing in it can be told from card or personal
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
export function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new UnreadableBody('bad-encoding', 'The body is not UTF-8', body);
  const text = body.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
