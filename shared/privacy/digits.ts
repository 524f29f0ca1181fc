/** A decimal digit outside ASCII: full-width, Arabic-Indic, Devanagari, mathematical and so on. */
const OTHER_DIGIT = /(?![0-9])\p{Nd}/u;
const OTHER_DIGITS = new RegExp(OTHER_DIGIT, 'gu');
const IS_DIGIT = /^\p{Nd}$/u;

export const hasOtherDigits = (text: string): boolean => OTHER_DIGIT.test(text);

/** The text with every decimal digit in ASCII. */
export const withPlainDigits = (text: string): string =>
  text.replace(OTHER_DIGITS, (digit) => String(valueOf(digit.codePointAt(0) ?? 0)));

/** Unicode encodes the digits of a script as ten code points in a row, from zero. */
function valueOf(codePoint: number): number {
  let first = codePoint;
  while (IS_DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}
