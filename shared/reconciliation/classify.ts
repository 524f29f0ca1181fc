import type { BusinessDate, StoreId } from '../ids.ts';
import { placeText, type LedgerEntry } from '../ledger/posting.ts';
import { toTotal } from '../money.ts';
import {
  differenceOf,
  negated,
  ofAccountKey,
  sumOf,
  volumeOf,
  type Amounts,
  type CellAmount,
} from './cell.ts';
import type { PosDocument } from './day-documents.ts';
import {
  exceptionIdOf,
  valueOf,
  type Evidence,
  type JournalLine,
  type ReconciliationException,
} from './exception.ts';
import { classifyItem, ownerOf, type Circumstances } from './judgement.ts';
import type { OpenItem } from './open-item.ts';

/** Turns what the passes left open into exceptions that finance can act on. */
export function exceptionOfItem(
  item: OpenItem,
  businessDate: BusinessDate,
  around: Circumstances,
): ReconciliationException {
  const { storeId, subject } = item;
  const parts = partsOf(storeId, item.differences);
  const { category, class: kind, detail, claim = item.claim } = classifyItem(item, parts, around);
  const pos = sumOf(item.documents.map((document) => document.amounts));
  const ledger = differenceOf(pos, item.differences);
  // In two currencies nothing says which side has more: the POS's own is what is in the wrong place.
  const from = 'from' in claim ? claim.from : undefined;
  const value =
    from === undefined
      ? valueOf(storeId, parts, volumeOf(ledger) > volumeOf(pos))
      : valueOf(
          storeId,
          parts.filter(({ currency }) => currency === from),
          false,
        );
  return {
    exceptionId: exceptionIdOf(businessDate, storeId, category, subject, item.about),
    category,
    class: kind,
    owner: ownerOf(category),
    storeId,
    businessDate,
    subject,
    detail,
    amountMinor: toTotal(value.amountMinor),
    currency: value.currency,
    parts,
    evidence: evidenceOf(item.documents, [...item.entries, ...(item.elsewhere?.entries ?? [])]),
    claim,
    ...(item.candidates && { candidates: item.candidates, candidateCount: item.candidateCount }),
  };
}

/** A store that master data lacks: one exception takes everything that either side has for it. */
export function unknownStoreException(
  storeId: StoreId,
  businessDate: BusinessDate,
  sides: { readonly documents: readonly PosDocument[]; readonly entries: readonly LedgerEntry[] },
  differences: Amounts,
  events: { readonly eventIds: readonly string[]; readonly events: number } | undefined,
): ReconciliationException {
  const parts = partsOf(storeId, differences);
  const detail = events
    ? `No store has this id; ${events.events} ${events.events === 1 ? 'event names' : 'events name'} it`
    : 'No store has this ledger dimension';
  const evidence = evidenceOf(sides.documents, sides.entries);
  const pos = sumOf(sides.documents.map((document) => document.amounts));
  const ledger = negated(differenceOf(differences, pos));
  const value = valueOf(storeId, parts, volumeOf(ledger) > volumeOf(pos));
  const category = 'unknown-store';
  return {
    exceptionId: exceptionIdOf(businessDate, storeId, category, storeId),
    category,
    class: 'requires investigation',
    owner: ownerOf(category),
    storeId,
    businessDate,
    subject: storeId,
    detail,
    amountMinor: toTotal(value.amountMinor),
    currency: value.currency,
    parts,
    evidence: evidence.eventIds.length > 0 ? evidence : { ...evidence, eventIds: events?.eventIds ?? [] },
    claim: { kind: 'unknown-store' },
  };
}

function partsOf(storeId: StoreId, differences: Amounts): CellAmount[] {
  return [...differences]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, amountMinor]) => ({ storeId, ...ofAccountKey(key), amountMinor: toTotal(amountMinor) }));
}

const KEPT = 20;
export const NO_EVIDENCE: Evidence = { transactionIds: [], eventIds: [], journalLines: [], omitted: 0 };

export function evidenceOf(documents: readonly PosDocument[], entries: readonly LedgerEntry[]): Evidence {
  const eventIds = documents.flatMap((document) => document.eventIds);
  const omittedOf = (all: readonly unknown[]): number => Math.max(0, all.length - KEPT);
  return {
    transactionIds: documents.slice(0, KEPT).map((document) => document.documentId),
    eventIds: eventIds.slice(0, KEPT),
    journalLines: entries.slice(0, KEPT).map(journalLineOf),
    omitted: omittedOf(documents) + omittedOf(eventIds) + omittedOf(entries),
  };
}

function journalLineOf(entry: LedgerEntry): JournalLine {
  const { journalNumber, voucher, accountingDate, account, currency, amountMinor, documentNumber } = entry;
  const source = placeText(entry.readAt);
  return { journalNumber, voucher, accountingDate, account, currency, amountMinor, documentNumber, source };
}
