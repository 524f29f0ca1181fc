import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { boundedText, textOf, textProperties } from '../row-text.ts';
import { tableRows, type Row, type StoredRow } from './table-rows.ts';

/**
 * The table `letterorders`: what people have ordered to be done with dead letters. The app with the pages may only order;
 * the app that may send and write does it, and says what became of it.
 */
export interface LetterOrders {
  /** All or none of at most 100 of one order. Adding the same again changes nothing while it is not done. @throws TransientError */
  add(orders: readonly LetterOrder[]): Promise<void>;
  /** What is to be done, the first ordered first. @throws TransientError */
  open(): Promise<LetterOrder[]>;
  /** Everything of one order, in the order of the letters' names. @throws TransientError */
  of(order: string): Promise<SettledOrder[]>;
  /** What became of it. Safe to repeat. @throws TransientError */
  settle(order: LetterOrder, outcome: LetterOutcome): Promise<void>;
}

export const LETTER_ACTIONS = ['replay', 'edit', 'discard'] as const;
export type LetterAction = (typeof LETTER_ACTIONS)[number];

export interface LetterOrder {
  /** The same for all letters that were ordered at once. */
  readonly order: string;
  /** Tells another request with the same key apart. */
  readonly asked: string;
  /** Name of the letter, and its ETag when it was decided about. */
  readonly letter: string;
  readonly etag: string;
  readonly action: LetterAction;
  /** Whether an edited letter is replayed at once. */
  readonly thenReplay: boolean;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  /** What an edit makes of the payload. */
  readonly payload: string;
}

interface LetterOutcome {
  /** `left`: the letter lies there as before; `detail` says why. */
  readonly state: 'done' | 'left';
  readonly detail: string;
  readonly doneAt: string;
}

export type SettledOrder = LetterOrder & ({ readonly state: 'open' } | LetterOutcome);

const OPEN = 'open';
const DONE = 'done';
const MAX_TEXT = 2_000;

export function tableLetterOrders(table: TableClient): LetterOrders {
  const rows = tableRows(table);
  return {
    add: (orders) => rows.putAll(orders.map((order) => rowOf(OPEN, order))),
    open: async () =>
      (await rows.inPartition(OPEN))
        .map(orderOf)
        .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    of: async (order) => {
      const prefix = `${order} `;
      // Open ones first: what is done in between is then found twice, and never not at all.
      const open = await rows.inPartition(OPEN, prefix);
      const done = await rows.inPartition(DONE, prefix);
      const found = new Map<string, SettledOrder>();
      for (const row of open) found.set(row.rowKey, { ...orderOf(row), state: 'open' });
      for (const row of done) found.set(row.rowKey, { ...orderOf(row), ...outcomeOf(row) });
      return [...found.values()].sort((one, other) => (one.letter < other.letter ? -1 : 1));
    },
    async settle(order, { state, detail, doneAt }) {
      await rows.put({ ...rowOf(DONE, order), state, detail: boundedText(detail, MAX_TEXT), doneAt });
      await rows.remove(OPEN, rowKeyOf(order));
    },
  };
}

const rowKeyOf = ({ order, letter }: LetterOrder): string =>
  `${order} ${createHash('sha256').update(letter).digest('hex').slice(0, 32)}`;

function rowOf(partitionKey: string, order: LetterOrder): Row {
  const { payload, reason, etag, ...rest } = order;
  return {
    partitionKey,
    rowKey: rowKeyOf(order),
    ...rest,
    seen: etag,
    reason: boundedText(reason, MAX_TEXT),
    ...textProperties(payload),
  };
}

const textIn = (row: StoredRow, name: string): string => (typeof row[name] === 'string' ? row[name] : '');

function orderOf(row: StoredRow): LetterOrder {
  return {
    order: textIn(row, 'order'),
    asked: textIn(row, 'asked'),
    letter: textIn(row, 'letter'),
    // Kept under the name that a table does not use itself.
    etag: textIn(row, 'seen'),
    action: textIn(row, 'action') as LetterAction,
    thenReplay: row['thenReplay'] === true,
    by: textIn(row, 'by'),
    reason: textIn(row, 'reason'),
    at: textIn(row, 'at'),
    payload: textOf(row),
  };
}

const outcomeOf = (row: StoredRow): LetterOutcome => ({
  state: row['state'] === 'done' ? 'done' : 'left',
  detail: textIn(row, 'detail'),
  doneAt: textIn(row, 'doneAt'),
});
