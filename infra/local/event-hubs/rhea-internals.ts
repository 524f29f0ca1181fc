import type { Socket } from 'node:net';
import type { Connection, Receiver, Sender, Session } from 'rhea';

/**
 * The parts of rhea (3.0) that its typings leave out and that a server needs: the endpoint's own attach before it is
 * written, the outgoing queue, and the two functions through which every byte goes. Pinned by the version in
 * package.json and exercised by the conformance tests.
 */
interface TransferFrame {
  readonly performative: {
    readonly handle: number;
    message_format: number | undefined;
    readonly more: boolean;
  };
  payload?: Buffer;
}

interface ChannelFrame {
  readonly channel: number;
}

interface LocalAttach {
  max_message_size?: number;
  snd_settle_mode?: number;
  offered_capabilities?: readonly string[];
  properties?: Record<string, unknown>;
}

export interface LinkInternals {
  readonly local: { readonly handle: number; readonly attach: LocalAttach };
  _incomplete?: { frames: Buffer[] };
  credit: number;
  delivery_count: number;
}

interface OutgoingQueue {
  next_delivery_id: number;
  next_pending_delivery: number;
  next_transfer_id: number;
  window: number;
  readonly deliveries: { readonly size: number };
  available(): number;
  transfer_window(): number;
}

export interface SessionInternals {
  readonly links: Readonly<Record<string, object>>;
  readonly local: { readonly channel: number };
  readonly remote: { readonly handles: Record<number, Receiver | Sender | undefined> };
  readonly outgoing: OutgoingQueue;
  on_transfer(frame: TransferFrame): void;
}

export interface ConnectionInternals {
  socket: Socket;
  /** Size of the frame that is still being received. */
  readonly frame_size: number | undefined;
  /** What the client agreed to take. */
  readonly max_frame_size: number | null | undefined;
  readonly remote_channel_map: Readonly<Record<number, Session | undefined>>;
  accept(socket: Socket): void;
  input(bytes: Buffer): void;
  output(): void;
  _process(): void;
  _register(): void;
  _disconnected(): void;
  on_flow(frame: ChannelFrame): void;
  on_disposition(frame: ChannelFrame): void;
  on_detach(frame: ChannelFrame): void;
  on_end(frame: ChannelFrame): void;
}

export const linkInternals = (link: Receiver | Sender): LinkInternals => link as unknown as LinkInternals;
export const sessionInternals = (session: Session): SessionInternals =>
  session as unknown as SessionInternals;
export const connectionInternals = (connection: Connection): ConnectionInternals =>
  connection as unknown as ConnectionInternals;
