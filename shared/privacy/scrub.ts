import { withoutCardNumbers, withoutCodes } from './card-data.ts';
import { idWithoutCardNumbers } from './card-ids.ts';
import { isGtin } from './card-number.ts';
import { withoutPersonalText } from './personal-text.ts';
import type { Pseudonymise } from './pseudonym.ts';

/**
 * Removes card and personal data from a decoded body before anything else looks at it (promise P6).
 *
 * - Free text loses card numbers and tracks (their last four digits stay), verification codes, e-mail addresses, phone
 *   numbers and IBANs; so do keys and numbers.
 * - In an id, a certain card number becomes a pseudonym: see `idWithoutCardNumbers`.
 * - Card verification codes, PINs, track fields, and the fields of a person (names, e-mail, phone, address, birth
 *   date) are removed with everything inside them.
 * - Fields with product codes keep GTINs.
 */
export interface ScrubRules {
  /** Fields of product codes, as `plainKey` gives them. */
  readonly productFields: ReadonlySet<string>;
  /** Fields that identify something. */
  readonly idFields: ReadonlySet<string>;
  /** Fields that end in `name` but do not name a person. */
  readonly harmlessNames: ReadonlySet<string>;
  readonly pseudonymise: Pseudonymise;
}

/** What was found, to report to the sender. */
export interface Found {
  cardNumbers: number;
  personalFields: number;
}
export interface Scrubbed extends Readonly<Found> {
  readonly value: unknown;
}

const CARD_SECRET =
  /^(?:.*(?:cvv|cvc|cav2|csc|cvn|securitycode|verificationvalue|verificationcode|magstripe|trackdata|cardtrack|encryptedcard|pinblock).*|track[123]?|cid|pin)$/;
const PERSONAL =
  /(?:email|phone|telephone|cardholder|birth|address|passport|socialsecurity|iban|signature|postalcode|zipcode)|^(?:ssn|dob|msisdn|fax|mobilenumber|person|customer|buyer|recipient|shipto|billto|contact|surname|name|note)$|name$/;
const MAX_DEPTH = 64;

export const plainKey = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Whether the field describes a person or holds a secret of a card. */
export function isPersonalField(key: string, harmlessNames: ReadonlySet<string>): boolean {
  const plain = plainKey(key);
  if (harmlessNames.has(plain)) return false;
  return PERSONAL.test(plain) || CARD_SECRET.test(plain);
}

export function scrub(value: unknown, rules: ScrubRules): Scrubbed {
  const found = { cardNumbers: 0, personalFields: 0 };
  return { value: walk(value, '', 0, rules, found), ...found };
}

function walk(value: unknown, field: string, depth: number, rules: ScrubRules, found: Found): unknown {
  switch (typeof value) {
    case 'string':
      return scrubText(value, field, rules, found);
    case 'number':
      return scrubNumber(value, field, rules, found);
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => walk(item, field, depth + 1, rules, found));
  const entries: Array<[string, unknown]> = [];
  for (const [key, child] of Object.entries(value)) {
    if (isPersonalField(key, rules.harmlessNames)) found.personalFields += 1;
    else entries.push([scrubFreeText(key, found), walk(child, plainKey(key), depth + 1, rules, found)]);
  }
  // fromEntries defines own properties, so a key `__proto__` stays a key.
  return Object.fromEntries(entries);
}

function scrubNumber(value: number, field: string, rules: ScrubRules, found: Found): unknown {
  // JSON.parse makes 1e400 Infinity, which has no digits and which no schema takes.
  if (!Number.isFinite(value) || Math.abs(value) < 1e11) return value;
  const text = BigInt(Math.trunc(Math.abs(value))).toString();
  const scrubbed = scrubText(text, field, rules, found);
  return scrubbed === text ? value : scrubbed;
}

/** Scrubs a text according to its field. */
function scrubText(text: string, field: string, rules: ScrubRules, found: Found): string {
  if (rules.productFields.has(field) && isGtin(text.trim())) return text;
  return rules.idFields.has(field) ? scrubId(text, rules.pseudonymise, found) : scrubFreeText(text, found);
}

/** A text that identifies something: it keeps its digits, except a card number, but not an e-mail address. */
export function scrubId(text: string, pseudonymise: Pseudonymise, found: Found): string {
  const id = idWithoutCardNumbers(text, pseudonymise, () => (found.cardNumbers += 1));
  return id.includes('@') ? withoutPersonalText(id, () => (found.personalFields += 1)) : id;
}

/** Free text. */
export function scrubFreeText(text: string, found: Found = { cardNumbers: 0, personalFields: 0 }): string {
  const withoutCards = withoutCardNumbers(text, (digits) => {
    found.cardNumbers += 1;
    return `[card ${digits.slice(-4)}]`;
  });
  const coded = withoutCodes(withoutCards);
  if (coded !== withoutCards) found.cardNumbers += 1;
  return withoutPersonalText(coded, () => (found.personalFields += 1));
}

/**
 * What may be kept of a body that could not be decoded, so that no field is known: its punctuation, which shows a person
 * where it breaks. Letters become `x` and digits `9`.
 */
export function shapeOf(text: string, maxLength: number): string {
  const shown = text.slice(0, maxLength).replace(/\p{L}/gu, 'x').replace(/\p{N}/gu, '9');
  return text.length > maxLength ? `${shown}...` : shown;
}
