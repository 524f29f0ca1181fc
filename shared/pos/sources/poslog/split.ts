import { SaxesParser } from 'saxes';
import { PermanentError, messageOf } from '../../../errors.ts';

/** One `Transaction` of a POSLog file, as it stands in the file. */
export interface PosLogPiece {
  /** 0 for the first. */
  readonly index: number;
  /** A document of its own, which `POST /webhooks/poslog` takes. */
  readonly xml: string;
  /** Where it begins: characters from the start of the file, line and column from 1. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * Splits a POSLog of any size into its transactions; no more than one of them is in memory, and a chunk.
 * @example for await (const piece of splitPosLog(createReadStream(file, 'utf8'))) await send(piece.xml);
 * @throws PermanentError `bad-xml` with line and column.
 */
export async function* splitPosLog(
  chunks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<PosLogPiece> {
  const splitter = new Splitter();
  for await (const chunk of chunks) yield* splitter.write(chunk);
  splitter.close();
}

class Splitter {
  readonly #parser = new SaxesParser();
  /** Text not yet given away, and the offset in the file of its first character. */
  #text = '';
  #textOffset = 0;
  #lines = new LineCounter();
  #depth = 0;
  #insideDepth = 0;
  #start = 0;
  #end = 0;
  #index = 0;
  #ended: PosLogPiece[] = [];

  constructor() {
    this.#parser.on('error', (fault) => {
      const place = /^\d+:\d+/.exec(messageOf(fault))?.[0] ?? '';
      throw new PermanentError('bad-xml', 'The file is not XML', { where: place, cause: fault });
    });
    this.#parser.on('opentagstart', (tag) => {
      this.#depth += 1;
      if (this.#insideDepth === 0 && tag.name.slice(tag.name.indexOf(':') + 1) === 'Transaction') {
        this.#insideDepth = this.#depth;
        this.#start = this.#text.lastIndexOf(`<${tag.name}`, this.#parser.position - this.#textOffset);
      }
    });
    this.#parser.on('closetag', () => {
      if (this.#depth === this.#insideDepth) {
        this.#insideDepth = 0;
        this.#end = this.#parser.position - this.#textOffset;
        this.#take();
      }
      this.#depth -= 1;
    });
  }

  /** The parser is fed tag by tag, so that its position is exact at each event. */
  *write(chunk: string): Generator<PosLogPiece> {
    this.#text += chunk;
    let from = this.#text.length - chunk.length;
    for (let to = this.#text.indexOf('>', from); to !== -1; to = this.#text.indexOf('>', from)) {
      const before = this.#textOffset;
      this.#parser.write(this.#text.slice(from, to + 1));
      from = to + 1 - (this.#textOffset - before);
      yield* this.#ended.splice(0);
    }
    this.#parser.write(this.#text.slice(from));
    if (this.#insideDepth === 0) this.#drop(Math.max(0, this.#text.lastIndexOf('<')));
  }

  close(): void {
    this.#parser.close();
  }

  #take(): void {
    const xml = this.#text.slice(this.#start, this.#end);
    this.#drop(this.#start);
    const { line, column } = this.#lines;
    this.#ended.push({ index: this.#index, xml, offset: this.#textOffset, line, column });
    this.#index += 1;
    this.#drop(xml.length);
  }

  #drop(length: number): void {
    this.#lines.pass(this.#text.slice(0, length));
    this.#text = this.#text.slice(length);
    this.#textOffset += length;
  }
}

class LineCounter {
  line = 1;
  column = 1;

  pass(text: string): void {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.line += 1;
    const last = text.lastIndexOf('\n');
    this.column = last === -1 ? this.column + text.length : text.length - last;
  }
}
