import { PermanentError } from '../../../errors.ts';
import { parseAmount, parseDecimal, type Currency } from '../../../money.ts';
import { textAt, type XmlElement } from './xml.ts';

/** Decimal texts of a POSLog as integers. A text that is none, or finer than its unit, is a fault of the record. */
export interface Amounts {
  /** Minor units at the path, or undefined where there is no such element. @throws PermanentError `schema` */
  minor(element: XmlElement, ...path: string[]): number | undefined;
  /** Thousandths at the path. @throws PermanentError `schema` */
  milli(element: XmlElement, ...path: string[]): number | undefined;
}

export function amountsIn(currency: Currency): Amounts {
  const read = (parse: (text: string) => number | undefined, element: XmlElement, path: string[]) => {
    const text = textAt(element, ...path);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) {
      throw new PermanentError('schema', 'is no amount or quantity', {
        where: `/${[element.name, ...path].join('/')}`,
      });
    }
    return value;
  };
  return {
    minor: (element, ...path) => read((text) => parseAmount(text, currency), element, path),
    milli: (element, ...path) => read((text) => parseDecimal(text, 3), element, path),
  };
}
