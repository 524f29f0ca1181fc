import { childrenOf, textAt, type XmlElement } from './xml.ts';

/** Where POSLog 2 to 6 and its dialects put one and the same thing. */

/** `true`, `True` and `1` are true. */
export function isTrue(element: XmlElement, attribute: string): boolean {
  return /^(?:true|1)$/i.test(element.attributes[attribute]?.trim() ?? '');
}

/** A name without the prefix of a dialect: `x:Rounding`, `DKT:CreditCard`. */
export const plainName = (name: string): string => name.slice(name.lastIndexOf(':') + 1);

/**
 * The store: `RetailStoreID` up to POSLog 5, `BusinessUnit` since POSLog 6, where several units (country, company) may
 * stand side by side.
 */
export function storeIdOf(element: XmlElement): string | undefined {
  const stated = textAt(element, 'RetailStoreID');
  if (stated !== undefined) return stated;
  const units = childrenOf(element, 'BusinessUnit').map((unit) => {
    const [id] = childrenOf(unit, 'UnitID');
    return {
      id: id?.text || textAt(unit, 'BusinessUnitNumber') || unit.text || undefined,
      type: plainName(id?.attributes['TypeCode'] ?? unit.attributes['TypeCode'] ?? ''),
    };
  });
  const named = units.filter(({ id }) => id !== undefined);
  const store = named.find(({ type }) => type === 'RetailStore') ?? named.find(({ type }) => type === '');
  return (store ?? named[0])?.id;
}

/** A date as `YYYY-MM-DD`, without time or zone; POSLog 6 wraps it into a `Date` in links. */
export function dateOf(element: XmlElement | undefined): string | undefined {
  const text = textAt(element, 'BusinessDayDate', 'Date') ?? textAt(element, 'BusinessDayDate');
  return text === undefined ? undefined : (/^\d{4}-\d\d-\d\d(?=$|[TZ+\s-])/.exec(text)?.[0] ?? '');
}

/** Texts that may hold the time of a transaction, the best one first. */
export function timesOf(transaction: XmlElement): string[] {
  const logTimes = childrenOf(transaction, 'POSLogDateTime').filter(
    ({ attributes }) => attributes['TypeCode'] !== 'Message',
  );
  return [
    ...childrenOf(transaction, 'EndDateTime'),
    ...childrenOf(transaction, 'BeginDateTime'),
    ...logTimes,
    ...childrenOf(transaction, 'ReceiptDateTime'),
    ...childrenOf(childrenOf(transaction, 'RetailTransaction')[0], 'ReceiptDateTime'),
  ]
    .map(({ text }) => text)
    .filter((text) => text !== '');
}

/** Currencies as dialects name them: an element of the transaction, or attributes of its amounts. */
export function currencyTextsOf(transaction: XmlElement): string[] {
  const found = [textAt(transaction, 'CurrencyCode'), transaction.attributes['CurrencyCode']];
  const [retail] = childrenOf(transaction, 'RetailTransaction');
  for (const total of childrenOf(retail, 'Total')) {
    found.push(total.attributes['CurrencyCode'], total.attributes['Currency']);
  }
  for (const item of childrenOf(retail, 'LineItem')) {
    for (const content of item.children) {
      for (const name of ['ExtendedAmount', 'Amount']) {
        const [amount] = childrenOf(content, name);
        found.push(amount?.attributes['Currency'], amount?.attributes['CurrencyCode']);
      }
    }
  }
  return found.filter((text) => text !== undefined && text !== '' && text !== 'XXX') as string[];
}
