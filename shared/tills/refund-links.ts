import { transactionKey } from '../pos/transaction-versions.ts';
import type { DrawerEvent, TransactionEvent } from '../pos/event.ts';
import type { Activity } from './activity.ts';
import type { SaleFacts } from './case-view.ts';
import { operatorOfKey } from './day-tally.ts';
import type { DayEffect, TillBook, TillEffect } from './till-book.ts';

/**
 * Ties refunds to their sales, whichever comes first. Who sold and the pseudonyms of the cards lie in the effect of every
 * transaction, beside what it added to days; a refund whose sale is not there yet waits under its key.
 */
const CARD = 'card ';
const REFUND_OF = 'refund-of ';

/** The cards of a transaction, as entries of its effect that add to nothing. */
export function cardFacts({ tenders }: TransactionEvent): DayEffect[] {
  const facts: DayEffect[] = [];
  for (const { cardRef } of tenders) if (cardRef !== undefined) facts.push([`${CARD}${cardRef}`, {}]);
  return facts;
}

/** Whether money or goods went back. */
export const isRefund = (event: TransactionEvent | DrawerEvent, activity: Activity | undefined): boolean =>
  event.kind === 'transaction' &&
  ((activity !== undefined && activity.returned > 0) || event.totals.grossMinor < 0);

export function refundFacts({ operatorId, tenders }: TransactionEvent): SaleFacts {
  const cards = tenders.flatMap(({ cardRef, amountMinor }) =>
    cardRef !== undefined && amountMinor < 0 ? [cardRef] : [],
  );
  return { operatorId, cards };
}

/** What the event says of the sale that comes back, or else what the memory of the stream has. */
export function saleFacts(book: TillBook, event: TransactionEvent): SaleFacts | undefined {
  const { returnOf, source } = event;
  if (!returnOf) return undefined;
  const { transactionId, operatorId, cardRef } = returnOf;
  const stored =
    transactionId === undefined
      ? undefined
      : factsOf(onlyOne(book.effects.ofKey(transactionKey({ source, transactionId })))?.effect);
  return {
    operatorId: operatorId ?? stored?.operatorId,
    cards: cardRef === undefined ? (stored?.cards ?? []) : [cardRef],
  };
}

/** Of two sales with one number nobody knows which came back. */
const onlyOne = <T>(found: readonly T[]): T | undefined => (found.length === 1 ? found[0] : undefined);

export function factsOf(effect: TillEffect | undefined): SaleFacts | undefined {
  if (!effect) return undefined;
  let operatorId: SaleFacts['operatorId'];
  const cards: string[] = [];
  for (const [key] of effect.days ?? []) {
    operatorId ??= operatorOfKey(key);
    if (key.startsWith(CARD)) cards.push(key.slice(CARD.length));
  }
  return { operatorId, cards };
}

/** Where the refunds of a sale wait for it. */
export const refundsKey = ({ source, transactionId }: Parameters<typeof transactionKey>[0]): string =>
  `${REFUND_OF}${transactionKey({ source, transactionId })}`;

/** The list of waiting refunds, in the evidence of their record. */
export const WAITING = 'refunds';
