import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { SaxesParser } from 'saxes';
import { currencySchema, parseAmount, type Currency } from '../../../shared/money.ts';
import { messageOf } from '../../../shared/errors.ts';
import { UnreadableBody, xmlTextOf } from '../../../shared/pos/sources/body-text.ts';
import { cutTransactions } from '../../../shared/pos/sources/poslog/cut.ts';
import { UsageError } from '../../kit/usage-error.ts';
import { masterDataOf } from './master-data.ts';
import type { ReplayOptions } from './options.ts';
import type { BadRecord, ReplayFile, ReplayItem } from './record.ts';

/**
 * An ARTS POSLog file, split into transactions by their tags alone: a transaction with broken XML is sent like
 * any other, so the product has to handle it, and it does not affect the others.
 */
export function readPoslog(options: ReplayOptions): ReplayFile {
  const text = textOf(options.file);
  const currency = (options.isCurrencyGiven === true ? undefined : currencyIn(text)) ?? options.currency;
  const root = /<(?:[\w.-]+:)?POSLog\b[^>]*>/.exec(text)?.[0] ?? '<POSLog>';
  const close = `</${/^<([\w.:-]+)/.exec(root)?.[1] ?? 'POSLog'}>`;
  const file = basename(options.file);
  const bad: BadRecord[] = [];
  const items: ReplayItem[] = [];
  const storeIds = new Set<string>();
  const lineAt = lineCounter(text);
  let read = 0;
  for (const piece of cutTransactions(text)) {
    const start = text.indexOf(piece, read);
    read = start + piece.length;
    const at = lineAt(start);
    const fault = faultIn(`${root}${piece}${close}`, root.length);
    if (fault) bad.push({ file, ...place(at, piece, fault.offset), reason: fault.reason });
    const storeId = /<(?:[\w.-]+:)?(?:RetailStoreID|BusinessUnitID|UnitID)\b[^>]*>([^<]+)</
      .exec(piece)?.[1]
      ?.trim();
    if (storeId !== undefined) storeIds.add(storeId);
    items.push({
      text: piece,
      records: 1,
      grossMinor: grossOf(piece, currency),
      line: at.line,
      ...(fault ? { alone: true } : {}),
    });
  }
  if (text.includes(root) && items.at(-1)?.alone !== true && !text.includes(close, read)) {
    bad.push({
      file,
      line: lineAt(text.length).line,
      column: '',
      reason: `the file is truncated here, without ${close}`,
    });
  }
  const { timeZone } = options;
  return {
    recordName: 'transaction',
    records: items.length,
    items,
    bad,
    notes: notesOf(items),
    currency,
    webhook: { source: 'poslog', contentType: 'application/xml' },
    masterData: masterDataOf({ storeIds: [...storeIds], timeZone, currency, products: [] }),
    bodyOf: (batch) => `${root}${batch.map((item) => item.text).join('')}${close}`,
  };
}

/** @throws UsageError if the encoding cannot be determined. */
function textOf(path: string): string {
  try {
    return xmlTextOf(readFileSync(path));
  } catch (thrown) {
    if (thrown instanceof UnreadableBody)
      throw new UsageError(thrown.message.replace('The body', basename(path)));
    throw thrown;
  }
}

/** The currency that the file names first. */
function currencyIn(text: string): Currency | undefined {
  const [, ofElement, ofAttribute] =
    /<(?:[\w.-]{1,64}:)?CurrencyCode>\s*([A-Z]{3})\s*<|\sCurrency(?:Code)?="([A-WYZ][A-Z]{2})"/.exec(text) ??
    [];
  return currencySchema.safeParse(ofElement ?? ofAttribute).data;
}

/** Totals that state the amount due, in order of precedence. */
const TOTALS = ['TransactionGrandAmount', 'TransactionAmountTotal', 'TransactionGrossAmount'];

/** The stated amount due; none for control transactions. */
function grossOf(piece: string, code: Currency): number {
  const byType = new Map<string, string>();
  for (const [, type = '', amount = ''] of piece.matchAll(
    /<(?:[\w.-]{1,64}:)?Total\s[^>]*?TotalType="(?:\w{1,64}:)?(\w+)"[^>]*>\s*([^<\s]+)/g,
  )) {
    if (!byType.has(type)) byType.set(type, amount);
  }
  const stated = TOTALS.map((type) => byType.get(type)).find((amount) => amount !== undefined);
  return (stated === undefined ? undefined : parseAmount(stated, code)) ?? 0;
}

function notesOf(items: readonly ReplayItem[]): [string, number][] {
  const count = (element: string): number =>
    items.filter(({ text }) => new RegExp(`<(?:[\\w.-]+:)?${element}[\\s/>]`).test(text)).length;
  return [
    ['retail transactions', count('RetailTransaction')],
    ['control transactions', count('ControlTransaction')],
    ['tender control transactions', count('TenderControlTransaction')],
  ];
}

/** Where the XML breaks, if it does. */
function faultIn(xml: string, start: number): { offset: number; reason: string } | undefined {
  let fault: { offset: number; reason: string } | undefined;
  const parser = new SaxesParser({ xmlns: false });
  parser.on('error', (error) => {
    fault ??= {
      offset: Math.max(0, parser.position - start),
      reason: messageOf(error).replace(/^\d+:\d+: /, ''),
    };
  });
  parser.write(xml).close();
  return fault;
}

interface Place {
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

function place(start: Place, piece: string, offset: number): { line: number; column: string } {
  const before = piece.slice(0, offset);
  const lines = before.split('\n');
  const last = lines[lines.length - 1] ?? '';
  const column = lines.length === 1 ? start.column + last.length : last.length + 1;
  return { line: start.line + lines.length - 1, column: `${column}` };
}

/** Line and column of rising positions, without counting from the start each time. */
function lineCounter(text: string): (index: number) => Place {
  let [line, lineStart, from] = [1, 0, 0];
  return (index) => {
    for (let at = text.indexOf('\n', from); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
      line += 1;
      lineStart = at + 1;
      from = at + 1;
    }
    return { line, column: index - lineStart + 1 };
  };
}
