import fc from 'fast-check';
import { withoutCardNumbers } from '../../shared/privacy/card-data.ts';
import { isGtin } from '../../shared/privacy/card-number.ts';
import { valuesNeedScrubbing } from '../../shared/privacy/quick-look.ts';
import { scrub, type ScrubRules } from '../../shared/privacy/scrub.ts';
import { cardNumber, digitsOf, gtin, writtenCardNumber } from '../support/card-numbers.ts';

const rules: ScrubRules = {
  productFields: new Set(['productcode']),
  idFields: new Set(['id', 'transactionid']),
  harmlessNames: new Set(),
  pseudonymise: (kind, id) =>
    `${kind}-${id.length}-${id.split('').reduce((sum, d) => (sum * 31 + Number(d)) % 99_991, 7)}`,
};

const needsScrubbing = (json: string) => valuesNeedScrubbing(Buffer.from(json), json);

/** Text without digits, as a digit beside a number makes it another number. */
const words = fc.string({ maxLength: 30 }).filter((text) => !/[\d@+]/.test(text));
const noSeparatorEdge = words.map((text) => `x${text}x`);

describe('card numbers', () => {
  test('none survives in text, however it is written', () => {
    fc.assert(
      fc.property(noSeparatorEdge, writtenCardNumber, noSeparatorEdge, (before, card, after) => {
        const text = `${before}${card.text}${after}`;
        expect(needsScrubbing(JSON.stringify({ text }))).toBe(true);
        const result = withoutCardNumbers(text);
        expect(digitsOf(result)).toBe(card.digits.slice(-4));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['\uff10', '\u0660', '\u06f0'])('none survives in the script whose zero is %s', (zero) => {
    fc.assert(
      fc.property(noSeparatorEdge, writtenCardNumber, (before, card) => {
        const inScript = card.text.replace(/\d/g, (digit) =>
          String.fromCharCode(zero.charCodeAt(0) + Number(digit)),
        );
        const text = `${before}${inScript}`;
        expect(needsScrubbing(JSON.stringify({ text }))).toBe(true);
        expect(digitsOf(withoutCardNumbers(text).normalize('NFKC'))).toBe(card.digits.slice(-4));
        expect(withoutCardNumbers(`x${inScript.slice(0, 8)}`)).toBe(`x${inScript.slice(0, 8)}`);
      }),
    );
  });

  test('none survives beside other numbers', () => {
    fc.assert(
      fc.property(
        writtenCardNumber,
        fc.nat({ max: 99_999 }),
        fc.nat({ max: 9999 }),
        (card, before, after) => {
          const result = withoutCardNumbers(`${before} ${card.text} ${after}`);
          expect(digitsOf(result)).not.toContain(card.digits);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('none survives in a track, with an expiry date behind it, or padded with zeros', () => {
    fc.assert(
      fc.property(cardNumber, (card) => {
        for (const text of [
          `%B${card}^DOE/JOHN              ^29121010000000000?`,
          `;${card}=29121010000000000?`,
          `${card}D2912101`,
          `${card}2912`,
          `00000${card}`,
        ]) {
          const result = withoutCardNumbers(text);
          expect(digitsOf(result)).not.toContain(card);
          expect(result).not.toContain('DOE');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('none survives anywhere in a JSON value: texts, keys, numbers, any depth', () => {
    fc.assert(
      fc.property(writtenCardNumber, fc.array(words, { maxLength: 5 }), fc.boolean(), (card, path, asKey) => {
        const planted: unknown = asKey
          ? { [`k ${card.text}`]: 1 }
          : {
              text: card.text,
              id: card.text,
              number: card.digits.length < 17 ? Number(card.digits) : card.digits,
            };
        const value = path.reduce<unknown>((inner, key) => ({ [`f${key}`]: [inner] }), planted);
        const json = JSON.stringify(value);
        expect(needsScrubbing(json)).toBe(true);
        expect(digitsOf(JSON.stringify(scrub(value, rules).value))).not.toContain(card.digits);
      }),
      { numRuns: 1000 },
    );
  });

  test('escapes and exponents do not hide one', () => {
    expect(needsScrubbing(String.raw`{"a":"4111\u003111111111111"}`)).toBe(true);
    expect(needsScrubbing('{"a":4.111111111111111e15}')).toBe(true);
    expect(scrub({ a: 4.111111111111111e15 }, rules).value).toEqual({ a: '[card 1111]' });
  });

  test('no GTIN is hurt in a field of product codes', () => {
    fc.assert(
      fc.property(gtin, (code) => {
        expect(isGtin(code)).toBe(true);
        expect(scrub({ productCode: code }, rules)).toEqual({
          value: { productCode: code },
          cardNumbers: 0,
          personalFields: 0,
        });
      }),
      { numRuns: 5000 },
    );
  });

  test('the quick look misses nothing that scrubbing would change', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' ',
        '-',
        ':',
        ', ',
        '+',
        '(',
        ')',
        '.',
        '/',
        '|',
        '\u200b',
        '\u2011',
        'Tel. ',
        'cvv ',
        'exp ',
        'x',
      ),
      fc.nat({ max: 99_999 }).map(String),
      writtenCardNumber.map(({ text }) => text),
      fc.constantFrom(
        'DE89 3704 0044 0532 0130 00',
        'NL91ABNA0417164300',
        '06 12 34 56 78',
        '(555) 123-4567',
        '0049 30 901820',
        'a@b.de',
      ),
    );
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, fc.nat(), (reason, id, amountMinor) => {
        const value = { amountMinor, reason, lines: [{ id }], at: '2026-03-02T12:59:30+01:00' };
        const isChanged = JSON.stringify(scrub(value, rules).value) !== JSON.stringify(value);
        if (isChanged) expect(needsScrubbing(JSON.stringify(value))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test('amounts, times, ids of tills and plain numbers stay as they are', () => {
    const value = {
      id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      occurredAt: '2026-03-02T12:59:30.123+01:00',
      transactionId: '2026-03-02/S1/T2/000123',
      note1: 'lot 030 1234567',
      amountMinor: 123_456_789_012,
      receipt: '1741000000000',
    };
    expect(scrub(value, rules).value).toEqual(value);
  });

  test('a long run of groups takes linear time', () => {
    const text = '4 '.repeat(200_000);
    const started = performance.now();
    withoutCardNumbers(text);
    // Quadratic work would take minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('personal data', () => {
  const personal = [
    'customerName',
    'first_name',
    'LastName',
    'cardholder',
    'e-mail',
    'emailAddress',
    'phone',
    'billing_address',
    'date_of_birth',
    'cvv',
    'CVC2',
    'track2',
    'trackData',
    'pin',
    'customer',
  ];

  test.each(personal)('the field %s is removed with all it holds', (field) => {
    const value = { lines: [{ [field]: { any: 'Erika Mustermann' } }] };
    expect(scrub(value, rules)).toEqual({
      value: { lines: [{}] },
      cardNumbers: 0,
      personalFields: 1,
    });
  });

  test('e-mail addresses and international phone numbers leave any text', () => {
    const value = { reason: 'asked by erika.m@example.org, +49 (30) 901820' };
    expect(scrub(value, rules).value).toEqual({ reason: 'asked by [e-mail], [phone]' });
  });

  test('a value nested without end is cut off', () => {
    let value: unknown = 'x';
    for (let depth = 0; depth < 5_000; depth += 1) value = [value];
    expect(JSON.stringify(scrub(value, rules).value)).toContain('[too deep]');
  });

  test('a key __proto__ stays a key', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true}}') as unknown;
    expect(JSON.stringify(scrub(value, rules).value)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
