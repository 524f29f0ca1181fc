import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sender } from 'rhea';
import type { AmqpConditionError } from './amqp-error.ts';
import { toAmqpError, unauthorized } from './amqp-error.ts';
import { encodeRuntimeMetrics, withDeliveryAnnotations } from './batch-codec.ts';
import type { Cursor, PartitionLog } from './partition-log.ts';
import type { Reader } from './readers.ts';
import { eventsOf, positionAfter } from './record.ts';
import { connectionInternals, linkInternals, sessionInternals } from './rhea-internals.ts';
import { canWriteDirectly, framesOf, payloadBytes, writeSettled } from './transfer-writer.ts';

/** Bytes handed to rhea in one turn; it holds them until they are written. */
const BURST_BYTES = 524_288;
/** Bytes that may wait in the socket before the next burst: what a slow reader costs. */
const MAX_SOCKET_BYTES = 1_048_576;
/** Bytes that a client that settles by itself may leave unsettled. */
const MAX_UNSETTLED_BYTES = 8_388_608;
/** What rhea leaves free in a frame beyond what it needs. */
const RHEA_OVERHEAD_BYTES = 64;
const NO_ROOM = { events: 0, frames: 0 };
const SETTLED = 1;
const UNSETTLED = 0;

export interface ConsumerLinkOptions {
  readonly log: PartitionLog;
  readonly epoch: number | undefined;
  readonly hasRuntimeMetrics: boolean;
  readonly clock: () => number;
  readonly isAllowed: () => boolean;
  /** Calls back once in rhea's next turn, behind what rhea itself writes. */
  readonly inTurn: (write: () => void) => void;
  /** Calls back once after rhea's next turn or after the socket has drained. */
  readonly whenRoom: (wake: () => void) => void;
}

/** A link on which a client receives the events of a partition, from a cursor on, as fast as it grants credit. */
export class ConsumerLink implements Reader {
  readonly epoch: number | undefined;
  readonly #link: Sender;
  readonly #options: ConsumerLinkOptions;
  readonly #isSettledOnSend: boolean;
  #cursor: Cursor | undefined;
  #ready: Buffer[] = [];
  #next = 0;
  #unsettledBytes = 0;
  #isPumping = false;
  #isWoken = false;
  #isClosed = false;

  constructor(link: Sender, options: ConsumerLinkOptions) {
    this.#link = link;
    this.#options = options;
    this.epoch = options.epoch;
    // Event Hubs keeps a cursor on the client, so settling each event would only cost: done where it is asked for.
    this.#isSettledOnSend = link.snd_settle_mode !== UNSETTLED;
    linkInternals(link).local.attach.snd_settle_mode = this.#isSettledOnSend ? SETTLED : UNSETTLED;
    link.on('sender_flow', () => this.wake());
    link.on('sender_draining', () => this.wake());
    link.on('settled', ({ delivery }: { delivery?: { data?: Buffer[] } }) => {
      for (const part of delivery?.data ?? []) this.#unsettledBytes -= part.length;
      this.wake();
    });
  }

  /** Begins to send from this cursor on. */
  start(cursor: Cursor): void {
    this.#cursor = cursor;
    this.wake();
  }

