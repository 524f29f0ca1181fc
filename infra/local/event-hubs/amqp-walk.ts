/**
 * Walks encoded AMQP 1.0 values (OASIS AMQP 1.0 part 1, section 1.6) without building them: enough to find where a
 * section or a map entry begins and ends. Event bodies pass through the endpoint as the bytes they came as.
 */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/** Section descriptors of part 3, section 3.2. */
export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

const SECTION_BY_SYMBOL: Readonly<Record<string, number>> = {
  'amqp:header:list': SECTION.header,
  'amqp:delivery-annotations:map': SECTION.deliveryAnnotations,
  'amqp:message-annotations:map': SECTION.messageAnnotations,
  'amqp:properties:list': SECTION.properties,
  'amqp:application-properties:map': SECTION.applicationProperties,
  'amqp:data:binary': SECTION.data,
  'amqp:amqp-sequence:list': SECTION.sequence,
  'amqp:amqp-value:*': SECTION.value,
  'amqp:value:*': SECTION.value,
  'amqp:footer:map': SECTION.footer,
};

/** Bytes after the constructor, by its high nibble; negative: the width of the length that comes first. */
const WIDTH_BY_NIBBLE = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, -1, -4, -1, -4, -1, -4] as const;
const DESCRIBED = 0x00;
const MAX_DESCRIPTOR_DEPTH = 8;

/**
 * Position after the value that starts at `at`.
 * @throws MalformedMessageError where it runs past the end or is no AMQP value.
 */
export function skipValue(bytes: Buffer, at: number, depth = 0): number {
  const constructor = bytes[at];
  if (constructor === undefined) throw new MalformedMessageError('a value is missing');
  if (constructor === DESCRIBED) {
    if (depth >= MAX_DESCRIPTOR_DEPTH) throw new MalformedMessageError('descriptors are nested too deeply');
    return skipValue(bytes, skipValue(bytes, at + 1, depth + 1), depth + 1);
  }
  const width = WIDTH_BY_NIBBLE[constructor >> 4] ?? 0;
  if (constructor < 0x40) throw new MalformedMessageError(`0x${constructor.toString(16)} starts no value`);
  const end = width >= 0 ? at + 1 + width : at + 1 - width + lengthAt(bytes, at + 1, -width);
  if (end > bytes.length) throw new MalformedMessageError('a value runs past the end of the message');
  return end;
}

function lengthAt(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw new MalformedMessageError('a length runs past the end of the message');
  return width === 1 ? (bytes[at] ?? 0) : bytes.readUInt32BE(at);
}

/** The section that starts at `at`: its descriptor code and where its value begins. */
export function sectionAt(bytes: Buffer, at: number): { code: number; valueAt: number } {
  if (bytes[at] !== DESCRIBED) throw new MalformedMessageError('a message section has no descriptor');
  const constructor = bytes[at + 1];
  if (constructor === 0x53) return { code: bytes[at + 2] ?? 0, valueAt: at + 3 };
  const valueAt = skipValue(bytes, at + 1);
  if (constructor === 0x80) return { code: Number(bytes.readBigUInt64BE(at + 2)), valueAt };
  if (constructor === 0xa3)
    return { code: SECTION_BY_SYMBOL[bytes.toString('latin1', at + 3, valueAt)] ?? 0, valueAt };
  throw new MalformedMessageError('a message section has an unknown descriptor');
}

/** The bytes of a binary, string or symbol value at `at`; undefined for a value of another type. */
export function bytesAt(bytes: Buffer, at: number): Buffer | undefined {
  const constructor = bytes[at];
  const end = skipValue(bytes, at);
  if (constructor === 0xa0 || constructor === 0xa1 || constructor === 0xa3)
    return bytes.subarray(at + 2, end);
  if (constructor === 0xb0 || constructor === 0xb1 || constructor === 0xb3)
    return bytes.subarray(at + 5, end);
  return undefined;
}

/** The whole number at `at`, of any signed or unsigned width; undefined for a value of another type. */
export function integerAt(bytes: Buffer, at: number): number | undefined {
  skipValue(bytes, at);
  switch (bytes[at]) {
    case 0x43:
    case 0x44:
      return 0;
    case 0x50:
    case 0x52:
    case 0x53:
      return bytes.readUInt8(at + 1);
    case 0x51:
    case 0x54:
    case 0x55:
      return bytes.readInt8(at + 1);
    case 0x60:
      return bytes.readUInt16BE(at + 1);
    case 0x61:
      return bytes.readInt16BE(at + 1);
    case 0x70:
      return bytes.readUInt32BE(at + 1);
    case 0x71:
      return bytes.readInt32BE(at + 1);
    case 0x80:
      return Number(bytes.readBigUInt64BE(at + 1));
    case 0x81:
      return Number(bytes.readBigInt64BE(at + 1));
    default:
      return undefined;
  }
}

/** Where the entries of the map at `at` lie, and how many keys and values they are together. */
export function mapAt(bytes: Buffer, at: number): { entriesAt: number; end: number; count: number } {
  const end = skipValue(bytes, at);
  const constructor = bytes[at];
  if (constructor === 0xc1 && end - at >= 3)
    return { entriesAt: at + 3, end, count: bytes.readUInt8(at + 2) };
  if (constructor === 0xd1 && end - at >= 9)
    return { entriesAt: at + 9, end, count: bytes.readUInt32BE(at + 5) };
  if (constructor === 0x40) return { entriesAt: end, end, count: 0 };
  throw new MalformedMessageError('annotations are no map');
}
