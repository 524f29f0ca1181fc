import { PermanentError } from '../../../errors.ts';
import { checkedEvent } from '../../canonical.ts';
import type { Quality } from '../../enrich.ts';
import type { PosEvent } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import { plainName } from './dialect.ts';
import { headOf, missing } from './head.ts';
import type { Reading } from './draft.ts';
import { shortText } from './texts.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

/** Control transactions that say nothing of goods or money. */
const NOT_AN_EVENT = new Map<string, string>(
  Object.entries({
    OperatorSignOn: 'operator-sign-on',
    OperatorSignOff: 'operator-sign-off',
    SignOn: 'operator-sign-on',
    SignOff: 'operator-sign-off',
    BusinessSOD: 'business-day-start',
    BusinessEOD: 'business-day-end',
    SessionSettle: 'session',
    WorkstationStatus: 'workstation-status',
    POSSOD: 'till-start',
    POSEOD: 'till-end',
  } as const),
);
const DRAWER_ACTIONS = new Map<string, 'paidIn' | 'paidOut' | 'drop' | 'float'>(
  Object.entries({
    PaidIn: 'paidIn',
    PayIn: 'paidIn',
    PaidOut: 'paidOut',
    PayOut: 'paidOut',
    TenderPickup: 'drop',
    TenderPickUp: 'drop',
    TenderLoan: 'float',
  } as const),
);

/**
 * A transaction has one content, and one event comes of it: a second one would be dropped.
 * @throws PermanentError `schema`
 */
export function checkSingle(contents: readonly XmlElement[], where: string): void {
  if (contents.length < 2) return;
  const names = contents.slice(0, 5).map(({ name }) => name);
  throw new PermanentError(
    'schema',
    `holds ${contents.length} contents (${names.join(', ')}): each needs a Transaction of its own`,
    { where },
  );
}

export function isNoSale(control: XmlElement): boolean {
  return child(control, 'NoSale') !== undefined;
}

/** Why a control transaction is no event, or undefined where it may be one. */
export function ignoredReason(control: XmlElement): string | undefined {
  return control.children.map(({ name }) => NOT_AN_EVENT.get(name)).find((found) => found !== undefined);
}

export function noSaleEvent(
  transaction: XmlElement,
  control: XmlElement,
  context: ReadContext,
  quality: Quality,
): PosEvent {
  const reason = textAt(control, 'ReasonCode') ?? textAt(control, 'NoSale', 'NoSaleReasonCode');
  return drawerEvent(transaction, 'noSale', () => 0, reason, context, quality);
}

/**
 * Cash in and out of the drawer without a sale; undefined for what is none of these.
 * @throws PermanentError `schema`
 */
export function tenderControlEvent(
  transaction: XmlElement,
  control: XmlElement,
  context: ReadContext,
  quality: Quality,
): PosEvent | undefined {
  const movements = control.children.filter(({ name }) => DRAWER_ACTIONS.has(name));
  checkSingle(movements, '/Transaction/TenderControlTransaction');
  const [element] = movements;
  const action = element && DRAWER_ACTIONS.get(element.name);
  if (!action) return undefined;
  const reason =
    textAt(element, 'Reason') ?? textAt(element, 'ReasonCode') ?? textAt(element, 'ReasonDescriptionText');
  const amountOf = (reading: Reading): number => cashOf(element, control, reading);
  return drawerEvent(transaction, action, amountOf, reason, context, quality);
}

/** A drawer event is about cash: cheques and the like that are picked up with it are named, and not added to it. */
function cashOf(element: XmlElement, control: XmlElement, { amounts, quality }: Reading): number {
  const own = amounts.exactMinor(element, 'Amount') ?? amounts.exactMinor(element, 'TenderAmount');
  if (own !== undefined) return Math.abs(own);
  const tenders = [...childrenOf(element, 'Tender'), ...childrenOf(element, 'TenderTotal')];
  let sumMinor: number | undefined;
  for (const tender of tenders) {
    const type = plainName(tender.attributes['TenderType'] ?? textAt(tender, 'TenderType') ?? 'Cash');
    const amountMinor = amounts.exactMinor(tender, 'Amount') ?? 0;
    if (type === 'Cash') sumMinor = (sumMinor ?? 0) + Math.abs(amountMinor);
    else quality.flag('content-not-read', `${element.name}/${tender.name} of type ${type.slice(0, 40)}`);
    if (type !== 'Cash') sumMinor ??= 0;
  }
  sumMinor ??= amounts.exactMinor(control, 'Totals', 'Amount');
  if (sumMinor !== undefined) return Math.abs(sumMinor);
  throw missing(`/Transaction/TenderControlTransaction/${element.name}/Amount`);
}

function drawerEvent(
  transaction: XmlElement,
  action: 'noSale' | 'paidIn' | 'paidOut' | 'drop' | 'float',
  amountOf: (reading: Reading) => number,
  reason: string | undefined,
  context: ReadContext,
  quality: Quality,
): PosEvent {
  const { envelope, currency, amounts, shift } = headOf(transaction, context, quality);
  return checkedEvent({
    ...envelope,
    ...shift,
    kind: 'drawer',
    action,
    currency,
    amountMinor: amountOf({ amounts, currency, context, quality }),
    ...(reason === undefined ? {} : { reason: shortText(reason, 'ReasonCode', quality) }),
    ...quality.field,
  });
}

export function unsupported(transaction: XmlElement): PermanentError {
  const name = transaction.children.find((element) => element.name.endsWith('Transaction'))?.name ?? 'none';
  return new PermanentError('unsupported-transaction-type', `A transaction of type ${name} is not used`, {
    where: '/Transaction',
  });
}
