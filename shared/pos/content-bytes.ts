/**
 * A canonical form of plain JSON data, in bytes: keys are sorted, and texts come with their length, so no two contents share
 * it. It is made for every event in several rooms, so it goes into one buffer that is used again, and what does not
 * depend on the values is worked out once for each shape of object.
 *
 * `{a:1:x,b:[2,true,],}` is the form of `{ b: [2, true], a: 'x' }`. A stored fingerprint follows from these bytes: they
 * stay as they are.
 */
export class ContentBytes {
  private readonly isContent: (key: string) => boolean;
  private buffer = Buffer.allocUnsafeSlow(16_384);
  private end = 0;
  private shapes = new ShapeNode();
  private shapeNodes = 0;

  /** @param isContent false for a key that is left out, at any depth. */
  constructor(isContent: (key: string) => boolean) {
    this.isContent = isContent;
  }

  /** The bytes of a text in UTF-8 and, after it, of a value. They are valid until the next call. */
  of(head: string, value: unknown): Uint8Array {
    this.end = 0;
    this.putText(head);
    this.put(value);
    return this.buffer.subarray(0, this.end);
  }

  private put(value: unknown): void {
    if (typeof value === 'string') {
      this.putInteger(value.length);
      this.putByte(COLON);
      this.putText(value);
    } else if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_INT32) {
      this.putInteger(value);
    } else if (typeof value !== 'object' || value === null) {
      this.putText(String(value));
    } else if (Array.isArray(value)) {
      this.putByte(LEFT_BRACKET);
      for (const item of value) {
        this.put(item);
        this.putByte(COMMA);
      }
      this.putByte(RIGHT_BRACKET);
    } else {
      this.putObject(value as Readonly<Record<string, unknown>>);
    }
  }

  private putObject(fields: Readonly<Record<string, unknown>>): void {
    const { keys, labels } = this.shapeOf(fields);
    this.putByte(LEFT_BRACE);
    for (let at = 0; at < keys.length; at += 1) {
      const field = fields[keys[at] as string];
      if (field === undefined) continue;
      this.putText(labels[at] as string);
      this.put(field);
      this.putByte(COMMA);
    }
    this.putByte(RIGHT_BRACE);
  }

  private putByte(byte: number): void {
    if (this.end === this.buffer.length) this.makeRoom(1);
    this.buffer[this.end] = byte;
    this.end += 1;
  }

  /** Short texts are mostly ASCII, for which a loop is quicker than a call into Node. */
  private putText(text: string): void {
    const { length } = text;
    const room = 3 * length;
    if (this.end + room > this.buffer.length) this.makeRoom(room);
    const { buffer, end } = this;
    if (length <= LONGEST_BY_LOOP) {
      let at = 0;
      for (; at < length; at += 1) {
        const code = text.charCodeAt(at);
        if (code > LAST_ASCII) break;
        buffer[end + at] = code;
      }
      if (at === length) {
        this.end = end + length;
        return;
      }
    }
    this.end = end + buffer.write(text, end, 'utf8');
  }

  /** @param value 0 to 2^31 - 1. */
  private putInteger(value: number): void {
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits += 1;
    if (this.end + digits > this.buffer.length) this.makeRoom(digits);
    this.end += digits;
    let rest = value;
    for (let at = this.end - 1; digits > 0; at -= 1, digits -= 1) {
      const tenth = (rest / 10) | 0;
      this.buffer[at] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
  }

  private makeRoom(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.buffer.length + bytes));
    larger.set(this.buffer.subarray(0, this.end));
    this.buffer = larger;
  }

  /** Most objects have the shape of the one before, so each step first compares with the key that came last time. */
  private shapeOf(fields: Readonly<Record<string, unknown>>): Shape {
    let node = this.shapes;
    const all = Object.keys(fields);
    for (const key of all) node = node.lastKey === key ? (node.last as ShapeNode) : this.step(node, key);
    if (node.shape === undefined) {
      const keys = all.filter(this.isContent).sort();
      node.shape = { keys, labels: keys.map((key) => `${key}:`) };
    }
    return node.shape;
  }

  private step(node: ShapeNode, key: string): ShapeNode {
    let next = node.next.get(key);
    if (next === undefined) {
      // Events of strangers may hold any number of shapes.
      if (this.shapeNodes >= MAX_SHAPE_NODES) [this.shapes, this.shapeNodes] = [new ShapeNode(), 0];
      next = new ShapeNode();
      node.next.set(key, next);
      this.shapeNodes += 1;
    }
    node.lastKey = key;
    node.last = next;
    return next;
  }
}

/** The keys of objects that have the same keys in the same order, sorted, and each as it stands in the form. */
interface Shape {
  readonly keys: readonly string[];
  readonly labels: readonly string[];
}

/** The keys that objects have had so far, one step a key. */
class ShapeNode {
  readonly next = new Map<string, ShapeNode>();
  lastKey: string | undefined;
  last: ShapeNode | undefined;
  shape: Shape | undefined;
}

const MAX_SHAPE_NODES = 10_000;
const LONGEST_BY_LOOP = 64;
const LAST_ASCII = 0x7f;
const MAX_INT32 = 0x7fffffff;
const [ZERO, COLON, COMMA] = [0x30, 0x3a, 0x2c];
const [LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
