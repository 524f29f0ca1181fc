import { z } from 'zod';
import { PermanentError, messageOf } from '../../../errors.ts';
import type { Found } from '../../../privacy/scrub.ts';
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
import { privacyWarnings, senderIdOf, warningsOf } from '../warnings.ts';
import { cutTransactions } from './cut.ts';
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
  const reading: Reading = { context, result: emptyResult(0), seen: new Set(), received: 0 };
  try {
    readTransactions(text, context.pseudonymise, (transaction, found) =>
      readOne(transaction, found, reading),
    );
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    if (thrown.code !== 'bad-xml') throw new UnreadableBody(thrown.code, thrown.message, body);
    const pieces = cutTransactions(text);
    if (pieces.length === 0) throw new UnreadableBody(thrown.code, thrown.message, body, thrown.where);
    // One transaction that is not XML must not spoil those behind it.
    const unread = pieces.slice(reading.received);
    for (const piece of unread) readPiece(piece, reading);
    // Broken behind its last transaction, or cut off there: what may be lacking must not be missed in silence.
    if (unread.length === 0) reject(thrown, 'The body is not XML behind its last transaction', body, reading);
  }
  if (reading.received === 0) {
    throw new UnreadableBody('schema', 'The body holds no Transaction element', body);
  }
  return { ...reading.result, received: reading.received };
}

interface Reading {
  readonly context: ReadContext;
  readonly result: ReadResult;
  readonly seen: Set<string>;
  received: number;
}

function readPiece(piece: string, reading: Reading): void {
  const index = reading.received;
  try {
    readTransactions(piece, reading.context.pseudonymise, (transaction, found) =>
      readOne(transaction, found, reading),
    );
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) || thrown.code !== 'bad-xml') throw thrown;
    reading.received = index;
    reject(thrown, 'The transaction is not XML', Buffer.from(piece), reading);
  }
}

/** Keeps the shape of what is not XML, as nothing in it can be told from card or personal data. */
function reject(fault: PermanentError, message: string, bytes: Buffer, reading: Reading): void {
  const { code, where = '' } = fault;
  const { shape } = new UnreadableBody(code, message, bytes, where);
  const index = reading.received;
  reading.result.rejected.push({ index, code, where, message, payload: shape, replayable: false });
  reading.received = index + 1;
}

function readOne(transaction: XmlElement, found: Found, reading: Reading): void {
  const { context, result, seen, received: index } = reading;
  if (index >= MAX_TRANSACTIONS) {
    throw new PermanentError('too-many-events', `A body holds at most ${MAX_TRANSACTIONS} transactions`);
  }
  reading.received += 1;
  try {
    const mapped = mapTransaction(transaction, context);
    if (mapped.outcome === 'ignored') {
      result.ignored.push({ index, reason: mapped.reason });
      return;
    }
    const warnings = warningsOf(mapped.event, context.catalog);
    addEvent(result, seen, mapped.event, index);
    result.warnings.push(...warnings, ...privacyWarnings(found, senderIdOf(mapped.event)));
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      // Amounts that can not be added up: a fault of this transaction, not of ours.
      const fault = new PermanentError('amount-too-large', thrown.message, { cause: thrown });
      result.rejected.push(rejectionOf(transaction, index, fault, context));
      return;
    }
    if (!(thrown instanceof PermanentError) && !(thrown instanceof z.ZodError)) throw thrown;
    result.rejected.push(rejectionOf(transaction, index, thrown, context));
  }
}

function rejectionOf(
  transaction: XmlElement,
  index: number,
  fault: PermanentError | z.ZodError,
  { pseudonymise }: ReadContext,
): Rejection {
  const isOurs = fault instanceof PermanentError;
  const id = ['RetailStoreID', 'BusinessDayDate', 'WorkstationID', 'OperatorID', 'SequenceNumber']
    .map((name) => {
      const text = textAt(transaction, name) ?? '';
      return name === 'OperatorID' && text !== '' ? pseudonymise('operator', text) : text;
    })
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
