import { z } from 'zod';
import { PermanentError, messageOf } from '../../../errors.ts';
import type { Found } from '../../../privacy/scrub.ts';
import { UnreadableBody, xmlTextOf } from '../body-text.ts';
import {
  addEvent,
  emptyResult,
  type ReadContext,
  type ReadResult,
  type Rejection,
  type SeenEvents,
  type WebhookSource,
} from '../source.ts';
import { verifyStandardWebhook } from '../standard-webhooks.ts';
import { privacyWarnings, senderIdOf, warningsOf } from '../warnings.ts';
import { cutTransactions, MAX_TRANSACTIONS } from './cut.ts';
import { dateOf, storeIdOf } from './dialect.ts';
import { mapTransaction } from './transaction.ts';
import { readTransactions, textAt, toXml, type XmlElement } from './xml.ts';

/** ARTS POSLog XML, one transaction or many, in the versions 2 to 6 and their dialects. */
export const posLogSource: WebhookSource = {
  source: 'poslog',
  contentTypes: ['application/xml', 'text/xml'],
  maxBodyBytes: 8 * 1024 * 1024,
  verify: verifyStandardWebhook,
  read,
};

function read(body: Buffer, context: ReadContext): ReadResult {
  const text = xmlTextOf(body);
  const reading: Reading = { context, result: emptyResult(0), seen: new Map(), received: 0 };
  try {
    readTransactions(text, context.pseudonymise, (transaction, found) =>
      readOne(transaction, found, reading),
    );
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    if (thrown.code !== 'bad-xml') throw new UnreadableBody(thrown.code, thrown.message, body);
    const pieces = piecesOf(text, body);
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

/** @throws UnreadableBody for more pieces, whole or broken, than a body may hold. */
function piecesOf(text: string, body: Buffer): string[] {
  try {
    return cutTransactions(text, MAX_TRANSACTIONS);
  } catch (thrown) {
    if (thrown instanceof PermanentError) throw new UnreadableBody(thrown.code, thrown.message, body);
    throw thrown;
  }
}

interface Reading {
  readonly context: ReadContext;
  readonly result: ReadResult;
  readonly seen: SeenEvents;
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
    const warnings = warningsOf(mapped.event, context.catalog, mapped.quality);
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
  const operator = textAt(transaction, 'OperatorID');
  const id = [
    storeIdOf(transaction),
    dateOf(transaction),
    textAt(transaction, 'WorkstationID'),
    operator === undefined ? '' : pseudonymise('operator', operator),
    textAt(transaction, 'SequenceNumber'),
  ]
    .map((part) => part ?? '')
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