  /** Sends on if it was waiting. */
  readonly wake = (): void => {
    if (this.#isClosed || !this.#cursor) return;
    this.#isWoken = true;
    if (!this.#isPumping) void this.#pump();
  };

  detach(error: AmqpConditionError): void {
    if (this.#isClosed) return;
    this.close();
    this.#link.close(error.toAmqp());
  }

  /** Stops reading; the link is gone or going. */
  close(): void {
    this.#isClosed = true;
    this.#ready = [];
    this.#options.log.offAppend(this.wake);
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      // Two flow frames may come in one read of the socket: the second finds a pump that has seen the first alone.
      while (this.#isWoken) {
        this.#isWoken = false;
        await this.#sendWhatFits();
      }
    } catch (error) {
      this.detach(toAmqpError(error));
    } finally {
      this.#isPumping = false;
    }
  }

  async #sendWhatFits(): Promise<void> {
    while (!this.#isClosed) {
      if (!this.#options.isAllowed())
        return this.detach(unauthorized('The token of this link has expired or was never put'));
      if (this.#room().events === 0) return;
      if (this.#next === this.#ready.length && !(await this.#fill())) {
        // Everything is sent: a client that drains gets its unused credit back.
        this.#link.set_drained(true);
        connectionInternals(this.#link.connection)._register();
        this.#isWoken = false;
        return;
      }
      if (this.#isClosed) return;
      this.#sendUpTo(this.#room());
      // rhea writes at the end of this turn; other connections get theirs before the next burst.
      await nextTurn();
    }
  }

  /**
   * What may be handed to rhea now; no events after having arranged to be woken. Never more than rhea can write at
   * once: what it had to queue it would still send after the client has detached, and the client would choke on it.
   */
  #room(): { events: number; frames: number } {
    const { outgoing } = sessionInternals(this.#link.session);
    const { socket } = connectionInternals(this.#link.connection);
    const { credit } = linkInternals(this.#link);
    // Woken by sender_flow.
    if (credit <= 0) return NO_ROOM;
    const isBlocked =
      outgoing.next_delivery_id !== outgoing.next_pending_delivery ||
      outgoing.transfer_window() <= 0 ||
      socket.writableLength > MAX_SOCKET_BYTES ||
      this.#unsettledBytes > MAX_UNSETTLED_BYTES;
    const events = isBlocked ? 0 : Math.min(credit, outgoing.available());
    if (events > 0) return { events, frames: outgoing.transfer_window() };
    this.#options.whenRoom(this.wake);
    return NO_ROOM;
  }

  /** Reads the next events; false when there are none yet, after having arranged to be woken. */
  async #fill(): Promise<boolean> {
    const { log } = this.#options;
    if (!this.#cursor) return false;
    const { sequence } = this.#cursor;
    const records = await log.read(this.#cursor);
    const last = records.at(-1);
    if (!last) {
      // What was appended while the read was under way has already woken its waiters.
      if (log.hasMoreThan(this.#cursor)) return this.#fill();
      if (!this.#isClosed) log.onAppend(this.wake);
      return false;
    }
    this.#ready = records.flatMap((record) => eventsOf(record, sequence));
    this.#next = 0;
    this.#cursor = { position: positionAfter(last), sequence: last.firstSequence + last.count };
    return true;
  }

  #sendUpTo(room: { events: number; frames: number }): void {
    const { burst, fits } = this.#takeBurst(room);
    if (fits && this.#isSettledOnSend && canWriteDirectly(this.#link)) {
      this.#options.inTurn(() => {
        if (!this.#isClosed) writeSettled(this.#link, burst);
      });
      return;
    }
    for (const message of burst) {
      this.#link.send(message, undefined, 0);
      if (!this.#isSettledOnSend) this.#unsettledBytes += message.length;
    }
  }

  /** The next events, and whether the client's window has room for all their frames. */
  #takeBurst(room: { events: number; frames: number }): { burst: Buffer[]; fits: boolean } {
    const metrics = this.#options.hasRuntimeMetrics ? this.#metrics() : undefined;
    const payload = payloadBytes(this.#link) - RHEA_OVERHEAD_BYTES;
    const burst: Buffer[] = [];
    let { frames } = room;
    for (let bytes = 0; burst.length < room.events && bytes < BURST_BYTES;) {
      const event = this.#ready[this.#next];
      if (!event) break;
      const message = metrics ? withDeliveryAnnotations(event, metrics) : event;
      const needed = framesOf(message.length, payload);
      // An event that alone exceeds what is left of the window goes by rhea, in parts, as the window moves on.
      const fits = needed <= frames;
      if (!fits && burst.length > 0) break;
      this.#next++;
      burst.push(message);
      if (!fits) return { burst, fits };
      frames -= needed;
      bytes += message.length;
    }
    return { burst, fits: true };
  }

  #metrics(): Buffer {
    const { lastSequence, lastOffset, lastEnqueuedTimeMs } = this.#options.log.properties;
    return encodeRuntimeMetrics({
      lastSequenceNumber: lastSequence,
      lastOffset,
      lastEnqueuedTimeMs,
      retrievedAtMs: this.#options.clock(),
    });
  }
}
