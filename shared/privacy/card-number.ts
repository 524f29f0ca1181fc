/**
 * What makes digits a card number (PAN): an issuer's prefix, a length that this issuer uses, and the Luhn check digit
 * (ISO/IEC 7812). Luhn alone proves little: every tenth number passes it.
 *
 * Prefixes and lengths are public knowledge (the table "Payment card number" of Wikipedia, braintree's
 * `credit-card-type`). Left out, because tills never see them and order numbers often look like them: UATP (1, 15
 * digits) and China T-Union (31).
 */
interface Issuer {
  /** Of the first four digits. */
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

const UP_TO_19 = [16, 17, 18, 19] as const;
const MAESTRO = [12, 13, 14, 15, ...UP_TO_19] as const;

const ISSUERS: readonly Issuer[] = [
  { from: 4000, to: 4999, lengths: [13, 16, 19] }, // Visa
  { from: 5100, to: 5599, lengths: [16] }, // Mastercard
  { from: 2221, to: 2720, lengths: [16] }, // Mastercard
  { from: 3400, to: 3499, lengths: [15] }, // American Express
  { from: 3700, to: 3799, lengths: [15] }, // American Express
  { from: 3000, to: 3059, lengths: [14, 16, 19] }, // Diners Club
  { from: 3095, to: 3095, lengths: [14, 16, 19] }, // Diners Club
  { from: 3600, to: 3699, lengths: [14, 16, 19] }, // Diners Club
  { from: 3800, to: 3999, lengths: [14, 16, 19] }, // Diners Club
  { from: 3528, to: 3589, lengths: UP_TO_19 }, // JCB, LankaPay, RuPay
  { from: 6011, to: 6011, lengths: UP_TO_19 }, // Discover
  { from: 6440, to: 6599, lengths: UP_TO_19 }, // Discover, RuPay, Troy, Verve
  { from: 6000, to: 6099, lengths: [16] }, // RuPay, Hipercard, UkrCard
  { from: 6200, to: 6299, lengths: UP_TO_19 }, // UnionPay
  { from: 8100, to: 8199, lengths: UP_TO_19 }, // UnionPay, RuPay
  { from: 8200, to: 8299, lengths: [16] }, // RuPay
  { from: 5018, to: 5018, lengths: MAESTRO }, // Maestro
  { from: 5020, to: 5020, lengths: MAESTRO }, // Maestro
  { from: 5038, to: 5038, lengths: MAESTRO }, // Maestro
  { from: 5893, to: 5893, lengths: MAESTRO }, // Maestro
  { from: 6304, to: 6304, lengths: MAESTRO }, // Maestro
  { from: 6759, to: 6763, lengths: MAESTRO }, // Maestro
  { from: 5000, to: 5099, lengths: UP_TO_19 }, // Maestro, Dankort, Elo, Verve
  { from: 5600, to: 5899, lengths: UP_TO_19 }, // Maestro
  { from: 6300, to: 6399, lengths: UP_TO_19 }, // Maestro, Elo, InterPayment, InstaPayment, Hiper
  { from: 6700, to: 6799, lengths: UP_TO_19 }, // Maestro
  { from: 2200, to: 2204, lengths: UP_TO_19 }, // Mir
  { from: 2205, to: 2205, lengths: [16] }, // Borica
  { from: 9792, to: 9792, lengths: [16] }, // Troy
  { from: 9704, to: 9704, lengths: [16, 19] }, // Napas
  { from: 8600, to: 8600, lengths: [16] }, // UzCard
  { from: 9860, to: 9860, lengths: [16] }, // Humo
];

/** The valid lengths of a card number by its first four digits, one bit per length. */
const LENGTHS_BY_PREFIX = new Uint32Array(10_000);
for (const { from, to, lengths } of ISSUERS) {
  for (let prefix = from; prefix <= to; prefix += 1) {
    for (const length of lengths)
      LENGTHS_BY_PREFIX[prefix] = (LENGTHS_BY_PREFIX[prefix] ?? 0) | (1 << length);
  }
}

export const MIN_CARD_DIGITS = 12;
export const MAX_CARD_DIGITS = 19;

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

/** Whether the digits match an issuer, one of its lengths, and Luhn. `digits` has only ASCII digits. */
export function fitsIssuer(digits: string): boolean {
  const { length } = digits;
  if (length < MIN_CARD_DIGITS || length > MAX_CARD_DIGITS) return false;
  const lengths = LENGTHS_BY_PREFIX[Number(digits.slice(0, 4))] ?? 0;
  return (lengths & (1 << length)) !== 0 && passesLuhn(digits);
}

/** GS1 General Specifications 7.9: the check digit of GTIN, SSCC and the like. */
function passesGs1(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    sum += (digits.charCodeAt(digits.length - 1 - index) - 48) * (index % 2 === 0 ? 1 : 3);
  }
  return sum % 10 === 0;
}

/** A GTIN-8, -12, -13 or -14 with a valid check digit. */
export function isGtin(text: string): boolean {
  return /^(?:\d{8}|\d{12,14})$/.test(text) && passesGs1(text);
}

/** A GTIN, or an SSCC of 18 digits. */
export function isGs1Number(text: string): boolean {
  return isGtin(text) || (/^\d{18}$/.test(text) && passesGs1(text));
}

/**
 * Bare digits as a card number, without padding zeros. Numbers of 12, 13 and 18 digits with a GS1 check digit are
 * GTINs and SSCCs: no issuer has made such cards for decades. Those of 14 digits stay cards, as Diners Club makes them.
 * @returns undefined when it is not a card number.
 */
export function cardNumberIn(digits: string): string | undefined {
  const bare = digits.replace(/^0+/, '');
  for (const candidate of digits === bare ? [digits] : [digits, bare]) {
    if (fitsIssuer(candidate) && (candidate.length === 14 || !isGs1Number(candidate))) return candidate;
  }
  return undefined;
}
