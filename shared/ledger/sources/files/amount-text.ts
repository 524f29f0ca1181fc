import { exponentOf, formatAmount, type Currency } from '../../../money.ts';

/**
 * Amounts as files write them. Which of `.` and `,` is the decimal mark is a convention of the whole file, so
 * "1.000" alone has two readings; what only one convention can have written, such as "12.50" or "1.234,56", shows which
 * one it is. Nothing is rounded, and nothing is guessed.
 */
export type DecimalMark = '.' | ',';

/** A file holds sums of whole statements, which outgrow what one till takes; beyond this it is no amount of money. */
export const MAX_LEDGER_AMOUNT_MINOR = 10 ** 13;

export type AmountReading =
  | {
      readonly kind: 'amount';
      readonly amountMinor: number;
      /** The decimal mark that follows from the text. */
      readonly shows: DecimalMark | undefined;
      /** Read in the documented form, though "12.345" of a currency with three decimals could hold thousands. */
      readonly assumed?: true;
    }
  /** Both conventions can have written it, and it depends on them. */
  | { readonly kind: 'doubtful'; readonly byMark: Readonly<Record<DecimalMark, Fitted>> }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** What a text means in one convention: an amount, or why it is none in this currency. */
export type Fitted =
  { readonly amountMinor: number } | { readonly amountMinor?: undefined; readonly reason: string };

const MINUS = /[-\u2010-\u2013\u2212\ufe63\uff0d]/.source;
const SIGNED = new RegExp(`^(?:\\((.+)\\)|(${MINUS}|\\+)?\\s*([^()]*?)\\s*(${MINUS}|\\+)?)$`, 'u');
/** Texts without marks, and those in the plain form that most files use, are read at once. */
const PLAIN = /^(-?)(\d{1,13})(?:\.(\d\d?))?$/;
const SCIENTIFIC = /^[-+]?\d+(?:[.,]\d+)?e[-+]?\d+$/i;

/**
 * Reads the text of an amount.
 * @param decimal the mapping's decimal mark; undefined where the file itself has to show it
 */
export function readAmount(text: string, currency: Currency, decimal?: DecimalMark): AmountReading {
  const digits = exponentOf(currency);
  const plain = decimal === ',' ? null : PLAIN.exec(text);
  const fraction = plain?.[3] ?? '';
  if (plain && fraction.length <= digits) {
    const minor = Number((plain[2] ?? '') + fraction.padEnd(digits, '0'));
    if (minor <= MAX_LEDGER_AMOUNT_MINOR) {
      const amountMinor = plain[1] === '-' && minor !== 0 ? -minor : minor;
      return { kind: 'amount', amountMinor, shows: fraction === '' ? undefined : '.' };
    }
  }
  return readMarked(text.trim(), currency, decimal);
}

function readMarked(text: string, currency: Currency, decimal: DecimalMark | undefined): AmountReading {
  if (text === '') return unreadable('is empty');
  if (SCIENTIFIC.test(text))
    return unreadable(
      `"${text}" is in scientific notation, in which a spreadsheet drops digits; export the column as plain numbers`,
    );
  const signed = signOf(text);
  if (!signed) return unreadable(`"${text}" is not an amount such as -12.50`);
  const { negative, body } = signed;
  const read = (mark: DecimalMark): Fitted | undefined => {
    const parts = partsOf(body, mark);
    return parts && fitted(parts, negative, currency);
  };
  if (decimal !== undefined) {
    const found = read(decimal);
    if (!found) return unreadable(`"${text}" is not an amount with the decimal mark "${decimal}"`);
    return found.amountMinor === undefined
      ? unreadable(`"${text}" ${found.reason}`)
      : { kind: 'amount', amountMinor: found.amountMinor, shows: undefined };
  }
  const point = read('.');
  const comma = read(',');
  const only = point ?? comma;
  if (!only) return unreadable(`"${text}" is not an amount such as -12.50`);
  if (point && comma && !isSame(point, comma)) {
    // The documented form: a point, and no more decimals than the currency has.
    const documented = point.amountMinor !== undefined && decimalsOf(body) <= exponentOf(currency);
    if (documented)
      return { kind: 'amount', amountMinor: point.amountMinor, shows: undefined, assumed: true };
    return { kind: 'doubtful', byMark: { '.': point, ',': comma } };
  }
  if (only.amountMinor === undefined) return unreadable(`"${text}" ${only.reason}`);
  const shows = point && comma ? undefined : point ? '.' : ',';
  return { kind: 'amount', amountMinor: only.amountMinor, shows };
}

