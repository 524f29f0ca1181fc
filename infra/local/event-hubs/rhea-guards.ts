import type { Connection, Session } from 'rhea';
import { connectionInternals, linkInternals, sessionInternals } from './rhea-internals.ts';

/** What Event Hubs allows: a batch, as one message, of 1 MiB. */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** What Event Hubs advertises; larger messages come in several frames. */
export const MAX_FRAME_BYTES = 65_536;

/** The message format under which single events reach us undecoded; rhea would decode format 0. */
const RAW_SINGLE_FORMAT = 1;

const NOTHING = Buffer.alloc(0);

/**
 * Makes a server connection of rhea safe and cheap, before it accepts its socket: everything of one turn leaves in one
 * write, a frame that exceeds the agreed size closes the connection instead of filling memory, and an exception ends
 * this connection and never the process.
 * @param inTurn called when rhea has written what it had to write, and more may be written behind it.
 * @param afterTurn called after that, when credit and windows may have grown.
 */
export function guardConnection(
  connection: Connection,
  fail: (error: unknown) => void,
  inTurn: () => void,
  afterTurn: () => void,
): void {
  const inner = connectionInternals(connection);
  const input = inner.input.bind(inner);
  const output = inner.output.bind(inner);
  const turn = inner._process.bind(inner);
  let isTurning = false;
  inner.output = () => {
    if (!isTurning) output();
  };
  inner._process = () => {
    const { socket } = inner;
    socket.cork();
    isTurning = true;
    try {
      turn();
      isTurning = false;
      output();
      if (!socket.destroyed) inTurn();
    } catch (error) {
      fail(error);
    } finally {
      isTurning = false;
      socket.uncork();
    }
    afterTurn();
  };
  inner.input = (bytes) => {
    input(bytes);
    const { frame_size: size } = inner;
    if (size !== undefined && size > MAX_FRAME_BYTES)
      fail(new RangeError(`a frame of ${size} bytes exceeds ${MAX_FRAME_BYTES}`));
  };
}

/** Frames that may still be under way when a session ends; clients built on rhea do send them after their `end`. */
const LATE_FRAMES = ['on_flow', 'on_disposition', 'on_detach', 'on_end'] as const;

/** Drops late frames of an ended session, as Azure does, where rhea would close the connection over them. */
export function ignoreLateFrames(connection: Connection): void {
  const inner = connectionInternals(connection);
  for (const name of LATE_FRAMES) {
    const handle = inner[name].bind(inner);
    inner[name] = (frame) => {
      if (inner.remote_channel_map[frame.channel]) handle(frame);
    };
  }
}

/**
 * Lets the transfers of chosen links through as the bytes they are, and stops collecting one that is too large.
 * @returns how many bytes the message that a link has just received had, of which an oversize one keeps none.
 */
export function passRawTransfers(
  session: Session,
  isRaw: (link: object) => boolean,
): (link: object) => number {
  const inner = sessionInternals(session);
  const onTransfer = inner.on_transfer.bind(inner);
  const received = new WeakMap<object, number>();
  inner.on_transfer = (frame) => {
    const link = inner.remote.handles[frame.performative.handle];
    if (link && isRaw(link)) {
      const { _incomplete: begun } = linkInternals(link);
      const bytes = (begun ? (received.get(link) ?? 0) : 0) + (frame.payload?.length ?? 0);
      received.set(link, bytes);
      if (!begun && !frame.performative.message_format) frame.performative.message_format = RAW_SINGLE_FORMAT;
      frame.payload ??= NOTHING;
      if (bytes > MAX_MESSAGE_BYTES) {
        frame.payload = NOTHING;
        if (begun) begun.frames = [];
      }
    }
    onTransfer(frame);
  };
  return (link) => received.get(link) ?? 0;
}
