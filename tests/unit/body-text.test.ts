import fc from 'fast-check';
import { parseJsonBody, xmlTextOf } from '../../shared/pos/sources/body-text.ts';

const declared = (encoding: string, content: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?><a>${content}</a>`;
const bytes = (encoding: string, ...content: number[]): Buffer =>
  Buffer.concat([
    Buffer.from(`<?xml version="1.0" encoding='${encoding}' ?><a>`),
    Buffer.from(content),
    Buffer.from('</a>'),
  ]);
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['windows-1252', [0x80, 0xe4], '€ä'],
  ['cp1252', [0x93, 0x94], '“”'],
  ['ISO-8859-1', [0xe4, 0xff], 'äÿ'],
  ['ISO-8859-15', [0xa4], '€'],
  ['iso-8859-2', [0xb1], 'ą'],
  ['windows-1251', [0xcf], 'П'],
  ['Shift_JIS', [0x83, 0x65], 'テ'],
  ['gb18030', [0xd6, 0xd0], '中'],
])('an XML body in %s, as it declares, is read', (encoding, content, text) => {
  expect(xmlTextOf(bytes(encoding, ...content))).toContain(`<a>${text}</a>`);
});

test('UTF-16 is recognised by its mark, or by its first character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (content) => {
      const text = declared('UTF-16', content);
      for (const mark of ['', '\ufeff']) {
        expect(xmlTextOf(Buffer.from(mark + text, 'utf16le'))).toBe(text);
        expect(xmlTextOf(utf16be(mark + text))).toBe(text);
      }
      expect(xmlTextOf(Buffer.from(`\ufeff${text}`))).toBe(text);
    }),
  );
});

test.each([
  ['undeclared', Buffer.concat([Buffer.from('<a>'), Buffer.from([0xe4])]), /declares no other encoding/],
  ['declared as UTF-8', bytes('utf-8', 0xe4), /is not utf-8 either/],
  ['of an unknown encoding', bytes('x-till', 0xe4), /x-till is not known/],
  ['not of its encoding', bytes('Shift_JIS', 0xff, 0xff), /not Shift_JIS, as it says/],
  ['UTF-16 with half a pair', Buffer.from('\ufeff<a>\ud800</a>', 'utf16le'), /not utf-16le/],
])('a body that is %s is refused, with what to do', (_, body, message) => {
  expect(() => xmlTextOf(body)).toThrow(message);
  expect(() => xmlTextOf(body)).toThrow(expect.objectContaining({ code: 'bad-encoding' }) as Error);
});

test('JSON is UTF-8', () => {
  expect(parseJsonBody(Buffer.from('\ufeff{"a":"ä"}')).value).toEqual({ a: 'ä' });
  expect(() => parseJsonBody(Buffer.from('{"a":"ä"}', 'latin1'))).toThrow(/not UTF-8, in which JSON is sent/);
});
