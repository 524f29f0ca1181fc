import { businessDateSchema } from '../../../ids.ts';
import { PermanentError } from '../../../errors.ts';
import { addMinor, currencySchema, type Currency } from '../../../money.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION, type PosEvent, type TransactionEvent } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import { amountsIn, type Amounts } from './amounts.ts';
import { lineDrafts, taxOf } from './lines.ts';
import { applyRewards } from './rewards.ts';
import { tendersOf } from './tenders.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

export type MappedTransaction =
  | { readonly outcome: 'event'; readonly event: PosEvent }
  | { readonly outcome: 'ignored'; readonly reason: string };

/** Control transactions that say nothing of goods or money. */
const NOT_AN_EVENT: Readonly<Record<string, string>> = {
  OperatorSignOn: 'operator-sign-on',
  OperatorSignOff: 'operator-sign-off',
  BusinessSOD: 'business-day-start',
  BusinessEOD: 'business-day-end',
  SessionSettle: 'session',
  WorkstationStatus: 'workstation-status',
  POSSOD: 'till-start',
  POSEOD: 'till-end',
};
const DRAWER_ACTIONS: Readonly<Record<string, 'paidIn' | 'paidOut' | 'drop' | 'float'>> = {
  PaidIn: 'paidIn',
  PaidOut: 'paidOut',
  TenderPickup: 'drop',
  TenderLoan: 'float',
};

/** One ARTS POSLog `Transaction` as a canonical event. @throws PermanentError `schema`, `unsupported-transaction-type` */
export function mapTransaction(transaction: XmlElement, context: ReadContext): MappedTransaction {
  const control = child(transaction, 'ControlTransaction');
  if (control) {
    if (child(control, 'NoSale')) return event(drawerEvent(transaction, context, 'noSale', 0));
    const reason = control.children
      .map(({ name }) => NOT_AN_EVENT[name])
      .find((found) => found !== undefined);
    if (reason !== undefined) return { outcome: 'ignored', reason };
  }
  const tenderControl = child(transaction, 'TenderControlTransaction');
  for (const element of tenderControl?.children ?? []) {
    const action = DRAWER_ACTIONS[element.name];
    if (!action) continue;
    const { amounts } = headOf(transaction, context, new Quality());
    const amountMinor =
      amounts.minor(element, 'Amount') ??
      amounts.minor(element, 'Tender', 'Amount') ??
      amounts.minor(element, 'TenderTotal', 'Amount');
    if (amountMinor === undefined)
      throw missing(`/Transaction/TenderControlTransaction/${element.name}/Amount`);
    return event(drawerEvent(transaction, context, action, Math.abs(amountMinor), textAt(element, 'Reason')));
  }
  const retail = child(transaction, 'RetailTransaction');
  if (!retail) {
    const name = transaction.children.find((element) => element.name.endsWith('Transaction'))?.name ?? 'none';
    throw new PermanentError('unsupported-transaction-type', `A transaction of type ${name} is not used`, {
      where: '/Transaction',
    });
  }
  return event(retailEvent(transaction, retail, context));
}

const event = (mapped: PosEvent): MappedTransaction => ({ outcome: 'event', event: mapped });

function missing(where: string): PermanentError {
  return new PermanentError('schema', 'is missing', { where });
}

interface Head {
  readonly envelope: Record<string, unknown>;
  readonly key: { store: string; workstation: string; date: string; sequence: string };
  readonly currency: Currency;
  readonly amounts: Amounts;
}

