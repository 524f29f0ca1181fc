import { createHash } from 'node:crypto';
import type { Item, ItemContent } from './item.ts';

/** What a report says of an item: `item` is undefined where it is new, `content` where the report has it no more. */
export interface FoundItem {
  readonly item: Item | undefined;
  /** The id that a new one gets. */
  readonly itemId: string;
  readonly content: ItemContent | undefined;
}

/**
 * Which exception of a report is which item of the nights before. First by id. What is left over on both sides is one
 * item with another category if exactly one money item and one money exception have the same subject: a sale that was
 * missing in the ledger and is now posted with another amount is the same sale.
 * @returns every item and every exception once, by item id.
 */
export function pairItems(items: readonly Item[], contents: readonly ItemContent[]): FoundItem[] {
  const byExceptionId = new Map(items.map((item) => [item.exceptionId, item]));
  const pairs: FoundItem[] = [];
  const used = new Set<Item>();
  const fresh: ItemContent[] = [];
  for (const content of contents) {
    const item = byExceptionId.get(content.exceptionId);
    if (!item) fresh.push(content);
    else {
      used.add(item);
      pairs.push({ item, itemId: item.itemId, content });
    }
  }
  const left = items.filter((item) => !used.has(item) && item.status !== 'cleared');
  const taken = new Set(items.map(({ itemId }) => itemId));
  for (const content of fresh) {
    const mine = left.filter((item) => isSameMoney(item, content));
    const rivals = fresh.filter((other) => isSameMoney(content, other));
    const [item] = mine;
    if (item && mine.length === 1 && rivals.length === 1) {
      used.add(item);
      pairs.push({ item, itemId: item.itemId, content });
    } else {
      const itemId = freeId(content.exceptionId, taken);
      taken.add(itemId);
      pairs.push({ item: undefined, itemId, content });
    }
  }
  for (const item of items)
    if (!used.has(item)) pairs.push({ item, itemId: item.itemId, content: undefined });
  return pairs.sort((one, other) => (one.itemId < other.itemId ? -1 : 1));
}

/** Faults of the data have subjects such as `till 2`, which say nothing of what they are about. */
const isSameMoney = (
  one: Pick<ItemContent, 'isMoney' | 'subject'>,
  other: Pick<ItemContent, 'isMoney' | 'subject'>,
): boolean => one.isMoney && other.isMoney && one.subject === other.subject;

/** An item that moved to another category keeps its first id, so that id is taken when the first category comes back. */
function freeId(exceptionId: string, taken: ReadonlySet<string>): string {
  let itemId = exceptionId;
  for (let again = 2; taken.has(itemId); again += 1)
    itemId = createHash('sha256')
      .update(JSON.stringify([exceptionId, again]))
      .digest('hex')
      .slice(0, 16);
  return itemId;
}
