import type { Socket } from 'node:net';
import type { Connection, EventContext, Receiver, Sender, Session } from 'rhea';
import { parseAddress } from './address.ts';
import { AmqpConditionError, notFound, toAmqpError, unauthorized } from './amqp-error.ts';
import { Grants, isTokenFor, putToken } from './cbs.ts';
import type { Hub } from './hub.ts';
import type { IngressBudget } from './ingress-budget.ts';
import { readEntity } from './management.ts';
import { PositionBeyondEndError } from './partition-log.ts';
import type { Readers } from './readers.ts';
import { ConsumerLink } from './receiver-link.ts';
import { serveRequests } from './request-response.ts';
import { guardConnection, ignoreLateFrames, passRawTransfers } from './rhea-guards.ts';
import { connectionInternals, linkInternals } from './rhea-internals.ts';
import type { SharedAccessKey } from './sas-token.ts';
import { SelectorError, parseSelector } from './selector.ts';
import { serveSender } from './sender-link.ts';

const EPOCH = 'com.microsoft:epoch';
const RUNTIME_METRICS = 'com.microsoft:enable-receiver-runtime-metric';
const SELECTOR_NAME = 'apache.org:selector-filter:string';

/** What the connections of an endpoint share. */
export interface EndpointContext {
  readonly hubs: ReadonlyMap<string, Hub>;
  readonly policy: SharedAccessKey;
  readonly budget: IngressBudget;
  readonly clock: () => number;
  readonly log: (line: string) => void;
  readonly nextProducerId: () => number;
}

/** One client: what its tokens allow, and its links. When the socket closes, its consumers are gone with it. */
export class ClientConnection {
  readonly #context: EndpointContext;
  readonly #socket: Socket;
  readonly #grants = new Grants();
  readonly #consumers = new Map<Sender, { consumer: ConsumerLink; readers: Readers }>();
  readonly #rawLinks = new WeakSet<object>();
  readonly #receivedBytes = new WeakMap<Session, (link: object) => number>();
  readonly #bursts: (() => void)[] = [];
  #waitingForRoom = new Set<() => void>();

