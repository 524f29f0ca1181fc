import type { BusinessDate } from '../ids.ts';
import { negated, textOf, type Amounts } from './cell.ts';
import type { Candidate } from './exception.ts';
import { groupBy } from './group-by.ts';
import { matchStore } from './match-store.ts';
import { groupEntries, type OpenItem } from './open-item.ts';
import type { WindowDay } from './window-dates.ts';

/**
 * The pass by amount and date: what carries no number and is open on this date may be the other side of what is open on
 * a neighbouring one. It is taken only where one document and one voucher of the window have the very same amounts;
 * otherwise both readings are told.
 */

/** Something open on one side, of so many members with the same amounts. */
interface OpenPart {
  readonly side: 'document' | 'voucher';
  readonly text: string;
  readonly count: number;
  readonly name: string;
  /** Its own date says that it, and nothing else, is over or lacking. */
  readonly isExact: boolean;
  readonly item: OpenItem;
  readonly businessDate: BusinessDate | undefined;
}

const KEPT_CANDIDATES = 20;

export function settleByWindow(items: readonly OpenItem[], days: readonly WindowDay[]): readonly OpenItem[] {
  const here = items.flatMap((item) => partsOf(item, undefined));
  const [first] = here;
  if (days.length === 0 || !first) return items;
  // A document that any of the dates names is posted there, and needs no voucher.
  const named = new Set(
    [...days, ...items].flatMap(({ entries }) => entries.map(({ documentNumber }) => documentNumber)),
  );
  const there = days.flatMap(({ businessDate, documents, entries }) =>
    matchStore(first.item.storeId, documents, entries)
      .items.flatMap((item) => partsOf(item, businessDate))
      .filter(({ side, name }) => side === 'voucher' || !named.has(name)),
  );
  const byText = groupBy([...here, ...there], ({ text }) => text);
  const own = new Map(here.map((part) => [part.item, part]));
  return items.map((item) => {
    const part = own.get(item);
    return part ? settled(part, byText.get(part.text) ?? []) : item;
  });
}

function partsOf(item: OpenItem, businessDate: BusinessDate | undefined): OpenPart[] {
  const { claim, differences, documents, elsewhere } = item;
  const [document] = documents;
  const of = (side: OpenPart['side'], amounts: Amounts, count: number, name?: string): OpenPart[] => [
    {
      side,
      text: textOf(amounts),
      count,
      name: name ?? item.subject,
      isExact: name !== undefined,
      item,
      businessDate,
    },
  ];
  // What a number has found on another date is settled.
  if (elsewhere) return [];
  switch (claim.kind) {
    case 'not-posted':
      return claim.till === undefined && document
        ? of('document', document.amounts, 1, claim.documentId)
        : [];
    case 'some-not-posted':
      return document ? of('document', document.amounts, claim.count) : [];
    case 'not-sold':
      return 'voucher' in claim && claim.of === 1
        ? of('voucher', negated(differences), 1, claim.voucher)
        : [];
    case 'posted-again':
      return !claim.named && document ? of('voucher', document.amounts, claim.count) : [];
    default:
      return businessDate === undefined ? [] : partsOfWhole(item, businessDate);
  }
}

/** Of another date that is open as a whole, everything may be the other side; nothing says that it is. */
function partsOfWhole(item: OpenItem, businessDate: BusinessDate): OpenPart[] {
  const { claim, documents, entries } = item;
  if (claim.kind !== 'store-not-posted' && claim.kind !== 'statement' && claim.kind !== 'one-of') return [];
  const isExact = claim.kind === 'store-not-posted';
  const vouchers = groupEntries(
    entries.filter(({ documentNumber }) => documentNumber === ''),
    ({ voucher }) => voucher,
  );
  const common = { count: 1, isExact, item, businessDate };
  return [
    ...documents.map(({ documentId, amounts }): OpenPart => ({
      ...common,
      side: 'document',
      text: textOf(amounts),
      name: documentId,
    })),
    ...vouchers.map(({ reference, amounts }): OpenPart => ({
      ...common,
      side: 'voucher',
      text: textOf(amounts),
      name: reference,
    })),
  ];
}

function settled(part: OpenPart, all: readonly OpenPart[]): OpenItem {
  const { item, side } = part;
  const others = all.filter((one) => one.side !== side && one.businessDate !== undefined);
  if (others.length === 0) return item;
  const [other] = others;
  const isUnique = all.length === 2 && part.isExact && other?.isExact === true;
  return isUnique && other ? movedItem(item, other) : ambiguousItem(item, part, others);
}

function movedItem(item: OpenItem, { name, businessDate, item: there }: OpenPart): OpenItem {
  const { claim } = item;
  if (businessDate === undefined || (claim.kind !== 'not-posted' && claim.kind !== 'not-sold')) return item;
  return {
    ...item,
    claim: { ...claim, on: { businessDate, name } },
    elsewhere: { verdict: 'moved', businessDates: [businessDate], entries: there.entries, name },
  };
}

function ambiguousItem(item: OpenItem, part: OpenPart, others: readonly OpenPart[]): OpenItem {
  const nameOf = ({ name, businessDate }: OpenPart): string => `${name} of ${businessDate}`;
  const own = part.name;
  const elsewhere = others.map((other): Candidate => ({
    reading:
      part.side === 'document'
        ? `${own} is posted by voucher ${nameOf(other)}`
        : `${own} posts ${nameOf(other)}`,
    documentIds: part.side === 'document' ? [own] : [],
    vouchers: part.side === 'document' ? [] : [own],
  }));
  const here: Candidate = {
    reading:
      item.claim.kind === 'posted-again'
        ? `${own} is posted once more`
        : part.side === 'document'
          ? `${own} is not posted`
          : `${own} is explained by no POS event`,
    documentIds: part.side === 'document' ? [own] : [],
    vouchers: part.side === 'document' ? [] : [own],
  };
  const candidates = [here, ...elsewhere];
  return {
    ...item,
    finding: 'ambiguous',
    claim: { kind: 'one-of', level: 1 },
    entries: [...item.entries, ...others.flatMap((other) => other.item.entries)],
    candidates: candidates.slice(0, KEPT_CANDIDATES),
    candidateCount: candidates.length,
  };
}
