import fc from 'fast-check';

/** Card numbers of many issuers, with a right check digit: prefix and length. */
const SHAPES: ReadonlyArray<readonly [string, number]> = [
  ['4', 16],
  ['4', 19],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['300', 14],
  ['36', 14],
  ['38', 14],
  ['3528', 16],
  ['6011', 16],
  ['65', 16],
  ['62', 16],
  ['62', 19],
  ['5018', 16],
  ['6759', 16],
  ['2200', 16],
];

const digit = fc.integer({ min: 0, max: 9 });

export const cardNumber: fc.Arbitrary<string> = fc
  .constantFrom(...SHAPES)
  .chain(([prefix, length]) =>
    fc
      .array(digit, { minLength: length - prefix.length - 1, maxLength: length - prefix.length - 1 })
      .map((rest) => withLuhn(prefix + rest.join(''))),
  );

/** Numbers of 16 digits that all end in the same four. */
export const cardNumbersThatEndAlike: fc.Arbitrary<string[]> = fc
  .tuple(
    fc.stringMatching(/^\d{4}$/),
    fc.uniqueArray(fc.stringMatching(/^\d{8}$/), { minLength: 2, maxLength: 20 }),
  )
  .map(([end, middles]) =>
    middles.flatMap((middle) =>
      // One of the ten digits makes the check digit fit.
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((one) => `411${one}${middle}${end}`).filter(isRight),
    ),
  );

const isRight = (digits: string): boolean => withLuhn(digits.slice(0, -1)) === digits;

/** As people and tills write it: grouped, or with one separator between all digits. */
export const writtenCardNumber: fc.Arbitrary<{ digits: string; text: string }> = fc
  .tuple(cardNumber, fc.constantFrom('', ' ', '-', '.', '\u00a0', '  ', ' - '), fc.constantFrom(1, 3, 4, 6))
  .map(([digits, separator, group]) => ({
    digits,
    text: digits.match(new RegExp(`.{1,${group}}`, 'g'))?.join(separator) ?? digits,
  }));

/** GTIN-8, -12, -13, -14 with a right check digit, also padded to 14 digits as tills do. */
export const gtin: fc.Arbitrary<string> = fc
  .constantFrom(8, 12, 13, 14)
  .chain((length) => fc.array(digit, { minLength: length - 1, maxLength: length - 1 }))
  .chain((digits) => fc.constantFrom(withGs1(digits.join('')), withGs1(digits.join('')).padStart(14, '0')));

function withLuhn(digits: string): string {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    let value = Number(digits[digits.length - 1 - index]);
    if (index % 2 === 0) value = value > 4 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

function withGs1(digits: string): string {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    sum += Number(digits[digits.length - 1 - index]) * (index % 2 === 0 ? 3 : 1);
  }
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** Every digit of a text, so a number is found however it is grouped. */
export const digitsOf = (text: string): string => text.replace(/\D/g, '');
