import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { PermanentError, messageOf } from '../../../errors.ts';
import type { Pseudonymise } from '../../../privacy/pseudonym.ts';
import type { Found } from '../../../privacy/scrub.ts';
import { isRemovedField, keptText, privateName, privateText } from './field-privacy.ts';

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
/** In one transaction: ten times what the largest real ones have. */
const MAX_ELEMENTS = 100_000;
/**
 * Reads the `Transaction` elements of a POSLog one by one, scrubbed of card and personal data as they are read, so
 * that no more than one is in memory. `found` counts what stood in free text; names and the like are in every POSLog. Entities that a document declares are not expanded, and a document that
 * declares any is refused.
 * @throws PermanentError `bad-xml` with line and column, after having handed over the transactions before.
 */
export function readTransactions(
  text: string,
  pseudonymise: Pseudonymise,
  onTransaction: (transaction: XmlElement, found: Found) => void,
): void {
  const parser = new SaxesParser();
  const open: XmlElement[] = [];
  let depth = 0;
  let skippedFrom = 0;
  let found: Found = { cardNumbers: 0, personalFields: 0 };
  let elements = 0;
  parser.on('error', (fault) => {
    throw new PermanentError('bad-xml', 'The body is not XML', { where: placeOf(fault) });
  });
  parser.on('doctype', () => {
    throw new PermanentError('bad-xml', 'A document type is not accepted', { where: '1:1' });
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    elements = open.length === 0 ? 0 : elements + 1;
    if (elements > MAX_ELEMENTS) {
      throw new PermanentError('bad-xml', `A transaction has more than ${MAX_ELEMENTS} elements`);
    }
    if (depth > MAX_DEPTH) throw new PermanentError('bad-xml', 'The elements are nested too deep');
    if (skippedFrom > 0) return;
    const name = localName(tag.name);
    if (open.length === 0 && name !== 'Transaction') return;
    if (open.length > 0 && isRemovedField(name)) {
      skippedFrom = depth;
      return;
    }
    const element: XmlElement = {
      name,
      attributes: attributesOf(tag, pseudonymise, found),
      children: [],
      text: '',
    };
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
    element.text = privateText(element.name, element.text.trim(), pseudonymise, found);
    if (open.length > 0) return;
    onTransaction(element, found);
    found = { cardNumbers: 0, personalFields: 0 };
  });
  parser.write(text).close();
}

const localName = (name: string): string => privateName(name.slice(name.indexOf(':') + 1));

function attributesOf(tag: SaxesTagPlain, pseudonymise: Pseudonymise, found: Found): Record<string, string> {
  const kept: Array<[string, string]> = [];
  for (const [key, value] of Object.entries(tag.attributes)) {
    const name = localName(key);
    if (!isRemovedField(name)) kept.push([name, privateText(name, value, pseudonymise, found)]);
  }
  return Object.fromEntries(kept);
}

function placeOf(fault: Error): string {
  // The parser's messages begin with line and column; the rest may quote the document.
  return /^\d+:\d+/.exec(messageOf(fault))?.[0] ?? '';
}

/** The element as XML text, for a dead letter: without what may be personal in fields that mapping does not know. */
export function toXml(element: XmlElement): string {
  const attributes = Object.entries(element.attributes)
    .map(([name, value]) => ` ${name}="${escaped(keptText(name, value))}"`)
    .join('');
  const content = escaped(keptText(element.name, element.text)) + element.children.map(toXml).join('');
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
