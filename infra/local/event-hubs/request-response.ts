import rhea from 'rhea';
import type { Connection, EventContext, Message, Receiver, Sender } from 'rhea';

/** Credit of a request link; a request takes one, its answer gives it back. */
const REQUEST_CREDIT = 100;

export interface Request {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** An answer: a status as in HTTP, and a body that is sent as an AMQP value. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  readonly condition?: string;
  readonly body?: unknown;
}

/**
 * Serves a request link (`$cbs`, `$management`): each message is answered on the client's receiver whose target is the
 * message's `reply_to`, else on the one from the same node in the same session.
 */
export function serveRequests(node: string, link: Receiver, answer: (request: Request) => Answer): void {
  link.set_target({ address: node });
  link.add_credit(REQUEST_CREDIT);
  link.on('message', ({ message, delivery }: EventContext) => {
    link.add_credit(1);
    delivery?.accept();
    if (!message) return;
    const replies = findReplyLink(link.connection, node, message, link);
    if (!replies) return;
    const reply = answer({
      properties: (message.application_properties ?? {}) as Record<string, unknown>,
      body: message.body,
    });
    // Clients of statically typed languages cast the status: it must be an int, not whatever type its size would fit.
    const status = rhea.types.wrap_int(reply.status);
    replies.send({
      // The answer's correlation id is the request's message id, or its own correlation id where it has only that.
      ...correlationOf(message),
      application_properties: {
        'status-code': status,
        statusCode: status,
        'status-description': reply.description,
        statusDescription: reply.description,
        ...(reply.condition === undefined
          ? {}
          : { 'error-condition': reply.condition, errorCondition: reply.condition }),
      },
      body: reply.body ?? null,
    });
  });
}

function correlationOf(message: Message): Pick<Message, 'correlation_id'> {
  const id = message.message_id ?? message.correlation_id;
  return id === undefined ? {} : { correlation_id: id };
}

function findReplyLink(
  connection: Connection,
  node: string,
  message: Message,
  link: Receiver,
): Sender | undefined {
  const byTarget = connection.find_sender(
    (sender: Sender) => sender.is_open() && sender.target?.address === message.reply_to,
  );
  return (
    byTarget ??
    link.session.find_sender((sender: Sender) => sender.is_open() && sender.source?.address === node)
  );
}
