import { PermanentError } from '../../../errors.ts';
import { businessDateSchema, type BusinessDate } from '../../../ids.ts';
import { currencySchema, type Currency } from '../../../money.ts';
import { businessDateFor, instantOf, storeOf, type Quality } from '../../enrich.ts';
import { SCHEMA_VERSION } from '../../event.ts';
import type { Store } from '../../store.ts';
import type { ReadContext } from '../source.ts';
import { Amounts } from './amounts.ts';
import { currencyTextsOf, dateOf, isTrue, storeIdOf, timesOf } from './dialect.ts';
import { textAt, type XmlElement } from './xml.ts';

/** The parts of the ARTS key by which transactions name each other. */
export interface TransactionKey {
  readonly store: string;
  readonly workstation: string;
  readonly date: string;
  readonly sequence: string;
}

/** What every transaction has, whatever its kind. */
export interface Head {
  readonly envelope: Record<string, unknown>;
  readonly key: TransactionKey;
  readonly currency: Currency;
  readonly amounts: Amounts;
  /** The till's session, as a pseudonym: dialects write the operator's number into it. */
  readonly shift: { readonly shiftId?: string };
}

export const transactionIdOf = ({ store, date, workstation, sequence }: TransactionKey): string =>
  [store, date, workstation, sequence].join(':');

export function missing(where: string, instead = ''): PermanentError {
  return new PermanentError('schema', `is missing${instead}`, { where });
}

/** @throws PermanentError `schema` if part of the ARTS key, a time or the currency is missing. */
export function headOf(transaction: XmlElement, context: ReadContext, quality: Quality): Head {
  const location = storeIdOf(transaction);
  if (location === undefined) {
    throw missing('/Transaction/RetailStoreID', ' (POSLog 6 has BusinessUnit/UnitID instead)');
  }
  const workstation = textAt(transaction, 'WorkstationID') ?? textAt(transaction, 'TillID');
  if (workstation === undefined) throw missing('/Transaction/WorkstationID');
  const sequence = textAt(transaction, 'SequenceNumber') ?? textAt(transaction, 'TransactionID');
  if (sequence === undefined) throw missing('/Transaction/SequenceNumber');
  const operatorText = textAt(transaction, 'OperatorID');
  const operator = operatorText === undefined ? '' : context.pseudonymise('operator', operatorText);
  const { store, storeId } = storeOf(context.catalog, 'poslog', location, quality);
  const occurredAt = firstInstant(timesOf(transaction), store, quality);
  const businessDate = businessDateOf(transaction, occurredAt, store, quality);
  const currency = currencyOf(transaction, store);
  const session = textAt(transaction, 'SessionID') ?? textAt(transaction, 'ShiftID');
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
      offline: isTrue(transaction, 'OfflineFlag'),
      training: isTrue(transaction, 'TrainingModeFlag'),
      traceparent: context.traceparent,
      version: 1,
    },
    key: { store: location, workstation, date: businessDate, sequence },
    currency,
    amounts: new Amounts(currency),
    shift: session === undefined ? {} : { shiftId: context.pseudonymise('id', session) },
  };
}

/** A till without a zone gives the wall time of its store. A text that is no time is passed over for the next one. */
function firstInstant(texts: readonly string[], store: Store | undefined, quality: Quality): string {
  for (const text of texts) {
    const instant = instantOf(text, store, quality);
    if (instant !== undefined) return instant;
  }
  throw texts.length === 0
    ? missing('/Transaction/EndDateTime')
    : new PermanentError('schema', 'is no date and time such as 2026-03-02T13:15:25', {
        where: '/Transaction/EndDateTime',
      });
}

function businessDateOf(
  transaction: XmlElement,
  occurredAt: string,
  store: Store | undefined,
  quality: Quality,
): BusinessDate {
  const stated = dateOf(transaction);
  const parsed = businessDateSchema.safeParse(stated);
  // A till that sends a date means it: what could not be read of it is a guess, and said to be one.
  if (stated !== undefined && !parsed.success) quality.flag('business-date-assumed', 'BusinessDayDate');
  return businessDateFor(parsed.data, occurredAt, store, quality);
}

function currencyOf(transaction: XmlElement, store: Store | undefined): Currency {
  for (const text of currencyTextsOf(transaction)) {
    const parsed = currencySchema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new PermanentError('schema', 'is no ISO 4217 currency code such as EUR', {
      where: '/Transaction/CurrencyCode',
    });
  }
  if (store) return store.currency;
  throw missing('/Transaction/CurrencyCode', ', and the store is unknown, so its currency is too');
}
