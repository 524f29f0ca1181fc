import type { Delivery, EventContext, Receiver } from 'rhea';
import rhea from 'rhea';
import { AmqpConditionError, toAmqpError, unauthorized } from './amqp-error.ts';
import { MalformedMessageError } from './amqp-walk.ts';
import type { IncomingBatch, ProducerStamp } from './batch-codec.ts';
import { readBatch } from './batch-codec.ts';
import type { Hub } from './hub.ts';
import type { IngressBudget } from './ingress-budget.ts';
import type { PartitionLog } from './partition-log.ts';
import { ProducerRefusedError } from './partition-log.ts';
import { MAX_MESSAGE_BYTES } from './rhea-guards.ts';
import { linkInternals } from './rhea-internals.ts';

/** Unsettled batches that a client may have under way on one link. */
const CREDIT = 300;

const IDEMPOTENT = 'com.microsoft:idempotent-producer';
const PRODUCER_ID = 'com.microsoft:producer-id';
const PRODUCER_EPOCH = 'com.microsoft:producer-epoch';
const PRODUCER_SEQUENCE = 'com.microsoft:producer-sequence-number';
const INT16_MAX = 32_767;

export interface SenderLinkOptions {
  readonly hub: Hub;
  /** The one partition to send to; undefined for the hub, which chooses by key or by turns. */
  readonly partition: PartitionLog | undefined;
  readonly budget: IngressBudget;
  readonly isAllowed: () => boolean;
  /** Size of the message that the link has just received; an oversize one has lost its bytes. */
  readonly receivedBytes: () => number;
  readonly nextProducerId: () => number;
}

/** Serves a link on which a client sends events. */
export function serveSender(link: Receiver, options: SenderLinkOptions): void {
  const { attach } = linkInternals(link).local;
  attach.max_message_size = MAX_MESSAGE_BYTES;
  link.set_target({ address: link.target.address ?? '' });
  if (link.source) link.set_source({ address: link.source.address ?? '' });
  const isIdempotent = [link.desired_capabilities ?? []].flat().includes(IDEMPOTENT);
  if (isIdempotent) openIdempotent(link, options);
  link.add_credit(CREDIT);
  link.on('message', ({ message, delivery, ...context }: EventContext) => {
    link.add_credit(1);
    if (!delivery) return;
    const format = (context as { format?: number }).format ?? 0;
    accept(delivery, message as unknown as Buffer, format, isIdempotent, options).then(
      () => delivery.accept(),
      (error: unknown) => refuse(link, delivery, error),
    );
  });
}

async function accept(
  delivery: Delivery,
  bytes: Buffer,
  format: number,
  isIdempotent: boolean,
  { hub, partition, budget, isAllowed, receivedBytes }: SenderLinkOptions,
): Promise<void> {
  const size = receivedBytes();
  if (!isAllowed()) throw unauthorized('The token of this link has expired or was never put');
  if (size > MAX_MESSAGE_BYTES)
    throw new AmqpConditionError(
      'amqp:link:message-size-exceeded',
      `The received message (delivery-id:${delivery.id}, size:${size} bytes) exceeds the limit (${MAX_MESSAGE_BYTES} bytes) currently allowed on the link.`,
    );
  const batch = decode(bytes, format);
  const log = partition ?? hub.partitionFor(batch.partitionKey);
  const release = budget.take(size, batch.events.length);
  try {
    await log.append(batch.events, isIdempotent ? stampFor(batch) : undefined, size);
  } finally {
    release();
  }
}

function decode(bytes: Buffer, format: number): IncomingBatch {
  try {
    return readBatch(bytes, format);
  } catch (error) {
    if (error instanceof MalformedMessageError)
      throw new AmqpConditionError('amqp:decode-error', error.message, { cause: error });
    throw error;
  }
}

function stampFor({ stamp }: IncomingBatch): ProducerStamp {
  if (stamp === undefined)
    throw new AmqpConditionError(
      'com.microsoft:argument-error',
      'A batch of an idempotent producer has no producer annotations',
    );
  const isInRange =
    Number.isSafeInteger(stamp.producerId) &&
    stamp.producerId > 0 &&
    stamp.epoch >= 0 &&
    stamp.epoch <= INT16_MAX &&
    stamp.sequence === (stamp.sequence | 0);
  if (!isInRange)
    throw new AmqpConditionError(
      'com.microsoft:argument-out-of-range',
      `Producer ${stamp.producerId} with epoch ${stamp.epoch} and sequence number ${stamp.sequence} is out of range`,
    );
  return stamp;
}

function refuse(link: Receiver, delivery: Delivery, error: unknown): void {
  const { condition, message } = error instanceof ProducerRefusedError ? error : toAmqpError(error);
  delivery.reject({ condition, description: message });
  // Without a right to send the link has no further use; the client opens it again with a fresh token.
  if (condition === 'amqp:unauthorized-access') link.close({ condition, description: message });
}

/** A number of an attach's properties, whatever integer type it came as. */
function numberIn(properties: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = properties[name];
  return value === undefined || value === null ? undefined : Number(value);
}

/**
 * Agrees with an idempotent producer on its id, epoch and last sequence number: what the client states is kept, so
 * it numbers a retry as it numbered the first attempt; what it leaves open is assigned.
 * @throws AmqpConditionError when a higher epoch publishes already, or the link is not to a partition.
 */
function openIdempotent(link: Receiver, { partition, nextProducerId }: SenderLinkOptions): void {
  if (!partition)
    throw new AmqpConditionError('amqp:not-allowed', 'An idempotent producer must send to a partition');
  const wanted = (link.properties ?? {}) as Record<string, unknown>;
  const producerId = numberIn(wanted, PRODUCER_ID) ?? nextProducerId();
  const known = partition.producers.get(producerId);
  const epoch = numberIn(wanted, PRODUCER_EPOCH) ?? known?.epoch ?? 0;
  const sequence = numberIn(wanted, PRODUCER_SEQUENCE) ?? known?.lastSequence ?? 0;
  const stamp = stampFor({ events: [], partitionKey: undefined, stamp: { producerId, epoch, sequence } });
  const refusal = partition.producers.open(stamp);
  if (refusal)
    throw new AmqpConditionError(
      refusal,
      `Producer ${producerId} with a higher epoch than ${epoch} publishes already`,
    );
  const { attach } = linkInternals(link).local;
  attach.offered_capabilities = [IDEMPOTENT];
  attach.properties = {
    [PRODUCER_ID]: rhea.types.wrap_long(producerId),
    [PRODUCER_EPOCH]: rhea.types.wrap_short(epoch),
    [PRODUCER_SEQUENCE]: rhea.types.wrap_int(sequence),
  };
}
