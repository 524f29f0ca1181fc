import type { StoreId } from '../ids.ts';
import { addSums, toTotal, type Currency, type MinorSum } from '../money.ts';
import type { BookControl, EventControl } from './control-totals.ts';
import type { PosDocument } from './day-documents.ts';
import type { Resolved } from './identity.ts';
import type { Reading } from './reading.ts';

/** Transaction events and their gross, while they are counted. */
export interface Tally {
  transactions: number;
  grossMinor: MinorSum;
}

export const newTally = (): Tally => ({ transactions: 0, grossMinor: 0 });

export function count(tally: Tally, grossMinor: number): void {
  tally.transactions += 1;
  tally.grossMinor = addSums(tally.grossMinor, grossMinor);
}

interface Accounts {
  distinct: Tally;
  counted: Tally;
  notInForce: Tally;
  superseded: Tally;
  held: Tally;
  imbalanceMinor: MinorSum;
}

/**
 * What became of a store's transaction events, by currency. What counts is taken from the documents and not from the
 * readings, so a sale which has lost its document is missed here.
 */
export function bookControls(
  storeId: StoreId,
  delivered: ReadonlyMap<Currency, Tally>,
  distinct: Iterable<readonly Reading[]>,
  { counted, superseded, held }: Resolved,
  documents: readonly PosDocument[],
): BookControl[] {
  const byCurrency = new Map<Currency, Accounts>();
  const of = ({ currency }: Reading): Accounts => {
    let accounts = byCurrency.get(currency);
    if (!accounts) {
      accounts = {
        distinct: newTally(),
        counted: newTally(),
        notInForce: newTally(),
        superseded: newTally(),
        held: newTally(),
        imbalanceMinor: 0,
      };
      byCurrency.set(currency, accounts);
    }
    return accounts;
  };
  for (const readings of distinct)
    for (const reading of readings) count(of(reading).distinct, reading.grossMinor);
  for (const reading of superseded) count(of(reading).superseded, reading.grossMinor);
  for (const reading of held) count(of(reading).held, reading.grossMinor);
  const posted = new Set(documents.flatMap((document) => document.eventIds));
  for (const reading of counted) {
    const accounts = of(reading);
    accounts.imbalanceMinor = addSums(accounts.imbalanceMinor, reading.imbalanceMinor);
    if (reading.amounts.size > 0 && !posted.has(reading.eventId)) continue;
    count(isPosted(reading) ? accounts.counted : accounts.notInForce, reading.grossMinor);
  }
  return [...byCurrency]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([currency, accounts]) => ({
      storeId,
      currency,
      delivered: controlOf(delivered.get(currency) ?? newTally()),
      distinct: controlOf(accounts.distinct),
      counted: controlOf(accounts.counted),
      notInForce: controlOf(accounts.notInForce),
      superseded: controlOf(accounts.superseded),
      held: controlOf(accounts.held),
      imbalanceMinor: toTotal(accounts.imbalanceMinor),
    }));
}

const isPosted = ({ training, status }: Reading): boolean =>
  !training && (status === 'completed' || status === 'resumed');

const controlOf = ({ transactions, grossMinor }: Tally): EventControl => ({
  transactions,
  grossMinor: toTotal(grossMinor),
});
