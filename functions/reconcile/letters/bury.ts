import host from '../../../host.json' with { type: 'json' };
import { QUEUES } from '../../../shared/azure/names.ts';
import type { Logger } from '../../../shared/log.ts';
import { TransientError } from '../../../shared/errors.ts';
import { letterIdByContent, makeDeadLetter, type DeadLetters } from '../../../shared/pos/dead-letter.ts';
import { toInstant, type Clock } from '../../../shared/time.ts';

/** After so many tries the host moves a message to the poison queue. */
export const MAX_DEQUEUE_COUNT = host.extensions.queues.maxDequeueCount;

/** The function that reads a queue, and hence gave the message up. */
const STAGE_OF: Readonly<Record<string, string>> = {
  alerts: 'notify',
  spill: 'republish',
  hydrate: 'hydrate',
  reconcile: 'reconcile',
  compact: 'compact',
};

export interface PoisonMessage {
  readonly queue: string;
  readonly text: string;
  /** When it came into the poison queue, where the host says so. */
  readonly insertedAt: Date | undefined;
  /** How often burying it was tried before. */
  readonly triedBefore: number;
}

/** What must happen besides for a message of the queue `reconcile`: the report of its date comes out without it. */
export type GiveUpShard = (message: unknown, reason: string, again: boolean, log: Logger) => Promise<void>;
/** And for one of the queue `compact`: its date is reconciled from raw lines. */
export type GiveUpCompaction = (message: unknown, log: Logger) => Promise<void>;

/**
 * Turns a message that a queue has given up into a dead letter, so all failures are in one place and can be replayed
 * in the same way. @throws TransientError
 */
export function createBury(parts: {
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly giveUpShard: GiveUpShard;
  readonly giveUpCompaction: GiveUpCompaction;
}) {
  return async (message: PoisonMessage, log: Logger): Promise<void> => {
    await buryMessage(parts.deadLetters, message, parts.clock);
    if (message.queue !== QUEUES.reconcile && message.queue !== QUEUES.compact) return;
    const reason = `Reconciling failed ${MAX_DEQUEUE_COUNT} times; the log and the dead letters say why`;
    const again = message.triedBefore > 0;
    try {
      if (message.queue === QUEUES.compact) await parts.giveUpCompaction(JSON.parse(message.text), log);
      else await parts.giveUpShard(JSON.parse(message.text), reason, again, log);
    } catch (thrown) {
      // A message that is no message is a dead letter and no more; what storage refuses now is tried again.
      if (thrown instanceof TransientError) throw thrown;
      log.error('A report could not be written without its failed part', { queue: message.queue }, thrown);
    }
  };
}

async function buryMessage(
  deadLetters: DeadLetters,
  { queue, text, insertedAt }: PoisonMessage,
  clock: Clock,
): Promise<void> {
  await deadLetters.bury(
    makeDeadLetter({
      deadLetterId: letterIdByContent(queue, queue, text),
      stage: STAGE_OF[queue] ?? queue,
      fault: {
        code: 'retries-exhausted',
        message: `The queue ${queue} gave up on this message after ${MAX_DEQUEUE_COUNT} attempts; the log has all of them`,
      },
      diedAt: toInstant(insertedAt?.getTime() ?? clock()),
      dequeueCount: MAX_DEQUEUE_COUNT,
      replay: { to: 'queue', queue },
      payload: text,
    }),
  );
}
