import { CODE_WORD, cardNumberInBare } from './card-data.ts';
import { MIN_CARD_DIGITS } from './card-number.ts';
import { MAX_GAP, replaceInRun } from './digit-runs.ts';
import { hasOtherDigits } from './digits.ts';
import { PHONE_WORD, hasPersonalNumber } from './personal-text.ts';

/** The longest separator, in bytes of UTF-8. */
const MAX_GAP_BYTES = 4 * MAX_GAP;
/** The shortest phone number that is found without a word before it. */
const MIN_PHONE_DIGITS = 8;
/** The shortest number that is private because of the word before it: a verification code. */
const MIN_CODE_DIGITS = 3;
const MAX_ANNOUNCEMENT = 24;
const ANNOUNCEMENT = new RegExp(String.raw`(?:${CODE_WORD}|${PHONE_WORD})[^\p{L}\p{N}]{0,5}$`, 'iu');
const IBAN_START_LENGTH = 16;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COLON = 0x3a;

/**
 * A quick look at a whole JSON body: without a hint of card or personal data, its values need no scrubbing. It may err
 * towards yes only, and understands escapes and exponents. It ignores field names, so a GTIN that looks like
 * a card number is a hit as well. Personal fields are not looked for: a strict schema finds each field that is not its own.
 */
export function valuesNeedScrubbing(json: Buffer, text: string): boolean {
  return text.includes('@') || mayHoldPrivateNumber(json, text);
}

/** Byte by byte, as this runs over every webhook; regular expressions over the whole body take five times as long. */
function mayHoldPrivateNumber(json: Buffer, text: string): boolean {
  if (json.includes(BACKSLASH)) return true;
  let start = 0;
  let digits = 0;
  let gap = 0;
  let isBare = true;
  for (let at = 0; at <= json.length; at += 1) {
    if (digits === 0) at = nextDigit(json, at);
    const byte = json[at] ?? QUOTE;
    if (byte >= 0x30 && byte <= 0x39) {
      if (digits === 0) {
        start = at;
        isBare = true;
        if (mayBeginIban(json, at)) return true;
      }
      if (gap > 0) isBare = false;
      digits += 1;
      gap = 0;
      continue;
    }
    if (digits === 0) continue;
    gap += 1;
    if (gap <= MAX_GAP_BYTES && maySeparate(byte)) continue;
    if (digits >= MIN_CODE_DIGITS && isAnnounced(json, start)) return true;
    if (digits >= MIN_PHONE_DIGITS && isPrivate(json, start, at, digits, isBare)) return true;
    // A number such as 4.1e15; digits in a text have a quote or another character before them.
    const isExponent = byte === 0x65 || byte === 0x45;
    if (isExponent && json[start - 1] !== QUOTE) return true;
    digits = 0;
    gap = 0;
  }
  return text.length !== json.length && hasOtherDigits(text);
}

/** @returns the length where there is none. */
function nextDigit(json: Buffer, from: number): number {
  const { length } = json;
  let at = from;
  while (at < length && isNoDigit(json[at] as number)) at += 1;
  return at;
}

const isNoDigit = (byte: number): boolean => byte < 0x30 || byte > 0x39;

/** ASCII letters and quotes end a number; whatever is not ASCII may be a separator. */
function maySeparate(byte: number): boolean {
  return byte !== QUOTE && !(byte >= 0x41 && byte <= 0x5a) && !(byte >= 0x61 && byte <= 0x7a);
}

function isPrivate(json: Buffer, start: number, end: number, digits: number, isBare: boolean): boolean {
  const before = json[start - 1];
  if (digits >= MIN_CARD_DIGITS) {
    const run = json.toString('utf8', start, end);
    if (isBare ? cardNumberInBare(run.replace(/\D+$/, '')) !== undefined : holdsCardNumber(run)) return true;
  }
  if (isBare && before !== PLUS) return false;
  return hasPersonalNumber(json.toString('utf8', Math.max(0, start - 2), end));
}

/** It ignores how digits are grouped and what precedes them. */
const holdsCardNumber = (run: string): boolean =>
  replaceInRun(run, { replace: () => '', inBare: cardNumberInBare, isGrouping: () => true }) !== run;

/** A number that is a value, or begins one, has a quote before it. */
function isAnnounced(json: Buffer, start: number): boolean {
  const before = json[start - 1];
  if (before === QUOTE || (before === COLON && json[start - 2] === QUOTE)) return false;
  return ANNOUNCEMENT.test(json.toString('utf8', Math.max(0, start - MAX_ANNOUNCEMENT), start));
}

const isUpperCase = (byte = 0): boolean => byte >= 0x41 && byte <= 0x5a;

function mayBeginIban(json: Buffer, at: number): boolean {
  if (!isUpperCase(json[at - 1]) || !isUpperCase(json[at - 2])) return false;
  return hasPersonalNumber(json.toString('utf8', at - 2, at + IBAN_START_LENGTH));
}
