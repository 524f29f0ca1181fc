import fc from 'fast-check';
import { ContentBytes } from '../../shared/pos/content-bytes.ts';

const LEFT_OUT = new Set(['receivedAt', 'é']);

/** The same form as a text, without anything that makes it quick. */
function plain(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (Array.isArray(value)) return `[${value.map((item) => `${plain(item)},`).join('')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = value as Record<string, unknown>;
  const parts = Object.keys(fields)
    .filter((key) => !LEFT_OUT.has(key) && fields[key] !== undefined)
    .sort()
    .map((key) => `${key}:${plain(fields[key])},`);
  return `{${parts.join('')}}`;
}

const newBytes = (): ContentBytes => new ContentBytes((key) => !LEFT_OUT.has(key));
const textOf = (bytes: ContentBytes, head: string, value: unknown): string =>
  Buffer.from(bytes.of(head, value)).toString('utf8');

/** As UTF-8 has it: halves of characters become U+FFFD. */
const asUtf8 = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'lines', 'receivedAt', 'é', '__proto__', '0'),
  fc.string({ maxLength: 4 }),
);
const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ minLength: 60, maxLength: 70 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    9,
    10,
    99,
    100,
    2_147_483_647,
    2_147_483_648,
    '\ud800',
    'x\udc00y',
    undefined,
    true,
    null,
  ),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  ),
}));

describe('the bytes of a content', () => {
  test('are those of the plain form, whatever was asked before', () => {
    const bytes = newBytes();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), value, (head, one) => {
        expect(textOf(bytes, head, one)).toBe(asUtf8(head + plain(one)));
      }),
      { numRuns: 500 },
    );
  });

  test('do not depend on the order of keys', () => {
    const bytes = newBytes();
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, leaf), { selector: ([name]) => name, maxLength: 8 }),
        (fields) => {
          const one = textOf(bytes, '', Object.fromEntries(fields));
          expect(textOf(bytes, '', Object.fromEntries(fields.toReversed()))).toBe(one);
        },
      ),
    );
  });

  test('hold what is larger than any buffer before', () => {
    const bytes = newBytes();
    for (const length of [63, 64, 65, 5_461, 16_384, 70_000]) {
      const many = {
        texts: Array.from({ length: 40 }, () => 'é'.repeat(length)),
        numbers: [length, 2 ** 31 - 1],
      };
      expect(textOf(bytes, 'head ', many)).toBe(`head ${plain(many)}`);
    }
    const numbers = Array.from({ length: 20_000 }, (_, at) => at);
    expect(textOf(newBytes(), '', numbers)).toBe(plain(numbers));
  });

  test('stay right when more shapes come than are kept', () => {
    const bytes = newBytes();
    for (let at = 0; at < 10_010; at += 1) {
      const fields = { [`k${at}`]: at, a: { z: 1, b: at } };
      expect(textOf(bytes, '', fields)).toBe(plain(fields));
    }
  });
});
