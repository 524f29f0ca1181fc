/**
 * Personal data that can be recognised in free text by its form: e-mail addresses, phone numbers, IBANs. Names cannot: that
 * risk remains, and SECURITY.md names it.
 */

const EMAIL = /[^\s@<>"',;:]{1,64}@[^\s@<>"',;:]{1,250}\.\p{L}{2,24}/gu;

/** Pattern of the words that introduce a phone number. */
export const PHONE_WORD = String.raw`(?:tel|telefon|phone|fon|fax|mobile?|mobil|handy|cell|call|sms|whatsapp)`;
const MAY_BE_ANNOUNCED = new RegExp(String.raw`\b${PHONE_WORD}\b`, 'i');

/**
 * Phone numbers in forms that are unmistakable: international (`+49 30 901820`, `0049...`), North American
 * (`(555) 123-4567`), French (`06 12 34 56 78`), and any number that a word introduces (`Tel. 030 901820`). A bare number
 * stays: order numbers and amounts look the same.
 */
const PHONE = new RegExp(
  [
    String.raw`\+\d{1,3}(?:[ ()./-]{0,3}\d){7,13}(?!\d)`,
    String.raw`(?<![\d.,/-])00[1-9]\d{0,2}[ ()./-](?:[ ()./-]{0,3}\d){6,12}(?!\d)`,
    String.raw`(?<![\d.,/-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-.]\d{4}(?![\d.,/-])`,
    String.raw`(?<![\d.,/-])0[1-9](?:(?<gap>[ .])\d{2})(?:\k<gap>\d{2}){3}(?![\d.,/-]| \d)`,
    String.raw`(?<=\b${PHONE_WORD}\b[^\p{L}\p{N}]{0,4})\(?\d(?:[ ()./-]{0,3}\d){5,14}(?!\d)`,
  ].join('|'),
  'giu',
);

/** ISO 13616: country, two check digits, up to 30 characters, often in groups of four. */
const IBAN =
  /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![\p{L}\p{N}])/gu;
/** The shortest, Norway's, has 15. */
const MIN_IBAN_LENGTH = 15;

/** Whether the text could contain a phone number or the beginning of an IBAN. */
export const hasPersonalNumber = (text: string): boolean => MAY_BE_PHONE.test(text) || MAY_BE_IBAN.test(text);
const MAY_BE_PHONE =
  /\+\d{1,3}(?:[ ()./-]{0,3}\d){7}|00[1-9]\d{0,2}[ ()./-]|\d{3}[-. )] ?\d{3}[-.]\d{4}|0[1-9]([ .])\d\d\1\d\d\1/;
const MAY_BE_IBAN = /[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}/;

/**
 * Removes personal data that its form gives away.
 * @param onFound is called for each thing that was removed.
 * @returns the same string when there is nothing to remove.
 */
export function withoutPersonalText(text: string, onFound: () => void = () => {}): string {
  if (text.length < 6) return text;
  const found = (word: string): string => {
    onFound();
    return word;
  };
  let result = text;
  if (result.includes('@')) result = result.replace(EMAIL, () => found('[e-mail]'));
  if (MAY_BE_IBAN.test(result))
    result = result.replace(IBAN, (iban) => (isIban(iban) ? found('[IBAN]') : iban));
  if (MAY_BE_PHONE.test(result) || MAY_BE_ANNOUNCED.test(result))
    result = result.replace(PHONE, () => found('[phone]'));
  return result;
}

/** ISO 7064 MOD 97-10 over the IBAN with its first four characters moved to the end. */
function isIban(written: string): boolean {
  const compact = written.replace(/[ -]/g, '');
  if (compact.length < MIN_IBAN_LENGTH) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