const unreadable = (reason: string): AmountReading => ({ kind: 'unreadable', reason });
const isSame = (one: Fitted, other: Fitted): boolean =>
  one.amountMinor === other.amountMinor && one.amountMinor !== undefined;

/** One sign at most: in front, behind, or brackets. */
function signOf(text: string): { negative: boolean; body: string } | undefined {
  const match = SIGNED.exec(text);
  if (!match) return undefined;
  const [, bracketed, before, bare = '', after] = match;
  if (bracketed !== undefined) return { negative: true, body: bracketed.trim() };
  if (before !== undefined && after !== undefined) return undefined;
  const sign = before ?? after;
  return { negative: sign !== undefined && sign !== '+', body: bare };
}

const GROUPS = /^\d{1,3}(?:([.,'\u2019\u0020\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*$/u;

/** Lakh and crore, as India writes them: 1,00,000 and 12,34,567. */
const INDIAN_GROUPS = /^\d{1,2}(?:,\d\d)+,\d{3}$/;

/** Whole and decimal digits in a convention; undefined where it cannot have written the text. */
function partsOf(body: string, mark: DecimalMark): { whole: string; fraction: string } | undefined {
  const at = body.indexOf(mark);
  const left = at === -1 ? body : body.slice(0, at);
  const fraction = at === -1 ? '' : body.slice(at + 1);
  if (at !== -1 && !/^\d+$/.test(fraction)) return undefined;
  if (/^\d+$/.test(left)) return { whole: left, fraction };
  if (at === 0) return { whole: '0', fraction };
  if (mark === '.' && INDIAN_GROUPS.test(left) && !left.startsWith('0'))
    return { whole: left.replaceAll(',', ''), fraction };
  const groups = GROUPS.exec(left);
  // "0.500" and "007.000" are no thousands.
  if (!groups || groups[1] === mark || left.startsWith('0')) return undefined;
  return { whole: left.replace(/\D/gu, ''), fraction };
}

function fitted(parts: { whole: string; fraction: string }, negative: boolean, currency: Currency): Fitted {
  const digits = exponentOf(currency);
  const { whole, fraction } = parts;
  if (/[^0]/.test(fraction.slice(digits)))
    return { reason: `has ${fraction.length} decimals, ${currency} has at most ${digits}` };
  const minor = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  if (minor > BigInt(MAX_LEDGER_AMOUNT_MINOR))
    return { reason: `is more than ${formatAmount(MAX_LEDGER_AMOUNT_MINOR, currency)} ${currency}` };
  const value = Number(minor);
  return { amountMinor: negative && value !== 0 ? -value : value };
}

/** Digits after the point of a text that has one mark. */
function decimalsOf(body: string): number {
  const at = body.indexOf('.');
  return at === -1 ? Number.POSITIVE_INFINITY : body.length - at - 1;
}

/** Both readings of a doubtful amount, for the message. */
export function readingsOf(byMark: Readonly<Record<DecimalMark, Fitted>>, currency: Currency): string {
  const said = (mark: DecimalMark): string => {
    const { amountMinor } = byMark[mark];
    return amountMinor === undefined
      ? `no amount (it ${byMark[mark].reason})`
      : `${formatAmount(amountMinor, currency)} ${currency}`;
  };
  return `has two readings: ${said('.')} with a decimal point, ${said(',')} with a decimal comma`;
}
