import type { CheckedStore } from './checked-store.ts';
import { addEntry, partsOf, plus, vectorOf, written, type Vector } from './claim-vectors.ts';
import type { Claim } from './claim.ts';
import type { ReconciliationException } from './exception.ts';

type OnDate = NonNullable<(Claim & { readonly kind: 'not-posted' })['on']>;

/** What was found by amount and date must be there, alone, and needed by nothing of its own date. */
export function faultOfWindow(
  exception: ReconciliationException,
  on: OnDate,
  { storeId, documents, entries, elsewhere }: CheckedStore,
): string | undefined {
  const days = elsewhere.windowOf?.(storeId) ?? [];
  const isLacking = exception.claim.kind === 'not-posted';
  const wanted = written(plus(new Map(), partsOf(exception), isLacking ? 1n : -1n));
  const balances = [...days, { businessDate: HERE, documents, entries }].map((day) => ({
    businessDate: day.businessDate,
    ...balanceOf(day, wanted),
  }));
  const there = balances.find(({ businessDate }) => businessDate === on.businessDate);
  const here = balances.find(({ businessDate }) => businessDate === HERE);
  const names = isLacking ? there?.vouchers : there?.documents;
  if (!there || names?.includes(on.name) !== true) return `${on.businessDate} has nothing of these amounts`;
  const over = (day: typeof here): number => (day ? day.vouchers.length - day.documents.length : 0);
  if (over(there) !== (isLacking ? 1 : -1) || over(here) !== (isLacking ? -1 : 1))
    return 'its own date needs it as well';
  const rivals = balances.filter((day) => day !== here && day !== there && isRival(over(day), isLacking));
  return rivals.length === 0 ? undefined : 'another date has these amounts too';
}

const HERE = 'here';
const isRival = (over: number, isLacking: boolean): boolean => (isLacking ? over > 0 : over < 0);

interface CheckedDay {
  readonly documents: CheckedStore['documents'];
  readonly entries: CheckedStore['entries'];
}

/** Vouchers and documents without a number that have these very amounts. */
function balanceOf(
  { documents, entries }: CheckedDay,
  wanted: string,
): { documents: string[]; vouchers: string[] } {
  const named = new Set(entries.map(({ documentNumber }) => documentNumber));
  const vouchers = new Map<string, Vector>();
  for (const entry of entries) {
    if (entry.documentNumber !== '') continue;
    const vector = vouchers.get(entry.voucher) ?? new Map<string, bigint>();
    vouchers.set(entry.voucher, vector);
    addEntry(vector, entry);
  }
  return {
    documents: documents.flatMap(({ documentId, amounts }) =>
      !named.has(documentId) && written(vectorOf(amounts)) === wanted ? [documentId] : [],
    ),
    vouchers: [...vouchers].flatMap(([name, vector]) => (written(vector) === wanted ? [name] : [])),
  };
}
