import { MIN_CARD_DIGITS, cardNumberIn } from './card-number.ts';
import { DIGIT_RUN, isEvenGrouping, replaceInRun, sizesOf, type Group } from './digit-runs.ts';
import { hasOtherDigits, withPlainDigits } from './digits.ts';
import type { Pseudonymise } from './pseudonym.ts';

/** How American Express and Diners Club emboss their numbers; the others use groups of equal size. */
const EMBOSSED = new Set(['4-6-5', '4-6-4']);
const isGrouping = (groups: readonly Group[]): boolean =>
  isEvenGrouping(groups) || EMBOSSED.has(sizesOf(groups));
const SHORT_PSEUDONYM = 11;

/** Twelve digits without a letter in between, or what is not ASCII. Most ids have fewer, and every ledger row has several. */
function mayHoldCard(id: string): boolean {
  let digits = 0;
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index);
    if (code > 0x7f) return true;
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (digits === MIN_CARD_DIGITS) return true;
    } else if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) digits = 0;
  }
  return false;
}

/**
 * An id without card numbers: each becomes `card-` and 66 bits of keyed pseudonym.
 *
 * Only digits that nothing separates, or that are grouped as on a card, count. An id that is made of parts, such as
 * `4711-2-20260302-00123`, is none, whatever its digits would add up to. Events and ledger rows both come through this
 * function, so a reference that happens to look like a card number still matches on both sides, and two ids that
 * end in the same digits stay distinct.
 * @returns the same string where there is nothing to replace.
 */
export function idWithoutCardNumbers(
  id: string,
  pseudonymise: Pseudonymise,
  onCardNumber: () => void = () => {},
): string {
  if (!mayHoldCard(id)) return id;
  if (hasOtherDigits(id)) {
    const plain = withPlainDigits(id);
    const result = idWithoutCardNumbers(plain, pseudonymise, onCardNumber);
    return result === plain ? id : result;
  }
  const replace = (digits: string): string => {
    onCardNumber();
    return `card-${pseudonymise('id', digits).slice(0, SHORT_PSEUDONYM)}`;
  };
  return id.replace(DIGIT_RUN, (run) => replaceInRun(run, { replace, inBare: cardNumberIn, isGrouping }));
}
