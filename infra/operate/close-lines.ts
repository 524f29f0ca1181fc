import { currencySchema, formatAmount } from '../../shared/money.ts';
import type { Json } from './close-client.ts';

/** The API's answers as lines for people. */
const textIn = (content: Json, name: string): string => {
  const value = content[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};
const listIn = (content: Json, name: string): Json[] => (content[name] ?? []) as Json[];

function amountOf(content: Json): string {
  const currency = currencySchema.safeParse(content['currency']);
  if (!currency.success) return '';
  return `${formatAmount(BigInt(textIn(content, 'amountMinor')), currency.data)} ${currency.data}`;
}

/** Aligned columns; a word where there is nothing. */
function table(head: readonly string[], rows: readonly (readonly string[])[], empty: string): string[] {
  if (rows.length === 0) return [empty];
  const all = [head, ...rows];
  const widths = head.map((_name, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export const daysLines = (content: Json): string[] =>
  table(
    ['date', 'stores', 'to answer', 'states'],
    listIn(content, 'items').map((day) => [
      textIn(day, 'businessDate'),
      textIn(day, 'stores'),
      textIn(day, 'unanswered'),
      Object.entries(day['states'] as Json)
        .map(([state, count]) => `${state} ${String(count)}`)
        .join(', '),
    ]),
    'No business date has data yet.',
  );

export const storeLines = (content: Json): string[] =>
  table(
    ['store', 'state', 'to answer', 'name'],
    listIn(content, 'items').map((day) =>
      ['storeId', 'state', 'unanswered', 'storeName'].map((name) => textIn(day, name)),
    ),
    'No store is in this state.',
  );

export function dayLines(day: Json): string[] {
  const signature = (name: 'prepared' | 'signedOff', words: string): string[] => {
    const by = day[name] as { by: { name: string }; at: string } | undefined;
    return by ? [`${words} by ${by.by.name} at ${by.at}`] : [];
  };
  const withdrawal = day['withdrawal'] as { was: string; by: { name: string }; reason: string } | undefined;
  const blockers = listIn(day, 'blockers').map((blocker) => `  - ${textIn(blocker, 'text')}`);
  return [
    `${textIn(day, 'businessDate')} ${textIn(day, 'storeId')} ${textIn(day, 'storeName')}: ${textIn(day, 'state')}, ${textIn(day, 'unanswered')} to answer`,
    ...signature('prepared', 'Prepared'),
    ...signature('signedOff', 'Signed off'),
    ...(withdrawal
      ? [`It was ${withdrawal.was}, withdrawn by ${withdrawal.by.name}: ${withdrawal.reason}`]
      : []),
    ...(blockers.length > 0 ? ['In the way:', ...blockers] : []),
  ];
}

export const exceptionLines = (content: Json): string[] =>
  table(
    ['date', 'store', 'exception', 'status', 'category', 'amount', 'age', 'for', 'subject'],
    listIn(content, 'items').map((item) => [
      ...['businessDate', 'storeId', 'itemId', 'status', 'category'].map((name) => textIn(item, name)),
      amountOf(item),
      ...['ageDays', 'assignee', 'subject'].map((name) => textIn(item, name)),
    ]),
    'The filter finds no exception.',
  );

export const historyLines = (content: Json): string[] =>
  table(
    ['step', 'when', 'who', 'what', 'exception', 'text'],
    listIn(content, 'items').map((entry) => [
      textIn(entry, 'sequence'),
      textIn(entry, 'at'),
      textIn(entry['by'] as Json, 'name'),
      ...['what', 'itemId', 'text'].map((name) => textIn(entry, name)),
    ]),
    'Nothing has happened yet.',
  );

export const rulesLines = (content: Json): string[] =>
  table(
    ['rule', 'accepted', 'amounts in minor units'],
    listIn(content, 'rules').map((rule) => [
      textIn(rule, 'name'),
      textIn(rule, 'accepted'),
      Object.entries(rule['amounts'] as Json)
        .map(([currency, sum]) => `${String(sum)} ${currency}`)
        .join(', '),
    ]),
    'No rule accepts anything without a person.',
  );