/** The fields that every transaction has. The ARTS key has five parts; a time has no zone. */
function headOf(transaction: XmlElement, context: ReadContext, quality: Quality): Head {
  const required = (name: string): string => {
    const text = textAt(transaction, name);
    if (text === undefined) throw missing(`/Transaction/${name}`);
    return text;
  };
  const location = required('RetailStoreID');
  const workstation = required('WorkstationID');
  const sequence = required('SequenceNumber');
  const operatorText = textAt(transaction, 'OperatorID');
  const operator = operatorText === undefined ? '' : context.pseudonymise('operator', operatorText);
  const { store, storeId } = storeOf(context.catalog, 'poslog', location, quality);
  const time =
    textAt(transaction, 'EndDateTime') ??
    textAt(transaction, 'BeginDateTime') ??
    textAt(transaction, 'RetailTransaction', 'ReceiptDateTime');
  const occurredAt = time === undefined ? undefined : instantOf(time, store, quality);
  if (occurredAt === undefined) throw missing('/Transaction/EndDateTime');
  const given = businessDateSchema.safeParse(textAt(transaction, 'BusinessDayDate'));
  const businessDate = businessDateFor(given.success ? given.data : undefined, occurredAt, store, quality);
  const currency = currencySchema.safeParse(textAt(transaction, 'CurrencyCode') ?? store?.currency);
  if (!currency.success) throw missing('/Transaction/CurrencyCode');
  const flag = (name: string): boolean => transaction.attributes[name] === 'true';
  return {
    envelope: {
      schemaVersion: SCHEMA_VERSION,
      eventId: `poslog:${[location, businessDate, workstation, operator, sequence].join(':')}`,
      source: 'poslog',
      storeId,
      tillId: workstation,
      ...(operator === '' ? {} : { operatorId: operator }),
      ...(/^\d{1,15}$/.test(sequence) ? { sequenceNumber: Number(sequence) } : {}),
      sequenceScope: [location, workstation, businessDate].join('/'),
      occurredAt,
      businessDate,
      receivedAt: context.receivedAt,
      offline: flag('OfflineFlag'),
      training: flag('TrainingModeFlag'),
      traceparent: context.traceparent,
      version: 1,
    },
    key: { store: location, workstation, date: businessDate, sequence },
    currency: currency.data,
    amounts: amountsIn(currency.data),
  };
}

const transactionIdOf = ({ store, date, workstation, sequence }: Head['key']): string =>
  [store, date, workstation, sequence].join(':');

function drawerEvent(
  transaction: XmlElement,
  context: ReadContext,
  action: 'noSale' | 'paidIn' | 'paidOut' | 'drop' | 'float',
  amountMinor: number,
  givenReason?: string,
): PosEvent {
  const quality = new Quality();
  const { envelope, currency } = headOf(transaction, context, quality);
  const reason = givenReason ?? textAt(transaction, 'ControlTransaction', 'ReasonCode');
  return checkedEvent({
    ...envelope,
    kind: 'drawer',
    action,
    currency,
    amountMinor,
    ...(reason === undefined ? {} : { reason: reason.slice(0, 200) }),
    ...qualityField(quality),
  });
}

function retailEvent(transaction: XmlElement, retail: XmlElement, context: ReadContext): PosEvent {
  const quality = new Quality();
  const { envelope, key, currency, amounts } = headOf(transaction, context, quality);
  const drafts = lineDrafts(retail, amounts, currency, context, quality);
  applyRewards(retail, amounts, drafts);
  const lines = drafts.map(({ line }) => line);
  const taxes = childrenOf(retail, 'LineItem')
    .filter((item) => item.attributes['VoidFlag'] !== 'true')
    .flatMap((item) => childrenOf(item, 'Tax'))
    .map((element) => taxOf(element, amounts));
  const taxIncluded = transaction.attributes['TaxIncludedInPriceFlag'] === 'true';
  const customer = customerOf(retail);
  const voids = childrenOf(retail, 'TransactionLink').find(isVoidLink);
  const status = voids ? 'voided' : statusOf(transaction, retail);
  const voidedDate = businessDateSchema.safeParse(textAt(voids, 'BusinessDayDate')).data;
  return checkedEvent({
    ...envelope,
    // A till sends a transaction again, with the same key, when its status changes: that is another event.
    ...(status === 'completed' ? {} : { eventId: `${String(envelope['eventId'])}:${status}` }),
    // A void stands for the sale that it takes back, on that sale's date.
    ...(voidedDate === undefined ? {} : { businessDate: voidedDate }),
    kind: 'transaction',
    transactionId: voids ? linkedIdOf(voids, key) : transactionIdOf(key),
    ...receiptOf(retail),
    status,
    currency,
    taxIncluded,
    lines,
    tenders: tendersOf(retail, amounts, context.pseudonymise, quality),
    totals: totalsOf(retail, amounts, lines, taxes, taxIncluded),
    ...(taxes.length === 0 ? {} : { taxes }),
    ...(customer === undefined ? {} : { customerRef: context.pseudonymise('customer', customer) }),
    ...linksOf(retail, key),
    ...qualityField(quality),
  });
}