  constructor(connection: Connection, socket: Socket, context: EndpointContext) {
    this.#context = context;
    this.#socket = socket;
    guardConnection(
      connection,
      (error) => this.#fail(error),
      () => this.#writeBursts(),
      () => this.#offerRoom(),
    );
    ignoreLateFrames(connection);
    connection.on('session_open', ({ session }: EventContext) => session && this.#openSession(session));
    connection.on(
      'receiver_open',
      ({ receiver }: EventContext) => receiver && this.#attach(receiver, () => this.#openSender(receiver)),
    );
    connection.on(
      'sender_open',
      ({ sender }: EventContext) => sender && this.#attach(sender, () => this.#openConsumer(sender)),
    );
    connection.on('sender_close', ({ sender }: EventContext) => sender && this.#dropConsumer(sender));
    connection.on('session_close', ({ session }: EventContext) => this.#dropConsumersOf(session));
    for (const event of ['connection_error', 'protocol_error', 'error'])
      connection.on(event, (what: unknown) => this.#fail(what));
    for (const event of [
      'connection_close',
      'disconnected',
      'receiver_close',
      'receiver_error',
      'sender_error',
      'session_error',
    ])
      connection.on(event, () => {});
    socket.setNoDelay(true);
    socket.on('drain', () => this.#offerRoom());
    socket.on('close', () => {
      this.#dropConsumersOf(undefined);
      connectionInternals(connection)._disconnected();
    });
    connectionInternals(connection).accept(socket);
  }

  /** Closes the socket; clients see a lost connection and come back. */
  destroy(): void {
    this.#socket.destroy();
  }

  #fail(what: unknown): void {
    const error = what instanceof Error ? what : (what as { error?: Error } | undefined)?.error;
    if (!this.#socket.destroyed)
      this.#context.log(`A client was disconnected: ${error?.message ?? 'unknown error'}`);
    this.#socket.destroy();
  }

  #writeBursts(): void {
    for (const write of this.#bursts.splice(0)) write();
  }

  #offerRoom(): void {
    if (this.#waitingForRoom.size === 0) return;
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = new Set();
    for (const wake of waiting) wake();
  }

  #isAllowed(path: string): boolean {
    return this.#grants.allow(path, this.#context.clock());
  }

  #openSession(session: Session): void {
    this.#receivedBytes.set(
      session,
      passRawTransfers(session, (link) => this.#rawLinks.has(link)),
    );
  }

  /** A link that cannot be served is attached without a terminus and detached with the reason, as AMQP has it. */
  #attach(link: Receiver | Sender, open: () => void | Promise<void>): void {
    const refuse = (error: unknown): void => {
      if (link.is_sender()) this.#dropConsumer(link as Sender);
      link.close(asAmqpError(error).toAmqp());
    };
    // The answer repeats how the client wants deliveries settled. Unsaid it means "mixed", and a client that settles
    // on send would then wait for us: .NET refuses its second request on a link over that.
    if (link.snd_settle_mode !== undefined)
      linkInternals(link).local.attach.snd_settle_mode = link.snd_settle_mode;
    try {
      open()?.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #hub(name: string, path: string): Hub {
    if (!this.#isAllowed(path))
      throw unauthorized(`Unauthorized access to '${path}': no valid token was put for it`);
    const hub = this.#context.hubs.get(name.toLowerCase());
    if (!hub) throw notFound(name);
    return hub;
  }

  /** The client opened a sender: we receive. */
  #openSender(link: Receiver): void {
    const path = link.target?.address ?? '';
    const address = parseAddress(path);
    const { clock, policy, hubs, budget, nextProducerId } = this.#context;
    if (address.kind === 'cbs')
      return serveRequests('$cbs', link, (request) => putToken(request, this.#grants, policy, clock()));
    if (address.kind === 'management')
      return serveRequests('$management', link, (request) =>
        readEntity(
          request,
          hubs,
          // A token in the request decides alone: .NET puts none on $cbs for it, and a rotated key counts at once.
          (entity, token) =>
            token === undefined ? this.#isAllowed(entity) : isTokenFor(entity, token, policy, clock()),
        ),
      );
    if (address.kind !== 'hub') throw notFound(path);
    const hub = this.#hub(address.hub, path);
    const partition = address.partition === undefined ? undefined : hub.partition(address.partition);
    this.#rawLinks.add(link);
    serveSender(link, {
      hub,
      partition,
      budget,
      nextProducerId,
      isAllowed: () => this.#isAllowed(path),
      receivedBytes: () => this.#receivedBytes.get(link.session)?.(link) ?? 0,
    });
  }

  /** The client opened a receiver: we send. */
  #openConsumer(link: Sender): void | Promise<void> {
    const path = link.source?.address ?? '';
    const address = parseAddress(path);
    if (address.kind === 'cbs' || address.kind === 'management') {
      link.set_source({ address: path });
      link.set_target({ address: link.target?.address ?? '' });
      return;
    }
    if (address.kind !== 'group') throw notFound(path);
    const hub = this.#hub(address.hub, path);
    const readers = hub.readers(address.group, address.partition);
    return this.#openReader(link, path, hub, readers, address.partition);
  }

  #openReader(link: Sender, path: string, hub: Hub, readers: Readers, partition: string): Promise<void> {
    const log = hub.partition(partition);
    const start = log.locate(parseSelector(selectorOf(link.source.filter)));
    const hasRuntimeMetrics = [link.desired_capabilities ?? []].flat().includes(RUNTIME_METRICS);
    const { attach } = linkInternals(link).local;
    link.set_source({ address: path });
    link.set_target({ address: link.target?.address ?? '' });
    if (hasRuntimeMetrics) attach.offered_capabilities = [RUNTIME_METRICS];
    const consumer = new ConsumerLink(link, {
      log,
      epoch: epochOf(link.properties),
      hasRuntimeMetrics,
      clock: this.#context.clock,
      isAllowed: () => this.#isAllowed(path),
      inTurn: (write) => {
        this.#bursts.push(write);
        connectionInternals(link.connection)._register();
      },
      whenRoom: (wake) => this.#waitingForRoom.add(wake),
    });
    readers.add(consumer);
    this.#consumers.set(link, { consumer, readers });
    return start.then((cursor) => consumer.start(cursor));
  }

  #dropConsumer(link: Sender): void {
    const found = this.#consumers.get(link);
    if (!found) return;
    this.#consumers.delete(link);
    found.readers.remove(found.consumer);
    found.consumer.close();
  }

  /** Those of a session, or all of them. */
  #dropConsumersOf(session: Session | undefined): void {
    for (const link of this.#consumers.keys())
      if (session === undefined || link.session === session) this.#dropConsumer(link);
  }
}

/** What a client did wrong in asking for a position is its argument error. */
function asAmqpError(error: unknown): AmqpConditionError {
  const isArgument = error instanceof PositionBeyondEndError || error instanceof SelectorError;
  return isArgument
    ? new AmqpConditionError('com.microsoft:argument-error', error.message, { cause: error })
    : toAmqpError(error);
}

/** The selector of a receiver's source, a described string. */
function selectorOf(filter: unknown): string | undefined {
  const described = (filter as Record<string, { value?: unknown } | undefined> | null | undefined)?.[
    SELECTOR_NAME
  ];
  if (described === undefined || described === null) return undefined;
  const value = described.value ?? described;
  const { value: inner = value } = value as { value?: unknown };
  return String(inner);
}

function epochOf(properties: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const value = properties?.[EPOCH];
  return value === undefined || value === null ? undefined : Number(value);
}
