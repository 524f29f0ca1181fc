/** A bare AMQP client, for what the SDK would never send. */
import type { Connection, Delivery, EventContext, Receiver, Sender, Session } from 'rhea';
import rhea from 'rhea';
import { createSasToken } from './sas.ts';
import type { Opened } from './event-hubs-endpoint.ts';

interface Outcome {
  readonly outcome: 'accepted' | 'rejected' | 'released';
  readonly condition?: string;
}

export interface RawSender {
  readonly connection: Connection;
  readonly sender: Sender;
  readonly settle: (delivery: Delivery) => Promise<Outcome>;
}

/** Connects, and puts a token for the whole namespace. */
export async function connectRaw(
  opened: Opened,
  server: { port: number; connectionString: string },
  options: object = {},
): Promise<Connection> {
  const container = rhea.create_container();
  container.on('error', () => {});
  container.on('disconnected', () => {});
  const connection = container.connect({
    host: '127.0.0.1',
    port: server.port,
    username: 'anonymous',
    reconnect: false,
    ...options,
  });
  opened.defer(async () => connection.close());
  await new Promise((resolve, reject) => {
    connection.once('connection_open', resolve);
    connection.once('connection_error', reject);
  });
  const request = connection.open_sender('$cbs');
  connection.open_receiver({ source: { address: '$cbs' }, target: { address: 'raw-reply' } });
  await new Promise((resolve) => {
    request.once('sendable', resolve);
  });
  const replied = new Promise((resolve) => {
    connection.once('message', resolve);
  });
  request.send({
    message_id: 'token',
    reply_to: 'raw-reply',
    application_properties: {
      operation: 'put-token',
      type: 'servicebus.windows.net:sastoken',
      name: 'sb://localhost/',
    },
    body: createSasToken(server.connectionString, 'sb://localhost/'),
  });
  await replied;
  return connection;
}

export async function attachRawSender(
  opened: Opened,
  server: { port: number; connectionString: string },
  address: string,
  options: object = {},
): Promise<RawSender> {
  const connection = await connectRaw(opened, server);
  const session = connection.create_session();
  session.begin();
  const sender = session.open_sender({ target: { address }, ...options });
  await new Promise((resolve, reject) => {
    sender.once('sendable', resolve);
    sender.once('sender_error', ({ sender: failed }: EventContext) => reject(failed?.error as Error));
  });
  const settle = (delivery: Delivery): Promise<Outcome> =>
    new Promise((resolve) => {
      const onSettled = (context: EventContext): void => {
        if (context.delivery?.id !== delivery.id) return;
        sender.removeListener('settled', onSettled);
        const state = context.delivery.remote_state as { error?: { condition: string } } | undefined;
        resolve(
          state?.error ? { outcome: 'rejected', condition: state.error.condition } : { outcome: 'accepted' },
        );
      };
      sender.on('settled', onSettled);
    });
  return { connection, sender, settle };
}

/** A session with the window that the connection's `session_buffer_size` asks for. */
function beginSession(connection: Connection): Session {
  const sized = connection as unknown as {
    session_buffer_size?: number;
    create_session(transfers?: number): Session;
  };
  const session = sized.create_session(sized.session_buffer_size);
  session.begin();
  return session;
}

/** Opens a receiver without any credit. */
export async function attachRawReceiver(
  connection: Connection,
  address: string,
  options: object = {},
): Promise<Receiver> {
  const session = beginSession(connection);
  const receiver = session.open_receiver({
    source: { address },
    credit_window: 0,
    autoaccept: false,
    ...options,
  });
  await new Promise((resolve, reject) => {
    receiver.once('receiver_open', resolve);
    receiver.once('receiver_error', ({ receiver: failed }: EventContext) => reject(failed?.error as Error));
  });
  return receiver;
}
