/**
 * Finds card numbers (PAN) in text. PCI DSS 3.4 allows the last four digits to stay; nothing else may be stored or
 * sent on.
 *
 * Digits with a Luhn check digit are not enough of a sign, as a tenth of all EAN-13s passes Luhn. A card number also
 * has an issuer's prefix and the length that the issuer uses (ISO/IEC 7812), and a GTIN has a check digit of its own.
 */

/** Issuer prefixes with the lengths of their numbers. Ranges are of the first four digits. */
const ISSUERS: ReadonlyArray<{ from: number; to: number; lengths: readonly number[] }> = [
  { from: 4000, to: 4999, lengths: [13, 16, 18, 19] }, // Visa
  { from: 5100, to: 5599, lengths: [16] }, // Mastercard
  { from: 2221, to: 2720, lengths: [16] }, // Mastercard
  { from: 3400, to: 3499, lengths: [15] }, // American Express
  { from: 3700, to: 3799, lengths: [15] }, // American Express
  { from: 3000, to: 3059, lengths: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { from: 3095, to: 3095, lengths: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { from: 3600, to: 3699, lengths: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { from: 3800, to: 3999, lengths: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { from: 3528, to: 3589, lengths: [16, 17, 18, 19] }, // JCB
  { from: 6011, to: 6011, lengths: [16, 17, 18, 19] }, // Discover
  { from: 6440, to: 6599, lengths: [16, 17, 18, 19] }, // Discover, RuPay
  { from: 6200, to: 6299, lengths: [14, 15, 16, 17, 18, 19] }, // UnionPay
  { from: 8100, to: 8199, lengths: [16, 17, 18, 19] }, // UnionPay, RuPay
  { from: 5000, to: 5099, lengths: [13, 14, 15, 16, 17, 18, 19] }, // Maestro, Elo, Verve
  { from: 5600, to: 5899, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: 6390, to: 6390, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: 6304, to: 6304, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: 6700, to: 6799, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: 2200, to: 2204, lengths: [16, 17, 18, 19] }, // Mir
  { from: 6360, to: 6369, lengths: [16] }, // Elo
  { from: 6060, to: 6069, lengths: [16] }, // Hipercard, RuPay
  { from: 9792, to: 9792, lengths: [16] }, // Troy
];

/** For each first four digits the lengths that a card number may have, one bit a length. */
const LENGTHS_BY_PREFIX = new Uint32Array(10_000);
for (const { from, to, lengths } of ISSUERS) {
  for (let prefix = from; prefix <= to; prefix += 1) {
    for (const length of lengths)
      LENGTHS_BY_PREFIX[prefix] = (LENGTHS_BY_PREFIX[prefix] ?? 0) | (1 << length);
  }
}

const MIN_DIGITS = 12;
const MAX_DIGITS = 19;

/** A separator that people and tills put between the digits of a card number; letters end the number. */
const SEPARATOR = String.raw`[\s\-._/\u00a0\u2007\u2009\u2010-\u2015\u202f]`;
/** How many of them there may be in a row. */
const MAX_GAP = 3;
const DIGIT_RUN = new RegExp(String.raw`\d(?:${SEPARATOR}{0,${MAX_GAP}}\d){11,}`, 'g');

/** Full-width and Arabic-Indic digits, which keyboards also write; the last four bits of each are its value. */
const OTHER_DIGIT = /[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9]/;
const OTHER_DIGITS = new RegExp(OTHER_DIGIT, 'g');
/** How such digits begin in UTF-8. */
const OTHER_DIGIT_STARTS = [Buffer.from([0xef, 0xbc]), Buffer.from([0xd9]), Buffer.from([0xdb])];

const withPlainDigits = (text: string): string =>
  text.replace(OTHER_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf));

/** Separators in a row, in bytes of UTF-8. */
const MAX_GAP_BYTES = 3 * MAX_GAP;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/**
 * Test of a whole JSON body before any walk: without a hit there is nothing to look for. It sees through escapes and
 * exponents. It takes no notice of fields, so that a GTIN that looks like a card number is a hit as well.
 */
export function mayHoldCardNumber(json: Buffer): boolean {
  if (json.includes(BACKSLASH) || OTHER_DIGIT_STARTS.some((start) => json.includes(start))) return true;
  let start = 0;
  let digits = 0;
  let gap = 0;
  // Byte by byte, as this runs over every webhook; a regular expression takes five times as long.
  for (let at = 0; at <= json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      if (digits === 0) start = at;
      digits += 1;
      gap = 0;
    } else if (digits > 0) {
      gap += 1;
      if (gap <= MAX_GAP_BYTES && isSeparator(byte)) continue;
      if (digits >= MIN_DIGITS && runHoldsCardNumber(json.toString('utf8', start, at))) return true;
      // A number such as 4.1e15; digits in a text have a quote or another character before them.
      const isExponent = byte === 0x65 || byte === 0x45;
      if (isExponent && json[start - 1] !== QUOTE) return true;
      digits = 0;
      gap = 0;
    }
  }
  return false;
}

/** Space, tab, line ends and - . / _ are what occurs; whatever is not ASCII is taken for one to be safe. */
function isSeparator(byte: number): boolean {
  return (
    byte === 0x20 ||
    (byte >= 0x2d && byte <= 0x2f) ||
    byte === 0x5f ||
    (byte >= 0x09 && byte <= 0x0d) ||
    byte > 0x7f
  );
}

function runHoldsCardNumber(run: string): boolean {
  return replaceInRun(run, () => '') !== run;
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    if (index % 2 === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}

/** GS1 General Specifications 7.9: GTIN-8, -12, -13 and -14 with a check digit that fits. */
export function isGtin(text: string): boolean {
  if (!/^(?:\d{8}|\d{12,14})$/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) {
    sum += (text.charCodeAt(text.length - 1 - index) - 48) * (index % 2 === 0 ? 1 : 3);
  }
  return sum % 10 === 0;
}

function isCardNumber(digits: string): boolean {
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return false;
  const lengths = LENGTHS_BY_PREFIX[Number(digits.slice(0, 4))] ?? 0;
  return (lengths & (1 << digits.length)) !== 0 && passesLuhn(digits);
}

/**
 * Is the run of digits a card number, bare, padded with zeros, or followed by more digits such as an expiry date?
 */
function holdsCardNumber(run: string): boolean {
  const digits = run.replace(/^0+/, '');
  if (isCardNumber(run) || isCardNumber(digits)) return true;
  if (digits.length < 17) return false;
  for (let length = 14; length <= 19 && length < digits.length; length += 1) {
    if (isCardNumber(digits.slice(0, length))) return true;
  }
  return false;
}

/** What magnetic stripes hold: ISO/IEC 7813 track 1 (`%B...^NAME^...?`) and track 2 (`;...=...?`). */
const TRACK = /%?[bB]\d[\d\s]{10,24}\^[^^]{0,40}\^[^?]{0,60}\??|;?\d{12,19}[=D]\d{4,}[^\s?]{0,40}\??/g;

/**
 * Replaces every card number and track in the text by `replace(digits)`; by default by its last four digits.
 * @returns the same string when there is nothing to replace.
 */
export function withoutCardNumbers(text: string, replace: (digits: string) => string = lastFour): string {
  if (text.length < MIN_DIGITS) return text;
  if (OTHER_DIGIT.test(text)) {
    const plain = withPlainDigits(text);
    const result = withoutCardNumbers(plain, replace);
    return result === plain ? text : result;
  }
  const untracked = text.replace(TRACK, (track) => {
    const digits = /\d[\d\s]{10,24}/.exec(track)?.[0].replace(/\D/g, '') ?? '';
    return holdsCardNumber(digits) ? replace(digits) : track;
  });
  return untracked.replace(DIGIT_RUN, (run) => replaceInRun(run, replace));
}

/**
 * A run with separators may hold other numbers around the card number: every sequence of its groups that is long
 * enough is tried, the longest first.
 */
function replaceInRun(run: string, replace: (digits: string) => string): string {
  if (/^\d+$/.test(run)) return holdsCardNumber(run) ? replace(run) : run;
  const groups = [...run.matchAll(/\d+/g)].map((match) => ({
    digits: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  let result = '';
  let copiedTo = 0;
  for (let from = 0; from < groups.length; from += 1) {
    const to = cardNumberFrom(groups, from);
    const first = groups[from];
    const last = groups[to - 1];
    if (to === from || !first || !last) continue;
    const digits = groups.slice(from, to).map((group) => group.digits);
    result += run.slice(copiedTo, first.start) + replace(digits.join(''));
    copiedTo = last.end;
    from = to - 1;
  }
  return copiedTo === 0 ? run : result + run.slice(copiedTo);
}

/** Where the card number that starts at group `from` ends, exclusive; `from` when none starts there. */
function cardNumberFrom(groups: ReadonlyArray<{ digits: string }>, from: number): number {
  const alone = groups[from]?.digits ?? '';
  if (alone.length >= MIN_DIGITS && holdsCardNumber(alone)) return from + 1;
  let digits = '';
  let found = from;
  for (let to = from; to < groups.length && to - from < MAX_DIGITS; to += 1) {
    digits += groups[to]?.digits ?? '';
    if (digits.length > MAX_DIGITS) break;
    if (isCardNumber(digits)) found = to + 1;
  }
  return found;
}

function lastFour(digits: string): string {
  return `[card ${digits.slice(-4)}]`;
}
