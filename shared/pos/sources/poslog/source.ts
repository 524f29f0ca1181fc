import { PermanentError } from '../../../errors.ts';
import type { Found } from '../../../privacy/scrub.ts';
import { UnreadableBody, xmlTextOf } from '../body-text.ts';
import { Reading, type KeptRecord } from '../reading.ts';
import type { ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { standardWebhooksOpenApi, standardWebhooksScheme } from '../standard-webhooks-scheme.ts';
import { privacyWarnings, senderIdOf } from '../warnings.ts';
import { cutTransactions, MAX_TRANSACTIONS } from './cut.ts';
import { dateOf, storeIdOf } from './dialect.ts';
import { mapTransaction } from './transaction.ts';
import { readTransactions, textAt, toXml, type XmlElement } from './xml.ts';

/** ARTS POSLog XML, one transaction or many, in the versions 2 to 6 and their dialects. */
export const posLogSource: WebhookSource = {
  source: 'poslog',
  contentTypes: ['application/xml', 'text/xml'],
  maxBodyBytes: 8 * 1024 * 1024,
  ...standardWebhooksScheme,
  read,
  openApi: {
    summary: 'Transactions as ARTS POSLog XML',
    content: { 'application/xml': { schema: { type: 'string', description: 'ARTS POSLog' } } },
    ...standardWebhooksOpenApi,
  },
};

function read(body: Buffer, context: ReadContext): ReadResult {
  const text = xmlTextOf(body);
  const reading = new Reading(context.catalog);
  try {
    readTransactions(text, context.pseudonymise, (transaction, found) =>
      readOne(transaction, found, reading, context),
    );
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    if (thrown.code !== 'bad-xml') throw new UnreadableBody(thrown.code, thrown.message, body);
    const pieces = piecesOf(text, body);
    if (pieces.length === 0) throw new UnreadableBody(thrown.code, thrown.message, body, thrown.where);
    // One transaction that is not XML must not spoil those behind it.
    const unread = pieces.slice(reading.received);
    for (const piece of unread) readPiece(piece, reading, context);
    // Broken behind its last transaction, or cut off there: what may be lacking must not be missed in silence.
    if (unread.length === 0) reject(thrown, 'The body is not XML behind its last transaction', body, reading);
  }
  if (reading.received === 0) {
    throw new UnreadableBody('schema', 'The body holds no Transaction element', body);
  }
  return reading.result;
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

function readPiece(piece: string, reading: Reading, context: ReadContext): void {
  try {
    readTransactions(piece, context.pseudonymise, (transaction, found) =>
      readOne(transaction, found, reading, context),
    );
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) || thrown.code !== 'bad-xml') throw thrown;
    reject(thrown, 'The transaction is not XML', Buffer.from(piece), reading);
  }
}

/** Keeps only the shape of non-XML bodies, because nothing in them can be distinguished from card or personal data. */
function reject(fault: PermanentError, message: string, bytes: Buffer, reading: Reading): void {
  const { code, where = '' } = fault;
  const { shape } = new UnreadableBody(code, message, bytes, where);
  reading.reject(new PermanentError(code, message, { where, cause: fault }), {
    payload: shape,
    replayable: false,
  });
}

function readOne(transaction: XmlElement, found: Found, reading: Reading, context: ReadContext): void {
  if (reading.received >= MAX_TRANSACTIONS) {
    throw new PermanentError('too-many-events', `A body holds at most ${MAX_TRANSACTIONS} transactions`);
  }
  reading.record(
    () => {
      const mapped = mapTransaction(transaction, context);
      if (mapped.outcome === 'ignored') return mapped;
      return { ...mapped, warnings: privacyWarnings(found, senderIdOf(mapped.event)) };
    },
    () => keptOf(transaction, context),
  );
}

function keptOf(transaction: XmlElement, { pseudonymise }: ReadContext): KeptRecord {
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
  return { ...(id.length <= 200 ? { id } : {}), payload: toXml(transaction), replayable: true };
}
