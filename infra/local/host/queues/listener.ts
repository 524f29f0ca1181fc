import {
  QueueServiceClient,
  RestError,
  type DequeuedMessageItem,
  type QueueClient,
} from '@azure/storage-queue';

import { messageOf } from '../../../../shared/errors.ts';
import type { HostedFunction, QueueTrigger } from '../functions.ts';
import type { QueuesOptions } from '../host-json.ts';
import type { Invoker } from '../invoker.ts';
import type { Listener } from '../listener.ts';
import type { Log } from '../log.ts';
import { pause } from '../retry.ts';
import { queueInput } from './trigger-input.ts';

const MIN_POLL_MS = 100;
/** Azure's default is a minute, to save money; here waiting costs more than polling. host.json can override it. */
const DEFAULT_MAX_POLL_MS = 1_000;
const POISON_SUFFIX = '-poison';

export interface QueueListenerOptions {
  fn: HostedFunction<QueueTrigger>;
  /** Connection string of the storage account. */
  storage: string;
  options: QueuesOptions;
  /** How long a message stays invisible while its function runs; renewed at half. Ten minutes in Azure. */
  leaseMs: number;
  invoker: Invoker;
  log: Log;
}

/**
 * Runs one queue function. Messages run in parallel, up to batchSize + newBatchThreshold; a failed one becomes visible
 * again after visibilityTimeout, and after maxDequeueCount failures moves to `<queue>-poison`.
 */
export class QueueListener implements Listener {
  readonly functionName: string;
  readonly #host: QueueListenerOptions;
  readonly #service: QueueServiceClient;
  readonly #queue: QueueClient;
  readonly #stopping = new AbortController();
  #polling: Promise<void> = Promise.resolve();
  /** Messages in progress. */
  readonly #active = new Set<Promise<void>>();
  #wake: (() => void) | undefined;

  constructor(host: QueueListenerOptions) {
    this.functionName = host.fn.name;
    this.#host = host;
    this.#service = QueueServiceClient.fromConnectionString(host.storage);
    this.#queue = this.#service.getQueueClient(host.fn.trigger.queueName);
  }

  async start(): Promise<void> {
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    await this.#polling;
    // A message still has to be deleted after its function has ended.
    await Promise.all(this.#active);
  }

  async status(): Promise<Record<string, unknown>> {
    const { queueName } = this.#host.fn.trigger;
    return {
      queueName,
      running: this.#active.size,
      // Both counts include messages that are currently invisible.
      messages: await countOf(this.#queue),
      poison: await countOf(this.#service.getQueueClient(queueName + POISON_SUFFIX)),
    };
  }

  async #poll(): Promise<void> {
    const { batchSize, newBatchThreshold, maxPollingInterval = DEFAULT_MAX_POLL_MS } = this.#host.options;
    let waitMs = MIN_POLL_MS;
    while (!this.#stopping.signal.aborted) {
      if (this.#active.size > newBatchThreshold) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const messages = await this.#receive(batchSize);
      for (const message of messages) this.#begin(message);
      if (messages.length > 0) {
        waitMs = MIN_POLL_MS;
      } else {
        await pause(waitMs, this.#stopping.signal);
        waitMs = Math.min(waitMs * 2, Math.max(maxPollingInterval, MIN_POLL_MS));
      }
    }
  }

  async #receive(numberOfMessages: number): Promise<DequeuedMessageItem[]> {
    try {
      const visibilityTimeout = Math.ceil(this.#host.leaseMs / 1_000);
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages,
        visibilityTimeout,
      });
      return receivedMessageItems;
    } catch (thrown) {
      // A queue that has never been written to does not exist; that is not an error.
      if (!isNotFound(thrown)) this.#report('cannot read the queue', thrown);
      return [];
    }
  }

  #begin(message: DequeuedMessageItem): void {
    const handled = this.#handle(message).finally(() => {
      this.#active.delete(handled);
      this.#wake?.();
    });
    this.#active.add(handled);
  }

  /** Never rejects: every outcome goes to the queue, the poison queue or the log. */
  async #handle(message: DequeuedMessageItem): Promise<void> {
    let receipt = message.popReceipt;
    let renewal: Promise<void> = Promise.resolve();
    const renew = setInterval(() => {
      renewal = this.#queue
        .updateMessage(message.messageId, receipt, undefined, Math.ceil(this.#host.leaseMs / 1_000))
        .then((updated) => void (receipt = updated.popReceipt ?? receipt))
        .catch((thrown: unknown) => this.#report('cannot keep a message invisible', thrown));
    }, this.#host.leaseMs / 2);
    try {
      const succeeded = await this.#run(message);
      clearInterval(renew);
      await renewal;
      await this.#settle(message, receipt, succeeded);
    } catch (thrown) {
      this.#report(`cannot settle message ${message.messageId}`, thrown);
    } finally {
      clearInterval(renew);
    }
  }

  async #run(message: DequeuedMessageItem): Promise<boolean> {
    const { fn, invoker, options } = this.#host;
    if (message.dequeueCount > options.maxDequeueCount) return false;
    try {
      await invoker.invoke(fn, () => queueInput(fn.triggerName, message, this.#decode(message.messageText)));
      return true;
    } catch {
      // The invoker has logged it.
      return false;
    }
  }

  async #settle(message: DequeuedMessageItem, receipt: string, succeeded: boolean): Promise<void> {
    const { fn, options } = this.#host;
    if (succeeded) {
      await this.#queue.deleteMessage(message.messageId, receipt);
    } else if (message.dequeueCount >= options.maxDequeueCount) {
      const poison = this.#service.getQueueClient(fn.trigger.queueName + POISON_SUFFIX);
      await poison.createIfNotExists();
      await poison.sendMessage(message.messageText, { messageTimeToLive: -1 });
      await this.#queue.deleteMessage(message.messageId, receipt);
      const text = `Message has reached MaxDequeueCount of ${options.maxDequeueCount}. Moving message to queue '${poison.name}'.`;
      this.#host.log({ level: 'warning', category: 'Host.Queues', message: text, functionName: fn.name });
    } else {
      await this.#queue.updateMessage(
        message.messageId,
        receipt,
        undefined,
        Math.ceil(options.visibilityTimeout / 1_000),
      );
    }
  }

  #decode(text: string): string {
    if (this.#host.options.messageEncoding === 'none') return text;
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
      throw new Error(
        'The message is not base64, which host.json expects (extensions.queues.messageEncoding).',
      );
    }
    return bytes.toString();
  }

  #report(what: string, thrown: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const message = `${this.functionName}: ${what}: ${messageOf(thrown)}`;
    this.#host.log({ level: 'warning', category: 'Host.Queues', message, functionName: this.functionName });
  }
}

async function countOf(queue: QueueClient): Promise<number> {
  try {
    return (await queue.getProperties()).approximateMessagesCount ?? 0;
  } catch (thrown) {
    if (isNotFound(thrown)) return 0;
    throw thrown;
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof RestError && thrown.statusCode === 404;
}
