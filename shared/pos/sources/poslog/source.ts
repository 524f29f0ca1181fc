import { z } from 'zod';
import { PermanentError, messageOf } from '../../../errors.ts';
import { UnreadableBody, textOf } from '../body-text.ts';
import {
  addEvent,
  emptyResult,
  type ReadContext,
  type ReadResult,
  type Rejection,
  type WebhookSource,
} from '../source.ts';
import { verifyStandardWebhook } from '../standard-webhooks.ts';
import { warningsOf } from '../warnings.ts';
import { mapTransaction } from './transaction.ts';
import { readTransactions, textAt, toXml, type XmlElement } from './xml.ts';

/** ARTS POSLog XML, one transaction or many, in version 2.1 and in the dialect of NCR. */
export const posLogSource: WebhookSource = {
  source: 'poslog',
  contentTypes: ['application/xml', 'text/xml'],
  maxBodyBytes: 8 * 1024 * 1024,
  verify: verifyStandardWebhook,
  read,
};

const MAX_TRANSACTIONS = 2_000;

function read(body: Buffer, context: ReadContext): ReadResult {
  const text = textOf(body);
  const result = emptyResult(0);
  const seen = new Set<string>();
  let received = 0;
  try {
    readTransactions(text, context.pseudonymise, (transaction) => {
      if (received >= MAX_TRANSACTIONS) {
        throw new PermanentError('too-many-events', `A body holds at most ${MAX_TRANSACTIONS} transactions`);
      }
      readOne(transaction, received, context, result, seen);
      received += 1;
    });
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    const fault = new UnreadableBody(thrown.code, thrown.message, body, thrown.where);
    // What came whole before the fault is good, and is kept.
    if (received === 0) throw fault;
    result.rejected.push({
      index: received,
      code: fault.code,
      where: fault.where ?? '',
      message: fault.message,
      payload: fault.shape,
      replayable: false,
    });
    received += 1;
  }
  if (received === 0) {
    throw new UnreadableBody('schema', 'The body holds no Transaction element', body);
  }
  return { ...result, received };
}

function readOne(
  transaction: XmlElement,
  index: number,
  context: ReadContext,
  result: ReadResult,
  seen: Set<string>,
): void {
  try {
    const mapped = mapTransaction(transaction, context);
    if (mapped.outcome === 'ignored') {
      result.ignored.push({ index, reason: mapped.reason });
      return;
    }
    addEvent(result, seen, mapped.event, index);
    result.warnings.push(...warningsOf(mapped.event));
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) && !(thrown instanceof z.ZodError)) throw thrown;
    result.rejected.push(rejectionOf(transaction, index, thrown));
  }
}

function rejectionOf(transaction: XmlElement, index: number, fault: PermanentError | z.ZodError): Rejection {
  const isOurs = fault instanceof PermanentError;
  const id = ['RetailStoreID', 'BusinessDayDate', 'WorkstationID', 'OperatorID', 'SequenceNumber']
    .map((name) => textAt(transaction, name) ?? '')
    .join(':');
  return {
    index,
    ...(id.length <= 200 ? { id } : {}),
    code: isOurs ? fault.code : 'schema',
    where: isOurs ? (fault.where ?? '') : '/Transaction',
    message: isOurs ? messageOf(fault) : 'An id holds characters that are not accepted',
    payload: toXml(transaction),
    replayable: true,
  };
}