function qualityField(quality: Quality): { quality?: string[] } {
  const { issues } = quality;
  return issues.length === 0 ? {} : { quality: issues };
}

function receiptOf(retail: XmlElement): { receiptNumber?: string } {
  const receipt = textAt(retail, 'ReceiptNumber');
  return receipt === undefined ? {} : { receiptNumber: receipt.slice(0, 200) };
}

function customerOf(retail: XmlElement): string | undefined {
  const inLines = childrenOf(retail, 'LineItem').flatMap((item) => childrenOf(item, 'LoyaltyMembership'));
  return (
    textAt(retail, 'Customer', 'CustomerID') ??
    textAt(retail, 'LoyaltyAccount', 'LoyaltyAccountID') ??
    inLines.map((membership) => textAt(membership, 'LoyaltyID')).find((id) => id !== undefined)
  );
}

function statusOf(transaction: XmlElement, retail: XmlElement): TransactionEvent['status'] {
  const status = retail.attributes['TransactionStatus'] ?? '';
  if (transaction.attributes['CancelFlag'] === 'true' || status === 'Cancelled' || status === 'Canceled') {
    return 'cancelled';
  }
  if (status === 'PostVoided' || status === 'Voided') return 'voided';
  return status === 'Suspended' ? 'suspended' : 'completed';
}

function totalsOf(
  retail: XmlElement,
  amounts: Amounts,
  lines: TransactionEvent['lines'],
  taxes: NonNullable<TransactionEvent['taxes']>,
  taxIncluded: boolean,
): TransactionEvent['totals'] {
  const total = (type: string): number | undefined => {
    const element = childrenOf(retail, 'Total').find(({ attributes }) => attributes['TotalType'] === type);
    return element === undefined ? undefined : amounts.minor({ ...element, children: [element] }, 'Total');
  };
  const counted = lines.filter((line) => line.voided !== true);
  const lineTaxes = counted.flatMap((line) => line.taxes ?? []);
  const taxMinor =
    total('TransactionTaxAmount') ?? addMinor(...[...taxes, ...lineTaxes].map((tax) => tax.amountMinor));
  const linesMinor = addMinor(...counted.map((line) => line.extendedAmountMinor));
  const grossMinor =
    total('TransactionGrandAmount') ??
    total('TransactionGrossAmount') ??
    (taxIncluded ? linesMinor : linesMinor + taxMinor);
  return { netMinor: total('TransactionNetAmount') ?? grossMinor - taxMinor, taxMinor, grossMinor };
}

/** A post-void may be a transaction of its own, which names the one that it takes back. */
const isVoidLink = ({ attributes }: XmlElement): boolean =>
  /^(?:post)?-?void(?:ed)?$/i.test(attributes['ReasonCode'] ?? '');

function linkedIdOf(link: XmlElement, own: Head['key']): string {
  return transactionIdOf({
    store: textAt(link, 'RetailStoreID') ?? own.store,
    workstation: textAt(link, 'WorkstationID') ?? own.workstation,
    date: textAt(link, 'BusinessDayDate') ?? own.date,
    sequence: textAt(link, 'SequenceNumber') ?? '',
  }).slice(0, 100);
}

/** Links to other transactions: the one that is resumed, or the sale that is taken back. */
function linksOf(retail: XmlElement, own: Head['key']): Pick<TransactionEvent, 'resumes' | 'returnOf'> {
  const returns = childrenOf(retail, 'LineItem')
    .map((item) => child(child(item, 'Return'), 'TransactionLink'))
    .filter((link) => link !== undefined);
  const links = childrenOf(retail, 'TransactionLink');
  const idOf = (link: XmlElement): string => linkedIdOf(link, own);
  const resumed = links.find((link) => link.attributes['ReasonCode'] === 'Resume');
  const returned = [...returns, ...links.filter((link) => link.attributes['ReasonCode'] === 'Return')][0];
  return {
    ...(resumed ? { resumes: idOf(resumed) } : {}),
    ...(returned ? { returnOf: { transactionId: idOf(returned) } } : {}),
  };
}
