import type { Sender } from 'rhea';
import { connectionInternals, linkInternals, sessionInternals } from './rhea-internals.ts';

/**
 * `transfer` (part 2, section 2.7.5) with handle, delivery id, tag, format 0, settled and more; every field has a fixed
 * width, so the head of a frame is a template with four holes. rhea builds each frame from objects, which costs
 * several times what sending does.
 */
const HEAD = Buffer.from(
  '00000000' + // size
    '02000000' + // data offset, type, channel
    '005314' + // transfer
    'c01406' + // a list of six
    '7000000000' + // handle
    '7000000000' + // delivery id
    'a00400000000' + // delivery tag
    '43' + // message format 0
    '41' + // settled
    '42', // more
  'hex',
);
const CHANNEL_AT = 6;
const HANDLE_AT = 15;
const DELIVERY_AT = 20;
const TAG_AT = 26;
const MORE_AT = HEAD.length - 1;
const TRUE = 0x41;

/** Payload that fits a frame which the client takes. */
export const payloadBytes = (link: Sender): number =>
  (connectionInternals(link.connection).max_frame_size ?? Infinity) - HEAD.length;

/** Whether rhea has nothing under way in the link's session that frames written past it could overtake or confuse. */
export function canWriteDirectly(link: Sender): boolean {
  const { outgoing, links } = sessionInternals(link.session);
  return Object.keys(links).length === 1 && outgoing.deliveries.size === 0;
}

/**
 * Writes messages, settled, as transfer frames to the socket and keeps rhea's books: delivery and transfer ids, the
 * window and the link's credit. The caller sees to it that credit and window suffice, and calls between rhea's turns.
 */
export function writeSettled(link: Sender, messages: readonly Buffer[]): void {
  const { socket } = connectionInternals(link.connection);
  const { local, outgoing } = sessionInternals(link.session);
  const inner = linkInternals(link);
  const limit = payloadBytes(link);
  let size = 0;
  for (const { length } of messages) size += length + HEAD.length * framesOf(length, limit);
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  let frames = 0;
  for (const message of messages) {
    for (let from = 0; from < message.length; from += limit) {
      const end = Math.min(from + limit, message.length);
      HEAD.copy(bytes, at);
      bytes.writeUInt32BE(HEAD.length + end - from, at);
      bytes.writeUInt16BE(local.channel, at + CHANNEL_AT);
      bytes.writeUInt32BE(inner.local.handle, at + HANDLE_AT);
      bytes.writeUInt32BE(outgoing.next_delivery_id >>> 0, at + DELIVERY_AT);
      bytes.writeUInt32BE(outgoing.next_delivery_id >>> 0, at + TAG_AT);
      if (end < message.length) bytes[at + MORE_AT] = TRUE;
      at += HEAD.length + message.copy(bytes, at + HEAD.length, from, end);
      frames++;
    }
    outgoing.next_delivery_id++;
  }
  outgoing.next_pending_delivery = outgoing.next_delivery_id;
  outgoing.next_transfer_id += frames;
  outgoing.window -= frames;
  inner.credit -= messages.length;
  inner.delivery_count += messages.length;
  socket.write(bytes);
}

/** Frames that a message of this length takes. */
export const framesOf = (length: number, limit: number): number =>
  limit === Infinity ? 1 : Math.ceil(length / limit);
