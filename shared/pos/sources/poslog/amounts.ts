import { PermanentError } from '../../../errors.ts';
import { divideRounded, exponentOf, type Currency } from '../../../money.ts';
import { MAX_AMOUNT_MINOR, MAX_QUANTITY_MILLI } from '../../event.ts';
import { textAt, type XmlElement } from './xml.ts';

/** A decimal as it was written: `value` times 10 to the power of -`digits`. Never a float. */
interface Decimal {
  readonly value: bigint;
  readonly digits: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;
/** Longer ones are no amounts, and would only cost time. */
const MAX_CHARACTERS = 60;

/** An `xs:decimal`, which also may be written `.50` or `5.`; undefined for any other text. */
function decimalOf(text: string): Decimal | undefined {
  const match = text.length > MAX_CHARACTERS ? null : DECIMAL.exec(text);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (whole + fraction === '') return undefined;
  const value = BigInt(whole + fraction);
  return { value: sign === '-' ? -value : value, digits: fraction.length };
}

/** In units of 10^-`digits`, rounded half away from zero. */
function scaled(decimal: Decimal, digits: number): { value: bigint; isExact: boolean } {
  if (decimal.digits <= digits) {
    return { value: decimal.value * 10n ** BigInt(digits - decimal.digits), isExact: true };
  }
  const divisor = 10n ** BigInt(decimal.digits - digits);
  return { value: divideRounded(decimal.value, divisor), isExact: decimal.value % divisor === 0n };
}

const within = (value: bigint, limit: number): boolean => value >= BigInt(-limit) && value <= BigInt(limit);

/**
 * Reads the decimals of one transaction. What carries money must be readable, or the transaction is refused; what only
 * informs never refuses anything. A text stays a text until it is an exact integer.
 */
export class Amounts {
  readonly currency: Currency;
  /** Where an amount or a quantity was finer than its unit, and was rounded. */
  readonly rounded = new Set<string>();
  /** How many amounts were. */
  roundedAmounts = 0;

  constructor(currency: Currency) {
    this.currency = currency;
  }

  /**
   * Minor units at the path, rounded (and noted) where the text is finer than the currency; undefined where there is no
   * such element.
   * @throws PermanentError `schema` for a text that is no amount, or larger than any till takes.
   */
  minor(element: XmlElement, ...path: string[]): number | undefined {
    const { value, isExact } = this.#number(element, path, exponentOf(this.currency), MAX_AMOUNT_MINOR);
    if (!isExact) this.roundedAmounts += 1;
    return value;
  }

  /** As `minor`, for money that changed hands: it cannot be finer than the currency. @throws PermanentError `schema` */
  exactMinor(element: XmlElement, ...path: string[]): number | undefined {
    const decimal = decimalOf(textAt(element, ...path) ?? '');
    if (decimal && !scaled(decimal, exponentOf(this.currency)).isExact) {
      throw faultAt(element, path, `has more decimals than ${this.currency} has`);
    }
    return this.minor(element, ...path);
  }

  /** As `minor`, for what only informs: undefined where it is no amount or an absurd one. */
  information(element: XmlElement, ...path: string[]): number | undefined {
    const decimal = decimalOf(textAt(element, ...path) ?? '');
    if (!decimal) return undefined;
    const { value } = scaled(decimal, exponentOf(this.currency));
    return within(value, MAX_AMOUNT_MINOR) ? Number(value) : undefined;
  }

  /** Thousandths of the unit at the path. @throws PermanentError `schema` */
  milli(element: XmlElement, ...path: string[]): number | undefined {
    return this.#number(element, path, 3, MAX_QUANTITY_MILLI).value;
  }

  /** Unit price times quantity in minor units, rounded once; undefined where one of them is missing or no number. */
  extended(element: XmlElement, priceName: string): number | undefined {
    const price = decimalOf(textAt(element, priceName) ?? '');
    const quantity = decimalOf(textAt(element, 'Quantity') ?? '1');
    if (!price || !quantity) return undefined;
    const product = { value: price.value * quantity.value, digits: price.digits + quantity.digits };
    const { value } = scaled(product, exponentOf(this.currency));
    return within(value, MAX_AMOUNT_MINOR) ? Number(value) : undefined;
  }

  #number(
    element: XmlElement,
    path: string[],
    digits: number,
    limit: number,
  ): { value: number | undefined; isExact: boolean } {
    const text = textAt(element, ...path);
    if (text === undefined) return { value: undefined, isExact: true };
    const decimal = decimalOf(text);
    if (!decimal) {
      throw faultAt(element, path, 'is no decimal number such as 12.50, without separators of thousands');
    }
    const { value, isExact } = scaled(decimal, digits);
    if (!within(value, limit)) {
      throw faultAt(
        element,
        path,
        'is larger than any till takes: is a bar code or another number in this field?',
      );
    }
    if (!isExact) this.rounded.add([element.name, ...path].join('/'));
    return { value: Number(value), isExact };
  }
}

function faultAt(element: XmlElement, path: readonly string[], message: string): PermanentError {
  return new PermanentError('schema', message, { where: `/${[element.name, ...path].join('/')}` });
}

/** A rate in percent as hundredths of a percent, rounded: it describes. Undefined for what is no rate. */
export function basisPointsOf(text: string | undefined): number | undefined {
  const decimal = decimalOf(text?.replace(/%$/, '').trim() ?? '');
  if (!decimal) return undefined;
  const { value } = scaled(decimal, 2);
  return value >= 0n && within(value, 1_000_000) ? Number(value) : undefined;
}
