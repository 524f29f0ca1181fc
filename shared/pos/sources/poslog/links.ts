import type { TransactionEvent } from '../../event.ts';
import { MAX_CODE_LENGTH } from '../../event.ts';
import { dateOf, plainName, storeIdOf } from './dialect.ts';
import { transactionIdOf, type TransactionKey } from './head.ts';
import type { Reading } from './draft.ts';
import { childrenOf, textAt, type XmlElement } from './xml.ts';

/** A post-void may be a transaction of its own, which names the one that it takes back. */
export function voidLinkOf(retail: XmlElement): XmlElement | undefined {
  return childrenOf(retail, 'TransactionLink').find((link) =>
    /^(?:post)?-?void(?:ed)?$/i.test(reasonOf(link)),
  );
}

const reasonOf = ({ attributes }: XmlElement): string =>
  plainName(attributes['ReasonCode'] ?? attributes['TypeCode'] ?? '');

/**
 * The transaction that a link names, in the parts of the ARTS key that it states; the others are those of its own.
 * Undefined, and said, where it names none that could be found.
 */
export function linkedIdOf(link: XmlElement, own: TransactionKey, { quality }: Reading): string | undefined {
  const sequence = textAt(link, 'SequenceNumber') ?? textAt(link, 'TransactionID');
  const id = transactionIdOf({
    store: storeIdOf(link) ?? own.store,
    workstation: textAt(link, 'WorkstationID') ?? own.workstation,
    date: dateOf(link) || dayOf(link) || own.date,
    sequence: sequence ?? '',
  });
  if (sequence !== undefined && id.length <= MAX_CODE_LENGTH) return id;
  quality.flag('content-not-read', 'TransactionLink');
  return undefined;
}

/** A dialect that gives no business date in a link gives the time: most business dates are the day of the clock. */
const dayOf = (link: XmlElement): string | undefined =>
  /^\d{4}-\d\d-\d\d(?=T)/.exec(textAt(link, 'EndDateTime') ?? textAt(link, 'BeginDateTime') ?? '')?.[0];

/** Links to other transactions: the one that is resumed, or the sale that is taken back, in a line or of the whole. */
export function linksOf(
  retail: XmlElement,
  items: readonly XmlElement[],
  own: TransactionKey,
  reading: Reading,
): Pick<TransactionEvent, 'resumes' | 'returnOf'> {
  const links = childrenOf(retail, 'TransactionLink');
  const ofReturns = items.flatMap((item) => linksOfReturn(item));
  const resumed = links.find((link) => /^(?:resume|retriev)/i.test(reasonOf(link)));
  const returned = [...ofReturns, ...links.filter((link) => /^(?:return|refund)/i.test(reasonOf(link)))][0];
  const resumes = resumed && linkedIdOf(resumed, own, reading);
  const returnedId = returned && linkedIdOf(returned, own, reading);
  return {
    ...(resumes === undefined ? {} : { resumes }),
    ...(returnedId === undefined ? {} : { returnOf: { transactionId: returnedId } }),
  };
}

/** A link in a return names its sale; in a sale it does where the quantity is negative, or where it says so. */
function linksOfReturn(item: XmlElement): XmlElement[] {
  return item.children.flatMap((sold) => {
    const isReturn = sold.name.startsWith('Return') || (textAt(sold, 'Quantity') ?? '').startsWith('-');
    return childrenOf(sold, 'TransactionLink').filter(
      (link) => isReturn || /^(?:return|refund)/i.test(reasonOf(link)),
    );
  });
}
