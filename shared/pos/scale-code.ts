import { divideRounded } from '../money.ts';
import type { TransactionLine } from './event.ts';
import type { Product } from './product.ts';

/**
 * Bar codes that scales print: a GTIN-13 of restricted circulation (GS1 General Specifications, section 2.1.11), with prefix 02 or
 * 20 to 29, five digits for the item, five for its weight or price, and a check digit. One product has as many codes
 * as it has weights.
 */
export interface ScaleCode {
  /** Prefix and item, the same for every weight: `0212345`. */
  readonly item: string;
  /** The five digits behind them. */
  readonly value: number;
}

const SCALE_CODE = /^(?<item>(?:02|2\d)\d{5})(?<value>\d{5})\d$/;

/** Undefined for any other code. Tills pad with zeros, or drop them. */
export function scaleCodeOf(code: string): ScaleCode | undefined {
  if (!/^\d{12,14}$/.test(code)) return undefined;
  const { item, value } = SCALE_CODE.exec(code.replace(/^0+/, '').padStart(13, '0'))?.groups ?? {};
  return item === undefined || value === undefined ? undefined : { item, value: Number(value) };
}

/**
 * Under which of a product's codes its scale codes are found: `0212345000000` (the value left at zero), `0212345`, or
 * with letters or signs in place of the value, such as `0212345VVVVVC`; of what is sold by weight also the bare item number.
 */
export function scaleItemsOf({ codes, unit }: Pick<Product, 'codes' | 'unit'>): string[] {
  return codes.flatMap((code) => {
    const digits = /^(\d+)(?:[^\d]+\d?)?$/.exec(code.trim())?.[1] ?? '';
    const padded = digits.replace(/^0+/, '').padStart(13, '0');
    const masked = /^((?:02|2\d)\d{5})00000\d$/.exec(padded)?.[1];
    if (masked !== undefined) return [masked];
    if (/^(?:02|2\d)\d{5}$/.test(digits)) return [digits];
    if (/^2\d{5}$/.test(digits)) return [`0${digits}`];
    return unit !== 'each' && /^\d{1,5}$/.test(digits) ? [`02${digits.padStart(5, '0')}`] : [];
  });
}

/**
 * Takes the weight of a line from its code, where the till sent one piece of what is sold by weight. What the till
 * weighed itself is left unchanged.
 */
export function weighed(
  line: Pick<TransactionLine, 'productCode' | 'quantityMilli' | 'unit'>,
  product: Product | undefined,
  currency: string,
): Pick<TransactionLine, 'quantityMilli' | 'unit'> {
  const { quantityMilli, unit } = line;
  const code = scaleCodeOf(line.productCode);
  // Exactly one is what a till writes that did not weigh; where it did, its code says one, too.
  const isPiece = Math.abs(quantityMilli) === 1000;
  if (!code || !product?.scaleCode || product.unit === 'each' || !isPiece) return { quantityMilli, unit };
  const weightMilli =
    product.scaleCode === 'weight' ? code.value : weightOf(code, product.priceMinor[currency] ?? 0);
  if (weightMilli === 0) return { quantityMilli, unit };
  return { quantityMilli: Math.sign(quantityMilli) * weightMilli, unit: product.unit };
}

/** Behind prefix 02 the first of the five digits checks the four of the price, as UPC-A has it. */
function weightOf({ item, value }: ScaleCode, unitPriceMinor: number): number {
  if (unitPriceMinor === 0) return 0;
  const priceMinor = item.startsWith('02') ? value % 10_000 : value;
  return Number(divideRounded(BigInt(priceMinor) * 1000n, BigInt(unitPriceMinor)));
}
