import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import type { LetterOrder, LetterOrders } from '../../../shared/azure/letter-orders.ts';
import type { Logger } from '../../../shared/log.ts';
import { PermanentError, TransientError, messageOf } from '../../../shared/errors.ts';
import { toInstant, type Clock } from '../../../shared/time.ts';
import { discardLetter, editLetter, replayLetter, type DeedParts } from './deeds.ts';

export interface WorkOrdersParts extends DeedParts {
  readonly store: DeedParts['store'] & Pick<DeadLetterStore, 'wasReplayed'>;
  readonly orders: Pick<LetterOrders, 'open' | 'settle'>;
  readonly clock: Clock;
}

export type WorkOrders = (log: Logger) => Promise<void>;

/**
 * Does what was ordered, the oldest first, so letters are replayed in the order in which they were chosen. What storage or
 * the hub refuses now stays open for the next run; one order holds up no other. A run that is killed does its last order
 * once more, which finds it done.
 */
export function createWorkOrders(parts: WorkOrdersParts): WorkOrders {
  return async (log) => {
    for (const order of await parts.orders.open()) {
      const fields = { order: order.order, action: order.action, letter: order.letter };
      try {
        const detail = await perform(parts, order);
        await parts.orders.settle(order, { state: 'done', detail, doneAt: toInstant(parts.clock()) });
        log.info('letter order done', fields);
      } catch (thrown) {
        if (thrown instanceof TransientError) {
          log.warn('letter order waits', { ...fields, reason: thrown.code });
          continue;
        }
        const detail =
          thrown instanceof PermanentError ? thrown.message : 'It failed for a reason that is in the log';
        await parts.orders.settle(order, { state: 'left', detail, doneAt: toInstant(parts.clock()) });
        if (thrown instanceof PermanentError)
          log.warn('letter order left', { ...fields, reason: thrown.code });
        else log.error('letter order failed', fields, new Error(messageOf(thrown), { cause: thrown }));
      }
    }
  };
}

/** @returns what became of it. @throws PermanentError where the letter stays as it is, TransientError */
async function perform(parts: WorkOrdersParts, order: LetterOrder): Promise<string> {
  const { letter, etag, by, reason, at, payload } = order;
  const doer = { by, reason, at };
  switch (order.action) {
    case 'discard':
      if (await discardLetter(parts, letter, doer, etag)) return 'Discarded';
      break;
    case 'replay':
      if (await replayLetter(parts, letter, doer, etag)) return 'Replayed';
      break;
    case 'edit': {
      const taken = await parts.store.take(letter);
      if (!taken) break;
      // Edited by a run of this order that was killed: it needs no second edit, and its ETag is another one.
      if (taken.letter.payload !== payload) await editLetter(parts, letter, payload, doer, etag);
      if (!order.thenReplay) return 'Edited';
      if (await replayLetter(parts, letter, doer)) return 'Edited and replayed';
      break;
    }
    default:
      throw new PermanentError(
        'unknown-action',
        'A later version ordered this: upgrade, then order it again',
      );
  }
  return gone(parts, order);
}

/** The letter is not there: a run that was killed may have done the order, or somebody was faster. */
async function gone(
  { store, log }: WorkOrdersParts,
  { letter, action, thenReplay, by, reason, at }: LetterOrder,
): Promise<string> {
  const isReplay = action === 'replay' || thenReplay;
  if (isReplay && (await store.wasReplayed(letter))) {
    await log.add(letter, { action: 'replay', by, reason, at });
    return 'Replayed';
  }
  throw new PermanentError('letter-gone', 'It is not there any more: somebody has replayed or discarded it');
}
