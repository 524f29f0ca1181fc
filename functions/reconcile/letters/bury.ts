import { createHash } from 'node:crypto';
import type { DeadLetters } from '../../../shared/pos/dead-letter.ts';
import { toInstant, type Clock } from '../../../shared/time.ts';

/** The function that reads a queue, and hence gave the message up. */
const STAGE_OF: Readonly<Record<string, string>> = {
  alerts: 'notify',
  spill: 'republish',
  hydrate: 'hydrate',
  reconcile: 'reconcile',
};

export interface PoisonMessage {
  readonly queue: string;
  readonly text: string;
  /** When it came into the poison queue, where the host says so. */
  readonly insertedAt: Date | undefined;
}

/**
 * Makes a dead letter of a message that a queue has given up, so that all failures lie in one place and can be brought
 * back in one way. @throws TransientError
 */
export function createBury(deadLetters: DeadLetters, maxDequeueCount: number, clock: Clock) {
  return async ({ queue, text, insertedAt }: PoisonMessage): Promise<void> => {
    const digest = createHash('sha256').update(`${queue}\n${text}`).digest('hex').slice(0, 32);
    await deadLetters.bury({
      deadLetterId: `${queue}-${digest}`,
      stage: STAGE_OF[queue] ?? queue,
      code: 'retries-exhausted',
      message: `The queue ${queue} gave this message up after ${maxDequeueCount} tries; the log has each of them`,
      diedAt: toInstant(insertedAt?.getTime() ?? clock()),
      dequeueCount: maxDequeueCount,
      replay: { to: 'queue', queue },
      payload: text,
    });
  };
}
