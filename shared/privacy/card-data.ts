import { MAX_CARD_DIGITS, MIN_CARD_DIGITS, cardNumberIn, fitsIssuer, isGs1Number } from './card-number.ts';
import { DIGIT_RUN, isEvenGrouping, replaceInRun, sizesOf, type Group } from './digit-runs.ts';
import { hasOtherDigits, withPlainDigits } from './digits.ts';

/**
 * Finds card numbers (PAN) in free text, and what is written next to one: expiry, verification code, track. PCI DSS 3.4
 * allows the last four digits to stay; nothing else may be stored or sent on.
 *
 * People and tills put anything between the digits. What distinguishes dates, amounts and order numbers from a card is how
 * the digits are grouped.
 */

/** A UUID may contain any digits and never holds a card. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** What magnetic stripes hold: ISO/IEC 7813 track 1 (`%B...^NAME^...?`) and track 2 (`;...=...?`). */
const TRACK = /%?[bB]\d[\d\s]{10,24}\^[^^]{0,40}\^[^?]{0,60}\??|;?\d{12,19}[=D]\d{4,}[^\s?]{0,40}\??/g;

/**
 * Replaces every card number and track in the text by `replace(digits)`; by default by its last four digits. Expiry and
 * verification code next to one are removed as well.
 * @returns the same string when there is nothing to replace.
 */
export function withoutCardNumbers(text: string, replace: (digits: string) => string = lastFour): string {
  if (text.length < MIN_CARD_DIGITS) return text;
  if (hasOtherDigits(text)) {
    const plain = withPlainDigits(text);
    const result = withoutCardNumbers(plain, replace);
    return result === plain ? text : result;
  }
  const untracked = text.replace(TRACK, (track) => {
    const digits = /\d[\d\s]{10,24}/.exec(track)?.[0].replace(/\D/g, '') ?? '';
    const card = cardNumberInBare(digits);
    return card === undefined ? track : replace(card);
  });
  const uuids = rangesOf(untracked, UUID);
  const isAboutCards = CARD_WORD.test(untracked);
  const bare = untracked.replace(DIGIT_RUN, (run, at: number) =>
    uuids.some(({ from, to }) => at < to && at + run.length > from)
      ? run
      : replaceInRun(run, {
          replace,
          inBare: (digits, before) => {
            const label = untracked.slice(Math.max(0, at - MAX_LABEL), at) + before;
            return isGs1Number(digits) && GS1_WORD.test(label) ? undefined : cardNumberInBare(digits);
          },
          isGrouping: (groups) => isAboutCards || isCardGrouping(groups),
        }),
  );
  return bare === text ? text : withoutCardSecrets(bare);
}

function rangesOf(text: string, pattern: RegExp): { from: number; to: number }[] {
  return [...text.matchAll(pattern)].map(({ 0: { length }, index }) => ({ from: index, to: index + length }));
}

/** Near these words any grouping of digits is suspect. */
const CARD_WORD =
  /\b(?:card|karte|carte|tarjeta|carta|visa|master ?card|maestro|amex|diners|discover|unionpay|jcb|pan|kredit\w*|cc|cv[vcn]2?|expiry)\b/i;
const MAX_LABEL = 16;
/** Near these words a number with a valid GS1 check digit is a GS1 number. */
const GS1_WORD = /(?:\b(?:gtin|ean|upc|sscc|isbn|nve)(?:[- ]?\d{1,2})?|\(0[0-2]\))[\s:#.-]*$/i;

/** Groupings that cards and forms use, besides groups of equal size. */
const KNOWN_GROUPINGS = new Set(['4-6-5', '4-6-4', '6-13', '6-10', '4-4-5', '4-4-4-6', '4-4-4-7', '4-3-3-3']);

const isCardGrouping = (groups: readonly Group[]): boolean =>
  isEvenGrouping(groups) || KNOWN_GROUPINGS.has(sizesOf(groups));

/** Longer runs of digits are random numbers; a card number inside one is a coincidence. */
const MAX_RUN_AROUND_CARD = 24;
/** Visa, Mastercard, Discover, American Express: nearly all cards. */
const COMMON = /^(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13})$/;
/** Month and year, in either order; no card is valid for longer. */
const EXPIRY = /^(?:(?:0[1-9]|1[0-2])[2-4]\d|[2-4]\d(?:0[1-9]|1[0-2]))\d{0,4}$/;

/** A card number in digits without separators: alone, with an expiry date behind it, or among other digits. */
export function cardNumberInBare(digits: string): string | undefined {
  const card = cardNumberIn(digits);
  const significant = digits.replace(/^0+/, '');
  if (card !== undefined || significant.length < 17) return card;
  for (let length = 14; length <= MAX_CARD_DIGITS && length < significant.length; length += 1) {
    const start = significant.slice(0, length);
    if (EXPIRY.test(significant.slice(length)) && fitsIssuer(start)) return start;
  }
  if (isGs1Number(digits) || significant.length > MAX_RUN_AROUND_CARD) return undefined;
  for (let from = 0; from + 15 <= significant.length; from += 1) {
    for (const length of [16, 15]) {
      const part = significant.slice(from, from + length);
      if (COMMON.test(part) && fitsIssuer(part)) return part;
    }
  }
  return undefined;
}

const lastFour = (digits: string): string => `[card ${digits.slice(-4)}]`;

/** Pattern of the words that introduce a verification code. */
export const CODE_WORD = String.raw`(?:cvv2?|cvc2?|cvn2?|csc|cav2?|cid|security code|sicherheitscode|pr(?:ü|ue)f(?:ziffer|nummer))`;
/** A verification code must never be kept, with or without a card number (PCI DSS 3.3.1.2). */
const LABELLED_CODE = new RegExp(String.raw`\b${CODE_WORD}\b[\s:=#.-]{0,4}\d{3,4}(?!\d)`, 'gi');
const LABELLED_PIN = /\bpin\b[\s:=#.-]{0,4}\d{4,6}(?!\d)/gi;
const LABELLED_EXPIRY =
  /\b(?:exp(?:iry|ires|iration|\.)?(?: date)?|valid (?:thru|until|to)|gültig bis|good thru|mm\/yy)[\s:.=-]{0,4}(?:0?[1-9]|1[0-2])\s?[/.-]?\s?(?:20)?\d{2}(?!\d)/gi;
const NEXT_TO_CARD =
  /(\[card \d{4}\])[\s,;:|/-]{1,4}(?:0?[1-9]|1[0-2])\s?[/.-]\s?(?:20)?\d{2}(?!\d)(?:[\s,;:|/-]{1,4}\d{3,4}(?!\d))?/g;

/** Removes verification codes that a word identifies. */
export function withoutCodes(text: string): string {
  return text.replace(LABELLED_CODE, '[code]');
}

/** What may stand next to a card number, once one was found. */
function withoutCardSecrets(text: string): string {
  return withoutCodes(text)
    .replace(LABELLED_PIN, '[code]')
    .replace(LABELLED_EXPIRY, '[expiry]')
    .replace(NEXT_TO_CARD, '$1 [expiry]');
}
