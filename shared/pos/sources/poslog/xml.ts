import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { PermanentError, messageOf } from '../../../errors.ts';
import { withoutCardNumbers } from '../../../privacy/card-data.ts';
import { isGtin } from '../../../privacy/card-number.ts';
import { keptPseudonym, type Pseudonymise } from '../../../privacy/pseudonym.ts';
import { isPersonalField, plainKey } from '../../../privacy/scrub.ts';

/**
 * An element with its attributes, children and text, names without their namespace prefix: dialects put the same
 * fields into spaces of their own.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 64;
/** A customer's element holds the id next to the name; what is personal in it goes by its own name. */
const harmlessNames = new Set(['customer', 'reasonname', 'tendername']);
/** Elements for whatever a shop likes to keep: nobody can tell what is in them. */
const anythingGoes = new Set(['CRMCustomVariable']);
const productFields = new Set(['positemid', 'itemid', 'gtin', 'upc', 'alternativeitemid']);
const customerIds = new Set([
  'loyaltyid',
  'customerid',
  'loyaltyaccountid',
  'membershipid',
  'householdid',
  'cardid',
]);
const giftCardIds = new Set(['giftcardid', 'giftcertificateserialnumber', 'serialnumber']);

/**
 * Reads the `Transaction` elements of a POSLog one by one, scrubbed of card and personal data as they are read, so
 * that no more than one is in memory. Entities that a document declares are not expanded, and a document that
 * declares any is refused.
 * @throws PermanentError `bad-xml` with line and column, after having handed over the transactions before.
 */
export function readTransactions(
  text: string,
  pseudonymise: Pseudonymise,
  onTransaction: (transaction: XmlElement) => void,
): void {
  const parser = new SaxesParser();
  const open: XmlElement[] = [];
  let depth = 0;
  let skippedFrom = 0;
  parser.on('error', (fault) => {
    throw new PermanentError('bad-xml', 'The body is not XML', { where: placeOf(fault) });
  });
  parser.on('doctype', () => {
    throw new PermanentError('bad-xml', 'A document type is not accepted', { where: '1:1' });
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    if (depth > MAX_DEPTH) throw new PermanentError('bad-xml', 'The elements are nested too deep');
    if (skippedFrom > 0) return;
    const name = localName(tag.name);
    if (open.length === 0 && name !== 'Transaction') return;
    if (open.length > 0 && (isPersonalField(name, harmlessNames) || anythingGoes.has(name))) {
      skippedFrom = depth;
      return;
    }
    const element: XmlElement = { name, attributes: attributesOf(tag), children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const onText = (chunk: string): void => {
    const element = skippedFrom > 0 ? undefined : open.at(-1);
    if (element) element.text += chunk;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    depth -= 1;
    if (skippedFrom > 0) {
      if (depth < skippedFrom) skippedFrom = 0;
      return;
    }
    const element = open.pop();
    if (!element) return;
    element.text = scrubbedText(element.name, element.text.trim(), pseudonymise);
    if (open.length === 0) onTransaction(element);
  });
  parser.write(text).close();
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function attributesOf(tag: SaxesTagPlain): Record<string, string> {
  const kept: Array<[string, string]> = [];
  for (const [key, value] of Object.entries(tag.attributes)) {
    const name = localName(key);
    if (!isPersonalField(name, harmlessNames)) kept.push([name, withoutCardNumbers(value)]);
  }
  return Object.fromEntries(kept);
}

function scrubbedText(name: string, text: string, pseudonymise: Pseudonymise): string {
  const field = plainKey(name);
  if (text === '') return text;
  if (customerIds.has(field)) return keptPseudonym(pseudonymise, 'customer', text);
  if (giftCardIds.has(field)) return keptPseudonym(pseudonymise, 'gift-card', text);
  return productFields.has(field) && isGtin(text) ? text : withoutCardNumbers(text);
}

function placeOf(fault: Error): string {
  // The parser's messages begin with line and column; the rest may quote the document.
  return /^\d+:\d+/.exec(messageOf(fault))?.[0] ?? '';
}

/** The element as XML text, for a dead letter. */
export function toXml(element: XmlElement): string {
  const attributes = Object.entries(element.attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('');
  const content = escaped(element.text) + element.children.map(toXml).join('');
  return `<${element.name}${attributes}>${content}</${element.name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

/** The text of the element at the path, or undefined where there is none or it is empty. */
export function textAt(element: XmlElement | undefined, ...path: string[]): string | undefined {
  const found = path.reduce<XmlElement | undefined>((parent, name) => child(parent, name), element);
  return found?.text || undefined;
}
