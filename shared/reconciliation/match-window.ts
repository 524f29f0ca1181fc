import type { BusinessDate } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { negated, textOf, type Amounts } from './cell.ts';
import type { Candidate } from './exception.ts';
import { groupBy } from './group-by.ts';
import { matchStore } from './match-store.ts';
import { groupEntries, type LedgerGroup, type OpenItem } from './open-item.ts';
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
  readonly entries: readonly LedgerEntry[];
  readonly businessDate: BusinessDate | undefined;
}

const KEPT_CANDIDATES = 20;

export function settleByWindow(items: readonly OpenItem[], days: readonly WindowDay[]): readonly OpenItem[] {
  const own = new Map(items.flatMap((item) => partsOf(item, undefined).map((part) => [item, part] as const)));
  const [storeId] = [...own.keys()].map((item) => item.storeId);
  if (days.length === 0 || storeId === undefined) return items;
  // A document that any of the dates names is posted there, and needs no voucher.
  const named = new Set(
    [...days, ...items].flatMap(({ entries }) => entries.map(({ documentNumber }) => documentNumber)),
  );
  const texts = new Set([...own.values()].map(({ text }) => text));
  const there = days.flatMap((day) => {
    const { businessDate, documents, entries } = day;
    const open = matchStore(storeId, documents, entries)
      .items.flatMap((item) => partsOf(item, businessDate))
      .filter(({ side, name }) => side === 'voucher' || !named.has(name));
    return [...open, ...unsaidParts(day, named, texts, open)];
  });
  const byText = groupBy([...own.values(), ...there], ({ text }) => text);
  return items.map((item) => {
    const part = own.get(item);
    return part ? settled(item, part, byText.get(part.text) ?? []) : item;
  });
}

/** What is over or lacking of some amounts, and is no open item of its date since something else offsets it. */
function unsaidParts(
  { businessDate, documents, entries }: WindowDay,
  named: ReadonlySet<string>,
  texts: ReadonlySet<string>,
  open: readonly OpenPart[],
): OpenPart[] {
  const vouchers = groupBy(vouchersAmong(entries), ({ amounts }) => textOf(amounts));
  const unnamed = documents.filter(({ documentId }) => !named.has(documentId));
  const sold = groupBy(unnamed, ({ amounts }) => textOf(amounts));
  return [...texts].flatMap((text): OpenPart[] => {
    const [lacking, over] = [sold.get(text) ?? [], vouchers.get(text) ?? []];
    const count = Math.abs(lacking.length - over.length);
    const side = lacking.length > over.length ? 'document' : 'voucher';
    if (count === 0 || open.some((one) => one.text === text && one.side === side)) return [];
    const name = side === 'document' ? lacking[0]?.documentId : over[0]?.reference;
    const of = { side, text, count, isExact: false, businessDate } as const;
    return [{ ...of, name: name ?? '', entries: side === 'document' ? [] : (over[0]?.entries ?? []) }];
  });
}

const vouchersAmong = (entries: readonly LedgerEntry[]): LedgerGroup[] =>
  groupEntries(
    entries.filter(({ documentNumber }) => documentNumber === ''),
    ({ voucher }) => voucher,
  );

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
      entries: item.entries,
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
  const common = { count: 1, isExact, entries, businessDate };
  return [
    ...documents.map(({ documentId, amounts }): OpenPart => ({
      ...common,
      side: 'document',
      text: textOf(amounts),
      name: documentId,
    })),
    ...vouchersAmong(entries).map(({ reference, amounts }): OpenPart => ({
      ...common,
      side: 'voucher',
      text: textOf(amounts),
      name: reference,
    })),
  ];
}

function settled(item: OpenItem, part: OpenPart, all: readonly OpenPart[]): OpenItem {
  const { side } = part;
  const others = all.filter((one) => one.side !== side && one.businessDate !== undefined);
  if (others.length === 0) return item;
  const [other] = others;
  const isUnique = all.length === 2 && part.isExact && other?.isExact === true;
  return isUnique && other ? movedItem(item, other) : ambiguousItem(item, part, others);
}

function movedItem(item: OpenItem, { name, businessDate, entries }: OpenPart): OpenItem {
  const { claim } = item;
  if (businessDate === undefined || (claim.kind !== 'not-posted' && claim.kind !== 'not-sold')) return item;
  return {
    ...item,
    claim: { ...claim, on: { businessDate, name } },
    elsewhere: { verdict: 'moved', businessDates: [businessDate], entries, name },
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
    entries: [...item.entries, ...others.flatMap((other) => other.entries)],
    candidates: candidates.slice(0, KEPT_CANDIDATES),
    candidateCount: candidates.length,
  };
}
