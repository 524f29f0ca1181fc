import type { FoundItem } from './pair-items.ts';
import type { CellChange, DayChanges, SeenCell, SeenReport } from './store-day.ts';

/** As many as a person reads, and as a row of a table holds. */
const MAX_LISTED = 200;

/** What a report changes of a store's day; undefined where it changes nothing that was signed. */
export function changesOf(
  before: SeenReport | undefined,
  now: SeenReport,
  found: readonly FoundItem[],
): DayChanges | undefined {
  const cells = now.isLeftOut || !before ? [] : cellChanges(before.cells, now.cells);
  const added = found.filter(({ item }) => !item || item.status === 'cleared').map(({ itemId }) => itemId);
  const gone = found.filter(({ content }) => !content).map(({ itemId }) => itemId);
  const changed = found
    .filter(({ item, content }) => item && content && item.status !== 'cleared' && isNews(item, content))
    .map(({ itemId }) => itemId);
  const documents = counted(before?.documents, now.documents, now.isLeftOut);
  const ledgerEntries = counted(before?.ledgerEntries, now.ledgerEntries, now.isLeftOut);
  const notes = [
    ...notesOf(before, now),
    ...(before && !now.isLeftOut && cells.length === 0 && before.cellsDigest !== now.cellsDigest
      ? ['Accounts that are not listed have other totals, or totals are explained in another way']
      : []),
  ];
  const lists = [cells, added, changed, gone] as const;
  const hasNews = lists.some((list) => list.length > 0) || documents || ledgerEntries || notes.length > 0;
  if (before && !hasNews) return undefined;
  return {
    cells: cells.slice(0, MAX_LISTED),
    ...(documents && { documents }),
    ...(ledgerEntries && { ledgerEntries }),
    added: added.slice(0, MAX_LISTED),
    changed: changed.slice(0, MAX_LISTED),
    gone: gone.slice(0, MAX_LISTED),
    omitted: lists.reduce((sum, list) => sum + Math.max(0, list.length - MAX_LISTED), 0),
    notes,
  };
}

const isNews = (
  item: { readonly fingerprint: string; readonly exceptionId: string },
  content: { readonly fingerprint: string; readonly exceptionId: string },
): boolean => item.fingerprint !== content.fingerprint || item.exceptionId !== content.exceptionId;

function counted(
  before: number | undefined,
  now: number | undefined,
  isLeftOut: boolean,
): readonly [number, number] | undefined {
  const isKnown = before !== undefined && now !== undefined && !isLeftOut;
  return isKnown && before !== now ? [before, now] : undefined;
}

function notesOf(before: SeenReport | undefined, now: SeenReport): string[] {
  const was = before ?? { proofHolds: true, isLeftOut: false, missing: 0 };
  return [
    ...(was.proofHolds === now.proofHolds
      ? []
      : [now.proofHolds ? 'The proof holds again' : 'The proof does not hold']),
    ...(was.isLeftOut === now.isLeftOut
      ? []
      : [
          now.isLeftOut
            ? 'The books of the store could not be read'
            : 'The books of the store can be read again',
        ]),
    ...(was.missing === now.missing ? [] : [`Parts that may be missing: ${was.missing}, now ${now.missing}`]),
  ];
}

const keyOf = ({ account, currency }: SeenCell): string => JSON.stringify([account, currency]);

function cellChanges(before: readonly SeenCell[], now: readonly SeenCell[]): CellChange[] {
  const old = new Map(before.map((cell) => [keyOf(cell), cell]));
  const current = new Map(now.map((cell) => [keyOf(cell), cell]));
  return [...new Set([...old.keys(), ...current.keys()])].sort().flatMap((key) => {
    const [was, is] = [old.get(key), current.get(key)];
    const { account = '', currency = '' } = is ?? was ?? {};
    const change = {
      account,
      currency,
      posBefore: was?.posMinor ?? 0,
      posAfter: is?.posMinor ?? 0,
      ledgerBefore: was?.ledgerMinor ?? 0,
      ledgerAfter: is?.ledgerMinor ?? 0,
    };
    const isEqual = change.posBefore === change.posAfter && change.ledgerBefore === change.ledgerAfter;
    return isEqual ? [] : [change];
  });
}
